//! The session's cookie: its name, its flags, and how it is read and kept out of what is captured (catalogue 6.4, H-14).

use crate::api::state::App;
use axum::http::{HeaderMap, HeaderValue, header};
use deskbell_core::session::LIFE;
use deskbell_core::token::Token;

/// Under https: the prefix has browsers refuse one that another host or an insecure page set.
const SECURE: &str = "__Host-deskbell";
/// Under plain http browsers take no such prefix.
const PLAIN: &str = "deskbell";

impl App {
    /// The name of the cookie on this instance.
    pub fn cookie_name(&self) -> &'static str {
        if self.is_https() { SECURE } else { PLAIN }
    }

    /// The header that signs a browser in.
    pub fn cookie(&self, token: &Token) -> HeaderValue {
        self.set_cookie(token.text().expose(), LIFE.as_secs())
    }

    /// The header that has a browser forget its cookie.
    pub fn no_cookie(&self) -> HeaderValue {
        self.set_cookie("", 0)
    }

    fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    fn set_cookie(&self, value: &str, seconds: u64) -> HeaderValue {
        let secure = if self.is_https() { "; Secure" } else { "" };
        let name = self.cookie_name();
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        // A name of ours, a token of the alphabet of base 64, a number.
        HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The values of all cookies called `name`.
pub fn values<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|value| value.split(';')).filter_map(move |pair| {
        let (given, value) = pair.trim().split_once('=')?;
        (given == name).then_some(value)
    })
}

/// A `Cookie` header without the session, `None` when it has none: whoever opens an inbox's address in the browser that they are signed in with
/// must not leave the session in what is captured.
pub fn without_session(value: &str) -> Option<String> {
    let ours = |pair: &&str| {
        let name = pair.trim().split('=').next().unwrap_or_default();
        name == SECURE || name == PLAIN
    };
    let kept = || value.split(';').filter(|pair| !ours(pair)).collect::<Vec<_>>().join(";");
    value.split(';').any(|pair| ours(&pair)).then(|| kept().trim_start().to_owned())
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
        assert_eq!(without_session("a=b; deskbell=token; c=d").unwrap(), "a=b; c=d");
        assert_eq!(without_session("deskbell=token;a=b").unwrap(), "a=b");
        assert_eq!(without_session("__Host-deskbell=token").unwrap(), "");
        assert_eq!(without_session("a=deskbell;  b"), None);
    }
}
