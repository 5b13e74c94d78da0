//! The address of a database: a `postgres://` URL, and how its server is known to be the right one.

use super::DatabaseError;
use super::client::{self, Pool};
use super::connections::CONNECTIONS;
use super::fault::Fault;
use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime};
use deskbell_core::store::Error;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long each of the database's servers may take to be reached.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a new connection may take beside that.
const GREETING: Duration = Duration::from_secs(5);
/// How long bytes may stay unanswered before a connection is given up: a server that vanished sends no end.
const UNANSWERED: Duration = Duration::from_secs(10);
/// How often it is asked whether it is still there, when nothing comes.
const ALIVE: Duration = Duration::from_secs(4);

/// What a URL says.
#[derive(Debug)]
pub(super) struct Address {
    config: Config,
    /// Where the certificates stand that sign the server's; the system's otherwise.
    roots: Option<String>,
}

impl Address {
    /// Reads a URL: `postgres://user:password@host:port/database?sslmode=…`. Several servers of one database stand there as
    /// `host:port,host:port`: the one that takes writes is used. `sslmode` is `disable`, `prefer`, `require` or `verify-full`; whenever TLS is
    /// spoken, the server's certificate and name are verified. Without it, TLS is required of every server that is not on this machine.
    ///
    /// # Errors
    /// [`DatabaseError::Address`]; the text never has the password.
    pub(super) fn parse(text: &str) -> Result<Self, DatabaseError> {
        let wrong = |why: &str| DatabaseError::Address(why.to_owned());
        // Not by the rules of the web's URLs: several hosts may stand in it, each with a port.
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(wrong("it does not begin with postgres://"));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) =
                url::form_urlencoded::parse(part.as_bytes()).next().map(own).unwrap_or_default();
            match name.as_str() {
                "sslmode" => mode = Some(value),
                "sslrootcert" => roots = Some(value),
                _ => others.push(part.to_owned()),
            }
        }
        let url = format!("postgres://{place}?{}", others.join("&"));
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            wrong(&cause.unwrap_or_else(|| error.to_string()))
        })?;
        config.ssl_mode(match mode.as_deref() {
            Some("disable") => SslMode::Disable,
            Some("prefer") => SslMode::Prefer,
            Some("require" | "verify-full") => SslMode::Require,
            Some("verify-ca") => {
                return Err(wrong("sslmode=verify-ca trusts any name: say verify-full"));
            }
            Some(_) => return Err(wrong("sslmode is disable, prefer, require or verify-full")),
            None if config.get_hosts().iter().all(is_here) => SslMode::Disable,
            None => SslMode::Require,
        });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("deskbell");
        }
        // Who only waits for an answer sends nothing that could stay unanswered.
        config.keepalives_idle(ALIVE).keepalives_interval(ALIVE).keepalives_retries(2);
        config.tcp_user_timeout(UNANSWERED).target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config, roots })
    }

    /// The pool of its connections; none is made yet.
    ///
    /// # Errors
    /// [`DatabaseError::Address`] when the certificates cannot be read.
    pub(super) fn pool(&self) -> Result<Pool, DatabaseError> {
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Verified };
        let config = self.config.clone();
        let manager = match config.get_ssl_mode() {
            SslMode::Disable => Manager::from_config(config, NoTls, settings),
            _ => Manager::from_config(config, MakeRustlsConnect::new(self.tls()?), settings),
        };
        let pool = Pool::builder(client::Manager::of(manager)).max_size(CONNECTIONS).runtime(Runtime::Tokio1);
        let pool = pool.create_timeout(Some(self.longest())).recycle_timeout(Some(GREETING));
        pool.build().map_err(|error| DatabaseError::Address(error.to_string()))
    }

    /// A connection of its own, and what it is notified of, until the client is dropped or the connection ends.
    ///
    /// # Errors
    /// Those of connecting.
    pub(super) async fn connect(&self) -> Result<(Client, mpsc::UnboundedReceiver<String>), Fault> {
        if self.config.get_ssl_mode() == SslMode::Disable {
            let (client, connection) = self.config.connect(NoTls).await?;
            return Ok((client, listen(connection)));
        }
        let tls = self.tls().map_err(|error| Error::Unavailable(error.to_string()))?;
        let (client, connection) = self.config.connect(MakeRustlsConnect::new(tls)).await?;
        Ok((client, listen(connection)))
    }

    /// How long a new connection may take: those before it may not be there, and do not say so.
    pub(super) fn longest(&self) -> Duration {
        let each = self.config.get_connect_timeout().copied().unwrap_or(CONNECT);
        let servers = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        each.saturating_mul(servers).saturating_add(GREETING)
    }

    fn tls(&self) -> Result<ClientConfig, DatabaseError> {
        let wrong = |why: String| DatabaseError::Address(why);
        let mut roots = RootCertStore::empty();
        match &self.roots {
            Some(path) => {
                let unreadable = |error| wrong(format!("sslrootcert={path} cannot be read: {error}"));
                for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                    let certificate = certificate.map_err(unreadable)?;
                    let refused = |error| wrong(format!("sslrootcert={path} is no certificate: {error}"));
                    roots.add(certificate).map_err(refused)?;
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(wrong(
                "there is no certificate to verify the server's by: name a file in sslrootcert".into(),
            ));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let versions = versions.map_err(|error| wrong(error.to_string()))?;
        Ok(versions.with_root_certificates(roots).with_no_client_auth())
    }
}

/// Keeps the connection going, and gives what it is notified of.
fn listen<S, T>(mut connection: Connection<S, T>) -> mpsc::UnboundedReceiver<String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (heard, hears) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message {
                // Whoever hears no more drops the client too, which ends the connection.
                let _ = heard.send(notification.payload().to_owned());
            }
        }
    });
    hears
}

fn own((name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

/// Whether nobody can stand between: a socket, or this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        Address::parse(url).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn tls_is_required_of_servers_elsewhere() {
        assert_eq!(mode("postgres://ana@db.example/deskbell"), SslMode::Require);
        assert_eq!(mode("postgres://ana@db.example,localhost/deskbell"), SslMode::Require);
        assert_eq!(mode("postgresql://ana@db.example/deskbell?sslmode=prefer"), SslMode::Prefer);
        assert_eq!(mode("postgresql://ana@db.example/deskbell?sslmode=verify-full"), SslMode::Require);
        for here in ["localhost", "127.0.0.1:5433", "[::1]", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://ana@{here}/deskbell")), SslMode::Disable, "{here}");
        }
        assert_eq!(mode("postgres:///deskbell?host=/run/postgresql&user=ana"), SslMode::Disable);
    }

    #[test]
    fn several_servers_are_tried_until_one_takes_writes() {
        let url = "postgres://ana@one.example:5433,two.example:5434/deskbell?target_session_attrs=any";
        let address = Address::parse(url).unwrap();
        assert_eq!(address.longest(), 2 * CONNECT + GREETING, "the last of them is tried too");
        let config = address.config;
        let hosts = ["one.example", "two.example"].map(|host| Host::Tcp(host.to_owned()));
        assert_eq!((config.get_hosts(), config.get_ports()), (&hosts[..], &[5433, 5434][..]));
        assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(config.get_keepalives_idle(), ALIVE);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for wrong in [
            "mysql://ana:secret@db.example/deskbell",
            "postgres://ana:secret@db.example:port/deskbell",
            "postgres://ana:secret@db.example/deskbell?sslmode=verify-ca",
            "postgres://ana:secret@db.example/deskbell?sslmode=always",
            "postgres://ana:secret@db.example/deskbell?colour=red",
        ] {
            let told = Address::parse(wrong).unwrap_err().to_string();
            assert!(!told.contains("secret"), "{told}");
        }
        let nowhere = Address::parse("postgres://ana@db.example/x?sslrootcert=/nowhere.pem").unwrap();
        assert!(nowhere.pool().unwrap_err().to_string().contains("/nowhere.pem"));
    }
}
