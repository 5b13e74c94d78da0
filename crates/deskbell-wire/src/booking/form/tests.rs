//! What a booking form takes, in which order, and what is said of the rest.

use crate::body::read;
use crate::booking::ScheduleRequest;
use crate::json::parse;
use deskbell_core::booking::{FieldValue, Form};
use serde_json::{Value, json};

fn form(form: &Value) -> Result<Form, (&'static str, String, String)> {
    let body = json!({"start_time": "2026-05-12", "guest_time_zone": "Europe/Dublin", "booking_form": form});
    match read::<ScheduleRequest>(&parse(body.to_string().as_bytes()).unwrap()) {
        Ok(asked) => Ok(asked.booking_form.into()),
        Err(problem) => Err((problem.code, problem.param.unwrap_or_default(), problem.message)),
    }
}

/// A form that is good but for `field`.
fn refused(field: &str, value: Value) -> (&'static str, String, String) {
    let mut given = json!({"name": "Tomás", "email": "t@corrib.example"});
    given[field] = value;
    form(&given).unwrap_err()
}

#[test]
fn fields_that_are_not_known_are_custom_ones_in_their_order() {
    let body = r#"{"start_time":"2026-05-12","guest_time_zone":"UTC","booking_form":{"Zone":"a","name":" Tomás ",
        "Interests":["b","c"],"None":null,"email":"t@corrib.example","Age":"d","none":[],"phone":null}}"#;
    let form: Form = read::<ScheduleRequest>(&parse(body.as_bytes()).unwrap()).unwrap().booking_form.into();
    assert_eq!((form.name.as_str(), form.phone, form.guests), ("Tomás", None, vec![]));
    let one = |text: &str| FieldValue::One(text.into());
    let fields = [
        ("Zone", one("a")),
        ("Interests", FieldValue::Many(vec!["b".into(), "c".into()])),
        ("Age", one("d")),
        ("none", FieldValue::Many(vec![])),
    ];
    assert_eq!(form.custom_fields, fields.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn a_custom_field_is_a_string_or_a_list_of_strings() {
    for value in [json!(5), json!(true), json!({})] {
        let refused = refused("team", value);
        assert_eq!(refused, ("type_mismatch", "booking_form.team".into(), "team must be a string.".into()));
    }
    for value in [json!([5]), json!(["a", null])] {
        let (code, param, message) = refused("team", value);
        assert_eq!((code, param.as_str()), ("type_mismatch", "booking_form.team"));
        assert_eq!(message, "team must be an array of strings.");
    }
    let many: serde_json::Map<String, Value> = (0..99).map(|n| (n.to_string(), json!("x"))).collect();
    let mut given = json!({"name": "Tomás", "email": "t@corrib.example", "x": "y"});
    given.as_object_mut().unwrap().extend(many);
    assert_eq!(form(&given).unwrap().custom_fields.len(), 100);
    given["one more"] = json!("x");
    let too_many =
        ("fields_too_many", "booking_form".into(), "At most 100 custom fields are allowed.".into());
    assert_eq!(form(&given).unwrap_err(), too_many);
}

#[test]
fn an_e_mail_address_or_a_phone_number_is_enough() {
    for nobody in
        [json!({"name": "x"}), json!({"name": "x", "email": null, "phone": " ", "mobile_phone": null})]
    {
        let missing = ("field_required", "booking_form".into(), "Required fields are missing.".into());
        assert_eq!(form(&nobody).unwrap_err(), missing);
    }
    for number in ["phone", "mobile_phone"] {
        let param = format!("booking_form.{number}");
        let invalid = ("phone_invalid", param, "Invalid phone format: 'call me'".into());
        assert_eq!(form(&json!({"name": "x", number: "call me"})).unwrap_err(), invalid);
        let with_address = json!({"name": "x", "email": "t@corrib.example", number: "call me"});
        assert!(form(&with_address).is_ok(), "as typed");
        let form = form(&json!({"name": "x", number: "+353851234567"})).unwrap();
        assert_eq!((form.email, form.phone.or(form.mobile_phone)), (None, Some("+353851234567".into())));
    }
}

#[test]
fn known_fields_have_their_rules() {
    let missing = |param: &str, code| (code, param.to_owned(), "Required fields are missing.".to_owned());
    assert_eq!(refused("name", json!("  ")), missing("booking_form.name", "name_required"));
    assert_eq!(refused("name", Value::Null), missing("booking_form.name", "name_required"));
    let email = refused("email", json!("nobody"));
    assert_eq!(email, ("email_invalid", "booking_form.email".into(), "Invalid string: nobody".into()));
    let (long, much) = (json!("é".repeat(2_001)), json!(vec!["x"; 101]));
    for (field, value) in
        [("name", &long), ("phone", &long), ("note", &long), ("guests", &json!([long])), ("guests", &much)]
    {
        let message = "A field has at most 2000 characters, and there are at most 100 guests.";
        let refused = refused(field, value.clone());
        assert_eq!(refused, ("text_too_long", "booking_form".into(), message.into()), "{field}");
    }
    let guests = refused("guests", json!("x"));
    assert_eq!(guests.2, "guests must be an array of strings.");
    assert!(form(&json!({"name": "é".repeat(2_000), "email": "t@corrib.example"})).is_ok());
}
