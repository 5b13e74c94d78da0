//! Handler: where a captured request is brought, with the bytes and the headers that it came with.

use crate::Failure;
use crate::client::Client;
use crate::http::{self, Http, cause, of_loopback};
use ::http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use deskbell_core::policy::limit;
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

/// A handler on this machine, or wherever the URL leads.
#[derive(Clone)]
pub(crate) struct Handler {
    url: Uri,
    http: Http,
}

/// Whose certificate a handler may have.
#[derive(clap::Args)]
pub(crate) struct Trust {
    /// Take any certificate of a handler on this machine (localhost, 127.0.0.1, ::1); one in a file is trusted with --ca
    #[arg(long)]
    insecure: bool,
}

/// What a handler answered. One byte more than an inbox may answer with is read of the body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What belongs to a connection and not to the message, and what the client writes by itself.
pub(crate) const NOT_PASSED_ON: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl Handler {
    /// The handler at `url`, which was given as `flag`, called as the server is, or as `trust` says.
    pub(crate) fn new(flag: &str, url: &str, trust: &Trust, client: &Client) -> Result<Self, Failure> {
        let usage = |rule: &str| Failure::Usage(format!("{flag} {url}: {rule}"));
        let parsed = http::url(url).map_err(|rule| usage(&rule))?;
        let http = match trust.insecure {
            true if is_loopback(&parsed) => of_loopback()?,
            true => {
                return Err(usage(
                    "with --insecure it must be on this machine: localhost, 127.0.0.1 or [::1]; \
                     elsewhere say whom to trust, with --ca FILE",
                ));
            }
            false => client.http(),
        };
        let url = parsed.as_str().parse().map_err(|_| usage("cannot be called"))?;
        Ok(Self { url, http })
    }

    /// Brings it a captured request; why there is no answer, if there is none.
    pub(crate) async fn bring(&self, captured: &Value) -> Result<Answer, String> {
        let answer =
            self.http.request(self.request(captured)?).await.map_err(|error| cause(&error, "the handler"))?;
        let (head, mut stream) = answer.into_parts();
        let mut body = BytesMut::new();
        while let Some(frame) = stream.frame().await {
            let frame = frame.map_err(|error| cause(&error, "the handler"))?;
            body.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
            if body.len() > limit::ANSWER_BODY_BYTES {
                break;
            }
        }
        body.truncate(limit::ANSWER_BODY_BYTES + 1);
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.freeze() })
    }

    fn request(&self, captured: &Value) -> Result<Request<Full<Bytes>>, String> {
        let method = captured["method"].as_str().unwrap_or("POST");
        let mut request = Request::builder().method(method).uri(self.url.clone());
        for header in captured["headers"].as_array().into_iter().flatten() {
            let (name, value) = (header["name"].as_str().unwrap_or_default(), header["value"].as_str());
            if NOT_PASSED_ON.iter().any(|not| not.eq_ignore_ascii_case(name)) {
                continue;
            }
            let value = bytes(value.unwrap_or_default(), header["base64"] == true);
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(&value)) {
                request = request.header(name, value);
            }
        }
        let body = captured["body"].as_str().unwrap_or_default();
        let body = bytes(body, captured["body_encoding"] == "base64");
        request.body(Full::from(body)).map_err(|error| error.to_string())
    }
}

/// Whether a URL leads to this machine, whatever its network is.
fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        // A name below it may be looked up elsewhere, where somebody else answers.
        Some(url::Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn bytes(text: &str, base64: bool) -> Vec<u8> {
    if base64 { STANDARD.decode(text).unwrap_or_default() } else { text.as_bytes().to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_on_this_machine_is_loopback() {
        let is = |url: &str| is_loopback(&url::Url::parse(url).unwrap());
        for here in
            ["https://localhost/", "https://LOCALHOST.:3000/", "https://127.8.0.1/", "https://[::1]:1/"]
        {
            assert!(is(here), "{here}");
        }
        for there in [
            "https://a.example/",
            "https://app.localhost/",
            "https://localhost.example/",
            "https://notlocalhost/",
            "https://10.0.0.1/",
            "https://[::ffff:10.0.0.1]/",
            "https://127.0.0.1.example/",
        ] {
            assert!(!is(there), "{there}");
        }
    }
}
