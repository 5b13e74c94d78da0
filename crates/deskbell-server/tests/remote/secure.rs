//! A handler with a certificate of its own making, as developers have them on their machine: who is believed, and what is said of who is not.

use crate::server::{Server, said};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A handler over TLS that takes everything; gives its address. Its threads end with the test's process.
fn handler(certificate: &rcgen::Certificate, key: &KeyPair) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || serve(stream, config));
        }
    });
    address
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>) {
    let session = ServerConnection::new(config).unwrap();
    let mut reader = BufReader::new(StreamOwned::new(session, stream));
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        if reader.read_exact(&mut body).is_err() || reader.get_mut().write_all(answer).is_err() {
            return;
        }
    }
}

/// A captured request of an inbox.
fn captured(server: &Server) -> String {
    let inbox = server.json(&["inboxes", "create"]);
    let (id, url) = (inbox["id"].as_str().unwrap(), inbox["url"].as_str().unwrap());
    let host = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let path = url.strip_prefix(&server.url).unwrap();
    let request =
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_string(&mut String::new()).unwrap();
    let requests: Value = server.json(&["inboxes", "requests", id, "--wait", "30s"]);
    requests[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_handler_whose_certificate_is_of_its_own_making_is_believed_when_a_person_says_so() {
    let server = Server::start(&[]);
    let capture = captured(&server);
    let dir = tempfile::tempdir().unwrap();
    // As `openssl req -x509` makes them: an authority's, which vouches for itself.
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own = params.self_signed(&key).unwrap();
    let file = dir.path().join("own.pem").display().to_string();
    std::fs::write(&file, own.pem()).unwrap();
    let port = handler(&own, &key).port();
    let to = format!("https://localhost:{port}/hook");
    let replay = |more: &[&str]| {
        let output =
            server.command(&[&["replay", &capture, "--to", &to][..], more].concat()).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, told) = replay(&[]);
    let plain = "cannot be reached: the handler's certificate is self-signed: it vouches for itself";
    assert!(code == Some(1) && told.contains(plain), "{code:?} {told}");
    for trust in [&["--insecure"][..], &["--ca", &file]] {
        let (code, told) = replay(trust);
        assert!(code == Some(0), "{trust:?}: {code:?} {told}");
    }
    let test = ["test", "--forward-to", &to, "--only", "conversation.started", "--insecure"];
    let took = server.json(&test);
    assert_eq!(
        (&took[0]["took"], &took[0]["status_code"]),
        (&Value::Bool(true), &Value::from(200)),
        "{took}"
    );

    // Elsewhere nobody is believed for nothing.
    for there in ["https://hooks.northwind.example/", "https://10.0.0.1/"] {
        let told = server.refusal(&["replay", &capture, "--to", there, "--insecure"], 2);
        assert!(told.contains("--insecure it must be on this machine"), "{told}");
    }
    let text = dir.path().join("text.pem").display().to_string();
    std::fs::write(&text, "no certificate").unwrap();
    let told = server.refusal(&["--ca", &text, "webhooks"], 2);
    assert!(told.contains("it holds no certificate as PEM has it"), "{told}");
}
