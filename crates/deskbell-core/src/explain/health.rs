//! Health: how a webhook does, in a word and a sentence, and which webhooks are ill.

mod headline;

pub use headline::{headline, little_room, paused};

use crate::Timestamp;
use crate::explain::words::{deliveries, number, ordinal, rough};
use crate::time::{later, until};
use crate::webhook::quarter::{self, Quarter, Record, Waiting};
use crate::webhook::{DisableReason, Status, Webhook};
use std::time::Duration;

/// Quarters of an hour that health looks back: 24 hours, the present one among them.
pub const QUARTERS: u16 = 96;
/// Quarters of an hour that illness looks back: the last full hour, and the present quarter.
pub const RECENT_QUARTERS: u16 = 5;
/// More than this share of the recent attempts failed: ill, in percent.
pub const ILL_PERCENT: u64 = 20;
/// Fewer failures than this make nobody ill: one delivery to a dead receiver has as many in its first minutes.
pub const ILL_FAILURES: u64 = 3;
/// A webhook that we turned off counts as ill for this long.
pub const DISABLED_IS_ILL: Duration = Duration::from_secs(24 * 3600);
/// A webhook of which 5 of 100 attempts take this long is slow.
pub const SLOW: Duration = Duration::from_secs(1);
/// Slow webhooks that are shown, the slowest first.
pub const SLOW_SHOWN: usize = 5;
/// A delivery that is due for longer than this is late.
pub const LATE: Duration = Duration::from_secs(5);

/// How a webhook does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthState {
    /// What was owed arrived; the last attempt did.
    Healthy,
    /// Its last attempt failed.
    Retrying,
    /// It was overloaded or too slow, and is given a rest or probed after one.
    Resting,
    /// Its owner turned it off.
    Paused,
    /// We turned it off.
    Disabled,
    /// Nothing was owed.
    Idle,
}

impl HealthState {
    /// Every state, from well to idle.
    pub const ALL: [Self; 6] =
        [Self::Healthy, Self::Retrying, Self::Resting, Self::Paused, Self::Disabled, Self::Idle];
    /// Those in which an operator should look at it: see [`illness`].
    pub const ILL: [Self; 3] = [Self::Resting, Self::Disabled, Self::Retrying];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Retrying => "retrying",
            Self::Resting => "resting",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::Idle => "idle",
        }
    }
}

/// How a webhook does, for people too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// In a word.
    pub state: HealthState,
    /// In a sentence or two.
    pub sentence: String,
    /// Since when: when it was turned off, or the last success of one that does not do well.
    pub since: Option<Timestamp>,
}

/// How `webhook` does at `now`; `record` has the quarters of the last 24 hours.
pub fn assess(webhook: &Webhook, record: &Record, now: Timestamp) -> Assessment {
    let waiting = &record.waiting;
    let (health, sum) = (&webhook.health, record.sum());
    let troubled = |state, sentence| Assessment { state, sentence, since: health.last_success };
    match webhook.status {
        Status::Disabled { reason, at } => return turned_off(reason, at),
        Status::Deleted { at } => return turned_off(DisableReason::ByOwner, at),
        Status::Enabled => {}
    }
    if let Some(end) = health.rest_until {
        return troubled(HealthState::Resting, rest(end, waiting, now));
    }
    if health.failures_in_a_row > 0 {
        return troubled(HealthState::Retrying, retry(health.failures_in_a_row, waiting, now));
    }
    match sum {
        None if waiting.count == 0 => Assessment {
            state: HealthState::Idle,
            sentence: "Idle. Nothing was to be delivered in the last 24 hours.".into(),
            since: None,
        },
        sum => Assessment { state: HealthState::Healthy, sentence: well(sum.as_ref(), waiting), since: None },
    }
}

/// Why an operator should look at `webhook`, if so; `recent` are its quarters of the last hour.
pub fn illness(webhook: &Webhook, recent: &[Quarter], now: Timestamp) -> Option<Assessment> {
    let health = &webhook.health;
    match webhook.status {
        Status::Deleted { .. } | Status::Disabled { reason: DisableReason::ByOwner, .. } => return None,
        Status::Disabled { reason, at } => {
            return (later(at, DISABLED_IS_ILL) > now).then(|| turned_off(reason, at));
        }
        Status::Enabled => {}
    }
    if let Some(end) = health.rest_until {
        let sentence = rest(end, &Waiting::default(), now);
        return Some(Assessment { state: HealthState::Resting, sentence, since: health.last_success });
    }
    let sum = quarter::sum(recent)?;
    if sum.failed < ILL_FAILURES || sum.failed * 100 <= ILL_PERCENT * sum.attempts() {
        return None;
    }
    let (failed, all) = (number(sum.failed), number(sum.attempts()));
    let sentence = format!("{failed} of {all} tries failed in the last hour.");
    Some(Assessment { state: HealthState::Retrying, sentence, since: health.last_success })
}

fn turned_off(reason: DisableReason, at: Timestamp) -> Assessment {
    let (state, sentence) = match reason {
        DisableReason::ByOwner => {
            (HealthState::Paused, "Paused by you. Nothing is queued for it until you resume it.")
        }
        DisableReason::Gone => (
            HealthState::Disabled,
            "Turned off, because it answered 410. Nothing is queued for it until you turn it on.",
        ),
        DisableReason::WindowExhausted => (
            HealthState::Disabled,
            "Turned off, because a delivery used up all of its tries and nothing else arrived. Nothing is queued for \
             it until you turn it on.",
        ),
    };
    Assessment { state, sentence: sentence.into(), since: Some(at) }
}

fn rest(end: Timestamp, waiting: &Waiting, now: Timestamp) -> String {
    let next = if end > now {
        format!("the next try is in {}", rough(until(now, end)))
    } else {
        "one try at a time, until one succeeds".to_owned()
    };
    let queue = match waiting.count {
        0 => String::new(),
        count => format!("; {}", waits(count)),
    };
    format!("Resting. It was overloaded or too slow: {next}{queue}.")
}

fn retry(failures: u32, waiting: &Waiting, now: Timestamp) -> String {
    let failed = match failures {
        1 => "The last try failed".to_owned(),
        more => format!("The last {} tries failed", number(more.into())),
    };
    let queue = match (waiting.count, waiting.next) {
        (0, _) => "nothing waits to be tried again".to_owned(),
        (count, Some(next)) if next > now => {
            format!("{}, the next try is in {}", waits(count), rough(until(now, next)))
        }
        (count, _) => waits(count),
    };
    format!("Retrying. {failed}; {queue}.")
}

fn waits(count: u64) -> String {
    format!("{} {}", deliveries(count), if count == 1 { "waits" } else { "wait" })
}

fn well(sum: Option<&Quarter>, waiting: &Waiting) -> String {
    let (arrived, gave_up) = sum.map_or((0, 0), |sum| (sum.delivered, sum.gave_up));
    let all = arrived + gave_up + waiting.count;
    let mut sentence = match (arrived, all) {
        (1, 1) => "Healthy. The one delivery of the last 24 hours arrived".to_owned(),
        (arrived, all) if arrived == all => {
            format!("Healthy. All {} deliveries of the last 24 hours arrived", number(all))
        }
        (arrived, all) => {
            let (arrived, noun) = (number(arrived), if all == 1 { "delivery" } else { "deliveries" });
            format!("Healthy. {arrived} of {} {noun} arrived in the last 24 hours", number(all))
        }
    };
    let mut rest = Vec::new();
    if gave_up > 0 {
        rest.push(format!(
            "{} given up",
            if gave_up == 1 { "one was".into() } else { number(gave_up) + " were" }
        ));
    }
    match (waiting.tried, waiting.count - waiting.tried.min(waiting.count)) {
        (0, 0) => {}
        (0, 1) => rest.push("one is on its way".into()),
        (0, fresh) => rest.push(format!("{} are on their way", number(fresh))),
        (1, 0) => rest.push(format!("one is on its {} try", ordinal(waiting.most_attempts + 1))),
        (tried, _) => rest.push(match tried {
            1 => "one is being tried again".into(),
            more => format!("{} are being tried again", number(more)),
        }),
    }
    if !rest.is_empty() {
        sentence += &format!("; {}", rest.join(", "));
    }
    sentence + "."
}

#[cfg(test)]
mod tests;
