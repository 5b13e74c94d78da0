//! The judge of what several machines did with the same deliveries: who sent what while it was another's, and how long what a dead one
//! held had to wait.

use crate::verdict::{Pair, Receipt, Try};
use deskbell_core::attempt::{Blame, Outcome};
use std::collections::HashMap;
use std::time::Duration;

/// From an answer to its record on disk, on a busy machine.
const RECORDED: u64 = 1_000_000;

/// So long may be waited for a lock of a machine that is stopped or cut off: its transaction ends, and those who met it begin again.
const LOCKED: u64 = 10_000_000;

/// Webhooks that fail, or rest, so often that what is due to them waits for room, and for how long says nothing of machines.
const BEHIND: [&str; 2] = ["flaky", "busy"];
/// Those that never fail, and keep up with any load.
const STEADY: [&str; 2] = ["steady", "slow"];

/// A time in which a machine was not well: dead, stopped or cut off. In microseconds since the epoch.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Whose, by the name that receivers know.
    pub machine: String,
    /// From then on.
    pub from: u64,
    /// Until then.
    pub to: u64,
}

/// The arrivals of each pair, in their order.
fn arrivals(receipts: &[Receipt]) -> HashMap<Pair<'_>, Vec<&Receipt>> {
    let mut arrivals: HashMap<Pair, Vec<&Receipt>> = HashMap::new();
    for receipt in receipts {
        arrivals.entry((&receipt.event, &receipt.webhook)).or_default().push(receipt);
    }
    arrivals.values_mut().for_each(|list| list.sort_by_key(|receipt| receipt.at));
    arrivals
}

/// Must be 0: arrivals of a delivery while another machine's request for it was not answered yet.
pub fn overlaps(receipts: &[Receipt]) -> usize {
    let overlap = |list: &Vec<&Receipt>| {
        let meets = |one: &&Receipt, other: &&Receipt| one.sender != other.sender && other.at < one.answered;
        (1..list.len()).filter(|at| list[..*at].iter().any(|one| meets(one, &list[*at]))).count()
    };
    arrivals(receipts).values().map(overlap).sum()
}

/// Must be 0: arrivals of a delivery that another machine had delivered before, and had recorded, for nothing kept it from that.
pub fn after(receipts: &[Receipt], faults: &[Fault]) -> usize {
    let well = |one: &Receipt| {
        let mut own = faults.iter().filter(|fault| fault.machine == one.sender);
        !own.any(|fault| fault.from <= one.answered + RECORDED && one.at <= fault.to + RECORDED)
    };
    let late = |list: &Vec<&Receipt>| {
        let done = |one: &&Receipt, other: &&Receipt| {
            one.taken() && one.sender != other.sender && one.answered + RECORDED < other.at && well(one)
        };
        (1..list.len()).filter(|at| list[..*at].iter().any(|one| done(one, &list[*at]))).count()
    };
    arrivals(receipts).values().map(late).sum()
}

/// Attempts that were lost while no machine was unwell.
pub fn lost(tries: &[Try], faults: &[Fault]) -> usize {
    let lost = tries.iter().filter(|attempt| attempt.outcome == Outcome::Lost);
    let explained = |attempt: &&Try| {
        faults.iter().any(|fault| attempt.started <= fault.to && fault.from <= attempt.started + 60_000_000)
    };
    lost.filter(|attempt| !explained(attempt)).count()
}

/// For each attempt that was lost with its machine, to a webhook that keeps up: how long after that machine's end the next attempt began
/// or arrived; one that a second machine began may be lost with that, and arrives when a third has it. Where nobody saw whose it was, the first end after the attempt's start counts, so that no time is told too short. Shortest
/// first.
pub fn takeovers(receipts: &[Receipt], tries: &[Try], faults: &[Fault]) -> Vec<Duration> {
    /// The program's times are cut to milliseconds.
    const GRAIN: u64 = 1_000;
    let arrivals = arrivals(receipts);
    let began: HashMap<(&str, &str, u32), u64> =
        tries.iter().map(|one| ((&*one.event, &*one.webhook, one.number), one.started)).collect();
    let lost = tries
        .iter()
        .filter(|attempt| attempt.outcome == Outcome::Lost && STEADY.contains(&attempt.webhook.as_str()));
    let mut took: Vec<Duration> = lost
        .filter_map(|attempt| {
            let list = arrivals.get(&(attempt.event.as_str(), attempt.webhook.as_str()))?;
            let ends = |fault: &&Fault| fault.from + GRAIN >= attempt.started;
            let any = faults.iter().filter(ends).min_by_key(|fault| fault.from)?;
            let sent = list.iter().find(|one| one.at + GRAIN >= attempt.started);
            let own = sent.and_then(|sent| {
                let own = faults.iter().filter(ends).filter(|fault| fault.machine == sent.sender);
                own.min_by_key(|fault| fault.from).filter(|fault| sent.at <= fault.from + GRAIN)
            });
            let end = own.unwrap_or(any);
            let next = began.get(&(&*attempt.event, &*attempt.webhook, attempt.number + 1)).copied();
            let arrived = list.iter().map(|one| one.at).find(|at| *at > end.from + GRAIN);
            let again = [next.filter(|at| *at > end.from + GRAIN), arrived].into_iter().flatten().min()?;
            Some(Duration::from_micros(again - end.from))
        })
        .collect();
    took.sort_unstable();
    took
}

/// What came later than it was due.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// Tries that came after another one.
    pub tries: usize,
    /// Must be 0: those that came more than a second after the end of their wait.
    pub held: usize,
    /// By how much the latest did.
    pub worst: Duration,
}

/// Looks at each try that follows a recorded failure, of deliveries of which none was lost, to a webhook that is not always behind. What
/// came while a machine was unwell, or had just been, may have waited for a lock of its.
pub fn late(
    receipts: &[Receipt],
    tries: &[Try],
    faults: &[Fault],
    (schedule, jitter): (&[Duration], f64),
) -> Late {
    const HELD: Duration = Duration::from_secs(1);
    let arrivals = arrivals(receipts);
    let mut attempts: HashMap<Pair, Vec<&Try>> = HashMap::new();
    for attempt in tries.iter().filter(|attempt| !BEHIND.contains(&attempt.webhook.as_str())) {
        attempts.entry((&attempt.event, &attempt.webhook)).or_default().push(attempt);
    }
    let mut late = Late::default();
    for (pair, mut list) in attempts {
        let Some(arrived) = arrivals.get(&pair).filter(|arrived| arrived.len() == list.len()) else {
            continue;
        };
        if list.iter().any(|attempt| attempt.outcome == Outcome::Lost) {
            continue;
        }
        list.sort_by_key(|attempt| attempt.number);
        let mut waits = schedule.iter();
        for (attempt, pair) in list.iter().zip(arrived.windows(2)) {
            let unwell = |fault: &Fault| fault.from <= pair[1].at && pair[0].at <= fault.to + LOCKED;
            if attempt.outcome.blame() != Blame::Receiver || faults.iter().any(unwell) {
                continue;
            }
            let wait = waits.next().copied().unwrap_or_default().mul_f64(1.0 + jitter);
            let came = Duration::from_micros(pair[1].at.saturating_sub(pair[0].answered));
            let by = came.saturating_sub(wait);
            late.tries += 1;
            late.held += usize::from(by > HELD);
            late.worst = late.worst.max(by);
        }
    }
    late
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn receipt(sender: &str, at: u64, answered: u64, status: u16) -> Receipt {
        let text = str::to_owned;
        Receipt {
            at,
            answered,
            webhook: text("steady"),
            event: text("EVNT-1"),
            key: text("k-1"),
            sender: text(sender),
            signed: true,
            status,
        }
    }

    fn attempt(number: u32, started: u64, outcome: Outcome) -> Try {
        Try { event: "EVNT-1".into(), webhook: "steady".into(), number, started, outcome }
    }

    fn fault(machine: &str, from: u64, to: u64) -> Fault {
        Fault { machine: machine.into(), from, to }
    }

    #[test]
    fn two_requests_overlap_when_two_machines_make_them_at_once() {
        let first = receipt("one", 10, 20, 200);
        for (second, expected) in [
            (receipt("two", 15, 30, 200), 1),
            (receipt("two", 21, 30, 200), 0),
            (receipt("one", 15, 30, 200), 0),
        ] {
            assert_eq!(overlaps(&[first.clone(), second]), expected);
        }
    }

    #[test]
    fn what_comes_after_another_machine_delivered_it_is_told_unless_that_one_could_not_record_it() {
        let all = [receipt("one", SECOND, SECOND, 200), receipt("two", 9 * SECOND, 9 * SECOND, 200)];
        assert_eq!(after(&all, &[]), 1);
        assert_eq!(after(&all, &[fault("two", SECOND, 5 * SECOND)]), 1);
        assert_eq!(after(&all, &[fault("one", SECOND / 2, 5 * SECOND)]), 0);
        let failed = [receipt("one", SECOND, SECOND, 500), all[1].clone()];
        assert_eq!(after(&failed, &[]), 0);
    }

    #[test]
    fn a_takeover_lasts_from_the_end_of_the_one_to_the_arrival_from_the_other() {
        let receipts = [receipt("one", SECOND, SECOND, 500), receipt("two", 30 * SECOND, 30 * SECOND, 200)];
        let tries = [attempt(1, SECOND, Outcome::Lost), attempt(2, 30 * SECOND, Outcome::Delivered)];
        let faults = [fault("two", 2 * SECOND, 3 * SECOND), fault("one", 4 * SECOND, 5 * SECOND)];
        let seconds = |receipts: &[Receipt]| {
            takeovers(receipts, &tries, &faults).iter().map(Duration::as_secs).collect::<Vec<_>>()
        };
        assert_eq!(seconds(&receipts), [26]);
        assert_eq!(seconds(&receipts[1..]), [28], "nobody saw whose it was");
        assert_eq!(lost(&tries, &faults), 0);
        assert_eq!(lost(&tries, &[]), 1);
        let mut again = tries.to_vec();
        again[1].outcome = Outcome::Lost;
        again.push(attempt(3, 60 * SECOND, Outcome::Delivered));
        let receipts = [receipts[0].clone(), receipt("three", 60 * SECOND, 60 * SECOND, 200)];
        let faults = [faults[1].clone(), fault("two", 30 * SECOND, 31 * SECOND)];
        let each: Vec<_> = takeovers(&receipts, &again, &faults).iter().map(Duration::as_secs).collect();
        assert_eq!(each, [26, 30], "the second machine took it over and died");
    }

    #[test]
    fn a_try_that_is_held_up_is_told() {
        let schedule = [Duration::from_secs(2)];
        let tries = [attempt(1, SECOND, Outcome::HttpStatus), attempt(2, 4 * SECOND, Outcome::Delivered)];
        let of = |at: u64| {
            let receipts = [receipt("one", SECOND, SECOND, 500), receipt("two", at, at, 200)];
            let of = |faults: &[Fault]| late(&receipts, &tries, faults, (&schedule, 0.0)).held;
            (of(&[]), of(&[fault("one", 2 * SECOND, 3 * SECOND)]))
        };
        assert_eq!((of(4 * SECOND - 1), of(4 * SECOND + 1)), ((0, 0), (1, 0)));
    }
}
