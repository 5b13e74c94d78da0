//! Bookings.

use crate::conversation as talk;
use crate::given::{Given, Shared, at, first, pages_hold, stranger, strangers_page_holds};
use deskbell_core::booking::{
    Actor, Asked, Booking, Cancellation, Classic, FieldValue, Form, Location, MadeBy, Payment, Status,
    UtmParams,
};
use deskbell_core::event::NewEvent;
use deskbell_core::id::{BookingId, BookingPageId, CalendarId, ContactId, EventTypeId, MasterPageId, UserId};
use deskbell_core::sandbox::{ExternalCalendar, ExternalCalendarType, Provider};
use deskbell_core::store::{
    BookingChange, BookingFilter, BookingSaved, DeliveryFilter, Ended, EventFilter, Span,
};
use deskbell_core::trigger::Trigger;

const MINUTE: i64 = 60_000;

/// Half an hour from `minute`.
pub(crate) fn booking(given: &Given, minute: i64) -> Booking {
    Booking {
        id: BookingId::new(&given.random),
        account: given.account.clone(),
        calendar: CalendarId::from_text("BKC-1"),
        owner: UserId::from_text("USR-1"),
        owner_email: "mira@host.example".into(),
        contact: Some(ContactId::from_text("CTC-1")),
        conversation: None,
        subject: "Introduction".into(),
        status: Status::Scheduled,
        created: at(0),
        updated: at(0),
        starts: at(minute * MINUTE),
        duration_minutes: 30,
        guest_time_zone: "Europe/Berlin".into(),
        location: Location::Virtual {
            join_url: Some("https://join.example/1".into()),
            provider: Some(Provider::Zoom),
        },
        cancellation: None,
        asked: Asked::Meeting,
        replaces: Some(BookingId::from_text("BKNG-0")),
        rebookable: false,
        form: Form {
            name: "Noor Haddad".into(),
            email: Some("noor@guest.example".into()),
            guests: vec!["bo@guest.example".into()],
            custom_fields: vec![
                ("one".into(), FieldValue::One("1".into())),
                ("many".into(), FieldValue::Many(vec![])),
            ],
            ..Form::default()
        },
        classic: Classic::default(),
        one_time_link: None,
        made_by: MadeBy::Administrator,
        external_calendar: ExternalCalendar {
            kind: ExternalCalendarType::Exchange,
            name: Some("Mira".into()),
            id: None,
            event_id: Some("1".into()),
        },
        payment: Some(Payment {
            amount_charged: 4_500,
            currency: "EUR".into(),
            transaction_id: "ch_1".into(),
        }),
        utm_params: Some(UtmParams { source: Some("newsletter".into()), ..UtmParams::default() }),
        imported: None,
        revision: 0,
    }
}

pub(crate) fn event(given: &Given) -> NewEvent {
    given.event(Trigger::BookingScheduled)
}

pub(crate) async fn save(given: &Given, booking: &Booking) -> BookingSaved {
    save_all(given, &[booking]).await
}

/// Saves them in one step, each with an event.
pub(crate) async fn save_all(given: &Given, bookings: &[&Booking]) -> BookingSaved {
    let changes = bookings.iter().map(|booking| change(booking, event(given))).collect();
    given.store.save_bookings(changes, at(0)).await.unwrap()
}

pub(crate) fn change(booking: &Booking, event: NewEvent) -> BookingChange {
    BookingChange { booking: booking.clone(), event: Some(event), conversation: None }
}

async fn read(given: &Given, booking: &Booking) -> Option<Booking> {
    given.store.booking(&given.account, &booking.id).await.unwrap()
}

async fn events(given: &Given) -> usize {
    given.store.events(&given.account, &EventFilter::default(), &first(100)).await.unwrap().items.len()
}

fn canceled(booking: &Booking) -> Booking {
    let cancellation = Some(Cancellation { reason: None, by: Actor::User(booking.owner.clone()) });
    Booking { status: Status::Canceled, cancellation, revision: booking.revision + 1, ..booking.clone() }
}

pub(crate) async fn a_booking_and_its_event_are_one_step(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let (booking, event) = (booking(&given, 0), event(&given));
    let verdict = given.store.save_bookings(vec![change(&booking, event.clone())], at(7)).await.unwrap();
    assert_eq!(verdict, BookingSaved::Saved);
    assert_eq!(read(&given, &booking).await, Some(booking.clone()));
    assert_eq!(given.store.event(&given.account, &event.event.id).await.unwrap(), Some(event.event));
    let deliveries = given.store.deliveries(&given.account, &DeliveryFilter::default(), &first(9)).await;
    assert_eq!(deliveries.unwrap().items[0].due, Some(at(7)));
    assert_eq!(save(&given, &booking).await, BookingSaved::IdTaken);
    assert_eq!(given.store.booking(&given.account, &BookingId::from_text("BKNG-1")).await.unwrap(), None);
}

/// What is refused rings nobody; the event of what is stored is handed over as if it had been accepted alone.
pub(crate) async fn a_bookings_event_goes_into_the_machines_hands(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    given.add_webhook("one").await;
    let (first, told) = (booking(&given, 0), event(&given));
    let saved = given.store.save_bookings(vec![change(&first, told.clone())], at(7)).await.unwrap();
    assert_eq!(saved, BookingSaved::Saved);
    assert_eq!(machine.hand_one().await.body, told.event.body);
    let other = booking(&given, 60);
    assert_eq!(save_all(&given, &[&other, &booking(&given, 10)]).await, BookingSaved::SlotTaken);
    assert_eq!(save(&given, &Booking { revision: 3, ..first.clone() }).await, BookingSaved::Changed);
    let (canceled, told) = (canceled(&first), [event(&given), event(&given)]);
    let [ends, begins] = told.clone();
    let changes = vec![change(&canceled, ends), change(&other, begins)];
    assert_eq!(given.store.save_bookings(changes, at(8)).await.unwrap(), BookingSaved::Saved);
    for (handed, told) in machine.hand(2).await.iter().zip(&told) {
        assert_eq!(handed.leased.delivery.event, told.event.id, "in the order of the changes");
    }
}

pub(crate) async fn a_slot_is_booked_once_in_a_race(store: Shared) {
    let given = Given::on(store).await;
    let calls: Vec<_> = (0..100)
        .map(|n| {
            let (store, booking) = (given.store.clone(), booking(&given, n % 5));
            let changes = vec![change(&booking, event(&given))];
            tokio::spawn(async move { store.save_bookings(changes, at(0)).await.unwrap() })
        })
        .collect();
    let (mut saved, mut taken) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            BookingSaved::Saved => saved += 1,
            BookingSaved::SlotTaken => taken += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((saved, taken), (1, 99));
    assert_eq!(events(&given).await, 1, "only the one that was stored rings");
}

pub(crate) async fn overlaps_are_judged_among_active_ones_of_the_host(store: Shared) {
    let given = Given::on(store).await;
    let first = booking(&given, 0);
    assert_eq!(save(&given, &first).await, BookingSaved::Saved);
    for minute in [-29, 0, 29] {
        assert_eq!(save(&given, &booking(&given, minute)).await, BookingSaved::SlotTaken, "{minute}");
    }
    assert_eq!(events(&given).await, 1);
    for minute in [-30, 30] {
        assert_eq!(save(&given, &booking(&given, minute)).await, BookingSaved::Saved, "{minute}");
    }
    let other_host = Booking { owner: UserId::from_text("USR-2"), ..booking(&given, 0) };
    assert_eq!(save(&given, &other_host).await, BookingSaved::Saved);
    let theirs = Booking { account: stranger(), ..booking(&given, 0) };
    assert_eq!(save(&given, &theirs).await, BookingSaved::Saved);

    assert_eq!(save(&given, &canceled(&first)).await, BookingSaved::Saved);
    assert_eq!(save(&given, &booking(&given, 0)).await, BookingSaved::Saved, "the time is free again");
}

pub(crate) async fn a_change_needs_the_revision_before(store: Shared) {
    let given = Given::on(store).await;
    let first = booking(&given, 0);
    assert_eq!(save(&given, &Booking { revision: 1, ..first.clone() }).await, BookingSaved::Changed);
    save(&given, &first).await;
    for revision in [2, 3] {
        assert_eq!(save(&given, &Booking { revision, ..first.clone() }).await, BookingSaved::Changed);
    }
    let theirs = Booking { account: stranger(), revision: 1, ..first.clone() };
    assert_eq!(save(&given, &theirs).await, BookingSaved::Changed, "A-099");
    let moved = Booking { starts: at(10 * MINUTE), revision: 1, ..first.clone() };
    assert_eq!(save(&given, &moved).await, BookingSaved::Saved, "it may overlap what it was");
    assert_eq!(save(&given, &Booking { revision: 1, ..first }).await, BookingSaved::Changed);
    assert_eq!(read(&given, &moved).await, Some(moved));
    assert_eq!(events(&given).await, 2);
}

pub(crate) async fn a_taken_event_id_keeps_the_booking_out(store: Shared) {
    let given = Given::on(store).await;
    let event = event(&given);
    let (first, second) = (booking(&given, 0), booking(&given, 60));
    let save = async |booking: &Booking| {
        given.store.save_bookings(vec![change(booking, event.clone())], at(0)).await.unwrap()
    };
    assert_eq!(save(&first).await, BookingSaved::Saved);
    assert_eq!(save(&second).await, BookingSaved::IdTaken);
    assert_eq!(save(&canceled(&first)).await, BookingSaved::IdTaken);
    assert_eq!(read(&given, &second).await, None);
    assert_eq!(read(&given, &first).await, Some(first));
    assert_eq!(self::save(&given, &second).await, BookingSaved::Saved, "with a fresh event it goes");
}

pub(crate) async fn taken_times_are_those_that_overlap(store: Shared) {
    let given = Given::on(store).await;
    for minute in [60, 0, 120] {
        save(&given, &booking(&given, minute)).await;
    }
    let gone = booking(&given, 180);
    save(&given, &gone).await;
    save(&given, &canceled(&gone)).await;
    let taken = async |from: i64, to: i64| {
        let (from, to) = (at(from * MINUTE), at(to * MINUTE));
        let host = UserId::from_text("USR-1");
        given.store.taken(&given.account, &host, from, to).await.unwrap()
    };
    let span = |minute: i64| (at(minute * MINUTE), at((minute + 30) * MINUTE));
    assert_eq!(taken(-100, 1000).await, [span(0), span(60), span(120)]);
    assert_eq!(taken(30, 60).await, []);
    assert_eq!(taken(29, 61).await, [span(0), span(60)]);
    assert_eq!(taken(70, 80).await, [span(60)]);
    let theirs = given.store.taken(&stranger(), &UserId::from_text("USR-1"), at(0), at(MINUTE)).await;
    assert!(theirs.unwrap().is_empty(), "A-099");
}

pub(crate) async fn a_requested_booking_holds_its_slot(store: Shared) {
    let given = Given::on(store).await;
    let asked = Booking { status: Status::Requested, ..booking(&given, 0) };
    let quiet = BookingChange { booking: asked.clone(), event: None, conversation: None };
    assert_eq!(given.store.save_bookings(vec![quiet], at(0)).await.unwrap(), BookingSaved::Saved);
    assert_eq!(events(&given).await, 0, "a request rings nothing");
    assert_eq!(save(&given, &booking(&given, 10)).await, BookingSaved::SlotTaken);
    assert_eq!(save(&given, &canceled(&asked)).await, BookingSaved::Saved);
    assert_eq!(save(&given, &booking(&given, 10)).await, BookingSaved::Saved);
}

pub(crate) async fn several_bookings_are_saved_together_or_not_at_all(store: Shared) {
    let given = Given::on(store).await;
    let (old, other) = (booking(&given, 0), booking(&given, 60));
    assert_eq!(save_all(&given, &[&old, &other]).await, BookingSaved::Saved);
    assert_eq!(events(&given).await, 2);

    let in_its_place = |minute| booking(&given, minute);
    let clashing = in_its_place(70);
    assert_eq!(save_all(&given, &[&canceled(&old), &clashing]).await, BookingSaved::SlotTaken);
    let stale = Booking { revision: 3, ..other.clone() };
    assert_eq!(save_all(&given, &[&canceled(&old), &stale]).await, BookingSaved::Changed);
    let known = Booking { revision: 0, ..other.clone() };
    assert_eq!(save_all(&given, &[&canceled(&old), &known]).await, BookingSaved::IdTaken);
    let twice = event(&given);
    let changes = vec![change(&canceled(&old), twice.clone()), change(&in_its_place(200), twice)];
    assert_eq!(given.store.save_bookings(changes, at(0)).await.unwrap(), BookingSaved::IdTaken);
    assert_eq!(save_all(&given, &[&in_its_place(300), &in_its_place(310)]).await, BookingSaved::SlotTaken);
    assert_eq!(read(&given, &old).await.as_ref(), Some(&old), "nothing of it was kept");
    assert_eq!(events(&given).await, 2);

    let next = in_its_place(10);
    assert_eq!(save_all(&given, &[&next, &canceled(&old)]).await, BookingSaved::SlotTaken, "in their order");
    assert_eq!(save_all(&given, &[&canceled(&old), &next]).await, BookingSaved::Saved);
    assert_eq!(read(&given, &next).await, Some(next));
    assert_eq!(events(&given).await, 4);
}

pub(crate) async fn a_booking_and_its_conversation_are_one_step(store: Shared) {
    let given = Given::on(store).await;
    let begun = talk::conversation(&given, 1, 1, 0);
    talk::begin(&given, &begun).await;
    let made_in = |minute| {
        let (mut booking, mut after) = (booking(&given, minute), begun.clone());
        booking.conversation = Some(after.id.clone());
        after.book(booking.id.clone(), at(5)).unwrap();
        (booking.clone(), BookingChange { conversation: Some(after), ..change(&booking, event(&given)) })
    };
    let save = async |change| given.store.save_bookings(vec![change], at(5)).await.unwrap();
    let ((one, first), (_, second)) = (made_in(0), made_in(60));
    let (_, mut foreign) = made_in(120);
    foreign.conversation.as_mut().unwrap().account = stranger();
    assert_eq!(save(foreign).await, BookingSaved::Changed, "A-099");
    assert_eq!(save(first).await, BookingSaved::Saved);
    assert_eq!(read(&given, &one).await, Some(one.clone()));
    let now = talk::read(&given, &begun).await.unwrap();
    assert_eq!((&now.bookings, now.revision, now.last_interacted), (&vec![one.id], 1, at(5)));
    let id = second.booking.id.clone();
    assert_eq!(save(second).await, BookingSaved::Changed, "A-180: somebody changed the conversation first");
    assert_eq!(given.store.booking(&given.account, &id).await.unwrap(), None);

    let (_, mut clash) = made_in(10);
    let mut after = now.clone();
    after.book(clash.booking.id.clone(), at(6)).unwrap();
    clash.conversation = Some(after);
    assert_eq!(save(clash.clone()).await, BookingSaved::SlotTaken);
    clash.booking.starts = at(60 * MINUTE);
    clash.event = Some(given.event(Trigger::BookingScheduled));
    let taken = given.accept(1, 0).await.remove(0);
    clash.event.as_mut().unwrap().event.id = taken;
    assert_eq!(save(clash).await, BookingSaved::IdTaken);
    assert_eq!(talk::read(&given, &begun).await, Some(now), "nothing of it was kept");
}

pub(crate) async fn filters_select_bookings(store: Shared) {
    let given = Given::on(store).await;
    let (page, master) = (BookingPageId::from_text("BP-1"), MasterPageId::from_text("MP-1"));
    let kind = EventTypeId::from_text("ET-1");
    let classic =
        Classic { booking_page: Some(page.clone()), master_page: Some(master.clone()), event_type: None };
    let early = Booking { created: at(5), updated: at(6), classic, ..booking(&given, 0) };
    let late = Booking {
        owner: UserId::from_text("USR-2"),
        calendar: CalendarId::from_text("BKC-2"),
        contact: None,
        status: Status::Rescheduled,
        classic: Classic { event_type: Some(kind.clone()), ..Classic::default() },
        created: at(10),
        updated: at(20),
        ..booking(&given, 60)
    };
    save_all(&given, &[&early, &late]).await;
    let all = BookingFilter::default;
    let from = |millis| Span { after: Some(at(millis)), before: None };
    let until = |millis| Span { after: None, before: Some(at(millis)) };
    let cases = [
        (all(), vec![&late, &early]),
        (BookingFilter { status: Some(Status::Scheduled), ..all() }, vec![&early]),
        (BookingFilter { status: Some(Status::Canceled), ..all() }, vec![]),
        (BookingFilter { owner: Some(UserId::from_text("USR-2")), ..all() }, vec![&late]),
        (BookingFilter { contact: Some(ContactId::from_text("CTC-1")), ..all() }, vec![&early]),
        (BookingFilter { calendar: Some(CalendarId::from_text("BKC-2")), ..all() }, vec![&late]),
        (BookingFilter { booking_page: Some(page.clone()), ..all() }, vec![&early]),
        (BookingFilter { master_page: Some(master), ..all() }, vec![&early]),
        (BookingFilter { event_type: Some(kind.clone()), ..all() }, vec![&late]),
        (BookingFilter { booking_page: Some(page), event_type: Some(kind), ..all() }, vec![]),
        (BookingFilter { created: from(5), ..all() }, vec![&late]),
        (BookingFilter { created: until(10), ..all() }, vec![&early]),
        (BookingFilter { starts: from(0), ..all() }, vec![&late]),
        (BookingFilter { starts: until(60 * MINUTE), ..all() }, vec![&early]),
        (BookingFilter { updated: from(6), ..all() }, vec![&late]),
        (BookingFilter { updated: until(20), ..all() }, vec![&early]),
        (BookingFilter { status: Some(Status::Scheduled), updated: from(6), ..all() }, vec![]),
    ];
    for (filter, expected) in cases {
        let found = given.store.bookings(&given.account, &filter, &first(10)).await.unwrap().items;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let mut ids = Vec::new();
    for minute in 0..5 {
        let booking = booking(&given, minute * 60);
        save(&given, &booking).await;
        ids.insert(0, booking.id.to_string());
    }
    let all = BookingFilter::default();
    pages_hold(
        &ids,
        |booking: &Booking| booking.id.to_string(),
        |page| {
            let (store, account, all) = (given.store.clone(), given.account.clone(), all.clone());
            async move { store.bookings(&account, &all, &page).await }
        },
    )
    .await;
    strangers_page_holds(&ids[0], |page| {
        let (store, all) = (given.store.clone(), all.clone());
        async move { store.bookings(&stranger(), &all, &page).await }
    })
    .await;
}

pub(crate) async fn ended_bookings_are_agreed_ones_whose_end_has_passed(store: Shared) {
    let given = Given::on(store).await;
    let (second, first) = (booking(&given, 60), Booking { account: stranger(), ..booking(&given, 0) });
    let asked = Booking { status: Status::Requested, ..booking(&given, 120) };
    let gone = booking(&given, 180);
    save_all(&given, &[&second, &first, &asked, &gone]).await;
    save(&given, &canceled(&gone)).await;
    let ended =
        async |minute: i64, limit| given.store.ended_bookings(at(minute * MINUTE), limit).await.unwrap();
    let expect = |bookings: &[&Booking], next: Option<i64>| Ended {
        bookings: bookings.iter().copied().cloned().collect(),
        next: next.map(|minute| at(minute * MINUTE)),
    };
    assert_eq!(ended(29, 10).await, expect(&[], Some(30)));
    assert_eq!(ended(30, 10).await, expect(&[&first], Some(90)), "of every account");
    assert_eq!(ended(500, 10).await, expect(&[&first, &second], None));
    assert_eq!(ended(500, 1).await, expect(&[&first], None), "the earliest first");
    let completed = Booking { status: Status::Completed, revision: 1, ..first };
    assert_eq!(save(&given, &completed).await, BookingSaved::Saved);
    assert_eq!(ended(500, 10).await, expect(&[&second], None));
}

pub(crate) async fn another_accounts_booking_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let booking = booking(&given, 0);
    save(&given, &booking).await;
    assert_eq!(given.store.booking(&stranger(), &booking.id).await.unwrap(), None, "A-099");
}
