//! Mask: what a share shows of headers, addresses and what was seen of an attempt. What is known to be harmless is shown; all else is `…`, because secrets stand under
//! names, and in places of an address, that nobody can list. What is masked already stays as it is.

mod address;

pub(super) use address::url;

/// What stands for what is not shown.
const MASKED: &str = "…";

/// Headers that say how a message is framed, cached, limited or followed, and hold no secret.
const SHOWN: [&str; 46] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "deprecation",
    "etag",
    "expires",
    "idempotency-key",
    "keep-alive",
    "last-modified",
    "pragma",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "request-id",
    "retry-after",
    "server",
    "strict-transport-security",
    "sunset",
    "te",
    "traceparent",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "webhook-id",
    "webhook-timestamp",
    "x-content-type-options",
    "x-frame-options",
    "x-powered-by",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];
/// Headers that are an address and nothing else.
const ADDRESSES: [&str; 4] = ["content-location", "location", "origin", "referer"];
/// Headers that are the signatures of a delivery.
const SIGNATURES: [&str; 2] = ["oncehub-signature", "webhook-signature"];
/// Characters that are left of a signature.
const HEAD_CHARS: usize = 8;

/// A header's value as it is shown.
pub(super) fn header(name: &str, value: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "host" => address::authority(value),
        name if ADDRESSES.contains(&name) => url(value),
        name if SIGNATURES.contains(&name) => signature(value),
        name if SHOWN.contains(&name) => words(value),
        _ => MASKED.to_owned(),
    }
}

/// Headers, each as it is shown.
pub(super) fn headers(all: Vec<(String, String)>) -> Vec<(String, String)> {
    let shown = |(name, value): (String, String)| {
        let value = header(&name, &value);
        (name, value)
    };
    all.into_iter().map(shown).collect()
}

/// A signature with its scheme, its time and its head: enough to tell it from another one, and too little to send.
fn signature(value: &str) -> String {
    let head = |text: &str| -> String {
        let printed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        text.chars().take_while(printed).take(HEAD_CHARS).chain(['…']).collect()
    };
    let timed = value.strip_prefix("t=").and_then(|rest| rest.split_once(",s="));
    match (timed, value.strip_prefix("v1,")) {
        (Some((time, rest)), _) if time.parse::<i64>().is_ok() => format!("t={time},s={}", head(rest)),
        (None, Some(rest)) => format!("v1,{}", head(rest)),
        _ => MASKED.to_owned(),
    }
}

/// A value of which each word that is an address is shown as one: a `User-Agent` often names its home.
fn words(value: &str) -> String {
    let is_address = |word: &str| word.contains("://") || word.starts_with('/');
    let shown = |word: &str| if is_address(word) { url(word) } else { word.to_owned() };
    value.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

/// A sentence of which each word that is an address or a host is shown as one: what went wrong often names the host.
pub(super) fn sentence(text: &str) -> String {
    let shown = |word: &str| {
        let opened = word.trim_start_matches(['"', '\'', '(']);
        let bare = opened.trim_end_matches(['"', '\'', ')', ',', ';', ':', '.', '!', '?']);
        let (before, after) = (&word[..word.len() - opened.len()], &opened[bare.len()..]);
        let shown = if bare.contains("://") {
            url(bare)
        } else if address::has_labels_of_its_own(bare) {
            address::authority(bare)
        } else {
            bare.to_owned()
        };
        format!("{before}{shown}{after}")
    };
    text.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
