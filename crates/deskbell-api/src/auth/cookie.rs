//! The session's cookie: its name, its flags, and how it is read and kept out of what is captured (catalogue 6.4, H-14).

use axum::http::{HeaderMap, HeaderValue, header};
use deskbell_core::session::LIFE;
use deskbell_core::token::Token;

/// Under https: the prefix has browsers refuse one that another host or an insecure page set.
const SECURE: &str = "__Host-deskbell";
/// Under plain http browsers take no such prefix.
const PLAIN: &str = "deskbell";

/// How this instance writes the cookie of a session.
#[derive(Debug, Clone, Copy)]
pub struct SessionCookie {
    /// The instance is reached under https.
    https: bool,
}

impl SessionCookie {
    /// The cookie of an instance that is reached at `public_url`.
    pub fn new(public_url: &str) -> Self {
        Self { https: public_url.starts_with("https://") }
    }

    /// The name that it goes by under this instance's scheme.
    pub fn name(self) -> &'static str {
        if self.https { SECURE } else { PLAIN }
    }

    /// The header that signs a browser in.
    pub fn set(self, token: &Token) -> HeaderValue {
        self.header(token.text().expose(), LIFE.as_secs())
    }

    /// The header that has a browser forget its cookie.
    pub fn clear(self) -> HeaderValue {
        self.header("", 0)
    }

    fn header(self, value: &str, seconds: u64) -> HeaderValue {
        let secure = if self.https { "; Secure" } else { "" };
        let name = self.name();
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        // A name of ours, a token of the alphabet of base 64, a number.
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

/// A `Cookie` header without the session, `None` when it has none: whoever opens an inbox's address in the browser that they are signed in with
/// must not leave the session in what is captured, whatever bytes the cookies of others hold.
pub fn without_session(value: &[u8]) -> Option<Vec<u8>> {
    let ours = |pair: &&[u8]| {
        let name = pair.trim_ascii().split(|byte| *byte == b'=').next().unwrap_or_default();
        name == SECURE.as_bytes() || name == PLAIN.as_bytes()
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
        assert_eq!(values(&headers, PLAIN).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(values(&headers, SECURE).count(), 0);
    }

    #[test]
    fn a_captured_cookie_is_not_the_session() {
        let left = |value: &[u8]| without_session(value).map(|kept| kept.escape_ascii().to_string());
        assert_eq!(left(b"a=b; deskbell=token; c=d").unwrap(), "a=b; c=d");
        assert_eq!(left(b"deskbell=token;a=b").unwrap(), "a=b");
        assert_eq!(left(b"__Host-deskbell=token").unwrap(), "");
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
        assert_eq!(values(&headers, PLAIN).collect::<Vec<_>>(), ["one", "two"]);
    }
}
