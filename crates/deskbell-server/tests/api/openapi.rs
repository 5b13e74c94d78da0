//! The committed documents are what the code says.

use deskbell_server::api;

/// Compares a committed file with what it must hold; says how to renew it.
fn committed(path: &str, expected: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{path} is not what the code says: run `make openapi`");
}

#[test]
fn openapi_json_is_generated_from_the_router() {
    committed("openapi.json", &api::openapi_json());
}

#[test]
fn every_code_of_an_error_is_listed() {
    committed("docs/reference/errors.md", &api::problem::reference());
}

#[test]
fn every_outcome_is_listed() {
    committed("docs/reference/outcomes.md", &api::attempt::reference());
}
