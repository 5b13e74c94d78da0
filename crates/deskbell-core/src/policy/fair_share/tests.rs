//! Fair share: turns, rounds and room.

use super::*;
use crate::id::AccountId;
use crate::time::from_millis;
use crate::vault::Sealed;
use crate::webhook::Status;
use std::time::Duration;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn webhook(place: i64, health: Health) -> Arc<Webhook> {
    Arc::new(Webhook {
        id: WebhookId::from_text(format!("WHK-{place}")),
        account: AccountId::from_text("ACC-1"),
        name: String::new(),
        url: String::new(),
        events: Vec::new(),
        created: NOW,
        secret: Sealed(Vec::new()),
        status: Status::Enabled,
        health,
    })
}

fn claim(limit: usize) -> Claim {
    Claim {
        now: NOW,
        lease: Duration::from_secs(60),
        limit,
        per_webhook: 5,
        in_flight: HashMap::from([(WebhookId::from_text("WHK-1"), 2)]),
        resume: None,
    }
}

/// Who is dealt how much, by place.
fn dealt(share: &mut FairShare, wanted: &[(i64, usize)]) -> Vec<(i64, usize)> {
    let due = |count: usize| (0..).take(count).collect();
    let demand =
        |(place, count)| Demand { place, webhook: webhook(place, Health::default()), due: due(count) };
    let demands = wanted.iter().copied().map(demand).collect();
    share.deal(demands).iter().map(|demand| (demand.place, demand.due.len())).collect()
}

#[test]
fn everyone_has_a_turn_before_anyone_has_two() {
    assert_eq!(shares(10, &[1000, 1, 0, 2]), (vec![7, 1, 0, 2], Some(0)));
    assert_eq!(shares(2, &[5, 5, 5]), (vec![1, 1, 0], Some(1)));
    assert_eq!(shares(4, &[5, 0, 5]), (vec![2, 0, 2], Some(2)));
    assert_eq!(shares(0, &[5]), (vec![0], None));
    assert_eq!(shares(9, &[]), (vec![], None));
}

#[test]
fn the_next_round_begins_behind_the_last_one_served() {
    let order = |resume| dealt(&mut FairShare::new(&claim(9), resume), &[(1, 1), (4, 1), (6, 1)]);
    let places = |resume| order(resume).iter().map(|(place, _)| *place).collect::<Vec<_>>();
    assert_eq!(places(None), [1, 4, 6]);
    assert_eq!(places(Some(1)), [4, 6, 1]);
    assert_eq!(places(Some(5)), [6, 1, 4]);
    assert_eq!(places(Some(6)), [1, 4, 6]);
}

#[test]
fn who_was_served_last_is_remembered_for_the_next_round_and_the_next_claim() {
    let mut share = FairShare::new(&claim(3), None);
    assert_eq!(dealt(&mut share, &[(1, 5), (4, 5)]), [(1, 2), (4, 1)]);
    // One of the three was ended by its lost lease: its place goes to the next in turn.
    share.lease(&WebhookId::from_text("WHK-1"));
    share.lease(&WebhookId::from_text("WHK-4"));
    assert_eq!(dealt(&mut share, &[(1, 5), (4, 5)]), [(4, 1)]);
    share.lease(&WebhookId::from_text("WHK-4"));
    assert_eq!(dealt(&mut share, &[(1, 5), (4, 5)]), []);
    assert_eq!(share.last(), Some(WebhookId::from_text("WHK-4")));
}

#[test]
fn room_is_what_the_breaker_allows_without_what_is_in_flight() {
    let resting = |until| Health { rest_until: Some(until), ..Health::default() };
    let (rests, probed) = (resting(from_millis(1)), resting(NOW));
    let mut share = FairShare::new(&claim(4), None);
    let room = |share: &FairShare, place, health: &Health| share.room(&webhook(place, *health));
    assert_eq!(room(&share, 1, &Health::default()), 3, "two are in flight");
    assert_eq!(room(&share, 2, &Health::default()), 4, "no more than is left of the claim");
    assert_eq!((room(&share, 2, &rests), room(&share, 2, &probed)), (0, 1));
    share.lease(&WebhookId::from_text("WHK-2"));
    assert_eq!((room(&share, 2, &probed), room(&share, 2, &Health::default())), (0, 3));
}

#[test]
fn a_rest_holds_back_what_is_due_before_it_ends() {
    let health = |rest_until| Health { rest_until, ..Health::default() };
    assert_eq!(leaves(&health(None), from_millis(5)), from_millis(5));
    assert_eq!(leaves(&health(Some(from_millis(9))), from_millis(5)), from_millis(9));
    assert_eq!(leaves(&health(Some(from_millis(2))), from_millis(5)), from_millis(5));
}
