//! `/v2/coach`: what we will do with an answer, said before anybody gives it. Our own call.

use super::auth::Caller;
use super::inbox::headers;
use crate::app::Shared;
use crate::body::ObjectBody;
use axum::Json;
use axum::extract::State;
use deskbell_core::inbox::Answer;
use deskbell_core::policy::coach::{self, Next};
use deskbell_core::policy::limit;
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// An answer to be judged.
#[derive(ToSchema)]
#[schema(as = PlannedAnswer)]
pub struct Planned {
    /// 100 to 599.
    #[schema(example = 429)]
    pub status: u16,
    /// Names and values. Only `Retry-After` counts.
    #[schema(example = json!({"Retry-After": "60"}))]
    pub headers: Option<serde_json::Map<String, serde_json::Value>>,
    /// How long it takes to begin: 0 to 30,000.
    pub delay_ms: Option<u64>,
    /// Which try it answers, those before it having failed: 1 to 100; 1 when left out.
    #[schema(example = 1, minimum = 1, maximum = 100)]
    pub attempt: Option<u32>,
}

/// What we will do with it, at that try for a healthy webhook and with the settings in force.
#[derive(Serialize, ToSchema)]
#[schema(as = Advice)]
pub struct AdviceObject {
    /// Always `advice`.
    object: &'static str,
    /// How the attempt is judged: one of the outcomes of an attempt.
    #[schema(example = "http_status")]
    outcome: &'static str,
    /// `done`; `retry`; `give_up` (no try is left); `disable` (the webhook is turned off).
    #[schema(example = "retry")]
    next: &'static str,
    /// How long until the next try, without jitter; null when there is none.
    wait_ms: Option<u64>,
    /// The whole webhook rests, not only this delivery.
    rests_webhook: bool,
    /// For how long it rests.
    rest_ms: Option<u64>,
    /// `good`, `wait` or `bad`.
    tone: &'static str,
    /// What happens, in a sentence or two.
    #[schema(example = "429 with Retry-After 60: the whole webhook waits 60 s, not only this delivery.")]
    sentence: String,
    /// What else is worth knowing.
    reason: Option<String>,
}

/// The latest try that is asked about: more than any schedule has.
const ATTEMPTS: i64 = 100;

/// Say what we will do with an answer, before it is given.
#[utoipa::path(post, path = "/v2/coach", tag = "Inboxes", request_body = Planned,
    responses((status = 200, body = AdviceObject), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn coach(
    State(app): State<Shared>,
    Caller(_): Caller,
    body: ObjectBody,
) -> Result<Json<AdviceObject>, Problem> {
    let fields = Fields::new(&body.0);
    fields.only(&["status", "headers", "delay_ms", "attempt"])?;
    let status = fields.integer("status", 100..=599)?.ok_or_else(|| fields.missing("status"))?;
    let most = i64::try_from(limit::ANSWER_DELAY.as_millis()).unwrap_or(i64::MAX);
    let delay = fields.integer("delay_ms", 0..=most)?.unwrap_or_default();
    let number = fields.integer("attempt", 1..=ATTEMPTS)?.unwrap_or(1);
    let answer = Answer {
        status: u16::try_from(status).unwrap_or_default(),
        headers: headers(&fields)?,
        body: String::new(),
        delay: Duration::from_millis(u64::try_from(delay).unwrap_or_default()),
    };
    let advice = coach::coach(
        &answer,
        u32::try_from(number).unwrap_or(1),
        &app.settings.delivery.deadlines,
        &app.settings.delivery.rules,
        app.now(),
    );
    let (next, wait) = match advice.next {
        Next::Done => ("done", None),
        Next::Retry(wait) => ("retry", Some(wait)),
        Next::GiveUp => ("give_up", None),
        Next::Disable(_) => ("disable", None),
    };
    Ok(Json(AdviceObject {
        object: "advice",
        outcome: advice.outcome.as_str(),
        next,
        wait_ms: wait.map(whole_ms),
        rests_webhook: advice.rest.is_some(),
        rest_ms: advice.rest.map(whole_ms),
        tone: advice.tone().as_str(),
        sentence: advice.sentence,
        reason: advice.reason,
    }))
}

fn whole_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
