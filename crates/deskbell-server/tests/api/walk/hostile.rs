//! Ids that are none, and texts that try to be more than text.

/// Fifty strings that have broken something somewhere.
pub(super) const INJECTIONS: [&str; 50] = [
    "'",
    "\"",
    "`",
    "\\",
    "''",
    "' OR '1'='1",
    "' OR 1=1--",
    "' OR 1=1#",
    "\" OR \"\"=\"",
    "') OR ('1'='1",
    "1; DROP TABLE webhooks",
    "'; DROP TABLE sandbox; --",
    "'; UPDATE sandbox SET deleted = 1; --",
    "' UNION SELECT NULL--",
    "' UNION SELECT id, secret FROM webhooks--",
    "1 AND 1=1",
    "1' AND SLEEP(5)--",
    "'; SELECT pg_sleep(5)--",
    "' || (SELECT randomblob(1000000000)) || '",
    "admin'--",
    "/* */",
    "--",
    "#",
    "%",
    "%%%",
    "_",
    "%' OR 1 LIKE '%",
    "*",
    "?1",
    "$1",
    "${7*7}",
    "{{7*7}}",
    "#{7*7}",
    "<%= 7*7 %>",
    "$(id)",
    "`id`",
    "; ls",
    "| cat /etc/passwd",
    "& ping -c 1 127.0.0.1 &",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "<script>alert(1)</script>",
    "<!ENTITY x SYSTEM \"file:///etc/passwd\">",
    "{\"$ne\": null}",
    "[$gt]=",
    "*)(uid=*))(|(uid=*",
    "\r\nSet-Cookie: a=b",
    "\u{202e}\u{2066}",
    "𝓪\u{0301}ﷺ",
];

/// Ids, as they stand in a path, that are never one: none leads to a resource.
pub(super) fn malformed(real: &str) -> Vec<String> {
    let mut ids = [
        "..%2f",
        "..%2F..%2Fwebhooks",
        "%2e%2e%2f",
        "..",
        ".",
        "%00",
        "%2F",
        "%5c",
        "%25",
        "%ff",
        "%c0%af",
        "0",
        "-1",
        "null",
        "undefined",
        "true",
        "[]",
        "{}",
        "123",
        "whk_0123456789abcdefghijklmn",
    ]
    .map(str::to_owned)
    .to_vec();
    ids.extend([
        real.to_lowercase(),
        format!("{real}%00"),
        format!("%20{real}"),
        format!("{real}%20"),
        format!("{real}%0a"),
        format!("{real}//"),
        format!("./{real}"),
        format!("{real}%2f..%2f{real}"),
        format!("/{real}"),
        "A".repeat(4_000),
        "A".repeat(10_000),
    ]);
    ids
}

/// `text`, every byte of it percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
