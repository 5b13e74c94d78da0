//! One-time links, and the booking that spends one.

use crate::booking::{booking, save};
use crate::given::{Given, Shared, at};
use deskbell_core::booking::{Booking, BookingSaved};
use deskbell_core::id::{AccountId, CalendarId, OneTimeLinkId};
use deskbell_core::one_time_link::{Brought, OneTimeLink, Target};
use deskbell_core::policy::limit::ONE_TIME_LINK_LIFE;
use deskbell_core::store::ObjectAdded;
use std::sync::Arc;

fn life() -> i64 {
    i64::try_from(ONE_TIME_LINK_LIFE.as_millis()).unwrap()
}

pub(crate) fn link(given: &Given, created: i64) -> OneTimeLink {
    OneTimeLink {
        id: OneTimeLinkId::new(&given.random),
        account: given.account.clone(),
        created: at(created),
        target: Target::Calendar(CalendarId::from_text("BKC-1")),
        brings: Brought { duration_minutes: Some(30), ..Brought::default() },
        spent: false,
    }
}

pub(crate) async fn add(given: &Given, link: &OneTimeLink, max: u32) -> ObjectAdded {
    given.store.add_one_time_link(link.clone(), max).await.unwrap()
}

async fn read(given: &Given, link: &OneTimeLink) -> Option<OneTimeLink> {
    given.store.one_time_link(&link.id).await.unwrap()
}

/// A booking with the link, at `minute`.
pub(crate) fn with(given: &Given, link: &OneTimeLink, minute: i64) -> Booking {
    Booking { one_time_link: Some(link.id.clone()), ..booking(given, minute) }
}

pub(crate) async fn a_link_reads_back_and_its_id_is_taken_once(store: Shared) {
    let given = Given::on(store).await;
    let made = link(&given, 1);
    assert_eq!(add(&given, &made, 9).await, ObjectAdded::Added);
    assert_eq!(read(&given, &made).await, Some(made.clone()));
    assert_eq!(read(&given, &link(&given, 1)).await, None);
    let theirs = OneTimeLink { account: AccountId::from_text("ACC-9"), ..made.clone() };
    assert_eq!(add(&given, &theirs, 9).await, ObjectAdded::IdTaken);
    assert_eq!(read(&given, &made).await, Some(made));
}

pub(crate) async fn of_two_bookings_at_once_one_spends_it(store: Shared) {
    let given = Given::on(store).await;
    let made = link(&given, 0);
    add(&given, &made, 9).await;
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let (store, booking) = (Arc::clone(&given.store), with(&given, &made, n * 60));
            let change = crate::booking::change(&booking, crate::booking::event(&given));
            tokio::spawn(async move { store.save_bookings(vec![change], at(5)).await.unwrap() })
        })
        .collect();
    let mut saved = 0;
    for call in calls {
        match call.await.unwrap() {
            BookingSaved::Saved => saved += 1,
            verdict => assert_eq!(verdict, BookingSaved::LinkSpent),
        }
    }
    assert_eq!(saved, 1);
    assert_eq!(read(&given, &made).await, Some(OneTimeLink { spent: true, ..made }));
}

pub(crate) async fn a_booking_that_is_not_stored_spends_nothing(store: Shared) {
    let given = Given::on(store).await;
    let made = link(&given, 0);
    add(&given, &made, 9).await;
    save(&given, &booking(&given, 0)).await;
    assert_eq!(save(&given, &with(&given, &made, 10)).await, BookingSaved::SlotTaken);
    let (first, second) = (with(&given, &made, 60), booking(&given, 70));
    assert_eq!(crate::booking::save_all(&given, &[&first, &second]).await, BookingSaved::SlotTaken);
    assert_eq!(read(&given, &made).await, Some(made.clone()), "all or none");
    let booked = with(&given, &made, 60);
    assert_eq!(save(&given, &booked).await, BookingSaved::Saved);
    let changed = Booking { revision: 1, subject: "Another".into(), ..booked };
    assert_eq!(save(&given, &changed).await, BookingSaved::Saved, "it is spent by the first revision alone");
}

pub(crate) async fn one_cannot_book_with_a_strangers_link_nor_with_an_old_one(store: Shared) {
    let given = Given::on(store).await;
    let theirs = OneTimeLink { account: AccountId::from_text("ACC-9"), ..link(&given, 0) };
    let (old, young) = (link(&given, -life()), link(&given, 1 - life()));
    for made in [&theirs, &old, &young] {
        assert_eq!(add(&given, made, 9).await, ObjectAdded::Added);
    }
    let unknown = link(&given, 0);
    for link in [&theirs, &old, &unknown] {
        assert_eq!(save(&given, &with(&given, link, 0)).await, BookingSaved::LinkSpent, "A-099");
    }
    assert_eq!(read(&given, &theirs).await, Some(theirs));
    assert_eq!(save(&given, &with(&given, &young, 0)).await, BookingSaved::Saved);
}

pub(crate) async fn an_account_has_so_many_with_which_one_can_book(store: Shared) {
    let given = Given::on(store).await;
    let (old, first, second) = (link(&given, -life()), link(&given, 0), link(&given, 0));
    for made in [&old, &first, &second] {
        assert_eq!(add(&given, made, 2).await, ObjectAdded::Added, "an old one does not count");
    }
    assert_eq!(add(&given, &link(&given, 0), 2).await, ObjectAdded::TooMany);
    let theirs = OneTimeLink { account: AccountId::from_text("ACC-9"), ..link(&given, 0) };
    assert_eq!(add(&given, &theirs, 2).await, ObjectAdded::Added);
    save(&given, &with(&given, &first, 0)).await;
    assert_eq!(add(&given, &link(&given, 0), 2).await, ObjectAdded::Added, "nor does a spent one");
}

pub(crate) async fn old_links_are_swept_some_at_a_time(store: Shared) {
    let given = Given::on(store).await;
    let links = [1, 2, 3, 4].map(|created| link(&given, created));
    for made in &links {
        add(&given, made, 9).await;
    }
    assert_eq!(given.store.sweep_one_time_links(at(4), 2).await.unwrap(), 2);
    assert_eq!(given.store.sweep_one_time_links(at(4), 2).await.unwrap(), 1);
    assert_eq!(given.store.sweep_one_time_links(at(4), 2).await.unwrap(), 0);
    for (made, kept) in links.iter().zip([false, false, false, true]) {
        assert_eq!(read(&given, made).await.is_some(), kept);
    }
}
