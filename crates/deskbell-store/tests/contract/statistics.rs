//! How webhooks and the whole store do.

use crate::given::{Given, Shared, add_account, answered, at, attempt, finished, rules, stranger};
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::delivery::Leased;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::latency::bucket;
use deskbell_core::store::{Condition, Recorded};
use deskbell_core::throughput::Throughput;
use deskbell_core::time::from_millis;
use deskbell_core::webhook::{Quarter, Record, Waiting, WebhookChange, quarter};
use std::time::Duration;

const MINUTE: i64 = 60_000;
/// `at(0)` begins a quarter of an hour.
const QUARTER: i64 = 15 * MINUTE;

impl Given {
    async fn record(&self, webhook: &WebhookId) -> Record {
        self.record_since(webhook, Timestamp::UNIX_EPOCH).await
    }

    async fn record_since(&self, webhook: &WebhookId, since: Timestamp) -> Record {
        let ids = std::slice::from_ref(webhook);
        self.store.records(&self.account, ids, since).await.unwrap().remove(0)
    }

    /// Records the attempts in one call.
    async fn finish_all(&self, attempts: Vec<(&Leased, Attempt)>, millis: i64) -> Vec<Recorded> {
        let all = attempts.into_iter().map(|(leased, attempt)| finished(leased, attempt)).collect();
        self.store.finish(all, &rules(), at(millis)).await.unwrap()
    }

    /// One event for the webhook alone, answered with `status` at once.
    async fn ring(&self, webhook: &WebhookId, status: u16, millis: i64) {
        self.accept_for(webhook, 1, millis).await;
        let claimed = self.claim(millis).await.leased;
        let leased = claimed.iter().find(|leased| leased.webhook.id == *webhook).unwrap();
        assert!(matches!(self.answer(leased, status, millis).await, Recorded::Recorded { .. }));
    }
}

fn lasting(attempt: Attempt, millis: u64) -> Attempt {
    Attempt { timings: Timings { total_us: millis * 1_000, ..Timings::default() }, ..attempt }
}

fn counts(quarter: &Quarter) -> (u64, u64, u64, u64) {
    (quarter.delivered, quarter.first_try, quarter.failed, quarter.gave_up)
}

pub(crate) async fn a_finish_is_counted_in_its_quarter(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    assert_eq!(given.record(&webhook).await, Record::default());
    given.accept(4, 0).await;
    let leased = given.claim(0).await.leased;
    let attempts = vec![
        (&leased[0], lasting(answered(&leased[0], 200, 0), 40)),
        (&leased[1], lasting(answered(&leased[1], 200, 0), 40)),
        (&leased[2], lasting(answered(&leased[2], 500, 0), 3)),
        (&leased[3], lasting(attempt(&leased[3], Outcome::ConnectRefused, 0), 1)),
    ];
    given.finish_all(attempts, 10).await;
    let record = given.record(&webhook).await;
    let [quarter] = &record.quarters[..] else { panic!("one quarter: {record:?}") };
    assert_eq!(quarter.start, quarter::start_of(at(10)));
    assert_eq!(counts(quarter), (2, 2, 2, 0));
    let latencies = &quarter.latencies.0;
    assert_eq!((latencies[bucket(40_000)], latencies[bucket(3_000)]), (2, 1));
    assert_eq!(quarter.latencies.count(), 3, "what was not answered took no time to answer");

    // The second tries come in the same quarter, and add to its row.
    let leased = given.claim(MINUTE).await.leased;
    assert_eq!(leased.len(), 2);
    given.finish_all(leased.iter().map(|one| (one, answered(one, 200, MINUTE))).collect(), MINUTE).await;
    let record = given.record(&webhook).await;
    assert_eq!(record.quarters.iter().map(counts).collect::<Vec<_>>(), [(4, 2, 2, 0)]);
}

pub(crate) async fn a_timeout_took_its_time_and_a_fault_of_ours_is_not_counted(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    given.accept(3, 0).await;
    let leased = given.claim(0).await.leased;
    let attempts = vec![
        (&leased[0], lasting(attempt(&leased[0], Outcome::HeadTimeout, 0), 15_000)),
        (&leased[1], lasting(attempt(&leased[1], Outcome::SenderFailed, 0), 9_000)),
    ];
    given.finish_all(attempts, 0).await;
    let record = given.record(&webhook).await;
    assert_eq!(record.quarters.iter().map(counts).collect::<Vec<_>>(), [(0, 0, 1, 0)]);
    assert_eq!(record.quarters[0].latencies.0[bucket(15_000_000)], 1);
    assert_eq!(record.quarters[0].latencies.count(), 1);

    let only_ours = vec![(&leased[2], attempt(&leased[2], Outcome::SenderFailed, 0))];
    given.finish_all(only_ours, 2 * QUARTER).await;
    assert_eq!(given.record(&webhook).await.quarters.len(), 1, "no row for nothing");
}

pub(crate) async fn a_stale_finish_is_not_counted(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    assert!(matches!(given.answer(&leased, 200, 0).await, Recorded::Recorded { .. }));
    assert_eq!(given.answer(&leased, 200, 0).await, Recorded::Stale);
    let record = given.record(&leased.webhook.id).await;
    assert_eq!(record.quarters.iter().map(counts).collect::<Vec<_>>(), [(1, 1, 0, 0)]);
    assert_eq!(given.store.meter().read().attempts(Outcome::Delivered), 1);
}

pub(crate) async fn a_used_up_schedule_is_given_up(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    let rules = deskbell_core::policy::retry::Rules { schedule: Vec::new(), ..rules() };
    let finished = vec![finished(&leased, answered(&leased, 500, 0))];
    given.store.finish(finished, &rules, at(0)).await.unwrap();
    let record = given.record(&leased.webhook.id).await;
    assert_eq!(record.quarters.iter().map(counts).collect::<Vec<_>>(), [(0, 0, 1, 1)]);
}

/// A delivery counts once, by its last end: where it gave up it has not any more, once it arrived by hand.
pub(crate) async fn what_gave_up_and_arrives_by_hand_counts_once(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    given.accept(3, 0).await;
    let leased = given.claim(0).await.leased;
    given.answer(&leased[0], 200, 0).await;
    let give_up = async |leased: &Leased, millis| {
        let rules = deskbell_core::policy::retry::Rules { schedule: Vec::new(), ..rules() };
        let finished = vec![finished(leased, answered(leased, 500, millis))];
        given.store.finish(finished, &rules, at(millis)).await.unwrap();
    };
    give_up(&leased[1], 0).await;
    give_up(&leased[2], 0).await;
    let all = async || given.record(&webhook).await.quarters.iter().map(counts).collect::<Vec<_>>();
    assert_eq!(all().await, [(1, 1, 2, 2)]);
    let by_hand = async |leased: &Leased, status, millis| {
        given.store.retry_delivery(&given.account, &leased.delivery.id, at(millis)).await.unwrap();
        let waiting = given.record(&webhook).await.waiting;
        let expected = Waiting { count: 1, again: 1, next: waiting.next, ..Waiting::default() };
        assert_eq!(waiting, expected, "it waits, and is counted already");
        let again = given.claim(millis).await.leased;
        assert_eq!(given.record(&webhook).await.waiting.again, 1, "also while it is under way");
        given.answer(&again[0], status, millis).await;
    };
    by_hand(&leased[1], 500, QUARTER).await;
    assert_eq!(all().await, [(1, 1, 2, 2), (0, 0, 1, 0)], "it has given up as before");
    by_hand(&leased[1], 200, 2 * QUARTER).await;
    let arrived = [(1, 1, 2, 1), (0, 0, 1, 0), (1, 0, 0, 0)];
    assert_eq!(all().await, arrived, "the other one's end is left");
    by_hand(&leased[1], 200, 2 * QUARTER).await;
    assert_eq!(all().await, arrived, "it had arrived already");

    // Both within one quarter, and of a quarter that is not kept any more.
    given.ring(&webhook, 200, 3 * QUARTER).await;
    given.accept(1, 3 * QUARTER).await;
    let late = given.claim(3 * QUARTER).await.leased;
    give_up(&late[0], 3 * QUARTER).await;
    by_hand(&late[0], 200, 3 * QUARTER + 1).await;
    assert_eq!(all().await[3], (2, 1, 1, 0));
    let day_and_more = 26 * 60 * MINUTE;
    given.ring(&webhook, 200, day_and_more).await;
    by_hand(&leased[2], 200, day_and_more).await;
    assert_eq!(all().await.last(), Some(&(2, 1, 0, 0)));
}

pub(crate) async fn quarters_are_apart_by_time_and_webhook_and_old_ones_go(store: Shared) {
    let given = Given::on(store).await;
    let (one, two) = (given.add_webhook("one").await, given.add_webhook("two").await);
    given.ring(&one, 200, 0).await;
    given.ring(&two, 200, QUARTER).await;
    given.ring(&one, 200, 2 * QUARTER).await;
    let starts = |record: Record| record.quarters.iter().map(|quarter| quarter.start).collect::<Vec<_>>();
    let begun = |millis: i64| quarter::start_of(at(millis));
    assert_eq!(starts(given.record(&one).await), [begun(0), begun(2 * QUARTER)], "oldest first");
    assert_eq!(starts(given.record(&two).await), [begun(QUARTER)]);
    let since = given.record_since(&one, begun(QUARTER)).await;
    assert_eq!(starts(since), [begun(2 * QUARTER)]);

    let day_and_hour = 25 * 60 * MINUTE;
    given.ring(&two, 200, day_and_hour + QUARTER).await;
    assert_eq!(starts(given.record(&one).await), [begun(2 * QUARTER)], "what is older than 25 h goes");
    assert_eq!(starts(given.record(&two).await), [begun(QUARTER), begun(day_and_hour + QUARTER)]);
}

pub(crate) async fn what_waits_is_in_the_record(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    given.accept(7, 0).await;
    let leased = given.claim(0).await.leased;
    assert_eq!(leased.len(), 5);
    given.answer(&leased[0], 500, 0).await;
    let waiting = given.record(&webhook).await.waiting;
    let expected =
        Waiting { count: 7, in_flight: 4, again: 0, tried: 1, most_attempts: 1, next: Some(at(0)) };
    assert_eq!(waiting, expected);
    given.finish_all(leased[1..].iter().map(|one| (one, answered(one, 200, 0))).collect(), 0).await;
    assert_eq!(given.record(&webhook).await.waiting.count, 3);
}

pub(crate) async fn records_come_in_the_order_asked_and_only_to_their_owner(store: Shared) {
    let given = Given::on(store).await;
    let (one, two) = (given.add_webhook("one").await, given.add_webhook("two").await);
    given.ring(&two, 200, 0).await;
    let ids = [two.clone(), WebhookId::from_text("WHK-NONE"), one];
    let ask = async |account| given.store.records(account, &ids, Timestamp::UNIX_EPOCH).await.unwrap();
    let records = ask(&given.account).await;
    assert_eq!(records.iter().map(|record| record.quarters.len()).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(ask(&stranger()).await, vec![Record::default(); 3]);
}

pub(crate) async fn busy_resting_and_turned_off_webhooks_are_watched(store: Shared) {
    let given = Given::on(store).await;
    let mut ids = Vec::new();
    for name in ["still", "busy", "resting", "gone", "paused"] {
        ids.push(given.add_webhook(name).await);
    }
    let [still, busy, resting, gone, paused] = &ids[..] else { unreachable!() };
    given.ring(busy, 200, 0).await;
    given.ring(resting, 429, 0).await;
    given.ring(gone, 410, 0).await;
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    given.store.change_webhook(&given.account, paused, &off, at(0)).await.unwrap();

    let watched = async |since: i64, disabled_since: i64, limit| {
        let since = quarter::start_of(at(since));
        let found = given.store.watched_webhooks(since, at(disabled_since), limit).await.unwrap();
        found.into_iter().map(|(webhook, quarters)| (webhook.id, quarters.len())).collect::<Vec<_>>()
    };
    let (busy, resting, gone) = (busy.clone(), resting.clone(), gone.clone());
    let all = vec![(busy.clone(), 1), (resting.clone(), 1), (gone.clone(), 1)];
    assert_eq!(watched(0, 0, 9).await, all, "not {still}, not {paused}");
    assert_eq!(watched(0, 0, 2).await, all[..2]);
    assert_eq!(watched(QUARTER, 0, 9).await, [(resting.clone(), 0), (gone, 0)]);
    assert_eq!(watched(QUARTER, 1, 9).await, [(resting, 0)]);
}

pub(crate) async fn the_condition_counts_the_queue_and_leaves_resting_webhooks_out_of_its_age(store: Shared) {
    let given = Given::on(store).await;
    let condition = async |millis| given.store.condition(at(millis)).await.unwrap();
    let of = |condition: Condition| {
        (condition.queued, condition.oldest_due, condition.webhooks, condition.resting)
    };
    assert_eq!(of(condition(0).await), (0, None, 0, 0));
    let (one, two) = (given.add_webhook("one").await, given.add_webhook("two").await);
    given.accept_for(&one, 1, 100).await;
    given.accept_for(&two, 1, 300).await;
    assert_eq!(of(condition(50).await), (2, None, 2, 0), "nothing is due yet");
    assert_eq!(of(condition(400).await), (2, Some(at(100)), 2, 0));

    let leased = given.claim(100).await.leased.remove(0);
    given.answer(&leased, 429, 100).await;
    given.accept_for(&one, 1, 100).await;
    assert_eq!(of(condition(400).await), (3, Some(at(300)), 2, 1), "the one that rests is apart");

    given.store.retry_delivery(&given.account, &leased.delivery.id, at(400)).await.unwrap();
    assert_eq!(of(condition(400).await), (3, Some(at(300)), 2, 0), "a rest that was ended is none");
    given.claim(400).await;
    assert_eq!(condition(400).await.queued, 3, "leased ones too");
}

pub(crate) async fn tenants_are_told_by_address_and_number_of_webhooks(store: Shared) {
    let given = Given::on(store).await;
    let accounts = given.store.condition(at(0)).await.unwrap().accounts;
    let other = AccountId::from_text("ACC-OTHER");
    add_account(&*given.store, other.clone(), "other@mail.example").await;
    assert_eq!(given.store.condition(at(0)).await.unwrap().accounts, accounts + 1);
    let webhooks =
        [given.add_webhook("one").await, given.add_webhook("two").await, given.add_webhook("three").await];
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    given.store.change_webhook(&given.account, &webhooks[1], &off, at(0)).await.unwrap();
    given.store.delete_webhook(&given.account, &webhooks[2], at(0)).await.unwrap();

    let asked = [other.clone(), AccountId::from_text("ACC-NOBODY"), given.account.clone()];
    let tenants = given.store.tenants(&asked).await.unwrap();
    let told = tenants.iter().map(|tenant| (&tenant.account, tenant.webhooks)).collect::<Vec<_>>();
    assert_eq!(
        told,
        [(&other, 0), (&given.account, 1)],
        "an unknown one is left out, and so are webhooks that are not rung"
    );
    assert_eq!(tenants[0].email, "other@mail.example");
}

pub(crate) async fn the_meter_counts_what_was_done(store: Shared) {
    let mut given = Given::on(store).await;
    given.add_webhook("one").await;
    given.add_webhook("two").await;
    given.accept(3, 0).await;
    let repeat = given.event(deskbell_core::trigger::Trigger::BookingScheduled);
    for _ in 0..2 {
        given.store.accept(vec![repeat.clone()], at(0)).await.unwrap();
    }
    let reading = given.store.meter().read();
    assert_eq!((reading.events, reading.deliveries), (4, 8), "an id that was taken is no event");

    let leased = given.claim(0).await.leased;
    let first = lasting(answered(&leased[0], 200, 250), 40);
    given.finish_all(vec![(&leased[0], first)], 300).await;
    // The others are lost.
    given.start_again(60_000).await;
    given.claim(60_000).await;
    let reading = given.store.meter().read();
    assert_eq!(reading.attempts(Outcome::Delivered), 1);
    assert_eq!(reading.attempts(Outcome::Lost), 7);
    assert_eq!((reading.attempt_time.buckets.count(), reading.attempt_time.sum_us), (1, 40_000));
    assert_eq!(reading.first_attempt_wait.buckets.0[bucket(250_000)], 1, "from acceptance to start");
}

fn done(start: i64, accepted: u64, attempts: &[(Outcome, u64)], waited: Option<u64>) -> Throughput {
    let oldest_due = waited.map(Duration::from_secs);
    let mut span = Throughput { accepted, oldest_due, ..Throughput::new(from_millis(start)) };
    for (outcome, many) in attempts {
        span.count(*outcome, *many);
        (0..*many).for_each(|_| span.latencies.note(100 << many));
    }
    span
}

/// What processes did is kept beyond each of them, and adds up by time.
pub(crate) async fn what_processes_did_adds_up_by_the_span(store: Shared) {
    let add = async |more: Throughput| store.add_throughput(&more).await.unwrap();
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    let (quarter, hour) = (QUARTER, 4 * QUARTER);
    let all = async |since, span| store.throughput(from_millis(since), span).await.unwrap();
    assert_eq!(all(0, hours(1)).await, []);
    add(done(hour, 3, &[(Outcome::Delivered, 2), (Outcome::Lost, 1)], Some(9))).await;
    add(done(hour, 4, &[(Outcome::HttpStatus, 5), (Outcome::Delivered, 2)], Some(7))).await;
    add(done(hour + 3 * quarter, 1, &[(Outcome::Delivered, 1)], None)).await;
    add(done(3 * hour, 0, &[], None)).await;
    let mut first = done(hour, 3, &[(Outcome::Delivered, 2), (Outcome::Lost, 1)], Some(9));
    first.add(&done(hour, 4, &[(Outcome::HttpStatus, 5), (Outcome::Delivered, 2)], None));
    let (second, idle) =
        (done(hour + 3 * quarter, 1, &[(Outcome::Delivered, 1)], None), done(3 * hour, 0, &[], None));
    assert_eq!(all(0, Duration::from_secs(900)).await, [first.clone(), second.clone(), idle.clone()]);
    let mut whole = first.clone();
    whole.add(&second);
    assert_eq!(
        all(0, hours(1)).await,
        [whole.clone(), idle.clone()],
        "a span in which nothing was done is there"
    );
    assert_eq!(
        all(hour + quarter, hours(1)).await,
        [Throughput { start: from_millis(hour), ..second }, idle.clone()]
    );
    whole.add(&idle);
    whole.start = from_millis(0);
    assert_eq!(all(0, hours(12)).await, [whole]);
    assert_eq!(all(4 * hour, hours(1)).await, []);

    // Rows of more than a week ago go, a bounded number at a time.
    let later = 3 * hour + 9 * 24 * hour;
    add(done(later, 1, &[], None)).await;
    assert_eq!(all(0, hours(1)).await, [done(later, 1, &[], None)]);
}
