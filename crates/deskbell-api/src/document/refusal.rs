//! Refusal: the answers that any call can meet, each described once and named from every operation that can give it.

use deskbell_core::quota::Full;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use serde_json::{Value, json};

/// A status of a refusal, its name among the components, when it is given, and one that was.
struct Refusal {
    status: u16,
    name: &'static str,
    description: &'static str,
    example: Problem,
}

fn all() -> Vec<Refusal> {
    let refusal = |name, description, example: Problem| Refusal {
        status: example.status.as_u16(),
        name,
        description,
        example,
    };
    let of = |status, code, message: &str| Problem::new(status, code, message);
    vec![
        refusal(
            "BadRequest",
            "The request breaks a rule; `param` names the field, `message` the rule and its limit.",
            Problem::required("name"),
        ),
        refusal(
            "PaymentRequired",
            "The host has no seat: nobody can be booked there.",
            of(
                StatusCode::PAYMENT_REQUIRED,
                "host_without_seat",
                "Meeting cannot be scheduled when the host doesn't have a seat assigned.",
            ),
        ),
        refusal("Unauthorized", "The key is missing, or not an active one.", Problem::unauthorized()),
        refusal(
            "Forbidden",
            "The caller is known, and may not do this.",
            Problem::forbidden(
                "session_required",
                "This takes a session of the dashboard; an API key cannot do it.",
            ),
        ),
        refusal(
            "NotFound",
            "There is no such object in this account.",
            Problem::not_found("webhook", "WHK-2V8QDX6RNC"),
        ),
        refusal(
            "NotAcceptable",
            "The Accept header leaves out what this call answers with.",
            of(
                StatusCode::NOT_ACCEPTABLE,
                "accept_unsupported",
                "The Accept header leaves out application/json.",
            ),
        ),
        refusal(
            "RequestTimeout",
            "The request did not arrive in time; the connection ends.",
            of(StatusCode::REQUEST_TIMEOUT, "head_too_slow", "The request's head took too long to arrive."),
        ),
        refusal(
            "Conflict",
            "The state of the object, or another one, stands in the way.",
            Problem::conflict(
                "name",
                "name_taken",
                "A webhook subscription with this name already exists: 'CRM sync'",
            ),
        ),
        refusal(
            "Gone",
            "There was such an object; it was deleted and cannot be changed any more.",
            of(
                StatusCode::GONE,
                "user_deleted",
                "User cannot be modified as they have been deleted: 'USR-4KD92MXQ7T'",
            ),
        ),
        refusal(
            "ContentTooLarge",
            "The body is larger than this path takes; the connection ends.",
            Problem::too_large("body", "body_too_large", "The body is larger than 1048576 bytes."),
        ),
        refusal(
            "UriTooLong",
            "The path and query are over 8 KiB.",
            of(StatusCode::URI_TOO_LONG, "target_too_long", "The request's target is over 8192 bytes."),
        ),
        refusal(
            "MisdirectedRequest",
            "The Host header names a host that this instance does not serve.",
            of(
                StatusCode::MISDIRECTED_REQUEST,
                "host_unknown",
                "This instance does not serve the host 'bell.example'.",
            ),
        ),
        refusal(
            "UnprocessableContent",
            "Understood, but the state of the object does not allow it.",
            Problem::unprocessable("id", "calendar_unpublished", "The booking calendar is not published."),
        ),
        refusal(
            "TooManyRequests",
            "Too many calls: wait for the seconds of Retry-After.",
            Problem::rate_limited(1),
        ),
        refusal(
            "HeadTooLarge",
            "The request's head is over 16 KiB, or has more than 100 header lines.",
            of(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head_too_large",
                "The request's head is over 16384 bytes.",
            ),
        ),
        refusal(
            "InternalError",
            "The fault is ours; the Request-Id finds it in the log.",
            Problem::internal(),
        ),
        refusal(
            "QuotaExceeded",
            "With the event the account would keep more than it may: `message` says how much that is, and when there is room again.",
            Problem::over_quota(&Full { kept: 10_737_417_301, quota: 10_737_418_240 }),
        ),
        refusal(
            "Unavailable",
            "It cannot be done now: try again after the seconds of Retry-After.",
            Problem::unavailable("storage_unavailable", "The storage is not available. Please try again.", 1),
        ),
    ]
}

/// All of them, as the components of the document.
pub(super) fn components() -> Value {
    all()
        .into_iter()
        .map(|refusal| (refusal.name.to_owned(), response(&refusal)))
        .collect::<super::Object>()
        .into()
}

fn response(refusal: &Refusal) -> Value {
    let mut headers = super::operation::headers();
    let text = |description: &str, schema: Value| json!({"description": description, "required": true, "schema": schema});
    if refusal.status == 401 {
        headers["WWW-Authenticate"] = text(
            "What opens the door: `API-Key`, the header of a key, or `Bearer`, for a read token.",
            json!({"type": "string", "enum": ["API-Key", "Bearer"]}),
        );
    }
    if refusal.example.retry_after.is_some() {
        headers["Retry-After"] = text("Seconds to wait.", json!({"type": "integer", "minimum": 1}));
    }
    json!({
        "description": refusal.description,
        "headers": headers,
        "content": {"application/json": {
            "schema": {"$ref": super::reference("Error")},
            "example": refusal.example.in_document(),
        }},
    })
}

/// The answer of `status`, if it is one of them.
pub(super) fn named(status: u16) -> Option<Value> {
    let refusal = all().into_iter().find(|refusal| refusal.status == status)?;
    Some(json!({"$ref": format!("#/components/responses/{}", refusal.name)}))
}

/// The statuses that an operation can answer, whatever it does.
pub(super) fn common(path: &str, has_key: bool, has_body: bool) -> Vec<u16> {
    let mut statuses = vec![400, 408, 414, 421, 431, 500];
    if path.starts_with("/v2/") {
        statuses.push(406);
    }
    if has_key {
        statuses.extend([401, 403, 429, 503]);
    }
    if path.contains('{') {
        statuses.push(404);
    }
    if has_body {
        statuses.push(413);
    }
    statuses
}
