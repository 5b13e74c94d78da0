//! Mask: what a share shows of headers and addresses that hold secrets.

use deskbell_core::policy::sign;

/// Parts of the names of headers that hold a secret and nothing else.
const SECRET: [&str; 16] = [
    "authorization",
    "authentication",
    "cookie",
    "token",
    "secret",
    "password",
    "passwd",
    "credential",
    "session",
    "api-key",
    "api_key",
    "apikey",
    "access-key",
    "x-auth",
    "functions-key",
    "subscription-key",
];
/// Characters that are left of a signature.
const HEAD_CHARS: usize = 8;

/// A header's value without its secret: keys, cookies and tokens go, an address loses what [`url()`] takes from it, a
/// signature keeps its head.
pub(super) fn header(name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if SECRET.iter().any(|part| lower.contains(part)) {
        return "…".to_owned();
    }
    if !lower.contains("signature") {
        return addresses(value);
    }
    match sign::parse(value) {
        Ok((time, signature)) => format!("t={time},s={}…", &signature[..HEAD_CHARS]),
        Err(_) => {
            let (version, rest) = value.split_at(value.find(',').map_or(0, |comma| comma + 1));
            // What stands before a comma may be the signature itself.
            let version = if version == "v1," { version } else { "" };
            let rest = if version.is_empty() { value } else { rest };
            format!("{version}{}…", rest.chars().take(HEAD_CHARS).collect::<String>())
        }
    }
}

/// Headers, each masked.
pub(super) fn headers<T: AsRef<str>>(all: &[(T, T)]) -> Vec<(String, String)> {
    let all = all.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    all.map(|(name, value)| (name.to_owned(), header(name, value))).collect()
}

/// A value with each of its words that is a path or an address cut as [`url()`] does it: `Location`, `Link`, `Referer` and what
/// proxies add.
fn addresses(value: &str) -> String {
    let is_address = |word: &str| word.starts_with('/') || word.contains("://") || word.contains("/in/");
    let shown = |word: &str| if is_address(word) { url(word) } else { word.to_owned() };
    value.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

/// A URL without its user, query and fragment, and without the token of an inbox: whoever knows that may write to it.
pub(super) fn url(url: &str) -> String {
    let (bare, rest) = match url.find(['?', '#']) {
        Some(at) => (&url[..at], format!("{}…", &url[at..=at])),
        None => (url, String::new()),
    };
    let host = bare.find("://").map_or(0, |at| at + 3);
    let path = bare[host..].find('/').map_or(bare.len(), |at| host + at);
    let user = bare[host..path].rfind('@').map_or(host, |at| host + at);
    let bare = match user > host {
        true => format!("{}…{}", &bare[..host], &bare[user..]),
        false => bare.to_owned(),
    };
    let mut parts = bare.split("/in/");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str("/in/…");
        shown.push_str(part.find('/').map_or("", |at| &part[at..]));
    }
    shown + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_signatures_keep_their_head() {
        let hex = "c1b91b7e".repeat(8);
        for (name, value, shown) in [
            ("Authorization", "Bearer abc", "…"),
            ("cookie", "a=b", "…"),
            ("Set-Cookie", "a=b", "…"),
            ("X-Auth-Token", "abc", "…"),
            ("Oncehub-Signature", &format!("t=17,s={hex}"), "t=17,s=c1b91b7e…"),
            ("Webhook-Signature", "v1,QUJDREVGR0hJSktM", "v1,QUJDREVG…"),
            ("X-Hub-Signature-256", "sha256=abcdef0123456789", "sha256=a…"),
            ("Proxy-Authorization", "Basic abc", "…"),
            ("X-Forwarded-Authorization", "Bearer abc", "…"),
            ("X-Goog-Api-Key", "abc", "…"),
            ("X-Functions-Key", "abc", "…"),
            ("Ocp-Apim-Subscription-Key", "abc", "…"),
            ("X-Session-Id", "abc", "…"),
            ("Location", "https://x.example/login?code=abc", "https://x.example/login?…"),
            ("Location", "/login?code=abc", "/login?…"),
            ("X-Forwarded-Uri", "/in/abc", "/in/…"),
            ("Referer", "https://x.example/#abc", "https://x.example/#…"),
            ("Location", "https://ana:abc@x.example/", "https://…@x.example/"),
            ("Link", "<https://x.example/a?key=abc>; rel=next", "<https://x.example/a?… rel=next"),
            ("Idempotency-Key", "EVNT-1", "EVNT-1"),
            ("Date", "Tue, 12 May 2026 09:30:00 GMT", "Tue, 12 May 2026 09:30:00 GMT"),
            ("Content-Type", "application/json", "application/json"),
        ] {
            assert_eq!(header(name, value), shown, "{name}");
        }
    }

    #[test]
    fn an_address_keeps_no_token_and_no_query() {
        assert_eq!(url("https://x.example/in/abc/d?e=f"), "https://x.example/in/…/d?…");
        assert_eq!(url("http://127.0.0.1:8480/in/abc"), "http://127.0.0.1:8480/in/…");
        assert_eq!(url("https://x.example/hook?key=1"), "https://x.example/hook?…");
        assert_eq!(url("https://x.example/hook"), "https://x.example/hook");
        assert_eq!(url("https://x.example/in/bell/in/abc/d"), "https://x.example/in/…/in/…/d");
    }
}
