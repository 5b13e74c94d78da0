//! Health: how a webhook does, in a word and a sentence, and which webhooks are ill.

mod headline;

pub use headline::{full, headline, little_room, nodes, paused};

use crate::Timestamp;
use crate::explain::next::{self, Hold, NextTry};
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
    /// Its last attempt failed, and something waits to be tried again.
    Retrying,
    /// Its last attempt failed, and nothing waits; or, for an operator, too many of its attempts fail.
    Failing,
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
    pub const ALL: [Self; 7] = [
        Self::Healthy,
        Self::Retrying,
        Self::Failing,
        Self::Resting,
        Self::Paused,
        Self::Disabled,
        Self::Idle,
    ];
    /// Those in which an operator should look at it: see [`illness`].
    pub const ILL: [Self; 3] = [Self::Resting, Self::Disabled, Self::Failing];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Retrying => "retrying",
            Self::Failing => "failing",
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

/// How `webhook` does at `now`; `record` has the quarters of the last 24 hours, and `paused` says whether the instance is.
pub fn assess(webhook: &Webhook, record: &Record, paused: bool, now: Timestamp) -> Assessment {
    let waiting = &record.waiting;
    let next = next(webhook, waiting, paused, now);
    let (health, sum) = (&webhook.health, record.sum());
    let troubled = |state, sentence| Assessment { state, sentence, since: health.last_success };
    match webhook.status {
        Status::Disabled { reason, at } => return turned_off(reason, at),
        Status::Deleted { at } => return turned_off(DisableReason::ByOwner, at),
        Status::Enabled => {}
    }
    if let Some(end) = health.rest_until {
        return troubled(HealthState::Resting, rest(end, waiting, next, now));
    }
    if health.failures_in_a_row > 0 {
        let failed = failed(health.failures_in_a_row);
        return match waiting.count {
            0 => {
                troubled(HealthState::Failing, format!("Failing. {failed}; nothing waits to be tried again."))
            }
            count => {
                let then = next.map(|next| until_next(next, now)).unwrap_or_default();
                troubled(HealthState::Retrying, format!("Retrying. {failed}; {}{then}.", waits(count)))
            }
        };
    }
    match sum {
        None if waiting.count == 0 => Assessment {
            state: HealthState::Idle,
            sentence: "Idle. Nothing was to be delivered in the last 24 hours.".into(),
            since: None,
        },
        sum => {
            let sentence = well(sum.as_ref(), waiting, next);
            Assessment { state: HealthState::Healthy, sentence, since: None }
        }
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
        let sentence = rest(end, &Waiting::default(), None, now);
        return Some(Assessment { state: HealthState::Resting, sentence, since: health.last_success });
    }
    let sum = quarter::sum(recent)?;
    if sum.failed < ILL_FAILURES || sum.failed * 100 <= ILL_PERCENT * sum.attempts() {
        return None;
    }
    let (failed, all) = (number(sum.failed), number(sum.attempts()));
    let sentence = format!("{failed} of {all} tries failed in the last hour.");
    Some(Assessment { state: HealthState::Failing, sentence, since: health.last_success })
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

/// The next try of what waits for the webhook, if anything does that is not under way.
pub fn next(webhook: &Webhook, waiting: &Waiting, paused: bool, now: Timestamp) -> Option<NextTry> {
    let idle = waiting.count > waiting.in_flight;
    idle.then(|| next::of_queue(webhook, waiting.next.unwrap_or(now), paused, now))
}

/// `, the next try is in 34 s`, where there is anything to say.
fn until_next(next: NextTry, now: Timestamp) -> String {
    match (next.at, next.hold) {
        (_, Some(Hold::InstancePaused)) => ", and nothing is sent before `deskbell resume`".into(),
        (Some(at), _) if at > now => format!(", the next try is in {}", rough(until(now, at))),
        _ => String::new(),
    }
}

fn rest(end: Timestamp, waiting: &Waiting, next: Option<NextTry>, now: Timestamp) -> String {
    let held = match end > now {
        true => format!("nothing is sent to it for another {}", rough(until(now, end))),
        false => "one try at a time, until one succeeds".to_owned(),
    };
    let queue = match (waiting.count, next) {
        (0, _) => String::new(),
        (count, None) => format!("; {}", waits(count)),
        (count, Some(next)) => format!("; {}{}", waits(count), until_next(next, now)),
    };
    format!("Resting. It was overloaded or too slow: {held}{queue}.")
}

fn failed(failures: u32) -> String {
    match failures {
        1 => "The last try failed".to_owned(),
        more => format!("The last {} tries failed", number(more.into())),
    }
}

fn waits(count: u64) -> String {
    format!("{} {}", deliveries(count), if count == 1 { "waits" } else { "wait" })
}

/// Deliveries of the quarters in `sum` and those that wait, each counted once, by its last end where it has one.
pub fn owed(sum: Option<&Quarter>, waiting: &Waiting) -> u64 {
    sum.map_or(0, |sum| sum.delivered + sum.gave_up) + waiting.count.saturating_sub(waiting.again)
}

fn well(sum: Option<&Quarter>, waiting: &Waiting, next: Option<NextTry>) -> String {
    let (arrived, gave_up) = sum.map_or((0, 0), |sum| (sum.delivered, sum.gave_up));
    let all = owed(sum, waiting);
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
    match (waiting.tried, waiting.count.saturating_sub(waiting.tried + waiting.again)) {
        (0, 0) => {}
        (0, 1) => rest.push("one is on its way".into()),
        (0, fresh) => rest.push(format!("{} are on their way", number(fresh))),
        (1, 0) => rest.push(format!("one is on its {} try", ordinal(waiting.most_attempts + 1))),
        (tried, _) => rest.push(match tried {
            1 => "one is being tried again".into(),
            more => format!("{} are being tried again", number(more)),
        }),
    }
    match waiting.again {
        0 => {}
        1 => rest.push("one is sent again by hand".into()),
        more => rest.push(format!("{} are sent again by hand", number(more))),
    }
    if next.is_some_and(|next| next.hold == Some(Hold::InstancePaused)) {
        rest.push("nothing is sent before `deskbell resume`".into());
    }
    if !rest.is_empty() {
        sentence += &format!("; {}", rest.join(", "));
    }
    sentence + "."
}

#[cfg(test)]
mod tests;
