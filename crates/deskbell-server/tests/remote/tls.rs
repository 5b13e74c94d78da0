//! TLS on the server's own listener, as a person runs it: the links it prints, the command line, deliveries to its own inboxes, and a
//! certificate that is renewed.

use crate::handler::{Handler, answer};
use crate::server::{Server, deskbell, said};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs::{Permissions, set_permissions, write};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Puts a new certificate and its key there, as one renews them: self-signed, for 127.0.0.2.
fn renew(dir: &Path) -> CertificateDer<'static> {
    let params = CertificateParams::new(vec!["127.0.0.2".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    for (name, text) in [("chain.pem", certificate.pem()), ("key.pem", key.serialize_pem())] {
        let draft = dir.join("draft");
        write(&draft, text).unwrap();
        set_permissions(&draft, Permissions::from_mode(0o600)).unwrap();
        std::fs::rename(draft, dir.join(name)).unwrap();
    }
    certificate.der().clone()
}

fn settings(dir: &TempDir) -> [(String, String); 2] {
    [("CERTIFICATE", "chain.pem"), ("KEY", "key.pem")].map(|(setting, file)| {
        (format!("DESKBELL_SERVER__TLS_{setting}"), dir.path().join(file).display().to_string())
    })
}

fn started(dir: &TempDir) -> Server {
    let settings = settings(dir);
    Server::start(&settings.each_ref().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// A call over TLS that trusts `root` alone; the answer, or nothing when the handshake fails.
fn call(server: &Server, root: &CertificateDer<'static>, path: &str) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let host = server.url.strip_prefix("https://").unwrap();
    let session = ClientConnection::new(config, ServerName::try_from("127.0.0.2").unwrap()).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(host).unwrap());
    let key = &server.key;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAPI-Key: {key}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok().map(|_| answer)
}

/// Waits until the server shows `root`.
fn await_shown(server: &Server, root: &CertificateDer<'static>) {
    let since = Instant::now();
    while call(server, root, "/healthz").is_none() {
        assert!(since.elapsed() < PATIENCE, "the new certificate is not shown");
    }
}

#[test]
fn a_server_with_a_certificate_is_called_over_tls() {
    let dir = tempfile::tempdir().unwrap();
    let root = renew(dir.path());
    let server = started(&dir);
    assert!(server.url.starts_with("https://127.0.0.2:"), "{}", server.url);
    let ca = dir.path().join("chain.pem").display().to_string();
    let listed = server.answer(&["--ca", &ca, "webhooks", "list"]);
    assert!(listed.starts_with("ID"), "{listed}");
    let untrusted = server.refusal(&["webhooks", "list"], 1);
    assert!(untrusted.contains("cannot be reached") && untrusted.contains("certificate"), "{untrusted}");
    let nothing = dir.path().join("nothing.pem").display().to_string();
    assert!(server.refusal(&["--ca", &nothing, "webhooks", "list"], 2).contains("--ca"));

    // Links lead where they were asked for, cookies are for TLS alone.
    for name in ["a", "b"] {
        server.answer(&["--ca", &ca, "inboxes", "create", "--name", name]);
    }
    let page = call(&server, &root, "/v2/inboxes?limit=1").unwrap();
    let link = page.lines().find(|line| line.starts_with("Link: ")).unwrap();
    assert!(link.starts_with(&format!("Link: <{}/v2/inboxes?", server.url)), "{link}");
    let enter = server.enter.strip_prefix(&server.url).expect("the printed link is an address of the server");
    let entered = call(&server, &root, enter).unwrap();
    let cookie = entered.lines().find(|line| line.starts_with("Set-Cookie: __Host-deskbell=")).unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");

    // In the clear there is nothing but a refusal.
    let mut clear = TcpStream::connect(server.url.strip_prefix("https://").unwrap()).unwrap();
    clear.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut refused = String::new();
    clear.read_to_string(&mut refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("tls_required"), "{refused}");
}

#[test]
fn deliveries_to_its_own_inboxes_and_a_listener_go_over_tls() {
    let dir = tempfile::tempdir().unwrap();
    renew(dir.path());
    let server = started(&dir);
    let ca = dir.path().join("chain.pem").display().to_string();
    let inbox = server.json(&["--ca", &ca, "inboxes", "create", "--answers", "202"]);
    let url = inbox["url"].as_str().unwrap();
    assert!(url.starts_with(&server.url), "{url}");
    let create = ["webhooks", "create", "--name", "own", "--url", url, "--events", "conversation"];
    server.answer(&[&["--ca", &ca][..], &create].concat());
    let table = server.answer(&["--ca", &ca, "trigger", "conversation.closed"]);
    assert!(table.contains("delivered") && table.contains("  202 "), "{table}");

    // The command line relays over TLS what a handler is to answer.
    let handler = Handler::start(|_, _| answer("418 I'm a teapot", "", "short and stout"), usize::MAX);
    let mut listener = server.command(&["--ca", &ca, "listen", "--forward-to", &handler.url]);
    let mut listener = listener.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(listener.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("TIME ")));
    server.answer(&["--ca", &ca, "trigger", "conversation.closed"]);
    assert!(lines.any(|line| line.contains("418")));
    listener.kill().unwrap();
    listener.wait().unwrap();
}

#[test]
fn a_renewed_certificate_is_shown_when_it_changes_and_when_somebody_asks() {
    let dir = tempfile::tempdir().unwrap();
    let first = renew(dir.path());
    let server = started(&dir);
    assert!(call(&server, &first, "/healthz").is_some());
    let second = renew(dir.path());
    await_shown(&server, &second);
    assert!(call(&server, &first, "/healthz").is_none(), "the first is shown no more");
    let third = renew(dir.path());
    server.hang_up();
    await_shown(&server, &third);
    // What cannot be used changes nothing.
    write(dir.path().join("key.pem"), "nothing").unwrap();
    server.hang_up();
    assert!(call(&server, &third, "/healthz").is_some());
}

#[test]
fn a_hang_up_does_not_end_a_server_without_a_certificate() {
    let server = Server::start(&[]);
    server.hang_up();
    assert!(server.answer(&["webhooks", "list"]).starts_with("ID"));
}

#[test]
fn a_start_names_what_is_wrong_with_the_certificate() {
    let dir = tempfile::tempdir().unwrap();
    renew(dir.path());
    let settings = settings(&dir);
    // One that starts all the same finds its address taken, and ends.
    let taken = TcpListener::bind("127.0.0.2:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = |settings: &[(String, String)], code: i32| {
        let mut command = deskbell();
        command.args(["--listen", &address]).current_dir(dir.path());
        let output = command.envs(settings.iter().cloned()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        said(&output)
    };
    let one = refused(&settings[..1], 2);
    assert!(one.contains("server.tls_key") && one.contains("as server.tls_certificate is set"), "{one}");
    let mut clear = settings.to_vec();
    clear.push(("DESKBELL_SERVER__PUBLIC_URL".to_owned(), "http://bell.example".to_owned()));
    assert!(refused(&clear, 2).contains("server.public_url"), "what is called in the clear does not answer");
    set_permissions(dir.path().join("key.pem"), Permissions::from_mode(0o644)).unwrap();
    let open = refused(&settings, 1);
    assert!(open.contains("is open to others (mode 0644): run chmod 640 on it"), "{open}");
    std::fs::remove_file(dir.path().join("key.pem")).unwrap();
    assert!(refused(&settings, 1).contains("key.pem cannot be read: No such file"));
}
