//! Concurrency: what is held, and how a room follows its receiver.

mod dealt;

use super::room::{QUICK, SLOW};
use super::*;
use crate::time::from_millis;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Without a line.
fn concurrency(bounds: Bounds) -> Arc<Concurrency> {
    Arc::new(Concurrency::new(Bounds { line: 0, ..bounds }, Arc::default()))
}

/// With a line, before the room of a first webhook that has answered quickly once.
fn with_line_of(bounds: Bounds) -> Arc<Concurrency> {
    let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
    answer_quickly(&concurrency, &webhook(1));
    concurrency
}

/// A room of two, and a line of four before it.
fn with_line() -> Arc<Concurrency> {
    with_line_of(Bounds { start: 2, ceiling: 2, line: 2, ..Bounds::default() })
}

/// One of them does, in a room that may be too large to learn from it.
fn answer_quickly(concurrency: &Arc<Concurrency>, webhook: &WebhookId) {
    let mut one = concurrency.take(&account(), webhook, &Health::default(), 1, NOW).unwrap();
    one.end(Outcome::Delivered, QUICK);
}

/// What those who are in flight or in line are told now; `None` while they wait. Who has ended has no place to enter.
fn turns(permits: &mut [Permit]) -> Vec<Option<bool>> {
    permits.iter_mut().map(turn).collect()
}

fn turn(permit: &mut Permit) -> Option<bool> {
    match pin!(permit.enter()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(turn) => Some(turn),
        Poll::Pending => None,
    }
}

const IN: Option<bool> = Some(true);
const BACK: Option<bool> = Some(false);

fn account() -> AccountId {
    AccountId::from_text("ACC-1")
}

fn webhook(number: u32) -> WebhookId {
    WebhookId::from_text(format!("WHK-{number}"))
}

/// Takes all the room that the webhook has.
fn fill(concurrency: &Arc<Concurrency>, webhook: &WebhookId) -> Vec<Permit> {
    std::iter::from_fn(|| concurrency.take(&account(), webhook, &Health::default(), 1, NOW)).collect()
}

/// A room of attempts, all of which end like this.
fn round(concurrency: &Arc<Concurrency>, webhook: &WebhookId, outcome: Outcome, took: Duration) {
    for mut permit in fill(concurrency, webhook) {
        permit.end(outcome, took);
    }
}

/// How much room there is after so many of them.
fn room_after(rounds: u32, outcome: Outcome, took: Duration) -> usize {
    let concurrency = concurrency(Bounds::default());
    (0..rounds).for_each(|_| round(&concurrency, &webhook(1), outcome, took));
    fill(&concurrency, &webhook(1)).len()
}

/// How much room there is after each of so many quick ones.
fn quick_rounds(concurrency: &Arc<Concurrency>, rounds: u32) -> Vec<usize> {
    let one = |_| {
        round(concurrency, &webhook(1), Outcome::Delivered, QUICK);
        concurrency.room(&account(), &webhook(1), &Health::default(), NOW)
    };
    (0..rounds).map(one).collect()
}

#[test]
fn room_doubles_a_round_of_quick_successes_up_to_the_ceiling() {
    let (start, ceiling) = (limit::IN_FLIGHT_START as usize, limit::IN_FLIGHT_PER_WEBHOOK as usize);
    let grown = quick_rounds(&concurrency(Bounds::default()), 5);
    assert_eq!(grown, [2 * start, 4 * start, 8 * start, ceiling, ceiling], "slow start");
}

#[test]
fn after_its_first_setback_room_grows_by_one_a_round() {
    for (outcome, took) in [(Outcome::HttpStatus, Duration::ZERO), (Outcome::Delivered, SLOW)] {
        let concurrency = concurrency(Bounds::default());
        assert_eq!(quick_rounds(&concurrency, 3).pop(), Some(40));
        round(&concurrency, &webhook(1), outcome, took);
        let grown = quick_rounds(&concurrency, 8);
        // A fraction is left over from each round, so it is a little less.
        assert!(grown.is_sorted() && (26..=28).contains(&grown[7]), "{grown:?}");
        assert_eq!(quick_rounds(&concurrency, 500).pop(), Some(limit::IN_FLIGHT_PER_WEBHOOK as usize));
    }
}

#[test]
fn a_refused_event_says_nothing_of_the_next_unless_its_answer_is_slow() {
    let concurrency = concurrency(Bounds::default());
    assert_eq!(quick_rounds(&concurrency, 3).pop(), Some(40));
    let refused = |took| {
        fill(&concurrency, &webhook(1)).iter_mut().for_each(|permit| permit.end_refused(took));
        concurrency.room(&account(), &webhook(1), &Health::default(), NOW)
    };
    assert_eq!([Duration::ZERO, SLOW / 2, SLOW].map(refused), [40, 40, 20]);
    for (took, then) in [(QUICK, None), (SLOW / 2, BACK)] {
        let concurrency = with_line();
        let mut held = fill(&concurrency, &webhook(1));
        held[0].end_refused(took);
        assert_eq!(turns(&mut held), [IN, IN, then, then, then, then], "its place waits for the record");
        drop(held.remove(0));
        let next = if then.is_none() { IN } else { BACK };
        assert_eq!(turns(&mut held)[1], next);
    }
}

#[test]
fn an_answer_of_the_4xx_is_a_refusal_unless_it_speaks_of_the_receiver() {
    for status in [400, 401, 403, 404, 409, 410, 422, 451] {
        assert!(is_refusal(Outcome::HttpStatus, Some(status)), "{status}");
    }
    for status in [408, 429, 500, 502, 503, 504] {
        assert!(!is_refusal(Outcome::HttpStatus, Some(status)), "{status}");
    }
    // Its head came too late, or it is a failure of another kind.
    assert!(!is_refusal(Outcome::TotalTimeout, Some(404)) && !is_refusal(Outcome::ConnectionReset, None));
}

#[test]
fn a_room_that_was_empty_knows_what_it_had_learnt() {
    // As large as it was at first, but not new.
    let concurrency = concurrency(Bounds { start: 1, ..Bounds::default() });
    round(&concurrency, &webhook(1), Outcome::Delivered, SLOW);
    assert!(concurrency.held().rooms.is_empty());
    assert_eq!(quick_rounds(&concurrency, 3), [2, 2, 3], "no slow start again");
}

#[test]
fn room_is_halved_once_a_room_by_failures_and_slow_answers_down_to_one() {
    let start = limit::IN_FLIGHT_START as usize;
    assert_eq!(room_after(1, Outcome::HttpStatus, Duration::ZERO), start / 2);
    assert_eq!(room_after(1, Outcome::Delivered, SLOW), start / 2);
    assert_eq!(room_after(9, Outcome::Delivered, SLOW), 1, "it never ends");
    assert_eq!(room_after(9, Outcome::Delivered, SLOW / 2), start, "neither quick nor slow");
    assert_eq!(room_after(9, Outcome::SenderFailed, SLOW), start, "a fault of ours says nothing");
}

#[test]
fn a_room_that_is_not_used_does_not_grow() {
    let concurrency = concurrency(Bounds::default());
    for _ in 0..1_000 {
        let mut permit = concurrency.take(&account(), &webhook(1), &Health::default(), 1, NOW).unwrap();
        permit.end(Outcome::Delivered, Duration::ZERO);
    }
    assert_eq!(fill(&concurrency, &webhook(1)).len(), limit::IN_FLIGHT_START as usize);
}

#[test]
fn a_success_frees_its_webhook_at_once_and_its_place_when_it_is_recorded() {
    let concurrency = concurrency(Bounds { start: 2, ..Bounds::default() });
    let mut held = fill(&concurrency, &webhook(1));
    let free = || concurrency.room(&account(), &webhook(1), &Health::default(), NOW);
    let leased = || concurrency.meter.read().leased;
    assert_eq!((held.len(), free(), leased()), (2, 0, 2));
    held[0].end(Outcome::Delivered, Duration::ZERO);
    held[1].end(Outcome::HttpStatus, Duration::ZERO);
    assert_eq!((free(), leased()), (0, 2), "half of the room, and one is still held for the disk");
    held.truncate(1);
    assert_eq!((free(), leased()), (1, 1));
    held.clear();
    assert_eq!((free(), leased(), concurrency.left()), (1, 0, limit::IN_FLIGHT as usize));
}

#[test]
fn all_share_a_bound_in_number_and_in_bytes() {
    let few = concurrency(Bounds { all: 3, start: 2, ..Bounds::default() });
    let (one, other) = (fill(&few, &webhook(1)), fill(&few, &webhook(2)));
    assert_eq!((one.len(), other.len(), few.left()), (2, 1, 0));
    drop(one);
    assert_eq!(few.left(), 2);
    let small = concurrency(Bounds { bytes: 100, share: u32::MAX, ..Bounds::default() });
    let take = |bytes| small.take(&account(), &webhook(1), &Health::default(), bytes, NOW);
    let large = take(1_000).expect("one is always let in");
    assert!(take(1).is_none() && small.left() == 0);
    drop(large);
    let most = take(99);
    assert!(most.is_some() && take(2).is_none() && take(1).is_some());
}

#[test]
fn a_rest_leaves_no_room_and_a_probe_room_for_one() {
    let concurrency = concurrency(Bounds::default());
    let resting = Health { rest_until: Some(from_millis(10)), ..Health::default() };
    let take = |millis| concurrency.take(&account(), &webhook(1), &resting, 1, from_millis(millis));
    assert!(take(9).is_none());
    let probe = take(10);
    assert!(probe.is_some() && take(10).is_none());
    assert_eq!(concurrency.room(&account(), &webhook(1), &resting, from_millis(10)), 0);
}

#[test]
fn a_machine_that_stops_lets_nothing_more_in() {
    let concurrency = concurrency(Bounds::default());
    let held = concurrency.take(&account(), &webhook(1), &Health::default(), 1, NOW);
    concurrency.close();
    assert!(concurrency.take(&account(), &webhook(2), &Health::default(), 1, NOW).is_none());
    assert_eq!((held.is_some(), concurrency.left()), (true, 0));
}

#[test]
fn the_end_comes_when_it_is_closed_and_nothing_is_held() {
    let concurrency = concurrency(Bounds::default());
    let mut context = Context::from_waker(Waker::noop());
    let mut ended = pin!(concurrency.ended());
    let mut has_ended = || ended.as_mut().poll(&mut context).is_ready();
    assert!(!has_ended(), "it may hold something yet");
    let mut held = concurrency.take(&account(), &webhook(1), &Health::default(), 1, NOW).unwrap();
    concurrency.close();
    assert!(!has_ended());
    held.end(Outcome::Delivered, Duration::ZERO);
    assert!(!has_ended(), "its record waits for the disk");
    drop(held);
    assert!(has_ended());
}

#[test]
fn of_many_webhooks_the_one_rung_longest_ago_is_forgotten() {
    let concurrency = concurrency(Bounds::default());
    let room = |number| concurrency.room(&account(), &webhook(number), &Health::default(), NOW);
    let all = 2 * REMEMBERED.get() as u32;
    for number in 1..=all {
        round(&concurrency, &webhook(number), Outcome::Delivered, SLOW);
        round(&concurrency, &webhook(0), Outcome::Delivered, SLOW);
    }
    let held = concurrency.held();
    assert_eq!((held.rooms.len(), held.learnt.len()), (0, REMEMBERED.get()));
    drop(held);
    let start = limit::IN_FLIGHT_START as usize;
    assert_eq!((room(1), room(all), room(0)), (start, start / 2, 1));
}

#[test]
fn of_a_webhook_that_taught_nothing_nothing_is_kept() {
    let concurrency = concurrency(Bounds::default());
    for number in 0..100 {
        round(&concurrency, &webhook(number), Outcome::Delivered, SLOW / 2);
        drop(concurrency.take(&account(), &webhook(number), &Health::default(), 1, NOW));
    }
    let held = concurrency.held();
    assert!(held.rooms.is_empty() && held.learnt.is_empty());
}

#[test]
fn before_a_room_at_its_ceiling_a_line_waits_and_moves_up_in_order() {
    let concurrency = with_line();
    let mut held = fill(&concurrency, &webhook(1));
    assert_eq!(turns(&mut held), [IN, IN, None, None, None, None], "two in flight, four in line");
    // A success leaves its place to the next one, and nothing else comes in between.
    held[0].end(Outcome::Delivered, Duration::ZERO);
    held.push(
        concurrency.take(&account(), &webhook(1), &Health::default(), 1, NOW).expect("the line is shorter"),
    );
    assert_eq!(turns(&mut held), [BACK, IN, IN, None, None, None, None]);
    // One that leaves the line is passed by, and one that was told to come and left gives its place on.
    drop(held.remove(3));
    held[1].end(Outcome::Delivered, Duration::ZERO);
    drop(held.remove(3));
    assert_eq!(turns(&mut held), [BACK, BACK, IN, IN, None]);
    drop(held);
    assert_eq!((concurrency.left(), concurrency.held().rooms.len()), (limit::IN_FLIGHT as usize, 0));
}

#[test]
fn there_is_a_line_while_answers_are_quick_in_slow_start_and_when_the_room_is_grown() {
    let concurrency =
        Arc::new(Concurrency::new(Bounds { start: 3, ceiling: 6, ..Bounds::default() }, Arc::default()));
    let room = || concurrency.room(&account(), &webhook(1), &Health::default(), NOW);
    let answer = |outcome, took| {
        let mut held = fill(&concurrency, &webhook(1));
        held.retain_mut(|permit| turn(permit) == IN);
        held.iter_mut().for_each(|permit| permit.end(outcome, took));
        drop(held);
        room()
    };
    assert_eq!(room(), 3, "nothing is known of it");
    answer_quickly(&concurrency, &webhook(1));
    assert_eq!(room(), 3 + 6);
    assert_eq!(answer(Outcome::Delivered, SLOW / 2), 3);
    assert_eq!(answer(Outcome::Delivered, SLOW), 1);
    let rounds: Vec<_> = (0..6).map(|_| answer(Outcome::Delivered, QUICK)).collect();
    assert_eq!(rounds, [2, 3, 3, 4 + 8, 5 + 10, 6 + 12], "it grows by about one a round");
    let resting = Health { rest_until: Some(NOW), ..Health::default() };
    assert_eq!(concurrency.room(&account(), &webhook(1), &resting, NOW), 1, "a probe is alone");
}

#[test]
fn the_line_goes_back_at_a_setback_a_change_and_the_stop() {
    type End = fn(&Arc<Concurrency>, &mut [Permit]);
    let ends: [End; 5] = [
        |_, held| held[0].end(Outcome::HttpStatus, Duration::ZERO),
        |_, held| held[1].end(Outcome::Delivered, SLOW),
        |_, held| held[4].give_up(),
        |concurrency, _| concurrency.withdraw(&webhook(1)),
        |concurrency, _| concurrency.close(),
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let concurrency = with_line();
        let mut held = fill(&concurrency, &webhook(1));
        end(&concurrency, &mut held);
        let begin = match number {
            1 => [IN, BACK],
            3 => [BACK, BACK],
            _ => [IN, IN],
        };
        assert_eq!(turns(&mut held), [&begin[..], &[BACK; 4]].concat(), "{number}");
        let room = if number < 3 { 1 } else { 2 };
        assert_eq!(concurrency.held().rooms[&webhook(1)].learnt.size(), room, "{number}");
        drop(held);
        assert_eq!(concurrency.held().loads.all.in_flight, 0);
    }
}

#[test]
fn what_was_let_in_before_a_change_does_not_enter_and_what_comes_after_it_does() {
    let concurrency = concurrency(Bounds::default());
    let take = || concurrency.take(&account(), &webhook(1), &Health::default(), 1, NOW).unwrap();
    let (mut begun, mut before) = (take(), take());
    assert_eq!(turn(&mut begun), IN);
    concurrency.withdraw(&webhook(1));
    let mut after = take();
    assert_eq!((turn(&mut before), turn(&mut after)), (BACK, IN));
    drop((begun, before, after));
    concurrency.withdraw(&webhook(1));
    assert!(concurrency.held().rooms.is_empty(), "no room stays behind");
    assert_eq!(turn(&mut take()), IN);
}

#[test]
fn whose_turn_came_has_not_waited_too_long() {
    let concurrency = with_line();
    let mut held = fill(&concurrency, &webhook(1));
    held[0].end(Outcome::Delivered, Duration::ZERO);
    held[2].give_up();
    // The others' wait is over, as the receiver was too slow for one of them.
    assert_eq!(turns(&mut held), [BACK, IN, IN, BACK, BACK, BACK]);
    held[1].give_up();
    drop(held);
    assert_eq!(concurrency.held().loads.all.in_flight, 0);
}

#[test]
fn a_crowd_is_a_line_without_its_first_quarter_and_is_passed_when_the_line_has_moved_up() {
    let concurrency = with_line();
    let mut held = fill(&concurrency, &webhook(1));
    let mut crowds: Vec<_> = held.iter_mut().map(Permit::crowd).collect();
    assert_eq!(
        crowds.iter().map(Option::is_some).collect::<Vec<_>>(),
        [false, false, false, true, true, true]
    );
    let mut last = pin!(crowds.remove(5).unwrap().passed());
    let mut passed = || last.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    for permit in &mut held[..4] {
        assert!(turn(permit) == IN && passed().is_pending());
        permit.end(Outcome::Delivered, Duration::ZERO);
    }
    assert_eq!(passed(), Poll::Ready(true), "it is in flight");
    // What finds no place in line has none to leave; and where it is the receiver who is slow, there is no crowd.
    assert!(concurrency.crowd(&webhook(2)).is_none());
    let mut full = pin!(concurrency.crowd(&webhook(1)).unwrap().passed());
    assert_eq!(full.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(false));
}

#[test]
fn the_lines_of_all_have_a_bound_and_take_no_place_in_flight() {
    let bounds =
        Bounds { all: 5, lines: 6, share: u32::MAX, start: 2, ceiling: 2, line: 2, ..Bounds::default() };
    let concurrency = with_line_of(bounds);
    answer_quickly(&concurrency, &webhook(2));
    let mut one = fill(&concurrency, &webhook(1));
    let mut two = fill(&concurrency, &webhook(2));
    assert_eq!((one.len(), two.len(), concurrency.left()), (6, 4, 1));
    assert!(two[2].crowd().is_some(), "in the first quarter of its line, and not in that of all");
    let take = |number| concurrency.take(&account(), &webhook(number), &Health::default(), 1, NOW);
    let three = (take(3), take(3));
    assert!(three.0.is_some() && three.1.is_none(), "nobody before it would let it enter");
    // Who enters is in flight.
    one[0].end(Outcome::Delivered, Duration::ZERO);
    assert_eq!(turn(&mut one[2]), IN);
    let held = concurrency.held();
    assert_eq!(
        (held.loads.all.in_flight, held.loads.all.in_line),
        (6, 5),
        "the success waits to be recorded"
    );
    drop(held);
    drop((one, two, three));
    let held = concurrency.held();
    assert_eq!((held.loads.all.in_flight, held.loads.all.in_line, held.loads.all.bytes), (0, 0, 0));
}

#[test]
fn a_room_that_grows_lets_more_of_its_line_in() {
    let concurrency = with_line_of(Bounds { start: 1, ceiling: 4, line: 4, ..Bounds::default() });
    let mut held = fill(&concurrency, &webhook(1));
    // One that left the line is passed by.
    drop(held.remove(1));
    let mut rounds = Vec::new();
    while !held.is_empty() {
        let (mut within, without): (Vec<_>, Vec<_>) =
            held.into_iter().map(|mut permit| (turn(&mut permit), permit)).partition(|(turn, _)| *turn == IN);
        rounds.push(within.len());
        within.iter_mut().for_each(|(_, permit)| permit.end(Outcome::Delivered, Duration::ZERO));
        held = without.into_iter().map(|(_, permit)| permit).collect();
    }
    assert_eq!(rounds, [2, 4, 3]);
}

#[test]
fn a_line_that_moved_up_too_slowly_goes_back_and_is_no_setback() {
    let concurrency = with_line();
    let mut held = fill(&concurrency, &webhook(1));
    held[0].end(Outcome::Delivered, QUICK);
    held[5].give_up();
    assert_eq!(turns(&mut held), [BACK, IN, IN, BACK, BACK, BACK]);
    assert_eq!(concurrency.held().rooms[&webhook(1)].learnt.setbacks, 0);
}

#[test]
fn lines_leave_half_of_the_bytes_to_what_is_sent_to_others() {
    let bounds = Bounds { start: 2, ceiling: 2, line: 9, bytes: 100, share: u32::MAX, ..Bounds::default() };
    let concurrency = with_line_of(bounds);
    let take = |number| concurrency.take(&account(), &webhook(number), &Health::default(), 10, NOW);
    let large: Vec<_> = std::iter::from_fn(|| take(1)).collect();
    assert_eq!(large.len(), 5, "two in flight, three in line");
    let others: Vec<_> = (2..9).map_while(take).collect();
    assert_eq!(others.len(), 5);
}

/// Accounts with many webhooks whose receivers do not answer leave room for everybody else.
#[test]
fn whoever_takes_all_they_can_another_account_finds_room() {
    let concurrency = concurrency(Bounds::default());
    let account = |number: u32| AccountId::from_text(format!("ACC-{number}"));
    let take = |of: u32, bytes| {
        let mut webhooks = (0..).map(|number| webhook(1_000 * of + number));
        let take = |webhook| concurrency.take(&account(of), &webhook, &Health::default(), bytes, NOW);
        std::iter::from_fn(|| take(webhooks.next()?)).take(10_000).collect::<Vec<_>>()
    };
    let held = [1, 2, 3].map(|of| take(of, 1));
    assert!(held[0].len() > 3_000 && held[2].len() > 100);
    assert_eq!(
        concurrency.room(&account(3), &webhook(9), &Health::default(), NOW),
        0,
        "no claim is made for it"
    );
    assert!(concurrency.room(&account(4), &webhook(9), &Health::default(), NOW) > 0);
    assert!(take(4, 1).len() >= 40, "the fourth still finds room");
    drop(held);
    let bytes = 256 << 10;
    let large = take(1, bytes);
    assert!(large.len() < limit::IN_FLIGHT_BYTES / bytes && take(2, bytes).len() > 10);
    drop(large);
    assert!(concurrency.held().loads.all.is_empty());
}

#[test]
fn no_room_is_promised_that_cannot_be_taken() {
    let concurrency = with_line_of(Bounds { all: 4, start: 2, ceiling: 2, line: 2, ..Bounds::default() });
    let _held = [2, 3].map(|number| fill(&concurrency, &webhook(number)));
    let room = concurrency.room(&account(), &webhook(1), &Health::default(), NOW);
    let taken = concurrency.take(&account(), &webhook(1), &Health::default(), 1, NOW);
    assert_eq!((room, taken.is_some()), (0, false), "its line is for those who wait for it");
}

#[test]
fn an_account_has_had_a_place_for_as_long_as_its_attempts_took() {
    let concurrency = concurrency(Bounds::default());
    let mut permits = fill(&concurrency, &webhook(1));
    permits[0].end(Outcome::Delivered, SLOW);
    permits[1].end(Outcome::HttpStatus, QUICK);
    drop(permits);
    let hour = concurrency.meter.usage().last_hour(NOW);
    let (account, amounts) = hour.accounts()[0];
    assert_eq!(account.as_str(), "ACC-1");
    assert_eq!((amounts.sum(Resource::InFlight), amounts.count(Resource::InFlight)), (1_250_000, 2));
}
