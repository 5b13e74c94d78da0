//! Every list reads what it prints.

use super::*;

fn all<T: Words + PartialEq + std::fmt::Debug>() {
    for one in T::all() {
        let json = serde_json::to_string(&Word(one)).unwrap();
        assert_eq!(serde_json::from_str::<Word<T>>(&json).unwrap().0, one);
    }
    let unknown = T::unknown("nothing").of("word");
    let vendors = VendorWord::<T>::try_from("nothing".to_owned()).unwrap_err().of("word");
    assert_eq!((vendors.code, vendors.message.as_str()), ("value_invalid", "Invalid string: nothing"));
    assert_eq!(VendorWord::<T>::try_from(T::names()[0].to_owned()).unwrap().0, T::all()[0]);
    assert!(unknown.message.starts_with("Invalid string: nothing."), "{}", unknown.message);
    assert!(
        unknown.message.ends_with(&format!("Known are: {}.", T::names().join(", "))),
        "{}",
        unknown.message
    );
}

#[test]
fn every_word_parses_back() {
    all::<deskbell_core::booking::Status>();
    all::<deskbell_core::delivery::Status>();
    all::<deskbell_core::attempt::Outcome>();
    all::<deskbell_core::account::PayloadStyle>();
    all::<deskbell_core::trigger::Trigger>();
    all::<deskbell_core::trigger::Subscription>();
    assert_eq!(<deskbell_core::trigger::Subscription as Words>::all().len(), 14);
}

#[test]
fn names_of_triggers_are_refused_by_what_is_wrong_with_them() {
    let code = |text: &str| <deskbell_core::trigger::Trigger as Words>::unknown(text).of("type").code;
    assert_eq!(code("booking.*"), "event_wildcard_invalid", "A-084");
    assert_eq!(code("Booking.Scheduled"), "event_type_invalid", "A-082");
    assert_eq!(code("booking.moved"), "event_type_unknown", "A-081");
}

#[test]
fn at_most_a_hundred_subscriptions_are_given() {
    let given = |count: usize| Subscriptions::try_from(vec!["booking".to_owned(); count]);
    assert!(given(100).is_ok());
    let problem = given(101).unwrap_err().of("events");
    assert_eq!(
        (problem.code, problem.message.as_str()),
        ("events_too_many", "101 events were given; at most 100 are allowed."),
        "A-083"
    );
}
