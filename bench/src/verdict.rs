//! The judge: what was published and what was received, against what the program says became of it
//! (catalogue 4.3). Nothing here trusts the program; each count that must be zero has a made-up case that it catches.

use deskbell_core::attempt::{Blame, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

/// A line of the client ledger P. One before each call, without an answer, and one after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Publish {
    /// The call's idempotency key; also inside the event.
    pub key: String,
    /// The event's trigger.
    pub trigger: String,
    /// The event's id as the answer gave it; `None` before the answer and when there was none.
    pub event: Option<String>,
    /// When the line was written, in microseconds since the epoch.
    pub at: u64,
    /// It was given up, and each try had been answered with a 5xx: nothing of it was taken.
    pub refused: bool,
}

/// A line of the receiver ledger R.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    /// When it arrived, in microseconds since the epoch.
    pub at: u64,
    /// When its answer was ready to go: no recorded end of the attempt is earlier.
    pub answered: u64,
    /// The webhook it came for, by its name here.
    pub webhook: String,
    /// The event's id.
    pub event: String,
    /// The key inside the event.
    pub key: String,
    /// Who sent it, by its `User-Agent`.
    pub sender: String,
    /// The vendor's header verifies with the webhook's secret.
    pub signed: bool,
    /// The status it was answered with.
    pub status: u16,
}

impl Receipt {
    pub(crate) fn taken(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A delivery as the program lists it: a part of the state D.
#[derive(Debug, Clone)]
pub struct Owed {
    /// The event's id.
    pub event: String,
    /// The webhook, by its name here.
    pub webhook: String,
    /// The event's trigger.
    pub trigger: String,
    /// Its status on the wire.
    pub status: String,
}

/// An attempt as the program lists it: the other part of D.
#[derive(Debug, Clone)]
pub struct Try {
    /// The event's id.
    pub event: String,
    /// The webhook, by its name here.
    pub webhook: String,
    /// 1, 2, 3 and so on.
    pub number: u32,
    /// When it started, in microseconds since the epoch.
    pub started: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What the program promised.
pub struct Promise<'a> {
    /// The waits between tries.
    pub schedule: &'a [Duration],
    /// By how much of itself a wait may be shorter.
    pub jitter: f64,
    /// Attempts that may be lost.
    pub lost_limit: usize,
    /// The webhooks that want a trigger.
    pub subscribers: &'a dyn Fn(&str) -> BTreeSet<String>,
    /// When the program's clock was set forward: what waited then was due by that clock.
    pub leaps: &'a [u64],
}

/// The counts. All but the first four and `duplicates` must be 0.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that were acknowledged.
    pub acknowledged: usize,
    /// Publishes without an answer.
    pub unknown: usize,
    /// Publishes that were given up after nothing but refusals.
    pub refused: usize,
    /// (event, webhook) pairs that were received and taken.
    pub received: usize,
    /// Takings beyond the first of a pair: allowed, and told.
    pub duplicates: usize,
    /// Acknowledged pairs that were neither taken, nor are pending, nor dead with a reason.
    pub lost: usize,
    /// Arrivals that nobody published or that were refused, for whom they were not meant, or a second event for one key.
    pub ghost: usize,
    /// Arrivals more than 5 ms before they were due.
    pub early: usize,
    /// Pairs with more attempts than the schedule and the lost ones allow.
    pub over: usize,
    /// Pairs that are still not settled after the faults ended and every attempt.
    pub stuck: usize,
    /// Events owed to some of their webhooks and not to all.
    pub half: usize,
    /// Arrivals whose signature does not verify.
    pub unsigned: usize,
}

impl Counts {
    /// Each count that must be 0, with its name.
    pub fn faults(&self) -> [(&'static str, usize); 7] {
        [
            ("lost", self.lost),
            ("ghost", self.ghost),
            ("early", self.early),
            ("over", self.over),
            ("stuck", self.stuck),
            ("half fan-out", self.half),
            ("bad signature", self.unsigned),
        ]
    }

    /// The sums of these and those of another account's.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            acknowledged: self.acknowledged + other.acknowledged,
            unknown: self.unknown + other.unknown,
            refused: self.refused + other.refused,
            received: self.received + other.received,
            duplicates: self.duplicates + other.duplicates,
            lost: self.lost + other.lost,
            ghost: self.ghost + other.ghost,
            early: self.early + other.early,
            over: self.over + other.over,
            stuck: self.stuck + other.stuck,
            half: self.half + other.half,
            unsigned: self.unsigned + other.unsigned,
        }
    }

    /// Whether nothing went wrong.
    pub fn clean(&self) -> bool {
        self.faults().iter().all(|(_, count)| *count == 0)
    }
}

/// An event's id, and a webhook's name here.
pub(crate) type Pair<'a> = (&'a str, &'a str);

/// Compares the ledgers with the state, which was read after the faults had ended and every attempt.
pub fn judge(
    published: &[Publish],
    receipts: &[Receipt],
    owed: &[Owed],
    tries: &[Try],
    promise: &Promise,
) -> Counts {
    let mut triggers = HashMap::new();
    let mut events: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    let refused: HashSet<&str> =
        published.iter().filter(|line| line.refused).map(|line| line.key.as_str()).collect();
    for line in published {
        triggers.insert(line.key.as_str(), line.trigger.as_str());
        events.entry(&line.key).or_default().extend(line.event.as_deref());
    }
    let acknowledged: HashMap<&str, &str> = published
        .iter()
        .filter_map(|line| line.event.as_deref().map(|event| (event, line.trigger.as_str())))
        .collect();
    let mut counts = Counts {
        acknowledged: acknowledged.len(),
        unknown: events.values().filter(|events| events.is_empty()).count() - refused.len(),
        refused: refused.len(),
        unsigned: receipts.iter().filter(|receipt| !receipt.signed).count(),
        ..Counts::default()
    };

    let mut arrivals: HashMap<Pair, Vec<&Receipt>> = HashMap::new();
    for receipt in receipts {
        let expected = triggers.get(receipt.key.as_str()).map(|trigger| (promise.subscribers)(trigger));
        let meant = expected.is_some_and(|webhooks| webhooks.contains(&receipt.webhook));
        if !meant || refused.contains(receipt.key.as_str()) {
            counts.ghost += 1;
        }
        events.entry(&receipt.key).or_default().insert(&receipt.event);
        arrivals.entry((&receipt.event, &receipt.webhook)).or_default().push(receipt);
    }
    counts.ghost += events.values().map(|events| events.len().saturating_sub(1)).sum::<usize>();
    for list in arrivals.values_mut() {
        list.sort_by_key(|receipt| receipt.at);
        let taken = list.iter().filter(|receipt| receipt.taken()).count();
        counts.received += taken.min(1);
        counts.duplicates += taken.saturating_sub(1);
    }

    let state: HashMap<Pair, &Owed> =
        owed.iter().map(|owed| ((&*owed.event, &*owed.webhook), owed)).collect();
    for (event, trigger) in &acknowledged {
        for webhook in (promise.subscribers)(trigger) {
            let pair = (*event, webhook.as_str());
            let taken = arrivals.get(&pair).is_some_and(|list| list.iter().any(|receipt| receipt.taken()));
            let accounted = state.get(&pair).is_some_and(|owed| {
                matches!(owed.status.as_str(), "pending" | "failed" | "cancelled" | "quarantined")
            });
            counts.lost += usize::from(!taken && !accounted);
        }
    }
    counts.stuck = owed
        .iter()
        .filter(|owed| !matches!(owed.status.as_str(), "delivered" | "failed" | "cancelled" | "quarantined"))
        .count();
    counts.half = half(owed, promise);

    let mut attempts: HashMap<Pair, Vec<&Try>> = HashMap::new();
    for attempt in tries {
        attempts.entry((&attempt.event, &attempt.webhook)).or_default().push(attempt);
    }
    attempts.values_mut().for_each(|list| list.sort_by_key(|attempt| attempt.number));
    let most = promise.schedule.len() + 1 + promise.lost_limit;
    let pairs: HashSet<Pair> = arrivals.keys().chain(attempts.keys()).copied().collect();
    for pair in pairs {
        let (arrived, tried) = (arrivals.get(&pair), attempts.get(&pair));
        let number = arrived.map_or(0, Vec::len).max(tried.map_or(0, Vec::len));
        counts.over += usize::from(number > most);
        if let (Some(arrived), Some(tried)) = (arrived, tried) {
            counts.early += early(arrived, tried, promise);
        }
    }
    counts
}

/// Events with some of the deliveries that their trigger asks for, and not all.
fn half(owed: &[Owed], promise: &Promise) -> usize {
    let mut fans: HashMap<&str, (&str, BTreeSet<String>)> = HashMap::new();
    for owed in owed {
        fans.entry(&owed.event).or_insert((&owed.trigger, BTreeSet::new())).1.insert(owed.webhook.clone());
    }
    fans.values().filter(|(trigger, webhooks)| *webhooks != (promise.subscribers)(trigger)).count()
}

/// Arrivals of one pair that came before the schedule allowed.
///
/// A failed try that is on record sets the due time of what comes after it. It is told by its start: an arrival that
/// no record explains belongs to a lost attempt, which set none.
fn early(arrivals: &[&Receipt], tries: &[&Try], promise: &Promise) -> usize {
    /// The program's times are cut to milliseconds.
    const GRAIN: u64 = 1_000;
    const TOLERANCE: u64 = 5_000;
    let recorded = tries.iter().filter(|attempt| attempt.outcome.blame() == Blame::Receiver);
    let mut due_after = Vec::new();
    let mut rest = arrivals.iter();
    for (used_up, attempt) in recorded.enumerate() {
        let Some(arrival) = rest.find(|arrival| arrival.at + GRAIN >= attempt.started) else { continue };
        let wait = promise.schedule.get(used_up).copied().unwrap_or_default();
        let least = wait.mul_f64(1.0 - promise.jitter);
        let due = arrival.answered + u64::try_from(least.as_micros()).unwrap_or(u64::MAX);
        due_after.push((arrival.at, due));
    }
    let too_soon = |arrival: &&&Receipt| {
        due_after.iter().any(|(at, due)| {
            let leapt = promise.leaps.iter().any(|leap| (*at..=arrival.at).contains(leap));
            arrival.at > *at && arrival.at + TOLERANCE < *due && !leapt
        })
    };
    arrivals.iter().filter(too_soon).count()
}

/// Takings beyond the first of a pair that nothing explains: the program was not killed while the one before was on its way or had
/// just been answered, and the receiver had not let it wait for `late`, after which it may have been given up.
pub fn unexplained(receipts: &[Receipt], kills: &[u64], late: Duration) -> usize {
    /// From an answer to its record on disk, and from a request's sending to its arrival, on a busy machine.
    const UNDER_WAY: u64 = 1_000_000;
    let late = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
    let mut takings: HashMap<Pair, Vec<&Receipt>> = HashMap::new();
    for receipt in receipts.iter().filter(|receipt| receipt.taken()) {
        takings.entry((&receipt.event, &receipt.webhook)).or_default().push(receipt);
    }
    let cut_off = |one: &Receipt| {
        let mut kills = kills.iter();
        kills.any(|kill| one.at <= kill + UNDER_WAY && *kill <= one.answered + UNDER_WAY)
    };
    let repeated = |list: &mut Vec<&Receipt>| {
        list.sort_by_key(|receipt| receipt.at);
        let before = list[..list.len() - 1].iter();
        before.filter(|one| !cut_off(one) && one.answered < one.at + late).count()
    };
    takings.values_mut().map(repeated).sum()
}

#[cfg(test)]
mod tests;
