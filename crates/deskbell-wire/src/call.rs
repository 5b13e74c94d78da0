//! Calls that sent nothing on: refused, repeated, or with an event that is owed to nobody.

use crate::time::Time;
use crate::{fixed, word};
use deskbell_core::Timestamp;
use deskbell_core::call::Outcome;
use serde::Serialize;
use utoipa::ToSchema;

/// A call of an API key that sent nothing on. Of its body nothing is kept but what the sentence repeats.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"outcome": "refused", "code": "event_type_unknown", "param": "type"})))]
pub struct Call {
    /// Always `call`.
    object: fixed::Call,
    /// The `Request-Id` of its answer.
    #[schema(example = "req_00c0ffee00c0ffee")]
    id: String,
    /// When it was answered; of several alike in a row the last.
    creation_time: Time,
    #[schema(example = "POST")]
    method: String,
    /// The path, with its parameters in braces.
    #[schema(example = "/v2/events")]
    path: String,
    /// The status of its answer.
    #[schema(example = 400)]
    status_code: u16,
    /// The name of the key it came with.
    #[schema(example = "CI")]
    key_name: String,
    /// `refused` (in part at least), `repeated` (the idempotency key and the content came before) or `to_nobody` (the event is kept, and
    /// no webhook that was on asked for it).
    outcome: word::CallOutcome,
    /// The refusal's stable name.
    code: Option<String>,
    /// The parameter at fault.
    param: Option<String>,
    /// What happened, in a sentence.
    #[schema(example = "There is no type of this name.")]
    message: String,
    /// So many alike came one after the other.
    times: u32,
}

/// What is known of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The `Request-Id` of its answer.
    pub id: String,
    /// When it was answered; of several alike in a row the last.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// The template of its path.
    pub path: String,
    /// The status of its answer.
    pub status: u16,
    /// The name of the key it came with.
    pub key: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The refusal's stable name.
    pub code: Option<&'static str>,
    /// The parameter at fault.
    pub param: Option<String>,
    /// What happened.
    pub message: String,
    /// How many alike came one after the other.
    pub times: u32,
}

impl From<Facts> for Call {
    fn from(facts: Facts) -> Self {
        Self {
            object: fixed::Call,
            id: facts.id,
            creation_time: Time(facts.at),
            method: facts.method,
            path: facts.path,
            status_code: facts.status,
            key_name: facts.key,
            outcome: facts.outcome.into(),
            code: facts.code.map(str::to_owned),
            param: facts.param,
            message: facts.message,
            times: facts.times,
        }
    }
}

/// The calls of the last day that sent nothing on.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallList {
    /// Always `list`.
    object: fixed::List,
    /// The newest first, at most 100.
    data: Vec<Call>,
    /// Always false: it is all that is kept.
    has_more: bool,
    /// Calls before this are not kept: they are older than a day, made room, or were answered before this process started. What another
    /// process on the same database answered is not known here.
    known_since: Time,
}

impl CallList {
    /// All that is known since then.
    pub fn new(calls: impl IntoIterator<Item = Facts>, known_since: Timestamp) -> Self {
        let data = calls.into_iter().map(Call::from).collect();
        Self { object: fixed::List, data, has_more: false, known_since: Time(known_since) }
    }
}
