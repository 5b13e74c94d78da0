//! Every mistake of somebody's code, made on purpose and found by its value.

use super::*;
use crate::policy::sign::{standard, vendor};
use crate::time::from_millis;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const T: i64 = 1_700_000_000;
const SECRET: &str = "d7686b8c83f04913929079aeae40189e";
const OTHER: &str = "00000000000000000000000000000001";
const BODY: &str = r#"{"id":"EVNT-1","data":{"name":"Zoë <Müller>","url":"https://a/b","list":[1,2.0]}}"#;

fn found(value: &str) -> Option<Explained> {
    found_over(value, BODY.as_bytes())
}

fn found_over(value: &str, body: &[u8]) -> Option<Explained> {
    let (secret, others) = (Secret::new(SECRET.into()), [Secret::new("x".into()), Secret::new(OTHER.into())]);
    let received = from_millis(T * 1_000 + 250);
    explain(&Puzzle { secret: &secret, others: &others, time: T, id: Some("EVNT-1"), body, received }, value)
}

#[track_caller]
fn mistakes(value: &str, expected: &[Error]) {
    assert_eq!(found(value).map(|found| found.mistakes).as_deref(), Some(expected), "{value}");
}

fn digest(key: &[u8], content: &[u8]) -> Vec<u8> {
    keyed(key, &[content]).finalize().into_bytes().to_vec()
}

fn in_hex(key: &[u8], content: impl AsRef<[u8]>) -> String {
    hex::encode(&digest(key, content.as_ref()))
}

fn right() -> String {
    vendor(&Secret::new(SECRET.into()), T, BODY.as_bytes())
}

#[test]
fn the_right_value_has_no_mistake_in_either_form() {
    mistakes(&right(), &[]);
    mistakes(&format!(" \"{}\"\n", right()), &[]);
    mistakes(&format!("t={T},s={}", right()), &[]);
    let id = crate::id::EventId::from_text("EVNT-1");
    mistakes(&standard(&Secret::new(SECRET.into()), &id, T, BODY.as_bytes()), &[]);
}

#[test]
fn what_was_hashed_is_found() {
    let key = SECRET.as_bytes();
    mistakes(&in_hex(key, BODY), &[Error::NoTimestamp]);
    mistakes(&in_hex(key, format!("{T}{BODY}")), &[Error::NoDot]);
    mistakes(&in_hex(key, format!("t={T}.{BODY}")), &[Error::TimePrefix]);
    mistakes(&in_hex(key, format!("EVNT-1.{T}.{BODY}")), &[Error::WithId]);
    mistakes(&in_hex(key, format!("{T}000.{BODY}")), &[Error::Milliseconds]);
    mistakes(&in_hex(key, format!("{T}.{BODY}\n")), &[Error::LineEnd]);
}

#[test]
fn a_rebuilt_body_is_found_in_every_spacing_and_shown() {
    for rebuilt in [
        r#"{"id": "EVNT-1", "data": {"name": "Zo\u00eb <M\u00fcller>", "url": "https://a/b", "list": [1, 2.0]}}"#,
        r#"{"id": "EVNT-1", "data": {"name": "Zoë <Müller>", "url": "https://a/b", "list": [1, 2.0]}}"#,
        r#"{"id":"EVNT-1","data":{"name":"Zo\u00eb <M\u00fcller>","url":"https:\/\/a\/b","list":[1,2.0]}}"#,
        r#"{"id":"EVNT-1","data":{"name":"Zoë \u003cMüller\u003e","url":"https://a/b","list":[1,2.0]}}"#,
        r#"{"data":{"list":[1,2.0],"name":"Zoë <Müller>","url":"https://a/b"},"id":"EVNT-1"}"#,
        "{\n  \"id\": \"EVNT-1\",\n  \"data\": {\n    \"name\": \"Zoë <Müller>\",\n    \"url\": \"https://a/b\",\n    \"list\": [\n      1,\n      2.0\n    ]\n  }\n}",
    ] {
        let found = found(&in_hex(SECRET.as_bytes(), format!("{T}.{rebuilt}"))).unwrap();
        assert_eq!((found.mistakes, found.body), (vec![Error::Rebuilt], Some(rebuilt.into())));
    }
}

#[test]
fn what_dotnet_php_and_javascript_rebuild_is_found() {
    for rebuilt in [
        r#"{"id":"EVNT-1","data":{"name":"Zo\u00EB \u003CM\u00FCller\u003E","url":"https://a/b","list":[1,2.0]}}"#,
        r#"{"id":"EVNT-1","data":{"name":"Zoë <Müller>","url":"https:\/\/a\/b","list":[1,2.0]}}"#,
        r#"{"id":"EVNT-1","data":{"name":"Zoë <Müller>","url":"https://a/b","list":[1,2]}}"#,
    ] {
        let found = found(&in_hex(SECRET.as_bytes(), format!("{T}.{rebuilt}"))).unwrap();
        assert_eq!((found.mistakes, found.body), (vec![Error::Rebuilt], Some(rebuilt.into())));
    }
    let numbers = |body: &str, rebuilt: &str| {
        let value = in_hex(SECRET.as_bytes(), format!("{T}.{rebuilt}"));
        let found = found_over(&value, body.as_bytes()).map(|found| found.mistakes);
        assert_eq!(found, Some(vec![Error::Rebuilt]), "{body}");
    };
    numbers(
        "[154284075601887489,12.0,1e21,1.5e-7,0.000001,-0.0,123456789.125,1e2]",
        "[154284075601887500,12,1e+21,1.5e-7,0.000001,0,123456789.125,100]",
    );
}

#[test]
fn a_character_set_an_empty_body_and_a_part_of_the_body_are_found() {
    let key = SECRET.as_bytes();
    let over = |body: &[u8]| in_hex(key, [T.to_string().as_bytes(), b".", body].concat());
    let question = BODY.replace(['ë', 'ü'], "?");
    let twice = BODY.replace(['ë', 'ü'], "??");
    let latin: String = BODY.bytes().map(char::from).collect();
    let replaced = BODY.replace(['ë', 'ü'], "\u{fffd}\u{fffd}");
    for body in [&question, &twice, &latin, &replaced] {
        mistakes(&over(body.as_bytes()), &[Error::Charset]);
    }
    let written: Vec<u8> =
        BODY.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    mistakes(&over(&written), &[Error::Charset]);
    mistakes(&over(b""), &[Error::EmptyBody]);
    mistakes(&over(format!("\u{feff}{BODY}").as_bytes()), &[Error::TextMode]);
    let data = r#"{"name":"Zoë <Müller>","url":"https://a/b","list":[1,2.0]}"#;
    mistakes(&over(data.as_bytes()), &[Error::OnlyData]);
}

#[test]
fn a_hash_without_a_key_and_a_key_that_was_the_message_are_found() {
    use sha2::{Digest as _, Sha256};
    let content = format!("{T}.{BODY}");
    for text in [content.clone(), BODY.into(), format!("{SECRET}{content}"), format!("{BODY}{SECRET}")] {
        mistakes(&hex::encode(&Sha256::digest(text)), &[Error::PlainHash]);
    }
    mistakes(&in_hex(content.as_bytes(), SECRET), &[Error::KeySwapped]);
}

#[test]
fn the_key_that_was_used_is_found() {
    let content = format!("{T}.{BODY}");
    mistakes(&in_hex(&hex::decode(SECRET).unwrap(), &content), &[Error::SecretFromHex]);
    mistakes(&in_hex(&base64(SECRET).unwrap(), &content), &[Error::SecretFromBase64]);
    for padded in [format!("{SECRET}\n"), format!("\"{SECRET}\""), format!("{SECRET} ")] {
        mistakes(&in_hex(padded.as_bytes(), &content), &[Error::SecretPadded]);
    }
    let other = found(&in_hex(OTHER.as_bytes(), &content)).unwrap();
    assert_eq!((other.mistakes, other.other), (vec![Error::OtherSecret], Some(1)), "which one is said");
}

#[test]
fn how_the_digest_is_written_is_found() {
    let bytes = hex::decode(&right()).unwrap();
    mistakes(&STANDARD.encode(&bytes), &[Error::Base64]);
    mistakes(&URL_SAFE_NO_PAD.encode(&bytes), &[Error::Base64]);
    mistakes(&right().to_uppercase(), &[Error::UpperCase]);
    mistakes(&format!("sha256={}", right()), &[Error::Prefix]);
    mistakes(&format!("s={}", right()), &[Error::Prefix]);
    for odd in [&right()[..62], "da39a3ee5e6b4b0d3255bfef95601890afd80709", "%%%", ""] {
        mistakes(odd, &[Error::WrongLength]);
    }
    let both = STANDARD.encode(digest(SECRET.as_bytes(), BODY.as_bytes()));
    mistakes(&both, &[Error::Base64, Error::NoTimestamp]);
}

#[test]
fn a_clock_is_found() {
    let key = SECRET.as_bytes();
    let ahead = found(&in_hex(key, format!("{}.{BODY}", T + 41))).unwrap();
    assert_eq!((ahead.mistakes, ahead.time), (vec![Error::OwnClock], Some(T + 41)));
    let millis = found(&in_hex(key, format!("{T}250.{BODY}"))).unwrap();
    assert_eq!((millis.mistakes, millis.time), (vec![Error::Milliseconds], Some(T * 1_000 + 250)));
    assert_eq!(found(&in_hex(key, format!("{}.{BODY}", T + 400))), None, "no clock is that wrong");
}

#[test]
fn what_nothing_explains_stays_unexplained() {
    assert_eq!(found(&"0".repeat(64)), None);
    let large = vec![b'['; 200 << 10];
    assert_eq!(found_over(&"0".repeat(64), &large), None, "large bodies end too");
    mistakes(&in_hex(&hex::decode(SECRET).unwrap(), BODY), &[Error::SecretFromHex, Error::NoTimestamp]);
}

#[test]
fn every_searched_mistake_has_a_name_a_sentence_and_most_have_a_fix() {
    let mut names: Vec<_> = Error::SEARCHED.iter().map(|mistake| mistake.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Error::SEARCHED.len());
    for mistake in Error::SEARCHED {
        assert!(!mistake.sentence().is_empty());
        assert_eq!(mistake.fix().is_none(), mistake == Error::OtherSecret, "{mistake}");
    }
}

#[test]
fn a_difference_is_told_in_words() {
    let told = |came: &str, other: &str| difference(came.as_bytes(), other.as_bytes());
    assert_eq!(told(r#"{"id":1}"#, r#"{"id": 1}"#), Some((6, "a space was added after the colon".into())));
    assert_eq!(told("{}", "{}\n"), Some((2, "a line feed was added at the end".into())));
    assert_eq!(told("{}", "{"), Some((1, "it ends before '}'".into())));
    assert_eq!(told("[1, 2]", "[1,2]"), Some((3, "a space was removed after the comma".into())));
    assert_eq!(told("a/b", "a\\b"), Some((1, "'/' became '\\\\'".into())));
    assert_eq!(told("x", "x"), None);
}
