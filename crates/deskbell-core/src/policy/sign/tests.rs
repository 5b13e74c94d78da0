//! The known-answer vectors A to E: signatures computed by other code than this (wire contract, 7.3).

use super::*;

const T: i64 = 1_700_000_000;
const VECTOR_E: &[u8] = include_bytes!("vector-e.json");

fn secret() -> Secret {
    Secret::new("d7686b8c83f04913929079aeae40189e".into())
}

#[test]
fn the_published_vectors_come_out() {
    let b = r#"{"id":"EVNT-TESTVECTR1","object":"event","creation_time":"2023-11-14T22:13:20.000Z","type":"booking.scheduled","api_version":"v2","data":{"object":"booking","id":"BKNG-TESTVECTOR01"}}"#;
    let c = r#"{"id":"EVNT-TESTVECTR2","object":"event","creation_time":"2023-11-14T22:13:20.000Z","type":"booking.canceled","api_version":"v2","data":{"object":"booking","id":"BKNG-TESTVECTOR02","form_submission":{"name":"Zoë Müller","note":"日本語 ✓"}}}"#;
    let d = r#"{"id":"EVNT-TESTVECTR1", "object":"event"}"#;
    let vectors: [(&str, i64, &[u8], usize, &str); 5] = [
        ("A", T, b"{}", 2, "f83b7ca459c1aa92ac51610079d8d02e4ee942e53ad3ab996b00bb2632a93979"),
        ("B", T, b.as_bytes(), 183, "60f3a22a58997b71c6b5396748804855f7a39e8ff9190bbe4190f542115aa6bb"),
        ("C", T, c.as_bytes(), 247, "03446339ec7464047ee7ff7b9399d067c57cc8a2dfa6e6c19b5e73f57a6ce93a"),
        ("D", T, d.as_bytes(), 42, "a52d7f154a85701144b9b9a4da84845022c53344a23c719508b1139f01745339"),
        (
            "E",
            1_778_072_562,
            VECTOR_E,
            1778,
            "091e74f5aeb76e31ed46325404f5f8fcb7c95dacd19b57b69b431b7499e76f4e",
        ),
    ];
    for (name, time, body, length, expected) in vectors {
        assert_eq!(body.len(), length, "vector {name}");
        assert_eq!(vendor(&secret(), time, body), expected, "vector {name}");
        assert_eq!(verify(&secret(), &format!("t={time},s={expected}"), body), Ok(time), "vector {name}");
        assert_eq!(
            verify(&secret(), &format!("s={expected}, t={time}"), body),
            Ok(time),
            "vector {name}, parts swapped"
        );
    }
}

#[test]
fn what_is_wrong_is_refused() {
    let good = vendor(&secret(), T, b"{}");
    let header = format!("t={T},s={good}");
    assert_eq!(verify(&Secret::new("0".repeat(32)), &header, b"{}"), Err(Mistake::Mismatch), "wrong secret");
    assert_eq!(verify(&secret(), &header, b"{ }"), Err(Mistake::Mismatch), "one byte more");
    assert_eq!(
        verify(&secret(), &format!("t={},s={good}", T + 1), b"{}"),
        Err(Mistake::Mismatch),
        "another time"
    );
    for malformed in [
        String::new(),
        format!("t={T}"),
        format!("s={good}"),
        format!("t={T},s="),
        format!("t={T},s={}", &good[..63]),
        format!("t={T},s={good}0"),
        format!("t={T},s={}", good.to_uppercase()),
        format!("t=soon,s={good}"),
        format!("t={T},s=sha256={good}"),
    ] {
        assert_eq!(verify(&secret(), &malformed, b"{}"), Err(Mistake::Malformed), "{malformed}");
    }
}

#[test]
fn the_vendors_own_header_parses() {
    // The vendor prints this header without its secret: it can be read, not checked (wire contract, 7.2).
    let header = "t=1611144604,s=22b3f46eed16d8a41b492334b626dcf04aca47232102208e2d3424051402adcc";
    assert_eq!(parse(header).unwrap().0, 1_611_144_604);
}

#[test]
fn every_attempt_is_signed_at_its_own_time() {
    let event = EventId::from_text("EVNT-TESTVECTR1");
    let first = headers(&secret(), &event, crate::time::from_millis(1_700_000_000_999), b"{}");
    let later = headers(&secret(), &event, crate::time::from_millis(1_700_000_001_000), b"{}");
    assert_eq!(first[0].1, format!("t={T},s={}", vendor(&secret(), T, b"{}")));
    assert_eq!(first[1], ("Webhook-Id".into(), "EVNT-TESTVECTR1".into()));
    assert_ne!(first[0].1, later[0].1);
    assert_ne!(first[3].1, later[3].1);
}

#[test]
fn one_signer_signs_again_and_again_and_tells_nothing_of_its_key() {
    let (signer, event) = (Signer::new(&secret()), EventId::from_text("EVNT-TESTVECTR1"));
    for body in [&b"{}"[..], VECTOR_E, b"{}"] {
        let now = crate::time::from_millis(T * 1_000);
        let sent = signer.request_headers("Deskbell/1", &event, Origin::Platform, now, body);
        assert_eq!(sent[2..], headers(&secret(), &event, now, body), "the state is copied, never used up");
        assert_eq!(verify(&secret(), &sent[2].1, body), Ok(T));
    }
    assert_eq!(format!("{signer:?}"), "[signer]");
    // A keyed HMAC is two states of its hash.
    fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
    is_wiped::<Sha256>();
}
