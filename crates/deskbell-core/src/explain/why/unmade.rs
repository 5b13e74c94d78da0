//! Unmade: nobody can say which event, because none of the kind was made in the time that is asked about.

use super::{Nearest, Stage, StageState, Verdict, Why};
use crate::Timestamp;
use crate::booking::Status;
use crate::event::Event;
use crate::explain::words;
use crate::store::Span;
use crate::trigger::Trigger;

/// What was looked for and not found.
#[derive(Debug, Clone, Copy)]
pub struct Missing<'a> {
    /// The time of the question.
    pub now: Timestamp,
    /// Of this trigger.
    pub trigger: Option<Trigger>,
    /// Of this subject, if one was named.
    pub subject: Option<&'a str>,
    /// In this span.
    pub created: Span,
    /// The state of the booking that is the subject, if there is one.
    pub booking: Option<Status>,
    /// The event that comes nearest: of the same subject or the same trigger.
    pub nearest: Option<&'a Event>,
    /// Events that were accepted before this were deleted.
    pub deleted_before: Option<Timestamp>,
}

impl Missing<'_> {
    /// The end of what was deleted, if it may have been there.
    fn cut(&self) -> Option<Timestamp> {
        self.deleted_before.filter(|before| self.created.after.is_none_or(|after| after < *before))
    }
}

/// The answer for an event that was never made.
pub fn never_made(missing: &Missing<'_>) -> Why {
    let Missing { now, trigger, subject, created, .. } = *missing;
    let clock = |at| words::clock(at, now);
    let when = match (created.after, created.before) {
        (Some(after), Some(before)) => format!(" between {} and {}", clock(after), clock(before)),
        (Some(after), None) => format!(" after {}", clock(after)),
        (None, Some(before)) => format!(" before {}", clock(before)),
        (None, None) => String::new(),
    };
    let about = subject.map(|subject| format!(" of {subject}")).unwrap_or_default();
    let what = trigger.map_or("event", Trigger::as_str);
    let requested = missing.booking == Some(Status::Requested);
    let cut = missing.cut();
    let reason = match (requested, missing.nearest) {
        _ if cut.is_some() => cut.map(|before| words::deleted_before(before, now)).unwrap_or_default(),
        (true, _) => "The booking was only requested; approval rings.".to_owned(),
        (false, Some(event)) => {
            format!("The nearest is {}, {}, of {}.", event.id, event.trigger, clock(event.created))
        }
        (false, None) => "Nothing like it was made either.".to_owned(),
    };
    let none = |name| Stage::new(name, StageState::NotReached, "None.", None);
    let (verdict, made) = match cut {
        None => (Verdict::NeverProduced, "was made"),
        Some(_) => (Verdict::NoLongerKept, "is kept"),
    };
    Why {
        verdict,
        sentence: format!("No such event {made}{when}."),
        reason,
        steps: vec![
            Stage::new("Event made", StageState::Stopped, format!("No {what}{about} {made}{when}."), None),
            none("Match"),
            none("Delivery"),
            none("Attempts"),
            none("Answer"),
        ],
        ruled_out: Verdict::ALL
            .into_iter()
            .filter(|reason| *reason != Verdict::NeverProduced && *reason != Verdict::SampleElsewhere)
            .filter_map(Verdict::reason)
            .collect(),
        nearest: missing.nearest.map(|event| Nearest { event: Some(event.clone()), ..Nearest::default() }),
    }
}
