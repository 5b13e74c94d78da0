//! Why: did a webhook get an event, or why not? Answered from what the ledger holds, in words that a person can read and
//! paste; whoever shows them adds none.
//!
//! The ledger keeps what was owed and what was tried, and of a webhook what it is now and what was changed of it last. So where nothing
//! was owed and nothing of that explains it, the answer says just that.

mod owed;
mod unmade;
mod unowed;

pub use unmade::{Missing, never_made};

use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::delivery::{Delivery, Status};
use crate::event::Event;
use crate::explain::words;
use crate::id::WebhookId;
use crate::policy::matching;
use crate::webhook::history::as_of;
use crate::webhook::{Revision, Webhook};

/// What the ledger holds of an event and a webhook.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The time of the question.
    pub now: Timestamp,
    /// The instance was restored and is not resumed: nothing is sent.
    pub paused: bool,
    /// The event that is asked about.
    pub event: &'a Event,
    /// The webhook's id.
    pub id: &'a WebhookId,
    /// The webhook; `None` when it is deleted. Then there is a delivery.
    pub webhook: Option<&'a Webhook>,
    /// What was changed of the webhook, the newest first.
    pub history: &'a [Revision],
    /// The delivery of the event to the webhook, if it was owed.
    pub delivery: Option<&'a Delivery>,
    /// The delivery's attempts, oldest first.
    pub attempts: &'a [Attempt],
    /// The event's deliveries to other webhooks.
    pub others: &'a [Delivery],
    /// A webhook of the same account that got the event, if one is still there.
    pub got_it: Option<&'a Webhook>,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It got it.
    Delivered,
    /// Tries are to come, or one is under way.
    OnItsWay,
    /// The schedule is used up.
    GaveUp,
    /// It was lost too often, and is not sent again by itself.
    Quarantined,
    /// The webhook was or is paused by its owner.
    Paused,
    /// The webhook was turned off, because of what it answered.
    Disabled,
    /// It was a sample, and somebody called it off.
    CalledOff,
    /// The webhook is deleted.
    Deleted,
    /// The webhook's URL may not be called.
    Blocked,
    /// The webhook does not ask for this trigger.
    NotSubscribed,
    /// The webhook is younger than the event.
    CreatedLater,
    /// The event was a sample for another webhook.
    SampleElsewhere,
    /// It was not owed then, and would be now.
    ChangedSince,
    /// There is no such event.
    NeverProduced,
    /// There is no such event any more, if there was one: what happened that long ago was deleted.
    NoLongerKept,
}

impl Verdict {
    /// Every verdict, in the order in which they are ruled out.
    pub const ALL: [Self; 15] = [
        Self::Delivered,
        Self::OnItsWay,
        Self::GaveUp,
        Self::Quarantined,
        Self::Paused,
        Self::Disabled,
        Self::CalledOff,
        Self::Deleted,
        Self::Blocked,
        Self::NotSubscribed,
        Self::CreatedLater,
        Self::SampleElsewhere,
        Self::ChangedSince,
        Self::NeverProduced,
        Self::NoLongerKept,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::OnItsWay => "on_its_way",
            Self::GaveUp => "gave_up",
            Self::Quarantined => "quarantined",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::CalledOff => "called_off",
            Self::Deleted => "deleted",
            Self::Blocked => "blocked",
            Self::NotSubscribed => "not_subscribed",
            Self::CreatedLater => "created_later",
            Self::SampleElsewhere => "sample_elsewhere",
            Self::ChangedSince => "changed_since",
            Self::NeverProduced => "never_produced",
            Self::NoLongerKept => "no_longer_kept",
        }
    }

    /// What it is called where it was looked at and is not the reason.
    fn reason(self) -> Option<&'static str> {
        Some(match self {
            Self::OnItsWay => "still retrying",
            Self::GaveUp => "gave up",
            Self::Quarantined => "lost too often",
            Self::Paused => "paused",
            Self::Disabled => "turned off",
            Self::Blocked => "blocked address",
            Self::NotSubscribed => "not subscribed",
            Self::CreatedLater => "webhook made later",
            Self::SampleElsewhere => "a sample for another webhook",
            Self::NeverProduced => "never produced",
            Self::Delivered | Self::Deleted | Self::CalledOff | Self::ChangedSince | Self::NoLongerKept => {
                return None;
            }
        })
    }
}

/// How far a step came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// It is behind.
    Done,
    /// It ended here.
    Stopped,
    /// It did not come to this, or not yet.
    NotReached,
}

impl StageState {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::NotReached => "not_reached",
        }
    }
}

/// One step on the way from what happened to the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// What it is called.
    pub name: &'static str,
    /// How far it came.
    pub state: StageState,
    /// What happened in it.
    pub sentence: String,
    /// When; `None` for what did not happen.
    pub time: Option<Timestamp>,
}

impl Stage {
    fn new(
        name: &'static str,
        state: StageState,
        sentence: impl Into<String>,
        time: Option<Timestamp>,
    ) -> Self {
        Self { name, state, sentence: sentence.into(), time }
    }
}

/// In what an event and a webhook are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// What happened, and what the webhook asks for.
    Trigger,
    /// Whether the webhook was on at that time.
    State,
    /// When each was made.
    Made,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: [Self; 3] = [Self::Trigger, Self::State, Self::Made];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::State => "state",
            Self::Made => "made",
        }
    }
}

/// One thing that was compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// In what.
    pub what: Aspect,
    /// As the event has it.
    pub event: String,
    /// As the webhook has it.
    pub webhook: String,
    /// Whether what the event has is what the webhook wants.
    pub fits: bool,
}

/// What comes nearest to what was asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Nearest {
    /// Event and webhook side by side.
    pub compared: Vec<Compared>,
    /// What the webhook asks for that differs least from the event's trigger.
    pub trigger: Option<&'static str>,
    /// A webhook of the same account that got the event: id and name.
    pub webhook: Option<(WebhookId, String)>,
    /// An event that was made, where the one that was asked for was not.
    pub event: Option<Event>,
}

/// The answer, as it is shown and pasted.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// In one word.
    pub verdict: Verdict,
    /// In one sentence.
    pub sentence: String,
    /// One more: what it means, or what to do. May be empty.
    pub reason: String,
    /// The way, step by step; always all of them.
    pub steps: Vec<Stage>,
    /// What was looked at and is not the reason.
    pub ruled_out: Vec<&'static str>,
    /// What comes nearest, where nothing was owed.
    pub nearest: Option<Nearest>,
}

/// Answers from the ledger.
pub fn why(ledger: &Facts<'_>) -> Why {
    match ledger.delivery {
        Some(delivery) => owed::why(ledger, delivery),
        None => unowed::why(ledger),
    }
}

impl Facts<'_> {
    /// What the webhook is called.
    fn name(&self) -> &str {
        self.webhook.map_or(self.id.as_str(), |webhook| &webhook.name)
    }

    fn event_made(&self) -> Stage {
        let Self { event, .. } = self;
        let size = words::bytes(event.body.len() as u64);
        let size = if event.payload_deleted { "its bytes were deleted since" } else { &size };
        let what = format!("{}, {}, {size}.", event.id, event.trigger);
        Stage::new("Event made", StageState::Done, what, Some(event.created))
    }

    /// The webhook as it was when the event was made, if it is there.
    fn was(&self) -> Option<Webhook> {
        self.webhook.map(|webhook| as_of(webhook, self.history, self.event.created))
    }

    /// Of every reason that the ledger can speak of, those that do not hold.
    fn ruled_out(&self, verdict: Verdict) -> Vec<&'static str> {
        let was = self.was();
        let also = |reason: &Verdict| match reason {
            // One of them it was, and which is not kept.
            Verdict::NotSubscribed | Verdict::Paused | Verdict::Disabled
                if verdict == Verdict::ChangedSince =>
            {
                true
            }
            Verdict::NotSubscribed => {
                let asked_for_others = |was: &Webhook| !matching::wants(&was.events, self.event.trigger);
                self.delivery.is_none() && was.as_ref().is_some_and(asked_for_others)
            }
            Verdict::Paused | Verdict::Disabled => {
                let was_off = was.as_ref().is_some_and(|was| !was.is_enabled());
                was_off || self.webhook.is_none_or(|webhook| !webhook.is_enabled())
            }
            Verdict::Blocked => {
                self.attempts.iter().any(|attempt| attempt.outcome == Outcome::AddressBlocked)
            }
            Verdict::OnItsWay => self.delivery.is_some_and(|delivery| {
                delivery.status == Status::Pending || delivery.is_leased() || delivery.manual > 0
            }),
            Verdict::GaveUp => self.delivery.is_some_and(|delivery| delivery.status == Status::Failed),
            _ => false,
        };
        let not = Verdict::ALL.into_iter().filter(|reason| *reason != verdict && !also(reason));
        let mut reasons: Vec<_> = not.filter_map(Verdict::reason).collect();
        let rests = self.webhook.is_some_and(|webhook| webhook.health.rest_until.is_some());
        if !rests {
            reasons.push("slowed down");
        }
        reasons
    }
}
