//! The drill: a backup under load, the loss of everything, a restore; and the judge of what came back. It trusts the ledgers outside the
//! program, and of the program what the restored instance lists before it is resumed.

use crate::verdict::{Publish, Receipt};
use std::collections::{BTreeSet, HashMap, HashSet};

/// An event and the webhook that it is owed to, by its name here.
pub type Pair = (String, String);

/// What one drill left to be judged.
pub struct Drill<'a> {
    /// Lines of the client's ledger since the beginning of the drill.
    pub published: &'a [Publish],
    /// Lines of the receivers' ledger since the beginning of the drill.
    pub receipts: &'a [Receipt],
    /// When the command began and when it had ended, in microseconds since the epoch.
    pub backup: (u64, u64),
    /// When the restored instance was started and when it was resumed.
    pub paused: (u64, u64),
    /// The events of the drill that the restored instance lists.
    pub restored: &'a HashSet<String>,
    /// What it lists as pending before it is resumed.
    pub pending: &'a BTreeSet<Pair>,
    /// The webhooks that want a trigger.
    pub subscribers: &'a dyn Fn(&str) -> BTreeSet<String>,
}

/// The counts of drills.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Events that were acknowledged before the backup began.
    pub before: usize,
    /// Events acknowledged later that are gone, as is meant.
    pub since: usize,
    /// Deliveries that were pending in the backup.
    pub pending: usize,
    /// Those of them that a receiver had taken before the loss: sent again.
    pub again: usize,
    /// Must be 0: events acknowledged before the backup began that are not in it.
    pub lost: usize,
    /// Must be 0: deliveries of those that nobody had taken when the backup ended, and that are not pending in it.
    pub forgotten: usize,
    /// Must be 0: arrivals while the restored instance was paused.
    pub early: usize,
    /// Must be 0: what was pending and never arrived after the instance was resumed.
    pub unsent: usize,
    /// Must be 0: what arrived then and was not pending.
    pub ghost: usize,
}

impl Counts {
    /// Each count that must be 0, with its name.
    pub fn faults(&self) -> [(&'static str, usize); 5] {
        [
            ("acknowledged before the backup and not in it", self.lost),
            ("owed at the backup and not pending in it", self.forgotten),
            ("sent while paused", self.early),
            ("pending and not sent after the resume", self.unsent),
            ("sent after the resume and not pending", self.ghost),
        ]
    }

    /// Whether nothing went wrong.
    pub fn clean(&self) -> bool {
        self.faults().iter().all(|(_, count)| *count == 0)
    }

    /// The sums of these and those of another drill.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            before: self.before + other.before,
            since: self.since + other.since,
            pending: self.pending + other.pending,
            again: self.again + other.again,
            lost: self.lost + other.lost,
            forgotten: self.forgotten + other.forgotten,
            early: self.early + other.early,
            unsent: self.unsent + other.unsent,
            ghost: self.ghost + other.ghost,
        }
    }
}

/// Compares.
pub fn judge(drill: &Drill) -> Counts {
    let (began, ended) = drill.backup;
    let (started, resumed) = drill.paused;
    let acknowledged = |line: &Publish| Some((line.event.clone()?, line.at, line.trigger.clone()));
    let (before, since): (Vec<_>, Vec<_>) =
        drill.published.iter().filter_map(acknowledged).partition(|(_, at, _)| *at < began);
    let mut taken: HashMap<Pair, u64> = HashMap::new();
    for receipt in drill.receipts.iter().filter(|receipt| (200..300).contains(&receipt.status)) {
        let first = taken.entry((receipt.event.clone(), receipt.webhook.clone())).or_insert(receipt.at);
        *first = receipt.at.min(*first);
    }
    let owed = before.iter().flat_map(|(event, _, trigger)| {
        (drill.subscribers)(trigger).into_iter().map(|webhook| (event.clone(), webhook))
    });
    // Taken for sure before the restored instance was there: what is taken by it comes later.
    let was_taken = |pair: &Pair, by: u64| taken.get(pair).is_some_and(|at| *at <= by);
    let forgotten = owed.filter(|pair| !was_taken(pair, ended) && !drill.pending.contains(pair)).count();
    let sent: BTreeSet<Pair> = drill
        .receipts
        .iter()
        .filter(|receipt| receipt.at >= resumed)
        .map(|receipt| (receipt.event.clone(), receipt.webhook.clone()))
        .collect();
    Counts {
        before: before.len(),
        since: since.iter().filter(|(event, ..)| !drill.restored.contains(event)).count(),
        pending: drill.pending.len(),
        again: drill.pending.iter().filter(|pair| was_taken(pair, started)).count(),
        lost: before.iter().filter(|(event, ..)| !drill.restored.contains(event)).count(),
        forgotten,
        early: drill.receipts.iter().filter(|receipt| (started..resumed).contains(&receipt.at)).count(),
        unsent: drill.pending.difference(&sent).count(),
        ghost: sent.difference(drill.pending).count(),
    }
}

#[cfg(test)]
mod tests;
