//! Our cookies, the session's and the device's: their names, their flags, and how they are read and kept out of what is captured
//! (catalogue 6.4, H-14).

use crate::public_url::PublicUrl;
use axum::http::{HeaderMap, HeaderValue, header};
use deskbell_core::member::{DEVICE_LIFE, DeviceToken};
use deskbell_core::session::LIFE;
use deskbell_core::token::Token;
use std::time::Duration;

/// What stands before a cookie's name: it has browsers refuse one that another host or an insecure page set.
const HOST: &str = "__Host-";
/// The same below a path, where browsers take no [`HOST`]: other programs of the host have paths of their own, and are sent nothing of
/// ours.
const SECURE: &str = "__Secure-";
/// Under plain http browsers take neither.
const PLAIN: &str = "";
/// The session's name.
const SESSION: &str = "deskbell";
/// That of the browser in which somebody signed in before.
const DEVICE: &str = "deskbell-device";

/// How this instance writes its cookies.
#[derive(Debug, Clone)]
pub struct Cookies {
    session: String,
    device: String,
    /// Browsers send them below it.
    path: String,
    https: bool,
}

impl Cookies {
    /// The cookies of an instance that is reached at `public_url`.
    pub fn new(public_url: &PublicUrl) -> Self {
        let (path, https) = (public_url.path(), public_url.is_https());
        let prefix = match path {
            _ if !https => PLAIN,
            "/" => HOST,
            _ => SECURE,
        };
        Self {
            session: format!("{prefix}{SESSION}"),
            device: format!("{prefix}{DEVICE}"),
            path: path.to_owned(),
            https,
        }
    }

    /// The name that the session's goes by under this instance's scheme and path.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The name that the device's goes by.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The header that signs a browser in.
    pub fn sign_in(&self, token: &Token) -> HeaderValue {
        self.set(&self.session, token.text().expose(), LIFE)
    }

    /// The header that signs a browser out.
    pub fn sign_out(&self) -> HeaderValue {
        self.set(&self.session, "", Duration::ZERO)
    }

    /// The header that has a browser known at its next sign-in.
    pub fn know(&self, device: &DeviceToken) -> HeaderValue {
        self.set(&self.device, device.text().expose(), DEVICE_LIFE)
    }

    fn set(&self, name: &str, value: &str, life: Duration) -> HeaderValue {
        let (secure, seconds) = (if self.https { "; Secure" } else { "" }, life.as_secs());
        let path = &self.path;
        let cookie =
            format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        // A name and a path of ours, numbers, tokens of the alphabet of base 64.
        HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The values of all cookies called `name`. Those of others may hold any bytes, so that each is read by itself.
pub fn values<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(is_end));
    pairs.filter_map(move |pair| {
        let (given, value) = std::str::from_utf8(pair).ok()?.trim().split_once('=')?;
        (given == name).then_some(value)
    })
}

/// A `Cookie` header without ours, `None` when it has none of them: whoever opens an inbox's address in the browser that they are signed in
/// with must not leave the session in what is captured, whatever bytes the cookies of others hold.
pub fn without_ours(value: &[u8]) -> Option<Vec<u8>> {
    let ours = |pair: &&[u8]| {
        let name = pair.trim_ascii().split(|byte| *byte == b'=').next().unwrap_or_default();
        let name =
            [HOST, SECURE].iter().find_map(|prefix| name.strip_prefix(prefix.as_bytes())).unwrap_or(name);
        [SESSION, DEVICE].iter().any(|ours| name == ours.as_bytes())
    };
    let kept = || value.split(is_end).filter(|pair| !ours(pair)).collect::<Vec<_>>().join(&b';');
    value.split(is_end).any(|pair| ours(&pair)).then(|| kept().trim_ascii_start().to_owned())
}

/// Where one cookie ends and the next begins.
fn is_end(byte: &u8) -> bool {
    *byte == b';'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; deskbell=one; xdeskbell=no"));
        headers.append(header::COOKIE, HeaderValue::from_static("deskbell=two"));
        assert_eq!(values(&headers, "deskbell").collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(values(&headers, "__Host-deskbell").count(), 0);
    }

    #[test]
    fn a_captured_cookie_is_none_of_ours() {
        let left = |value: &[u8]| without_ours(value).map(|kept| kept.escape_ascii().to_string());
        assert_eq!(left(b"a=b; deskbell=token; c=d").unwrap(), "a=b; c=d");
        assert_eq!(left(b"deskbell=token;a=b").unwrap(), "a=b");
        assert_eq!(left(b"__Host-deskbell=token").unwrap(), "");
        assert_eq!(left(b"a=b; __Secure-deskbell=token; __Secure-deskbell-device=token").unwrap(), "a=b");
        assert_eq!(
            left(b"__Host-deskbell-device=token; deskbell-device=token; deskbell-devices=1").unwrap(),
            "deskbell-devices=1"
        );
        assert_eq!(
            left(b"a=\xff; deskbell=token").unwrap(),
            "a=\\xff",
            "a neighbour of any bytes hides nothing"
        );
        assert_eq!(left(b"a=deskbell;  b"), None);
    }

    #[test]
    fn a_neighbour_of_any_bytes_signs_nobody_out() {
        let mut headers = HeaderMap::new();
        for cookies in [&b"a=Zo\xc3\xab; deskbell=one"[..], b"a=\xff; deskbell=two"] {
            headers.append(header::COOKIE, HeaderValue::from_bytes(cookies).unwrap());
        }
        assert_eq!(values(&headers, "deskbell").collect::<Vec<_>>(), ["one", "two"]);
    }
}
