//! What is near and what is not.

use super::*;

#[test]
fn nearest_counts_letters_not_luck() {
    assert_eq!(nearest("ulr", &["name", "url"]), Some("url"));
    assert_eq!(
        nearest("booking.schedulled", &["booking.scheduled", "booking.canceled"]),
        Some("booking.scheduled")
    );
    assert_eq!(nearest("zz", &["id", "to"]), None, "two changes of a name of two letters are another name");
    assert_eq!(nearest("colour", &["name", "url"]), None);
    assert_eq!(nearest(&"x".repeat(5_000), &["x"]), None);
    assert_eq!(nearest("", &["a"]), None);
}
