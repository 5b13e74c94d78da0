//! The shape of refusals and the list of codes.

use super::*;
use axum::body::to_bytes;
use std::fs;
use std::path::Path;

async fn written(problem: Problem) -> (Response<()>, String) {
    let (head, body) = problem.into_response().into_parts();
    let body = to_bytes(body, 4096).await.unwrap();
    (Response::from_parts(head, ()), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_shape_is_flat_and_the_vendors_words_are_exact() {
    let (answer, body) = written(Problem::not_found("webhook", "123")).await;
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(
        body,
        r#"{"type":"invalid_request_error","message":"No such webhook: '123'","param":"id","code":"not_found"}"#
    );
    let (answer, body) = written(Problem::unauthorized()).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "API-Key", "A-113");
    assert_eq!(
        body, r#"{"type":"authentication_error","message":"Invalid API key.","code":"invalid_api_key"}"#,
        "A-151"
    );
    let (answer, body) = written(Problem::rate_limited(3)).await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &HeaderValue::from(3)));
    assert!(
        body.starts_with(r#"{"type":"rate_limit_error","message":"Request rate limit exceeded""#),
        "{body}"
    );
    let (answer, body) = written(Problem::internal()).await;
    assert_eq!(answer.status(), 500);
    assert!(body.starts_with(r#"{"type":"api_error","message":"An unexpected error occurred."#), "{body}");
    let (answer, _) = written(Problem::method_not_allowed(Some("GET, POST")).closing()).await;
    assert_eq!(
        (&answer.headers()["allow"], &answer.headers()["connection"]),
        (&HeaderValue::from_static("GET, POST"), &HeaderValue::from_static("close"))
    );
}

#[test]
fn nothing_long_is_repeated() {
    let long = "é".repeat(5_000);
    let problem = Problem::not_found("webhook", &long).param(&long);
    assert!(problem.message.len() < 240 && problem.message.ends_with("…'"), "{}", problem.message);
    assert!(problem.param.is_some_and(|param| param.len() <= ECHO_BYTES + '…'.len_utf8()));
    assert_eq!(cut("short"), "short");
}

#[test]
fn codes_are_listed_once_in_order_with_a_meaning() {
    assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted, no repeats");
    for (code, meaning) in CODES {
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
        assert!(meaning.ends_with('.') && !meaning.contains('\n'), "{code}");
    }
    assert_eq!(Problem::required("url").code, "url_required", "A-001");
    assert_eq!(Problem::required("location.value").code, "field_required");
}

#[test]
fn a_store_that_fails_is_named_by_who_must_act() {
    let of = |error| {
        let problem = Problem::from(error);
        (problem.status.as_u16(), problem.code)
    };
    assert_eq!(of(store::Error::Full), (503, "storage_full"));
    assert_eq!(of(store::Error::Displaced("moved")), (503, "storage_displaced"));
    assert_eq!(of(store::Error::Unavailable("locked".into())), (503, "storage_unavailable"));
    assert_eq!(of(store::Error::Damaged("row".into())), (500, "internal_error"));
    assert_eq!(of(store::Error::UnknownCursor), (400, "cursor_invalid"));
}

#[test]
fn a_store_with_too_much_to_do_says_when_to_come_again() {
    for (wait, said) in
        [(Duration::ZERO, "1"), (Duration::from_millis(1_200), "2"), (Duration::from_secs(3), "3")]
    {
        let problem = Problem::from(store::Error::Busy { retry_after: wait });
        assert_eq!((problem.code, problem.kind), ("storage_busy", ProblemType::Api));
        let answer = problem.into_response();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers().get(RETRY_AFTER).unwrap(), said, "{wait:?}");
    }
}

/// Every line of the program and of the core that is not a suite.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("tests") {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
            && !path.ends_with("problem/codes.rs")
        {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn no_code_is_listed_for_nothing() {
    let mut text = String::new();
    for folder in [
        "src",
        "../deskbell-core/src",
        "../deskbell-http/src",
        "../deskbell-api/src",
        "../deskbell-dashboard/src",
    ] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut text);
    }
    // `Problem::required` puts these together from the field's name.
    let unused = CODES.iter().map(|(code, _)| *code).filter(|code| {
        let quoted = |text: &str, name: &str| text.contains(&format!("\"{name}\""));
        !quoted(&text, code) && !code.strip_suffix("_required").is_some_and(|field| quoted(&text, field))
    });
    assert_eq!(unused.collect::<Vec<_>>(), [""; 0]);
}
