//! Told: what one fault came to, and which promises it broke.

use super::fault::Fault;
use super::gap::Gap;
use super::scene::Seen;
use super::watch::SILENT;
use super::{PATIENCE, RECOVERY};
use crate::verdict::Counts;
use std::time::Duration;

/// What became of the drill of one fault.
#[derive(Debug)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// What was done.
    pub does: String,
    /// What was measured; nothing where the drill was not run to its end.
    pub measured: Option<Measured>,
    /// Which promises were broken, in words.
    pub broken: Vec<String>,
    /// Why it was not run.
    pub missing: Option<String>,
    /// What else was seen.
    pub note: Option<String>,
}

/// What was measured of one fault.
#[derive(Debug)]
pub struct Measured {
    /// The longest time without a delivery to an account, of all accounts.
    pub deliveries: Duration,
    /// The longest time without an accepted event of an account.
    pub accepted: Duration,
    /// When it said that it was not ready, after the fault was put in, and why.
    pub unready: Option<(Duration, String)>,
    /// When it was ready again after the fault was taken away, if it was not.
    pub ready_again: Option<Duration>,
    /// The counts of all accounts.
    pub counts: Counts,
    /// Duplicates that nothing explains.
    pub repeated: usize,
}

impl Told {
    /// The fault was not put in.
    pub(super) fn missing(name: String, does: String, why: String) -> Self {
        Self { name, does, measured: None, broken: Vec::new(), missing: Some(why), note: None }
    }

    /// The drill came to no end.
    pub(super) fn failed(name: String, does: String, why: String) -> Self {
        Self { name, does, measured: None, broken: vec![why], missing: None, note: None }
    }

    pub(super) fn judged(fault: &dyn Fault, seen: Seen) -> Self {
        let broken = broken(&seen, fault.spares_others());
        let longest = |gaps: &[Gap]| gaps.iter().map(|gap| gap.length()).max().unwrap_or_default();
        let since = |begin: u64, at: u64| Duration::from_micros(at.saturating_sub(begin));
        let unready = seen.ready.unready_since(seen.put_in);
        let reasons = seen.ready.reasons(seen.put_in).join("; then ");
        let measured = Measured {
            deliveries: longest(&seen.deliveries),
            accepted: longest(&seen.accepted),
            unready: unready.map(|(at, _)| (since(seen.put_in, at), reasons)),
            ready_again: unready.and(seen.ready.ready_since()).map(|at| since(seen.taken_away, at)),
            counts: seen.counts,
            repeated: seen.repeated,
        };
        let (name, does, note) = (fault.name(), fault.does(), fault.note());
        Self { name, does, measured: Some(measured), broken, missing: None, note }
    }

    /// Whether it was put in, and every promise kept.
    pub fn kept(&self) -> bool {
        self.broken.is_empty() && self.missing.is_none()
    }
}

/// The promises that were broken, in words.
fn broken(seen: &Seen, spares_others: bool) -> Vec<String> {
    let mut broken = Vec::new();
    for (what, gaps) in [("delivered", &seen.deliveries), ("accepted", &seen.accepted)] {
        for (number, gap) in gaps.iter().enumerate().filter(|(_, gap)| gap.length() > PATIENCE) {
            let begun = Duration::from_micros(gap.from.saturating_sub(seen.put_in)).as_secs_f64();
            let stood = format!(
                "nothing was {what} for {:.1} s in account {number}, from {begun:.1} s after the fault on",
                gap.length().as_secs_f64()
            );
            if spares_others {
                broken.push(stood);
            } else if !seen.ready.tells_of(*gap, PATIENCE) {
                broken.push(format!("{stood}, and readyz did not say so within {} s", PATIENCE.as_secs()));
            }
        }
    }
    if spares_others {
        // A program that is started anew gives no answer for a moment.
        let reasons = seen.ready.reasons(seen.put_in);
        let reasons = reasons.into_iter().filter(|reason| *reason != SILENT);
        broken.extend(reasons.map(|reason| format!("readyz said: {reason}")));
    }
    let limit = seen.taken_away + u64::try_from(RECOVERY.as_micros()).unwrap_or(u64::MAX);
    if seen.ready.ready_since().is_none_or(|at| at > limit) {
        broken.push(format!("it was not ready {} s after the fault", RECOVERY.as_secs()));
    }
    let counts = seen.counts.faults().into_iter().chain([("duplicates for no reason", seen.repeated)]);
    broken.extend(counts.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}: {count}")));
    if let Some(last) = seen.late.iter().max() {
        let late = seen.late.len();
        broken.push(format!(
            "{late} deliveries wait for longer than their schedule says, the last until {last:.0}"
        ));
    }
    if seen.counts.acknowledged == 0 {
        broken.push("no event was accepted at all: nothing was shown".into());
    }
    broken.extend(seen.integrity.clone());
    broken
}

#[cfg(test)]
mod tests;
