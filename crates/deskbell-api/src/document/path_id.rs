//! Ids in paths: the noun that stands before one says what it is the id of.

use deskbell_wire::id;
use serde_json::Value;

/// Completes the parameter of `path`. Callers may send any text, and learn that it names nothing.
pub(super) fn complete(path: &str, parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    parameter["schema"]["minLength"] = 1.into();
    if let Some(example) = id::example(&noun(path, &name)) {
        parameter["schema"]["example"] = example.into();
    }
    parameter["description"] = match name.as_str() {
        "id" => "The object's id.".into(),
        name => format!("The id of the {name}.").into(),
    };
}

/// `booking_calendar` for the `id` of `/v2/booking-calendars/{id}`; any other parameter is named for its noun.
fn noun(path: &str, name: &str) -> String {
    let before = path.split('/').take_while(|part| part.trim_matches(['{', '}']) != name).last();
    match before.filter(|_| name == "id").unwrap_or(name) {
        "deliveries" => "delivery".to_owned(),
        "inboxes" => "inbox".to_owned(),
        noun => noun.strip_suffix('s').unwrap_or(noun).replace('-', "_"),
    }
}
