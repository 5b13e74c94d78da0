//! Told: what one way to be mean did to the neighbour and to the program, and whether that is within bounds.

use super::quiet::Window;
use crate::measurement::Goal;

/// The neighbour's p95 may be this many times what it is alone (catalogue D-01).
pub(super) const RATIO: Goal = Goal::AtMost(1.5);
/// What the program may have resident, in megabytes: 512 MiB.
pub(super) const MEMORY_MB: Goal = Goal::AtMost(536.870_912);

/// One latency's p95 in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Latency {
    /// Alone, in the window before.
    pub before: f64,
    /// Beside the mean one.
    pub beside: f64,
    /// Alone, in the window after.
    pub after: f64,
}

impl Latency {
    /// In the windows alone.
    pub fn alone(&self) -> f64 {
        f64::midpoint(self.before, self.after)
    }

    /// Beside ÷ alone.
    pub fn ratio(&self) -> f64 {
        self.beside / self.alone()
    }
}

/// What was seen of one way.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its name.
    pub name: &'static str,
    /// What the mean one does.
    pub does: &'static str,
    /// Until a publish was answered.
    pub publish: Latency,
    /// Until the first byte was at the receiver.
    pub delivery: Latency,
    /// The bare client's, which no program is in the way of: what it loses, the machine has lost.
    pub bare: Latency,
    /// The most that the program had resident, in megabytes.
    pub memory_mb: f64,
    /// What its data folder held in the end, in megabytes.
    pub disk_mb: f64,
    /// What the mean one was answered.
    pub answers: String,
    /// What must not have been.
    wrong: Vec<String>,
}

impl Told {
    pub(super) fn new(
        name: &'static str,
        does: &'static str,
        [memory_mb, disk_mb]: [f64; 2],
        answers: String,
        wrong: Vec<String>,
    ) -> Self {
        let (publish, delivery, bare) = Default::default();
        Self { name, does, publish, delivery, bare, memory_mb, disk_mb, answers, wrong }
    }

    /// Sets the window beside it against the two alone.
    pub(super) fn compare(&mut self, before: &Window, beside: Window, after: &Window) {
        let p95 =
            |of: fn(&Window) -> f64| Latency { before: of(before), beside: of(&beside), after: of(after) };
        self.publish = p95(|window| window.publish.p95);
        self.delivery = p95(|window| window.delivery.p95);
        self.bare = p95(|window| window.bare.p95);
        if beside.failed.all() > 0 {
            self.wrong.push(format!("the neighbour's publishes were not accepted ({})", beside.failed));
        }
        for (count, what) in [
            (beside.lost, "of its events were accepted and did not arrive"),
            (beside.twice, "deliveries came a second time"),
        ] {
            if count > 0 {
                self.wrong.push(format!("{count} {what}"));
            }
        }
    }

    /// What was counted and must be nothing, in words: all that does not depend on how busy the machine is.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.wrong.clone();
        if !MEMORY_MB.is_met(self.memory_mb) {
            faults.push(format!("{:.0} MB were resident", self.memory_mb));
        }
        faults
    }
}
