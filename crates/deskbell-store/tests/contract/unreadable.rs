//! Rows that cannot be read: each stops nothing but itself. What befalls them is done to SQLite's files, beside the store.

mod postgres;

use crate::given::{Given, Opened, Taken, answered, at, finished, first, rules, sqlite, stranger, unspent};
use crate::{account, booking, conversation, inbox, sandbox, share};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{Leased, Status};
use deskbell_core::event::Event;
use deskbell_core::sandbox::ObjectKind;
use deskbell_core::store::{
    Accepted, AttemptFilter, BookingFilter, Claim, ConversationFilter, Cursor, DeliveryFilter, Error,
    EventFilter, Listing, ObjectFilter, Page, Recorded, SetBack, WebhookSaved,
};
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::WebhookChange;
use rusqlite::Connection;
use std::collections::HashSet;
use std::time::Duration;

const ALL: u64 = u64::MAX;
const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

async fn given() -> (Given, Opened, [Connection; 2]) {
    let (store, opened) = sqlite().await;
    let files = opened.files();
    (Given::on(store).await, opened, files)
}

/// Every event of ours; brings them into the tables.
async fn events(given: &Given) -> Vec<Event> {
    given.store.events(&given.account, &EventFilter::default(), &first(100)).await.unwrap().items
}

/// The places of all events, oldest first.
fn places(conn: &Connection) -> Vec<i64> {
    let mut select = conn.prepare("SELECT place FROM events ORDER BY place").unwrap();
    select.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// Changes exactly so many rows.
fn befall(conn: &Connection, rows: usize, statement: &str) {
    assert_eq!(conn.execute(statement, []).unwrap(), rows, "{statement}");
}

fn ids(leased: &[Leased]) -> HashSet<&str> {
    leased.iter().map(|one| one.delivery.event.as_str()).collect()
}

/// What can befall the event at a place, or its delivery.
const FAULTS: [&str; 7] = [
    "UPDATE events SET trigger = 99 WHERE place = ?1",
    "UPDATE events SET id = x'00' WHERE place = ?1",
    "UPDATE events SET subject = CAST(x'ff' AS TEXT) WHERE place = ?1",
    "UPDATE events SET body = x'09' WHERE place = ?1",
    "DELETE FROM events WHERE place = ?1",
    "UPDATE deliveries SET status = 99 WHERE event = ?1",
    "UPDATE deliveries SET attempts = -1 WHERE event = ?1",
];

#[tokio::test]
async fn a_claim_sets_aside_whatever_cannot_be_read_and_hands_out_the_others() {
    let (given, _opened, [conn, _]) = given().await;
    given.add_webhook("one").await;
    let accepted = given.accept(FAULTS.len() + 2, 0).await;
    events(&given).await;
    for (place, fault) in places(&conn).iter().zip(FAULTS) {
        assert_eq!(conn.execute(fault, [place]).unwrap(), 1, "{fault}");
    }
    let claimed = given.claim(0).await;
    let whole: HashSet<_> = accepted[FAULTS.len()..].iter().map(|id| id.as_str()).collect();
    assert_eq!(ids(&claimed.leased), whole);
    assert_eq!(given.store.meter().read().set_aside, FAULTS.len() as u64);
    // Nothing of it is looked at again.
    let again = given.claim(1_000).await;
    assert!(again.leased.is_empty() && !again.left);
    assert_eq!(again.next_due, None);
    let aside = "SELECT count(*) FROM deliveries WHERE due IS NULL AND leased = 0";
    let aside: i64 = conn.query_row(aside, [], |row| row.get(0)).unwrap();
    assert_eq!(aside, FAULTS.len() as i64);
    // What can be read again, by a release that knows it, says what became of it; a hand can send it.
    befall(&conn, 1, "UPDATE events SET trigger = 0 WHERE trigger = 99");
    let filter = DeliveryFilter { status: Some(Status::Quarantined), ..DeliveryFilter::default() };
    let told = given.store.deliveries(&given.account, &filter, &first(9)).await.unwrap().items;
    assert!(told.iter().any(|one| one.event == accepted[0] && one.settled == Some(at(0))), "{told:?}");
}

/// The clock was an hour ahead, and is put right.
#[tokio::test]
async fn what_cannot_be_read_keeps_nothing_from_following_a_clock_that_is_set_back() {
    let (given, _opened, [conn, _]) = given().await;
    let odd = given.add_webhook("odd").await;
    given.add_webhook("one").await;
    given.accept(3, HOUR).await;
    let resting = given.take(Claim { limit: 1, ..given.asking(HOUR) }).await.leased.remove(0);
    assert_eq!(resting.webhook.id, odd);
    given.answer(&resting, 429, HOUR).await;
    events(&given).await;
    befall(&conn, 1, "UPDATE webhooks SET status = 'paused' WHERE name = 'odd'");
    let place = places(&conn)[0];
    befall(&conn, 2, &format!("UPDATE deliveries SET status = 99 WHERE event = {place}"));
    let mut next = Some(SetBack {
        by: Duration::from_secs(3_600),
        earlier: Duration::ZERO,
        now: at(0),
        limit: 2,
        behind: None,
    });
    while let Some(back) = next {
        next = given.store.set_back(back, &rules()).await.unwrap();
    }
    let due = "SELECT count(*) FROM deliveries d JOIN webhooks w ON w.seq = d.webhook WHERE w.name = 'one' AND d.due = ?1";
    let due: i64 = conn.query_row(due, [deskbell_core::time::millis(at(0))], |row| row.get(0)).unwrap();
    assert_eq!(due, 2, "the webhook's others are due");
}

#[tokio::test]
async fn a_webhook_that_cannot_be_read_is_put_off_and_the_others_are_rung() {
    let (given, opened, [conn, _]) = given().await;
    for name in ["odd", "gone", "nobodys", "whole"] {
        given.add_webhook(name).await;
    }
    given.accept(1, 0).await;
    events(&given).await;
    befall(&conn, 1, "UPDATE webhooks SET status = 'paused' WHERE name = 'odd'");
    befall(&conn, 1, "DELETE FROM webhooks WHERE name = 'gone'");
    befall(&conn, 1, "UPDATE webhooks SET account = 'ACC-NOBODY' WHERE name = 'nobodys'");
    let claimed = given.claim(0).await;
    assert_eq!(claimed.leased.len(), 1);
    assert_eq!(claimed.leased[0].webhook.name, "whole");
    assert!(!claimed.left);
    // An account goes on with the webhooks that can be read.
    let verdict = given.store.accept(vec![given.event(Trigger::BookingScheduled)], at(0)).await.unwrap();
    assert_eq!(verdict, [Accepted::New { deliveries: 1 }]);
    assert!(matches!(given.answer(&claimed.leased[0], 200, 1).await, Recorded::Recorded { .. }));
    let listed = given.store.webhooks(&given.account, &first(9)).await.unwrap().items;
    assert_eq!(listed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["whole"]);
    let watched = given.store.watched_webhooks(at(-HOUR), at(0), 9).await.unwrap();
    assert_eq!(watched.len(), 1);
    // After an hour it is looked at again; nothing of it was lost.
    assert_eq!(given.claim(HOUR - 1).await.leased.len(), 1, "the second event of the whole one");
    befall(&conn, 1, "UPDATE webhooks SET status = 'enabled' WHERE name = 'odd'");
    let names = |taken: Taken| -> HashSet<String> {
        taken.leased.into_iter().map(|leased| leased.webhook.name.clone()).collect()
    };
    assert!(names(given.claim(2 * HOUR).await).contains("odd"));
    // A start does without them too, though the redo log names one.
    given.accept(1, 2 * HOUR).await;
    befall(&conn, 1, "UPDATE webhooks SET status = 'paused' WHERE name = 'odd'");
    let (after, _place) = opened.crash();
    assert_eq!(after.webhooks(&given.account, &first(9)).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_trigger_of_a_newer_release_rings_nothing_and_outlives_a_change() {
    let (given, _opened, [conn, _]) = given().await;
    let webhook = given.add_webhook("one").await;
    let names = r#"["booking.scheduled","booking.teleported"]"#;
    conn.execute("UPDATE webhooks SET events = ?1", [names]).unwrap();
    let verdict = given.store.accept(vec![given.event(Trigger::BookingScheduled)], at(0)).await.unwrap();
    assert_eq!(verdict, [Accepted::New { deliveries: 1 }]);
    let change = WebhookChange { name: Some("two".into()), ..WebhookChange::default() };
    let changed = given.store.change_webhook(&given.account, &webhook, &change, at(1)).await.unwrap();
    assert!(matches!(changed, WebhookSaved::Saved(_)));
    let kept: String = conn.query_row("SELECT events FROM webhooks", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, names);
}

#[tokio::test]
async fn of_many_attempts_those_of_unreadable_deliveries_alone_are_not_recorded() {
    let (given, _opened, [conn, _]) = given().await;
    given.add_webhook("one").await;
    given.accept(4, 0).await;
    let leased = given.claim(0).await.leased;
    // A read brings the tables up to date.
    events(&given).await;
    let bad = places(&conn)[0];
    conn.execute("UPDATE deliveries SET status = 99 WHERE event = ?1", [bad]).unwrap();
    let ends = leased[..3].iter().map(|leased| finished(leased, answered(leased, 200, 1))).collect();
    let verdicts = given.store.finish(ends, &rules(), at(1)).await.unwrap();
    assert_eq!(verdicts.len(), 3);
    for (leased, verdict) in leased.iter().zip(&verdicts) {
        assert_eq!(*verdict == Recorded::Stale, leased.place == bad, "{verdict:?}");
    }
    let held = "SELECT leased, due FROM deliveries WHERE event = ?1";
    let held: (i64, Option<i64>) = conn.query_row(held, [bad], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(held, (0, None), "it is set aside: nobody holds it for ever");
    given.store.release(leased.iter().map(unspent).collect(), at(1)).await.unwrap();
    assert_eq!(given.claim(2).await.leased.len(), 1, "the one that was given back");
}

#[tokio::test]
async fn an_id_that_cannot_be_read_keeps_no_event_from_being_accepted() {
    let (given, _opened, [conn, _]) = given().await;
    given.accept(1, 0).await;
    events(&given).await;
    befall(&conn, 1, "UPDATE events SET id = x'00'");
    // It settles: another process wrote.
    given.add_webhook("one").await;
    assert_eq!(given.accept(2, 1).await.len(), 2);
    assert_eq!(given.claim(1).await.leased.len(), 2);
}

#[tokio::test]
async fn a_revision_that_cannot_be_read_hides_no_other() {
    let (given, _opened, [conn, _]) = given().await;
    let webhook = given.add_webhook("one").await;
    let change = async |name: &str, millis| {
        let change = WebhookChange { name: Some(name.into()), ..WebhookChange::default() };
        given.store.change_webhook(&given.account, &webhook, &change, at(millis)).await.unwrap();
    };
    change("two", 1).await;
    befall(&conn, 1, "UPDATE history SET changes = replace(changes, 'name', 'colour')");
    change("three", 2).await;
    let told = given.store.history(&given.account, &webhook).await.unwrap();
    assert_eq!(told.iter().map(|revision| revision.at).collect::<Vec<_>>(), [at(2)]);
}

#[tokio::test]
async fn a_sum_that_cannot_be_read_keeps_no_attempt_from_being_recorded() {
    let (given, _opened, [conn, _]) = given().await;
    let webhook = given.add_webhook("one").await;
    given.accept(3, 0).await;
    let leased = given.claim(0).await.leased;
    given.answer(&leased[0], 200, 1).await;
    assert_eq!(given.attempts(&leased[0]).await.len(), 1);
    befall(&conn, 1, "UPDATE quarters SET latencies = x'ff'");
    let quarters = async || {
        let records = given.store.records(&given.account, std::slice::from_ref(&webhook), at(-HOUR)).await;
        records.unwrap().remove(0).quarters
    };
    assert!(quarters().await.is_empty(), "what cannot be read is not counted");
    for leased in &leased[1..] {
        assert!(matches!(given.answer(leased, 200, 2).await, Recorded::Recorded { .. }));
        assert_eq!(given.attempts(leased).await.len(), 1);
    }
    assert_eq!(quarters().await[0].delivered, 2, "it begins anew");
}

#[tokio::test]
async fn every_list_leaves_out_what_cannot_be_read() {
    let (given, _opened, [main, tester]) = given().await;
    let (store, ours) = (&given.store, &given.account);
    given.add_webhook("one").await;
    given.accept(3, 0).await;
    for leased in given.claim(0).await.leased {
        given.finish(&leased, Outcome::HeadTimeout, 1).await;
    }
    let inboxes = [inbox::add(&given).await, inbox::add(&given).await];
    for millis in 0..3 {
        inbox::capture(&given, &inboxes[0], millis).await;
        share::add(&given).await;
        booking::save(&given, &booking::booking(&given, millis * 60)).await;
        let talk = conversation::conversation(&given, u8::try_from(millis).unwrap(), 1, 0);
        conversation::begin(&given, &talk).await;
        sandbox::add(&given, sandbox::user(&given, &millis.to_string())).await;
        let key = account::key(&given, "k");
        store.create_key(deskbell_core::account::ApiKey { account: ours.clone(), ..key }, 9).await.unwrap();
    }
    let all = first(100);
    let counts = async || {
        let attempts = store.attempts(ours, &AttemptFilter::default(), &all).await.unwrap().items.len();
        let listed = store.deliveries(ours, &DeliveryFilter::default(), &all).await.unwrap().items;
        let ids: Vec<_> = listed.iter().map(|one| one.id.clone()).collect();
        let made: usize = store.attempts_of(ours, &ids, 9).await.unwrap().iter().map(Vec::len).sum();
        let sandbox = store.sandbox(ours).await.unwrap().unwrap();
        let events = events(&given).await;
        let wanted: Vec<_> = events.iter().map(|event| event.id.clone()).collect();
        [
            events.len(),
            store.events_of(ours, &wanted).await.unwrap().len(),
            listed.len(),
            attempts,
            made,
            store.bookings(ours, &BookingFilter::default(), &all).await.unwrap().items.len(),
            store.conversations(ours, &ConversationFilter::default(), &all).await.unwrap().items.len(),
            store.objects(ours, ObjectKind::User, &ObjectFilter::All, &all).await.unwrap().items.len(),
            sandbox.users.len(),
            store.keys(ours).await.unwrap().len(),
            store.accounts().await.unwrap().len(),
            store.shares(ours, &all).await.unwrap().items.len(),
            store.captures(ours, &inboxes[0].id, &all).await.unwrap().unwrap().items.len(),
            store.inboxes(ours, &all).await.unwrap().items.len(),
        ]
    };
    // Events and deliveries: three that were published, and three of bookings and of conversations each.
    assert_eq!(counts().await, [9, 9, 9, 3, 3, 3, 3, 3, 3, 3, 2, 3, 3, 2]);
    befall(&main, 1, "UPDATE deliveries SET status = 99 WHERE event = (SELECT max(event) FROM deliveries)");
    befall(&main, 1, "UPDATE attempts SET record = x'09' WHERE place = (SELECT max(place) FROM attempts)");
    befall(
        &main,
        1,
        "UPDATE bookings SET document = replace(document, 'scheduled', 'hovering') WHERE seq = 1",
    );
    befall(
        &main,
        1,
        "UPDATE conversations SET document = replace(document, 'started', 'hummed') WHERE seq = 1",
    );
    befall(&main, 1, "UPDATE sandbox SET document = '{' WHERE seq = (SELECT max(seq) FROM sandbox)");
    befall(&main, 1, "UPDATE keys SET hash = x'00' WHERE seq = 1");
    let unreadable = "UPDATE accounts SET email = CAST(x'ff' AS TEXT) WHERE id = 'ACC-THEIRS'";
    befall(&main, 1, unreadable);
    befall(&tester, 1, "UPDATE shares SET hash = x'00' WHERE seq = 1");
    befall(&tester, 1, "UPDATE captures SET headers = x'09' WHERE seq = 1");
    befall(&tester, 1, "UPDATE inboxes SET script = '{' WHERE seq = 2");
    assert_eq!(counts().await, [9, 9, 8, 2, 2, 2, 2, 2, 2, 2, 1, 2, 2, 1]);
    befall(&main, 1, "UPDATE events SET trigger = 99 WHERE place = (SELECT min(place) FROM events)");
    assert_eq!(counts().await, [8, 8, 7, 2, 1, 2, 2, 2, 2, 2, 1, 2, 2, 1]);
    // Who asks for that very row is told.
    let asked = store.account(&stranger()).await;
    assert!(matches!(asked, Err(Error::Damaged(_))), "{asked:?}");
    // A style of a newer release keeps nobody out.
    befall(&main, 1, "UPDATE accounts SET payload_style = 'holographic' WHERE id = 'ACC-OURS'");
    assert!(store.account(ours).await.unwrap().is_some());
}

#[tokio::test]
async fn the_feed_goes_on_behind_what_cannot_be_read() {
    let (given, _opened, [main, tester]) = given().await;
    let (store, ours) = (&given.store, &given.account);
    given.add_webhook("one").await;
    given.accept(5, 0).await;
    for leased in given.claim(0).await.leased {
        given.finish(&leased, Outcome::HeadTimeout, 1).await;
    }
    let inbox = inbox::add(&given).await;
    for millis in 0..5 {
        inbox::capture(&given, &inbox, millis).await;
    }
    let feed = async |after: [u64; 3], limit| {
        let events = store.events_between(ours, after[0], ALL, limit).await.unwrap();
        let attempts = store.attempts_between(ours, after[1], ALL, limit).await.unwrap();
        let captures = store.captures_between(ours, after[2], ALL, limit).await.unwrap();
        [
            events.iter().map(|news| news.seq).collect::<Vec<_>>(),
            attempts.iter().map(|news| news.seq).collect(),
            captures.iter().map(|news| news.seq).collect(),
        ]
    };
    let all = feed([0; 3], 100).await;
    assert!(all.iter().all(|kind| kind.len() == 5));
    // The first two of each kind; of the attempts one by its delivery.
    befall(
        &main,
        2,
        "UPDATE events SET trigger = 99 WHERE place IN (SELECT place FROM events ORDER BY 1 LIMIT 2)",
    );
    befall(&main, 1, "UPDATE attempts SET outcome = 99 WHERE place = (SELECT min(place) FROM attempts)");
    befall(&tester, 2, "UPDATE captures SET headers = x'09' WHERE seq < 3");
    let second = "SELECT event FROM attempts ORDER BY place LIMIT 1 OFFSET 1";
    let of_second = places(&main)
        .iter()
        .position(|place| *place == main.query_row(second, [], |row| row.get::<_, i64>(0)).unwrap());
    assert!(of_second.is_some_and(|at| at < 2), "attempts are made in the order of the events");
    let rest: Vec<_> = all.iter().map(|kind| kind[2..].to_vec()).collect();
    assert_eq!(feed([0; 3], 100).await.to_vec(), rest);
    // A page is as full as if they were not there: one that is not means that nothing follows.
    let page: Vec<_> = all.iter().map(|kind| kind[2..4].to_vec()).collect();
    assert_eq!(feed([0; 3], 2).await.to_vec(), page);
    let behind = [all[0][3], all[1][3], all[2][3]];
    assert_eq!(feed(behind, 2).await.to_vec(), all.iter().map(|kind| kind[4..].to_vec()).collect::<Vec<_>>());
    // One delivery of an event does not hide it.
    befall(&main, 1, "UPDATE deliveries SET status = 99 WHERE event = (SELECT max(event) FROM deliveries)");
    let last = store.events_between(ours, behind[0], ALL, 2).await.unwrap();
    assert!(last.len() == 1 && last[0].deliveries.is_empty());
}

#[tokio::test]
async fn sweeps_put_off_what_cannot_be_read_for_an_hour() {
    let (given, _opened, [conn, _]) = given().await;
    let store = &given.store;
    for n in 0..4 {
        booking::save(&given, &booking::booking(&given, n * 60)).await;
        let talk = conversation::conversation(&given, u8::try_from(n).unwrap(), 1, n);
        conversation::begin(&given, &talk).await;
    }
    befall(&conn, 2, "UPDATE bookings SET document = '{' WHERE seq < 3");
    befall(&conn, 2, "UPDATE conversations SET document = '{' WHERE seq < 3");
    let now = 10 * HOUR;
    let swept = async |millis, limit| {
        let ended = store.ended_bookings(at(millis), limit).await.unwrap();
        let silent = store.silent_conversations(at(millis), limit).await.unwrap();
        (ended.bookings.len(), ended.next, silent.len())
    };
    assert_eq!(swept(now, 1).await, (1, None, 1), "they take no other's place");
    assert_eq!(swept(now + MINUTE, 9).await, (2, Some(at(now + HOUR)), 2));
    conn.execute("UPDATE bookings SET document = (SELECT document FROM bookings WHERE seq = 3)", []).unwrap();
    conn.execute(
        "UPDATE conversations SET document = (SELECT document FROM conversations WHERE seq = 3)",
        [],
    )
    .unwrap();
    assert_eq!(swept(now + HOUR + 1, 9).await, (4, None, 4), "looked at again");
}

/// The ids of every page of a list.
async fn pages<T>(
    read: impl AsyncFn(Page) -> deskbell_core::store::Result<Listing<T>>,
    id: impl Fn(&T) -> String,
) -> (HashSet<String>, usize) {
    let (mut seen, mut pages, mut cursor) = (HashSet::new(), 0, None);
    loop {
        let page = read(Page { limit: 100, cursor }).await.unwrap();
        pages += 1;
        let more = page.older || page.stopped.is_some();
        let last = page.stopped.or_else(|| page.items.last().map(&id));
        seen.extend(page.items.iter().map(&id));
        match last.filter(|_| more) {
            Some(last) => cursor = Some(Cursor::After(last)),
            None => return (seen, pages),
        }
    }
}

#[tokio::test]
async fn a_thousand_unreadable_rows_among_three_thousand_cost_no_more_than_themselves() {
    let (given, opened, [conn, _]) = given().await;
    given.add_webhook("one").await;
    given.add_webhook("other").await;
    for _ in 0..3 {
        given.accept(1_000, 0).await;
    }
    events(&given).await;
    let cost = async |given: &Given| {
        let before = opened.store.steps().await.unwrap();
        let leased = given.claim(0).await.leased.len();
        (leased, opened.store.steps().await.unwrap() - before)
    };
    let (leased, steps) = cost(&given).await;
    assert_eq!(leased, 10);
    // Of one webhook, those that are due first.
    let bad = "UPDATE deliveries SET status = 99 WHERE leased = 0 AND due IS NOT NULL AND webhook = 1
               AND event IN (SELECT event FROM deliveries WHERE webhook = 1 AND due IS NOT NULL AND leased = 0
                             ORDER BY event LIMIT 1000)";
    befall(&conn, 1_000, bad);
    let (mut claims, mut others) = (0, 0);
    while given.store.meter().read().set_aside < 1_000 {
        let (leased, worse) = cost(&given).await;
        assert!(leased >= 5, "the other webhook has its turn in each claim: {leased}");
        assert!(worse < 20 * steps, "a claim is bounded: {worse} steps beside {steps}");
        (claims, others) = (claims + 1, others + leased);
    }
    assert!((20..40).contains(&claims), "{claims} claims, {others} others");
    let (leased, after) = cost(&given).await;
    assert!(leased == 10 && after < 2 * steps, "and over: {after} beside {steps}");

    befall(
        &conn,
        1_000,
        "UPDATE events SET trigger = 99 WHERE place IN (SELECT place FROM events LIMIT 1000)",
    );
    let read = async |page| given.store.events(&given.account, &EventFilter::default(), &page).await;
    let (seen, read) = pages(read, |event| event.id.to_string()).await;
    assert!(seen.len() == 2_000 && read <= 21, "{} in {read} pages", seen.len());
    let read = async |page| given.store.deliveries(&given.account, &DeliveryFilter::default(), &page).await;
    // Of the first event's deliveries five were in hands before their rows were befallen: their events are now.
    let (seen, read) = pages(read, |delivery| delivery.id.to_string()).await;
    assert!(seen.len() == 3_995 && read <= 41, "{} in {read} pages", seen.len());
}
