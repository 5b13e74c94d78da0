//! Fair share: turns, rounds and room.

use super::*;
use crate::delivery::Epoch;
use crate::id::AccountId;
use crate::policy::concurrency::{Bounds, Concurrency, Permit};
use crate::time::from_millis;
use crate::vault::Sealed;
use crate::webhook::Status;

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

/// A claim with room for five a webhook.
fn claim(limit: usize) -> Claim {
    Claim {
        epoch: Epoch(1),
        now: NOW,
        limit,
        concurrency: Arc::new(Concurrency::new(Bounds { start: 5, ..Bounds::default() }, Arc::default())),
        resume: None,
    }
}

/// Places taken by deliveries to the webhook.
fn held(claim: &Claim, place: i64, count: usize) -> Vec<Permit> {
    let webhook = webhook(place, Health::default());
    let take = || claim.concurrency.take(&webhook.account, &webhook.id, &Health::default(), 1, NOW);
    (0..count).filter_map(|_| take()).collect()
}

/// Who is dealt how much, by place.
fn dealt(share: &mut FairShare, wanted: &[(i64, usize)]) -> Vec<(i64, usize)> {
    let due = |count: usize| (0..).take(count).collect();
    let demand = |(place, count)| Demand {
        number: place,
        webhook: webhook(place, Health::default()),
        due: due(count),
    };
    let demands = wanted.iter().copied().map(demand).collect();
    share.deal(demands).iter().map(|demand| (demand.number, demand.due.len())).collect()
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
    let claim = claim(9);
    let order = |resume| dealt(&mut FairShare::new(&claim, resume), &[(1, 1), (4, 1), (6, 1)]);
    let places = |resume| order(resume).iter().map(|(place, _)| *place).collect::<Vec<_>>();
    assert_eq!(places(None), [1, 4, 6]);
    assert_eq!(places(Some(1)), [4, 6, 1]);
    assert_eq!(places(Some(5)), [6, 1, 4]);
    assert_eq!(places(Some(6)), [1, 4, 6]);
}

#[test]
fn who_was_served_last_is_remembered_for_the_next_round_and_the_next_claim() {
    let claim = claim(3);
    let mut share = FairShare::new(&claim, None);
    assert_eq!(dealt(&mut share, &[(1, 5), (4, 5)]), [(1, 2), (4, 1)]);
    // One of the three was ended by its lost lease: its place goes to the next in turn.
    share.lease();
    share.lease();
    assert_eq!(dealt(&mut share, &[(1, 5), (4, 5)]), [(4, 1)]);
    share.lease();
    assert_eq!(dealt(&mut share, &[(1, 5), (4, 5)]), []);
    assert_eq!(share.last(), Some(WebhookId::from_text("WHK-4")));
}

#[test]
fn room_is_what_the_webhook_has_and_no_more_than_is_left() {
    let resting = |until| Health { rest_until: Some(until), ..Health::default() };
    let claim = claim(4);
    let _two = held(&claim, 1, 2);
    let mut share = FairShare::new(&claim, None);
    let room = |share: &FairShare<'_>, place, health: &Health| share.room(&webhook(place, *health), health);
    assert_eq!(room(&share, 1, &Health::default()), 3, "two are in flight");
    assert_eq!(room(&share, 2, &Health::default()), 4, "no more than is left of the claim");
    assert_eq!((room(&share, 2, &resting(from_millis(1))), room(&share, 2, &resting(NOW))), (0, 1));
    share.lease();
    assert_eq!((room(&share, 2, &Health::default()), share.left()), (3, 3));
}

#[test]
fn a_queue_is_read_as_deep_as_others_leave_it() {
    let claim = claim(10);
    let share = FairShare::new(&claim, None);
    assert_eq!([share.depth(0, 1), share.depth(0, 4), share.depth(0, 10)], [10, 3, 1]);
    assert_eq!([share.depth(7, 2), share.depth(10, 2), share.depth(11, 2), share.depth(0, 0)], [2, 0, 0, 10]);
}

#[test]
fn no_more_is_dealt_than_all_have_room_for() {
    let mut claim = claim(9);
    let bounds = Bounds { all: 3, start: 5, ..Bounds::default() };
    claim.concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
    let _one = held(&claim, 1, 1);
    assert_eq!(FairShare::new(&claim, None).left(), 2);
}

#[test]
fn a_rest_holds_back_what_is_due_before_it_ends() {
    let health = |rest_until| Health { rest_until, ..Health::default() };
    assert_eq!(leaves(&health(None), from_millis(5)), from_millis(5));
    assert_eq!(leaves(&health(Some(from_millis(9))), from_millis(5)), from_millis(9));
    assert_eq!(leaves(&health(Some(from_millis(2))), from_millis(5)), from_millis(5));
}
