//! Every mistake, made on purpose and named.

use super::*;
use crate::policy::sign::{standard, vendor};
use crate::time::from_millis;

const T: i64 = 1_700_000_000;
const SECRET: &str = "d7686b8c83f04913929079aeae40189e";
const BODY: &str = r#"{"id":"EVNT-1","type":"booking.scheduled","data":{"name":"Zoë <Müller>","url":"https://a/b","list":[1,2.0,{}],"z":null,"a":true}}"#;

fn judged(secret: &str, header: &str, body: &[u8]) -> Vec<Error> {
    judged_at(secret, header, body, T)
}

fn judged_at(secret: &str, header: &str, body: &[u8], now: i64) -> Vec<Error> {
    let tolerance = Duration::from_secs(300);
    diagnose(&Secret::new(secret.into()), &Proof::Vendor(header), body, from_millis(now * 1000), tolerance)
        .mistakes
}

fn secret() -> Secret {
    Secret::new(SECRET.into())
}

fn header() -> String {
    format!("t={T},s={}", vendor(&secret(), T, BODY.as_bytes()))
}

/// The digest under `key` over `content`.
fn digest(key: &[u8], content: &str) -> Vec<u8> {
    keyed(key, &[content.as_bytes()]).finalize().into_bytes().to_vec()
}

#[test]
fn a_genuine_delivery_is_valid() {
    assert_eq!(judged(SECRET, &header(), BODY.as_bytes()), []);
    let swapped = format!(" s={} , t={T} ", vendor(&secret(), T, BODY.as_bytes()));
    assert_eq!(judged(SECRET, &swapped, BODY.as_bytes()), [], "the parts may come in either order");
    assert_eq!(judged(SECRET, &format!("t={T},s={}", vendor(&secret(), T, b"\xff")), b"\xff"), []);
}

#[test]
fn a_secret_in_the_form_of_standard_webhooks_is_the_same_secret() {
    let whsec = crate::policy::sign::standard_secret(&secret());
    assert_eq!(whsec.expose(), "whsec_ZDc2ODZiOGM4M2YwNDkxMzkyOTA3OWFlYWU0MDE4OWU=");
    assert_eq!(judged(whsec.expose(), &header(), BODY.as_bytes()), []);
    let id = crate::id::EventId::from_text("EVNT-1");
    let signature = standard(&secret(), &id, T, BODY.as_bytes());
    let proof = Proof::Standard { id: "EVNT-1", timestamp: "1700000000", signature: &signature };
    let judged = diagnose(&whsec, &proof, BODY.as_bytes(), from_millis(T * 1000), Duration::from_secs(300));
    assert_eq!(judged.mistakes, []);
}

#[test]
fn a_wrong_secret_is_named() {
    for wrong in ["0".repeat(32), "x".into(), String::new(), SECRET.to_uppercase()] {
        assert_eq!(judged(&wrong, &header(), BODY.as_bytes()), [Error::WrongSecret], "{wrong}");
    }
    let other = BODY.replace("EVNT-1", "EVNT-2");
    assert_eq!(judged(SECRET, &header(), other.as_bytes()), [Error::WrongSecret], "another delivery's body");
}

#[test]
fn a_padded_or_decoded_secret_is_named() {
    for padded in [format!("{SECRET}\n"), format!("\"{SECRET}\""), format!(" {SECRET}")] {
        assert_eq!(judged(&padded, &header(), BODY.as_bytes()), [Error::SecretPadded], "{padded:?}");
    }
    let content = format!("{T}.{BODY}");
    let from_hex = hex::encode(&digest(&hex::decode(SECRET).unwrap(), &content));
    assert_eq!(judged(SECRET, &format!("t={T},s={from_hex}"), BODY.as_bytes()), [Error::SecretFromHex]);
    let from_base64 = hex::encode(&digest(&base64(SECRET).unwrap(), &content));
    assert_eq!(judged(SECRET, &format!("t={T},s={from_base64}"), BODY.as_bytes()), [Error::SecretFromBase64]);
}

#[test]
fn a_rebuilt_body_is_named() {
    let rebuilt = [
        // json.dumps
        r#"{"id": "EVNT-1", "type": "booking.scheduled", "data": {"name": "Zo\u00eb <M\u00fcller>", "url": "https://a/b", "list": [1, 2.0, {}], "z": null, "a": true}}"#,
        // json.dumps(ensure_ascii=False)
        r#"{"id": "EVNT-1", "type": "booking.scheduled", "data": {"name": "Zoë <Müller>", "url": "https://a/b", "list": [1, 2.0, {}], "z": null, "a": true}}"#,
        // json_encode
        r#"{"id":"EVNT-1","type":"booking.scheduled","data":{"name":"Zo\u00eb <M\u00fcller>","url":"https:\/\/a\/b","list":[1,2.0,{}],"z":null,"a":true}}"#,
        // json.Marshal, keys in order
        r#"{"id":"EVNT-1","type":"booking.scheduled","data":{"name":"Zoë \u003cMüller\u003e","url":"https://a/b","list":[1,2.0,{}],"z":null,"a":true}}"#,
        // JSON.stringify(…, null, 2)
        "{\n  \"id\": \"EVNT-1\",\n  \"type\": \"booking.scheduled\",\n  \"data\": {\n    \"name\": \"Zoë <Müller>\",\n    \"url\": \"https://a/b\",\n    \"list\": [\n      1,\n      2.0,\n      {}\n    ],\n    \"z\": null,\n    \"a\": true\n  }\n}",
    ];
    for body in rebuilt {
        assert_eq!(judged(SECRET, &header(), body.as_bytes()), [Error::Rebuilt], "received as {body}");
        let signed = format!("t={T},s={}", vendor(&secret(), T, body.as_bytes()));
        assert_eq!(judged(SECRET, &signed, BODY.as_bytes()), [Error::Rebuilt], "signed as {body}");
    }
    let sorted = r#"{"data":{"a":true,"list":[1,2.0,{}],"name":"Zoë <Müller>","url":"https://a/b","z":null},"id":"EVNT-1","type":"booking.scheduled"}"#;
    let signed = format!("t={T},s={}", vendor(&secret(), T, sorted.as_bytes()));
    assert_eq!(judged(SECRET, &signed, BODY.as_bytes()), [Error::Rebuilt], "keys sorted");
}

#[test]
fn what_was_signed_is_named() {
    for (content, mistake) in [(BODY.to_owned(), Error::NoTimestamp), (format!("{T}{BODY}"), Error::NoDot)] {
        let header = format!("t={T},s={}", hex::encode(&digest(SECRET.as_bytes(), &content)));
        assert_eq!(judged(SECRET, &header, BODY.as_bytes()), [mistake]);
    }
}

#[test]
fn how_the_header_is_written_is_named() {
    let signature = vendor(&secret(), T, BODY.as_bytes());
    let bytes = hex::decode(&signature).unwrap();
    for (header, mistake) in [
        (format!("t={T},s={}", STANDARD.encode(&bytes)), Error::Base64),
        (format!("t={T},s={}", URL_SAFE_NO_PAD.encode(&bytes)), Error::Base64),
        (format!("t={T},s=sha256={signature}"), Error::Prefix),
        (format!("t={T},s={}", signature.to_uppercase()), Error::UpperCase),
        (format!("t={signature},s={T}"), Error::Swapped),
        (String::new(), Error::Malformed),
        (signature.clone(), Error::Malformed),
        (format!("t={T}"), Error::Malformed),
        (format!("t=soon,s={signature}"), Error::Malformed),
        (format!("t={T},s={}", &signature[..62]), Error::Malformed),
        (format!("t={T},s=%%%"), Error::Malformed),
    ] {
        assert_eq!(judged(SECRET, &header, BODY.as_bytes()), [mistake], "{header}");
    }
    let both = format!("t={T},s={}", STANDARD.encode(digest(SECRET.as_bytes(), BODY)));
    assert_eq!(judged(SECRET, &both, BODY.as_bytes()), [Error::Base64, Error::NoTimestamp], "two at once");
}

#[test]
fn a_changed_end_or_line_end_is_named() {
    for body in [format!("{BODY}\n"), format!("{BODY}\r\n")] {
        assert_eq!(judged(SECRET, &header(), body.as_bytes()), [Error::LineEnd], "{body:?}");
        let signed = format!("t={T},s={}", vendor(&secret(), T, body.as_bytes()));
        assert_eq!(judged(SECRET, &signed, BODY.as_bytes()), [Error::LineEnd], "signed {body:?}");
    }
    assert_eq!(judged(SECRET, &header(), format!("\u{feff}{BODY}").as_bytes()), [Error::TextMode]);
    let lines = "line\nline";
    let signed = format!("t={T},s={}", vendor(&secret(), T, lines.as_bytes()));
    assert_eq!(judged(SECRET, &signed, b"line\r\nline"), [Error::TextMode]);
}

#[test]
fn a_time_that_does_not_fit_is_named() {
    let at = |now| judged_at(SECRET, &header(), BODY.as_bytes(), now);
    assert_eq!((at(T + 300), at(T - 300)), (vec![], vec![]), "the tolerance itself is fine");
    assert_eq!((at(T + 301), at(T - 301)), (vec![Error::Stale], vec![Error::Future]));
    let in_millis = T * 1000;
    let header = format!("t={in_millis},s={}", vendor(&secret(), in_millis, BODY.as_bytes()));
    assert_eq!(judged(SECRET, &header, BODY.as_bytes()), [Error::Milliseconds]);
    assert_eq!(judged_at("x", &self::header(), BODY.as_bytes(), T + 301), [Error::WrongSecret, Error::Stale]);
}

#[test]
fn the_standard_headers_are_judged_too() {
    let id = "EVNT-1";
    let judged = |signature: &str, body: &str| {
        let timestamp = T.to_string();
        let proof = Proof::Standard { id, timestamp: &timestamp, signature };
        let now = from_millis(T * 1000);
        diagnose(&secret(), &proof, body.as_bytes(), now, Duration::from_secs(300)).mistakes
    };
    let good = standard(&secret(), &crate::id::EventId::from_text(id), T, BODY.as_bytes());
    assert_eq!(judged(&good, BODY), []);
    assert_eq!(judged(&format!("v1,{} {good}", STANDARD.encode([0; 32])), BODY), [], "one of two");
    assert_eq!(judged(&good, &format!("{BODY}\n")), [Error::LineEnd]);
    assert_eq!(judged(good.strip_prefix("v1,").unwrap(), BODY), [Error::NoVersion]);
    let digest = |content: String| digest(SECRET.as_bytes(), &content);
    let hexed = format!("v1,{}", hex::encode(&digest(format!("{id}.{T}.{BODY}"))));
    assert_eq!(judged(&hexed, BODY), [Error::Hex]);
    let without_id = format!("v1,{}", STANDARD.encode(digest(format!("{T}.{BODY}"))));
    assert_eq!(judged(&without_id, BODY), [Error::NoId]);
    assert_eq!(judged("v1,short", BODY), [Error::StandardMalformed]);
    assert_eq!(judged("", BODY), [Error::StandardMalformed]);
}

#[test]
fn a_body_nested_without_end_is_no_trouble() {
    let deep = "[".repeat(100_000);
    assert_eq!(judged(SECRET, &header(), deep.as_bytes()), [Error::WrongSecret]);
}
