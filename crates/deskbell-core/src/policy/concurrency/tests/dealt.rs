//! What many quick webhooks have in flight, and how long their lines are.

use super::*;

/// Of one processor, which sends to so many webhooks that answer like this, one after another: how many are in flight to each in the end, and how
/// many wait in line before it.
fn in_flight_to_each(webhooks: u32, took: Duration) -> Vec<(usize, usize)> {
    let bounds = Bounds { processors: 1, lines: 100_000, ..Bounds::default() };
    let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
    let mut held: Vec<Vec<Permit>> = (0..webhooks).map(|_| Vec::new()).collect();
    for _ in 0..200 {
        for (number, held) in (0..).zip(&mut held) {
            held.extend(fill(&concurrency, &webhook(number)));
            let within = turns(held);
            if let Some(at) = within.iter().position(|turn| *turn == IN) {
                held.remove(at).end(Outcome::Delivered, took);
            }
        }
    }
    let each = held.iter_mut().map(|held| {
        let within = turns(held).iter().filter(|turn| **turn == IN).count();
        (within, held.len() - within)
    });
    each.collect()
}

#[test]
fn what_keeps_the_processors_busy_is_dealt_among_quick_webhooks() {
    let millis = Duration::from_millis;
    let (all, most) = (limit::IN_FLIGHT_PER_PROCESSOR as usize, limit::IN_FLIGHT_PER_WEBHOOK as usize);
    for (webhooks, took, expected) in [
        (1, millis(1), all),
        (4, millis(1), all / 4),
        // Each has a few, however many they are.
        (16, millis(1), limit::IN_FLIGHT_START as usize),
        // By Little's law: 16,000 a second that take 8 ms each are 128 at once, and nobody has more than the ceiling.
        (4, millis(8), 32),
        (1, millis(8), most),
        (4, QUICK, most),
    ] {
        for (within, line) in in_flight_to_each(webhooks, took) {
            // It grows by one at a time while a little less is in flight.
            assert!((expected..=expected + 2).contains(&within), "{webhooks} webhooks, {took:?}: {within}");
            // The last answers have let one or two of it in.
            assert!(
                (2 * most - 4..=2 * most).contains(&line),
                "{webhooks} webhooks, {took:?}: {line} in line"
            );
        }
    }
}

#[test]
fn a_line_is_as_long_as_what_is_answered_in_half_a_second() {
    let concurrency = Arc::new(Concurrency::new(Bounds { ceiling: 8, ..Bounds::default() }, Arc::default()));
    let line_after = |took: Duration| {
        for _ in 0..100 {
            concurrency
                .take(&account(), &webhook(1), &Health::default(), 1, NOW)
                .unwrap()
                .end(Outcome::Delivered, took);
        }
        let size = concurrency.held().learnt.peek(&webhook(1)).unwrap().size() as usize;
        (size, concurrency.room(&account(), &webhook(1), &Health::default(), NOW) - size)
    };
    // Of one that was used alone nothing is learnt about a larger room.
    assert_eq!(line_after(QUICK), (5, 2 * 5));
    assert_eq!(line_after(QUICK * 4 / 5).1, 12);
    assert_eq!(line_after(QUICK / 100), (5, 2 * 8), "and no longer than twice the ceiling");
    assert_eq!(concurrency.held().quick, 0);
}

#[test]
fn a_line_stays_while_others_fall_silent_and_ends_with_a_slow_answer() {
    let bounds = Bounds { start: 2, ceiling: 64, processors: 1, ..Bounds::default() };
    let concurrency = with_line_of(bounds);
    let quick = Duration::from_millis(1);
    let mut others: Vec<Permit> = (2..10)
        .flat_map(|number| {
            (0..20).for_each(|_| round(&concurrency, &webhook(number), Outcome::Delivered, quick));
            fill(&concurrency, &webhook(number))
        })
        .collect();
    round(&concurrency, &webhook(1), Outcome::HttpStatus, quick);
    (0..40).for_each(|_| round(&concurrency, &webhook(1), Outcome::Delivered, quick));
    let mut held = fill(&concurrency, &webhook(1));
    let waits = |held: &mut Vec<Permit>| turns(held).iter().filter(|turn| turn.is_none()).count();
    let line = waits(&mut held);
    assert!(line > 0, "its room is grown, for the machine is busy");
    others.clear();
    held[0].end(Outcome::Delivered, quick);
    assert!(waits(&mut held) + 3 > line, "one or two of it entered");
    held[1].end(Outcome::Delivered, SLOW / 2);
    assert_eq!(waits(&mut held), 0);
}
