//! What the document says in words alone: a schema cannot, or not without confusing those who make clients of it.

use super::operation::Request;
use serde_json::Value;

/// Valid requests that are refused.
const REFUSED: [(&str, &str, &str); 9] = [
    // One of several fields is needed, whichever it is.
    ("POST /v2/contacts", "", "only what is required"),
    (SCHEDULE, "booking_form", "only what is required"),
    (SCHEDULE, "booking_form.email", "left out"),
    (SCHEDULE, "booking_form.email", "null"),
    // One type of location needs an id beside it, another one a link.
    (AVAILABILITY, "weekly.0.working_hours.0.locations.0.type", "enum"),
    (AVAILABILITY, "overrides.0.working_hours.0.locations.0.type", "enum"),
    // An event of a conversation has another object in it.
    ("POST /v2/sandbox/import", "type", "enum"),
    ("POST /v2/sandbox/import", "0.type", "enum"),
    // An object without a field is one event, and not an array that is none.
    ("POST /v2/sandbox/import", "", "its type"),
];

const SCHEDULE: &str = "POST /v2/booking-calendars/{id}/schedule";
const AVAILABILITY: &str = "PATCH /v2/users/{id}/scheduling-availability";

/// Of two fields a body has one.
const APART: [(&str, [&str; 2]); 4] = [
    ("POST /v2/inboxes", ["answers", "relay"]),
    ("POST /v2/inboxes/{id}/relay/{request}", ["body", "body_base64"]),
    ("POST /v2/inboxes/{id}/requests/{request}/doctor", ["value", "request"]),
    ("POST /v2/attempts/{id}/doctor", ["value", "request"]),
];

/// A parameter that needs another beside it, and a value of that.
const BESIDE: [(&str, &str, [&str; 2]); 6] = [
    // As many as a page has.
    ("GET /v2/inboxes/{id}/requests", "count", ["limit", "100"]),
    ("GET /v2/tester/requests", "count", ["limit", "100"]),
    // One event, or those of a trigger.
    ("GET /v2/why", "after", ["type", "booking.scheduled"]),
    ("GET /v2/why", "before", ["type", "booking.scheduled"]),
    ("GET /v2/why", "subject", ["type", "booking.scheduled"]),
    ("GET /v2/why", "webhook", ["event", "EVNT-3HZ7KQ51VD"]),
];

/// Objects of which the bounds of all fields are one rule.
const WHOLE: [&str; 1] = ["booking_form"];

/// Whether the valid `request` is refused by a rule that is said in words.
pub(super) fn is_refused(request: &Request) -> bool {
    REFUSED.contains(&(request.operation.as_str(), request.at.as_str(), request.rule))
}

/// Takes a field out of `body` that has no place beside the one that is proposed.
pub(super) fn part(operation: &str, at: &str, body: &mut Value) {
    let Some((_, [first, second])) = APART.iter().find(|(known, _)| *known == operation) else { return };
    let Some(members) = body.as_object_mut() else { return };
    if members.contains_key(*first) && members.contains_key(*second) {
        members.remove(if at == *second { *first } else { *second });
    }
}

/// What has to stand beside `parameter`: the name and the value of another.
pub(super) fn companion(operation: &str, parameter: &str) -> Option<[&'static str; 2]> {
    let known = BESIDE.iter().find(|(known, one, _)| *known == operation && *one == parameter);
    known.map(|(_, _, other)| *other)
}

/// Whether `param` is an object that is blamed for the field `at` of it.
pub(super) fn is_blamed_whole(param: &str, at: &str) -> bool {
    WHOLE.contains(&param) && at.starts_with(param)
}
