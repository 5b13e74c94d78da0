//! Http: what speaks HTTP, and whose certificates it believes, for the client and for whoever brings something to a handler.

use crate::Failure;
use bytes::Bytes;
use deskbell_tls::{AnyCertificate, Fault, Verifier, roots_of_pem};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::{ParseError, Url};

/// A client for http and https.
pub(crate) type Http = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

const CONNECT: Duration = Duration::from_secs(5);

/// The URL of a server or a handler, as somebody typed it.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn url(given: &str) -> Result<Url, String> {
    let must = || "must begin with http:// or https://".to_owned();
    match Url::parse(given) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(_) | Err(ParseError::RelativeUrlWithoutBase) => Err(must()),
        Err(error) => Err(error.to_string()),
    }
}

/// One that believes whom the machine believes, or Mozilla's roots where it believes nobody, and the certificates in `ca`.
pub(crate) fn trusting(ca: Option<&Path>) -> Result<Http, Failure> {
    let own = ca.map_or(Ok(Vec::new()), read)?;
    let mut usual = RootCertStore::empty();
    usual.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(default_provider());
    let verifier = match usual.is_empty() {
        true => Verifier::of_mozilla(provider, &own),
        false => Verifier::new(provider, usual, &own),
    };
    speaking(Arc::new(verifier.map_err(|error| Failure::Refused(format!("TLS cannot be spoken: {error}")))?))
}

/// One that believes anybody, for a handler on this machine.
pub(crate) fn of_loopback() -> Result<Http, Failure> {
    speaking(Arc::new(AnyCertificate(Arc::new(default_provider()))))
}

fn read(ca: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let usage = |rule: &str| Failure::Usage(format!("--ca {}: {rule}", ca.display()));
    let pem = std::fs::read(ca).map_err(|error| usage(&format!("cannot be read: {error}")))?;
    roots_of_pem(&pem).map_err(|error| usage(&error.to_string()))
}

fn speaking(verifier: Arc<dyn ServerCertVerifier>) -> Result<Http, Failure> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Refused(format!("TLS cannot be spoken: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
    let connector = connector.wrap_connector(tcp);
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    // As the sender writes them: some handlers' logs and frameworks show the difference.
    Ok(builder.http1_title_case_headers(true).pool_timer(TokioTimer::new()).build(connector))
}

/// The innermost reason of an error, which is the one that says something; one of TLS in plain words, about `peer`.
pub(crate) fn cause(error: &(dyn Error + 'static), peer: &str) -> String {
    let mut error = error;
    loop {
        if let Some(fault) = error.downcast_ref::<io::Error>().and_then(Fault::in_io) {
            return fault.sentence(peer);
        }
        match error.source() {
            Some(source) => error = source,
            None => return error.to_string(),
        }
    }
}
