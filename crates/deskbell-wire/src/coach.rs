//! The coach: an answer that is planned, and what we will do with it.

use crate::body::RequestBody;
use crate::fixed;
use crate::header::GivenHeaders;
use crate::number::Integer;
use crate::word::{self, Word, Words};
use deskbell_core::explain::coach;
use deskbell_core::inbox::ScriptedAnswer;
use deskbell_core::policy::limit::ANSWER_DELAY;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// The longest delay that an inbox can be told to take.
type DelayMs = Integer<0, { ANSWER_DELAY.as_millis() as i64 }>;
/// The latest try that is asked about is later than any schedule has one.
type AttemptNumber = Integer<1, 100>;

/// An answer to be judged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"status": 429, "headers": {"Retry-After": "60"}, "attempt": 1})))]
pub struct PlannedAnswer {
    /// 100 to 599.
    status: Integer<100, 599>,
    /// Names and values. Only `Retry-After` counts.
    headers: Option<GivenHeaders>,
    /// How long it takes to begin: 0 to 30,000.
    delay_ms: Option<DelayMs>,
    /// Which try it answers, those before it having failed: 1 to 100; 1 when left out.
    attempt: Option<AttemptNumber>,
}

impl RequestBody for PlannedAnswer {}

impl PlannedAnswer {
    /// Which try it answers.
    pub fn attempt(&self) -> u32 {
        self.attempt.map_or(1, u32::from)
    }
}

impl From<PlannedAnswer> for ScriptedAnswer {
    fn from(planned: PlannedAnswer) -> Self {
        Self {
            status: planned.status.into(),
            headers: planned.headers.unwrap_or_default().0,
            body: String::new(),
            delay: Duration::from_millis(planned.delay_ms.map_or(0, u64::from)),
        }
    }
}

/// What we will do with it, at that try for a healthy webhook and with the settings in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"outcome": "http_status", "next": "retry", "tone": "good"})))]
pub struct Advice {
    /// Always `advice`.
    object: fixed::Advice,
    /// How the attempt is judged: one of the outcomes of an attempt.
    outcome: word::Outcome,
    /// `done`; `retry`; `give_up` (no try is left); `disable` (the webhook is turned off).
    next: NextWord,
    /// How long until the next try, without jitter; null when there is none.
    wait_ms: Option<u64>,
    /// The whole webhook rests, not only this delivery.
    rests_webhook: bool,
    /// For how long it rests.
    rest_ms: Option<u64>,
    /// `good`, `wait` or `bad`.
    tone: word::Tone,
    /// What happens, in a sentence or two.
    #[schema(example = "429 with Retry-After 60: the whole webhook waits 60 s, not only this delivery.")]
    sentence: String,
    /// What else is worth knowing.
    reason: Option<String>,
}

type NextWord = Word<Next>;

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Done,
    Retry,
    GiveUp,
    Disable,
}

impl Words for Next {
    fn all() -> Vec<Self> {
        vec![Self::Done, Self::Retry, Self::GiveUp, Self::Disable]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::GiveUp => "give_up",
            Self::Disable => "disable",
        }
    }
}

impl From<coach::Advice> for Advice {
    fn from(advice: coach::Advice) -> Self {
        let (next, wait) = match advice.next {
            coach::Next::Done => (Next::Done, None),
            coach::Next::Retry(wait) => (Next::Retry, Some(wait)),
            coach::Next::GiveUp => (Next::GiveUp, None),
            coach::Next::Disable(_) => (Next::Disable, None),
        };
        Self {
            object: fixed::Advice,
            outcome: advice.outcome.into(),
            next: next.into(),
            wait_ms: wait.map(whole_ms),
            rests_webhook: advice.rest.is_some(),
            rest_ms: advice.rest.map(whole_ms),
            tone: advice.tone().into(),
            sentence: advice.sentence,
            reason: advice.reason,
        }
    }
}

fn whole_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
