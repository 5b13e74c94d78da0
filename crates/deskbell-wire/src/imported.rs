//! Imported: what has changed of something, laid over the form in which it came.

use crate::json::Object;
use deskbell_core::imported::Imported;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What came, with what is written otherwise `now` than when it came. Members that are as they were stay as they came, in
/// their order, be they null, empty, unknown to us or not there; what changed and had no place in it stands behind them.
pub(crate) fn laid_over(imported: &Imported, now: Box<RawValue>) -> Box<RawValue> {
    let read = |text: &str| serde_json::from_str::<Object>(text).ok();
    let [Some(came), Some(then), Some(today)] =
        [&imported.data, &imported.written, now.get()].map(|text: &str| read(text))
    else {
        return now;
    };
    RawValue::from_string(object(&came, &then, &today)).unwrap_or(now)
}

fn object(came: &Object, then: &Object, now: &Object) -> String {
    let kept = came.iter().map(|(name, value)| (name, member(value, then.get(name), now.get(name))));
    let new = now.iter().filter(|(name, value)| came.get(name).is_none() && !is_same(then.get(name), value));
    let new = new.map(|(name, value)| (name, Cow::Borrowed(value.get())));
    let members = kept.chain(new).map(|(name, value)| format!("{}:{value}", quoted(name)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn member<'a>(came: &'a RawValue, then: Option<&RawValue>, now: Option<&'a RawValue>) -> Cow<'a, str> {
    let Some(now) = now.filter(|now| !is_same(then, now)) else { return Cow::Borrowed(came.get()) };
    let read = |value: &RawValue| serde_json::from_str::<Object>(value.get()).ok();
    match (read(came), then.and_then(read), read(now)) {
        (Some(came), Some(then), Some(now)) => Cow::Owned(object(&came, &then, &now)),
        _ => Cow::Borrowed(now.get()),
    }
}

/// Whether we write the same now; what we did not write then was null.
fn is_same(then: Option<&RawValue>, now: &RawValue) -> bool {
    then.map_or("null", RawValue::get) == now.get()
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::account::PayloadStyle;
    use deskbell_core::time::from_millis;

    fn over(came: &str, then: &str, now: &str) -> String {
        let imported = Imported {
            at: from_millis(0),
            data: came.into(),
            written: then.into(),
            style: PayloadStyle::Current,
        };
        let now = RawValue::from_string(now.into()).unwrap();
        laid_over(&imported, now).get().to_owned()
    }

    #[test]
    fn what_did_not_change_stays_as_it_came() {
        let came = r#"{"b":1.50,"a":"","ours":{"x":null},"their own":[1, 2]}"#;
        let then = r#"{"a":null,"b":1.5,"ours":null,"new":null}"#;
        assert_eq!(over(came, then, then), came);
    }

    #[test]
    fn what_changed_is_laid_over_it() {
        assert_eq!(
            over(r#"{"b":"","a":1}"#, r#"{"a":1,"b":null}"#, r#"{"a":2,"b":null}"#),
            r#"{"b":"","a":2}"#
        );
        assert_eq!(over(r#"{"a":1}"#, r#"{"a":1,"b":null}"#, r#"{"a":1,"b":"x"}"#), r#"{"a":1,"b":"x"}"#);
        assert_eq!(over(r#"{"a":{"id":1}}"#, r#"{"a":"1"}"#, r#"{"a":"2"}"#), r#"{"a":"2"}"#);
    }

    #[test]
    fn within_objects_only_what_changed_is_laid_over() {
        let came = r#"{"owner":{"id":"1","name":"","theirs":true}}"#;
        let then = r#"{"owner":{"id":"1","name":"Host","mail":"a"}}"#;
        let now = r#"{"owner":{"id":"1","name":"Mira","mail":"a"}}"#;
        assert_eq!(over(came, then, now), r#"{"owner":{"id":"1","name":"Mira","theirs":true}}"#);
    }

    #[test]
    fn names_are_written_as_they_were_read() {
        assert_eq!(over(r#"{"a\"b\u0041":1}"#, "{}", "{}"), r#"{"a\"bA":1}"#);
    }
}
