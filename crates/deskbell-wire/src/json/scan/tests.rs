//! The scan against the strict reader: what one takes, the other takes.

use super::*;
use crate::json::{minified, parse};
use deskbell_core::Random as _;
use deskbell_core::door::SeededRandom;

fn takes(bytes: &[u8]) -> bool {
    let whole = |mut scan: Scan<'_>| {
        scan.object(|scan, _| scan.value().map(drop))?;
        scan.end()
    };
    Scan::new(bytes).and_then(whole).is_some()
}

/// Texts that are `seed` but for a few bytes, which are put in, taken out or put in another's place.
pub(crate) fn nearly(seed: &str, count: usize) -> impl Iterator<Item = Vec<u8>> {
    const PALETTE: &[u8] = b"{}[]\",:\\ \n\t\r0123456789eE+-.utfnd8DaAC/\x00\x1f\x7f\xff\xc3\xa9\xed";
    let random = SeededRandom::new(seed.len() as u64);
    let seed = seed.as_bytes().to_vec();
    (0..count).map(move |_| {
        let mut draws = [0u8; 10];
        random.fill(&mut draws);
        let mut text = seed.clone();
        for edit in draws[1..].chunks(3).take(usize::from(draws[0] % 3) + 1) {
            let [place, byte, kind] = [edit[0], edit[1], edit[2]].map(usize::from);
            let (at, byte) = (place * text.len() / 256, PALETTE[byte % PALETTE.len()]);
            match kind % 3 {
                0 => text.insert(at, byte),
                1 if at < text.len() => drop(text.remove(at)),
                _ => text.splice(at..(at + 1).min(text.len()), [byte]).for_each(drop),
            }
        }
        text
    })
}

const SEEDS: [&str; 7] = [
    r#"{"a":1}"#,
    r#" {"b" : 9007199254740993, "a": [1.0, 1e-7, -0, "\u00e9\/"], "c": null, "": {}} "#,
    r#"{"a":"\ud83d\ude00 \\ \" \n","b":{"x":true,"y":false},"c":[[],[{}],""]}"#,
    r#"{"type":"booking.scheduled","data":{"id":"BKNG-1","n":0.5,"deep":[{"k":"v"}]},"subject":"Zoë"}"#,
    r#"{"a":{"a":1},"b":[{"a":1},{"a":2}],"ab":1e10,"ba":-12.5E+3}"#,
    "{\"tab\":\t[\r\n1 , 2\n]}",
    r#"{"events":[{"a":1},{"a":"x"}]}"#,
];

#[test]
fn what_the_scan_takes_is_what_the_strict_reader_takes() {
    let mut taken = [0; 2];
    for seed in SEEDS {
        assert!(takes(seed.as_bytes()), "{seed}");
        for text in nearly(seed, 4_000) {
            let (scanned, parsed) = (takes(&text), parse(&text).is_ok());
            // Escapes within keys and numbers with long exponents are left to the strict reader.
            let rare = text.contains(&b'\\') || text.iter().any(|byte| matches!(byte, b'e' | b'E'));
            assert!(scanned == parsed || (parsed && rare), "{}", String::from_utf8_lossy(&text));
            taken[usize::from(scanned)] += 1;
        }
    }
    assert!(taken.iter().all(|count| *count > 2_000), "both kinds are among them: {taken:?}");
}

#[test]
fn limits_are_those_of_the_strict_reader() {
    let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(takes(nested(JSON_DEPTH).as_bytes()));
    assert!(!takes(nested(JSON_DEPTH + 1).as_bytes()) && !takes("[".repeat(1_000_000).as_bytes()));
    let keys = |count: usize| {
        let members: Vec<String> = (0..count).map(|key| format!("\"k{key}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(takes(keys(JSON_KEYS).as_bytes()) && !takes(keys(JSON_KEYS + 1).as_bytes()));
    for refused in [
        r#"{"a":1,"b":2,"a":3}"#,
        r#"{"a":1,"\u0061":3}"#,
        r#"{"a":"\u0000"}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\udc00"}"#,
        r#"{"a":"\ud800\u0041"}"#,
        r#"{"a":1e400}"#,
        r#"{"a":01}"#,
        "{\"a\":\"\t\"}",
        "{} {}",
        "[]",
        "",
    ] {
        assert!(!takes(refused.as_bytes()), "{refused}");
    }
    assert!(!takes(b"{\"a\":\"\xff\"}"));
}

#[test]
fn a_value_is_told_with_the_white_space_within_it() {
    for (text, white_space) in [("[1,2]", 0), ("{ \"a b\" : [ ] }", 5), ("\" x \"", 0), ("[\n\t1 ]", 3)] {
        let around = format!(" {text} ");
        let scanned = Scan::new(around.as_bytes()).unwrap().value().unwrap();
        assert_eq!(scanned, Scanned { text, white_space });
        assert_eq!(minified(text).len(), text.len() - white_space);
    }
}
