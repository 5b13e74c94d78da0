//! Mask: what a share shows of headers and addresses that hold secrets.

use deskbell_core::policy::sign;

/// Names of headers that hold a secret and nothing else.
const SECRET: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "api-key",
    "x-api-key",
    "x-amz-security-token",
];
/// Parts of names that speak of a secret.
const SPEAKING: [&str; 4] = ["token", "secret", "password", "apikey"];
/// Characters that are left of a signature.
const HEAD_CHARS: usize = 8;

/// A header's value without its secret: keys, cookies and tokens go, a signature keeps its head.
pub(super) fn header(name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if SECRET.contains(&lower.as_str()) || SPEAKING.iter().any(|part| lower.contains(part)) {
        return "…".to_owned();
    }
    if !lower.contains("signature") {
        return value.to_owned();
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
pub(super) fn headers(all: &[(String, String)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| (name.clone(), header(name, value))).collect()
}

/// A URL without its query, and without the token of an inbox: whoever knows that may write to it.
pub(super) fn url(url: &str) -> String {
    let (bare, query) = url.split_once('?').map_or((url, ""), |(bare, _)| (bare, "?…"));
    match bare.split_once("/in/") {
        Some((before, token)) => {
            let rest = token.find('/').map_or("", |at| &token[at..]);
            format!("{before}/in/…{rest}{query}")
        }
        None => format!("{bare}{query}"),
    }
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
    }
}
