//! Made-up drills: one in which every promise was kept, and one for each that was broken.

use super::*;
use crate::faults::watch::Seen as Watched;

const SECOND: u64 = 1_000_000;

/// The fault was in from 100 s to 120 s; deliveries stood for as long, and it was said after 2 s.
fn kept() -> Seen {
    let ready = [(90, None), (102, Some("the disk is full")), (121, None)];
    Seen {
        put_in: 100 * SECOND,
        taken_away: 120 * SECOND,
        ready: Watched::made_up(ready.map(|(at, said)| (at * SECOND, said))),
        counts: Counts { acknowledged: 900, unknown: 3, refused: 70, duplicates: 1, ..Counts::default() },
        repeated: 0,
        deliveries: vec![gap(99, 121), gap(110, 111)],
        accepted: vec![gap(100, 122)],
        late: Vec::new(),
        integrity: None,
    }
}

fn gap(from: u64, to: u64) -> Gap {
    Gap { from: from * SECOND, to: to * SECOND }
}

fn said(seen: &Seen) -> String {
    broken(seen, false).join("; ")
}

#[test]
fn deliveries_may_stand_when_the_program_says_that_it_is_not_ready() {
    assert_eq!(said(&kept()), "");
    // A fault that is to spare the others may neither stop them nor make the program unready.
    let strict = broken(&kept(), true);
    assert_eq!(strict.len(), 3, "{strict:?}");
    assert!(strict[2].contains("readyz said: the disk is full"), "{strict:?}");
    let started_anew = Seen {
        ready: Watched::made_up([(90 * SECOND, None), (102 * SECOND, Some(SILENT)), (104 * SECOND, None)]),
        deliveries: vec![gap(101, 105)],
        accepted: vec![gap(101, 105)],
        ..kept()
    };
    assert!(broken(&started_anew, true).is_empty());
}

#[test]
fn deliveries_that_stand_in_silence_are_told_and_so_are_events_that_are_not_accepted() {
    let late = [(90, None), (110, Some("late")), (121, None)];
    let late = Watched::made_up(late.map(|(at, said)| (at * SECOND, said)));
    let seen = Seen { ready: late, ..kept() };
    assert_eq!(
        said(&seen),
        "nothing was delivered for 22.0 s in account 0, from 0.0 s after the fault on, and readyz did not say so within 10 s"
    );
    let seen = Seen { ready: Watched::made_up([(90 * SECOND, None)]), deliveries: vec![], ..kept() };
    assert!(said(&seen).contains("nothing was accepted for 22.0 s in account 0"), "{}", said(&seen));
}

#[test]
fn a_program_that_is_not_ready_in_the_end_is_told() {
    let never = Watched::made_up([(102 * SECOND, Some("the disk is full"))]);
    assert_eq!(said(&Seen { ready: never, ..kept() }), "it was not ready 30 s after the fault");
    let late = Watched::made_up([(102 * SECOND, Some("the disk is full")), (151 * SECOND, None)]);
    assert_eq!(said(&Seen { ready: late, ..kept() }), "it was not ready 30 s after the fault");
}

#[test]
fn each_count_that_is_not_0_is_told() {
    let counts = Counts { acknowledged: 9, lost: 1, ghost: 2, early: 3, stuck: 4, ..Counts::default() };
    let late = ["2026-01-01T10:00:00.000Z", "2026-01-01T11:00:00.000Z"].map(|at| at.parse().unwrap()).into();
    let seen = Seen { counts, repeated: 5, late, ..kept() };
    assert_eq!(
        said(&seen),
        "lost: 1; ghost: 2; early: 3; stuck: 4; duplicates for no reason: 5; 2 deliveries wait for longer than their \
         schedule says, the last until 2026-01-01T11:00:00Z"
    );
    let damaged = Seen { integrity: Some("integrity_check: no".into()), ..kept() };
    assert_eq!(said(&damaged), "integrity_check: no");
    let nothing = Seen { counts: Counts::default(), ..kept() };
    assert!(said(&nothing).contains("no event was accepted at all"));
}
