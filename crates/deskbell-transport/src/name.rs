//! Name: from a name to all of its addresses, asked once for an attempt. The hosts file and search domains are not used
//! (B-012); the SSRF guard judges what comes back.

use crate::deadline;
use crate::failure::Failure;
use deskbell_core::attempt::Outcome;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::time::Instant;

/// Who is asked for addresses.
#[derive(Debug, Clone, Default)]
pub enum Resolver {
    /// The system's name servers.
    #[default]
    System,
    /// These name servers, over UDP, and TCP for long answers (setting `delivery.nameservers`).
    Servers(Vec<SocketAddr>),
}

/// An answer is kept at most this long, whatever its TTL: as long as a connection is (T-03).
const KEEP: Duration = Duration::from_secs(60);
/// That a name does not exist is kept at most this long: people correct typing errors.
const KEEP_NOTHING: Duration = Duration::from_secs(5);
/// Wait for one server's answer; a second try fits into an attempt's 3 s.
const ONE_TRY: Duration = Duration::from_millis(1_400);

/// Who is asked for addresses.
///
/// # Errors
/// When the system's list cannot be read.
pub fn name_servers(resolver: &Resolver) -> Result<Vec<IpAddr>, String> {
    match resolver {
        Resolver::Servers(servers) => Ok(servers.iter().map(SocketAddr::ip).collect()),
        Resolver::System => {
            let (config, _) = read_system_conf().map_err(|error| error.to_string())?;
            Ok(config.name_servers().iter().map(|server| server.ip).collect())
        }
    }
}

/// Looks names up.
pub(crate) struct Names {
    resolver: Result<TokioResolver, String>,
}

impl Names {
    pub(crate) fn new(resolver: &Resolver) -> Self {
        let resolver = build(resolver).map_err(|error| error.to_string());
        if let Err(error) = &resolver {
            tracing::error!(error, "the system's name servers cannot be read: names will not be looked up");
        }
        Self { resolver }
    }

    /// All addresses of `name`, IPv4 and IPv6 in turns, or why there are none.
    pub(crate) async fn look_up(&self, name: &str, within: Duration) -> Result<Vec<IpAddr>, Failure> {
        let resolver = self.resolver.as_ref().map_err(|error| {
            Failure::new(
                Outcome::SenderFailed,
                format!("The system's name servers cannot be read: {error}. Set delivery.nameservers."),
            )
        })?;
        let absolute = Name::from_ascii(format!("{name}."))
            .map_err(|error| Failure::new(Outcome::DnsNotFound, format!("No valid name: {error}.")))?;
        let both = async {
            tokio::join!(
                resolver.lookup(absolute.clone(), RecordType::A),
                resolver.lookup(absolute.clone(), RecordType::AAAA)
            )
        };
        let (v4, v6) = deadline::by(Instant::now() + within, both).await.ok_or_else(|| timeout(name))?;
        let addresses = |lookup: hickory_resolver::lookup::Lookup| -> Vec<IpAddr> {
            lookup.answers().iter().filter_map(|record| address(&record.data)).collect()
        };
        // One kind of record is enough: some servers never answer for AAAA.
        match (v4.map(addresses), v6.map(addresses)) {
            (Err(one), Err(other)) => Err(failure(name, &one, &other)),
            (v4, v6) => {
                let all = in_turns(v4.unwrap_or_default(), v6.unwrap_or_default());
                if all.is_empty() { Err(no_address(name)) } else { Ok(all) }
            }
        }
    }
}

fn build(resolver: &Resolver) -> Result<TokioResolver, NetError> {
    let mut builder = match resolver {
        Resolver::System => TokioResolver::builder_tokio()?,
        Resolver::Servers(servers) => {
            let servers = servers.iter().copied().map(server).collect();
            let config = ResolverConfig::from_name_servers(servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = ONE_TRY;
    options.attempts = 1;
    options.positive_max_ttl = Some(KEEP);
    options.negative_max_ttl = Some(KEEP_NOTHING);
    builder.build()
}

fn server(socket: SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(socket.ip());
    for connection in &mut server.connections {
        connection.port = socket.port();
    }
    server
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
        _ => None,
    }
}

/// One of each in turns, so that the few that are tried are not all of one kind.
fn in_turns(v4: Vec<IpAddr>, v6: Vec<IpAddr>) -> Vec<IpAddr> {
    let longest = v4.len().max(v6.len());
    (0..longest).flat_map(|index| [v4.get(index), v6.get(index)]).flatten().copied().collect()
}

/// Both questions failed. That the name does not exist outweighs; a failure outweighs an empty answer.
fn failure(name: &str, one: &NetError, other: &NetError) -> Failure {
    let both = [one, other];
    if both.iter().any(|error| error.is_nx_domain()) {
        return Failure::new(Outcome::DnsNotFound, format!("The name {name} does not exist."));
    }
    match both.iter().find(|error| !error.is_no_records_found()) {
        None => no_address(name),
        Some(NetError::Timeout) => timeout(name),
        Some(NetError::Dns(DnsError::ResponseCode(code))) => Failure::new(
            Outcome::DnsFailure,
            format!("The look-up of {name} failed: the name server answered \"{code}\"."),
        ),
        Some(_) => Failure::new(Outcome::DnsFailure, format!("The look-up of {name} failed.")),
    }
}

fn timeout(name: &str) -> Failure {
    Failure::new(Outcome::DnsTimeout, format!("The look-up of {name} took too long."))
}

fn no_address(name: &str) -> Failure {
    Failure::new(Outcome::DnsNoAddress, format!("The name {name} exists and has no address."))
}
