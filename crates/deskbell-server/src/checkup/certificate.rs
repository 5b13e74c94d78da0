//! The certificate of our own listener.

use super::Finding;
use crate::certificate::{read, warning};
use crate::config::Config;
use deskbell_core::Timestamp;
use url::Url;

const PART: &str = "certificate";

pub(super) fn check(config: &Config, now: Timestamp) -> Option<Finding> {
    let files = config.server.tls.as_ref()?;
    let certificate = match read(files) {
        Ok(certificate) => certificate,
        Err(error) => {
            let remedy = "A start fails with it; a running server goes on with the one that it has read.";
            return Some(Finding::bad(PART, error.to_string(), remedy));
        }
    };
    let host = config.server.public_url.as_ref().and_then(Url::host_str);
    Some(match warning(&certificate, host, now) {
        None => Finding::ok(PART, format!("good until {}", certificate.ends())),
        Some(said) if certificate.ends() <= now => {
            Finding::bad(PART, said, "Put a new one into the same files.")
        }
        Some(said) => Finding::warn(PART, said, "Put a new one into the same files."),
    })
}
