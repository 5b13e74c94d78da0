//! Client: the way to the collector, as OTLP over HTTP wants it (OTLP 1.x, "OTLP/HTTP").

use crate::Settings;
use bytes::Bytes;
use deskbell_tls::{Fault, Verifier};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection to the collector may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an exchange with it may take in all.
const TOTAL: Duration = Duration::from_secs(10);
/// Bytes of its answer that are read: a number and a sentence.
const ANSWER_BYTES: usize = 64 << 10;

/// Spans that the collector did not take.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Whether the same is to be sent again.
    pub(crate) again: bool,
    /// Not before this is over.
    pub(crate) after: Option<Duration>,
    /// The end of a sentence.
    pub(crate) why: String,
}

/// The collector, as it is called.
pub(crate) struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
}

impl Client {
    /// A client of the collector of `settings`.
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let mut url = settings.endpoint.clone();
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let uri: Uri = url.as_str().parse().map_err(|error| format!("its URL cannot be called: {error}"))?;
        let mut headers: HeaderMap = settings.headers.iter().cloned().collect();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let tls = tls(url.scheme() == "https").map_err(|error| format!("TLS cannot be spoken: {error}"))?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        // One request at a time is on its way.
        builder.pool_max_idle_per_host(1).pool_timer(TokioTimer::new());
        Ok(Self { http: builder.build(connector.wrap_connector(tcp)), uri, headers })
    }

    /// Sends an export request; gives how many of its spans were taken in vain, for the collector rejects them.
    pub(crate) async fn post(&self, body: Bytes) -> Result<u64, Refused> {
        // An empty request says too how long it is: some collectors take no other.
        let length = HeaderValue::from(body.len());
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(CONTENT_LENGTH, length);
        let exchange = async {
            let answer = self.http.request(request).await.map_err(|error| Refused::later(cause(&error)))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_BYTES).collect().await;
            // What it says of what it took is worth less than that it took it.
            Ok(Response::from_parts(head, body.map(|body| body.to_bytes()).unwrap_or_default()))
        };
        let late = || Refused::later(format!("it did not answer within {} s", TOTAL.as_secs()));
        let answer = timeout(TOTAL, exchange).await.unwrap_or_else(|_| Err(late()))?;
        judge(&answer)
    }
}

/// The collector's verdict.
fn judge(answer: &Response<Bytes>) -> Result<u64, Refused> {
    let status = answer.status();
    if status.is_success() {
        let told = ExportTraceServiceResponse::decode(answer.body().clone()).unwrap_or_default();
        let rejected = told.partial_success.map_or(0, |partial| partial.rejected_spans);
        return Ok(u64::try_from(rejected).unwrap_or_default());
    }
    // Its words are not repeated: they are a stranger's.
    let again = matches!(status.as_u16(), 429 | 502..=504);
    let after = answer.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
    Err(Refused { again, after: after.map(Duration::from_secs), why: format!("it answered {status}") })
}

impl Refused {
    fn later(why: String) -> Self {
        Self { again: true, after: None, why }
    }
}

/// Whom the machine believes, or Mozilla's roots where it believes nobody; without TLS nobody is asked.
fn tls(secure: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let mut roots = RootCertStore::empty();
    if !secure {
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let verifier = match roots.is_empty() {
        true => Verifier::of_mozilla(provider, &[])?,
        false => Verifier::new(provider, roots, &[])?,
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// The innermost reason of an error, which is the one that says something; one of TLS in plain words.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    loop {
        if let Some(fault) = error.downcast_ref::<io::Error>().and_then(Fault::in_io) {
            return fault.sentence("the collector");
        }
        match error.source() {
            Some(source) => error = source,
            None => return error.to_string(),
        }
    }
}
