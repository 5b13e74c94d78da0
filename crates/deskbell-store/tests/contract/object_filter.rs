//! Filters over the objects of a sandbox, among as many as an account may have.

use crate::given::{Given, Shared, at, first, pages_hold};
use crate::sandbox::user;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::id::{AccountId, BookingPageId, CalendarId, EventTypeId, MasterPageId};
use deskbell_core::policy::limit::SANDBOX_OBJECTS_PER_KIND;
use deskbell_core::sandbox::{BookingPage, Calendar, Contact, Object, ObjectKind, Sandbox, Team, User};
use deskbell_core::store::{AccountCreated, ObjectFilter, Page, Span};

/// One object in so many is what a filter chooses.
const CHOSEN: usize = 90;

/// What the booking pages of a filter's choice are linked to.
fn linked() -> (MasterPageId, EventTypeId) {
    (MasterPageId::from_text("MP-CHOSEN"), EventTypeId::from_text("ET-CHOSEN"))
}

/// An account with as many users, calendars, teams, contacts and booking pages as there may be: one of each for each user.
/// Contacts are made at their number and changed a minute later.
async fn full(given: &Given) -> (AccountId, Sandbox) {
    let id = AccountId::from_text("ACC-FULL");
    let named = |n: usize| match n.is_multiple_of(CHOSEN) {
        true => "Noor.Haddad@Guest.example".to_owned(),
        false => format!("{n}@guest.example"),
    };
    let mut sandbox = Sandbox::default();
    for (n, made) in (0..SANDBOX_OBJECTS_PER_KIND as usize).zip(0..) {
        let linked = n.is_multiple_of(CHOSEN).then(linked);
        let user = User { email: named(n), ..user(given, "mira") };
        sandbox.calendars.push(Calendar {
            id: CalendarId::new(&given.random),
            host: user.id.clone(),
            name: n.to_string(),
            subject: "Call".into(),
            published: true,
            duration_minutes: 30,
            approval: false,
        });
        sandbox.teams.push(Team { id: user.teams[0].clone(), name: n.to_string() });
        sandbox.contacts.push(Contact {
            email: Some(named(n)).filter(|_| n != 1),
            updated: at(made + 60_000),
            ..Contact::new(&user, &given.random, at(made))
        });
        sandbox.booking_pages.push(BookingPage {
            id: BookingPageId::new(&given.random),
            owner: user.id.clone(),
            name: n.to_string(),
            label: n.to_string(),
            active: true,
            time_zone: "UTC".into(),
            master_pages: linked.iter().map(|(page, _)| page.clone()).collect(),
            event_types: linked.iter().map(|(_, kind)| kind.clone()).collect(),
        });
        sandbox.users.push(user);
    }
    let account = Account {
        id: id.clone(),
        email: "full@mail.example".into(),
        created: at(0),
        payload_style: PayloadStyle::default(),
        operator: false,
    };
    let created = given.store.create_account(account, sandbox.clone()).await.unwrap();
    assert_eq!(created, AccountCreated::Created);
    (id, sandbox)
}

/// The ids of those of `all` whose number is `wanted`, newest first.
fn newest_first(all: &[impl Clone + Into<Object>], wanted: impl Fn(usize) -> bool) -> Vec<String> {
    let numbered = all.iter().enumerate().filter(|(n, _)| wanted(*n));
    let mut ids: Vec<String> = numbered.map(|(_, one)| one.clone().into().id().to_owned()).collect();
    ids.reverse();
    ids
}

pub(crate) async fn a_filter_selects_and_its_pages_miss_none(store: Shared) {
    let given = Given::on(store).await;
    let (account, sandbox) = full(&given).await;
    let is_chosen = |n: usize| n.is_multiple_of(CHOSEN);
    let hosts = sandbox.users.iter().step_by(CHOSEN).map(|user| user.id.clone()).collect();
    let ids = sandbox.teams.iter().step_by(CHOSEN).map(|team| team.id.clone()).collect();
    let email = "noor.haddad@guest.EXAMPLE".to_owned();
    let contacts = |email: Option<&String>, created: Span, updated: Span| ObjectFilter::Contacts {
        email: email.cloned(),
        created,
        updated,
    };
    let any = Span::default();
    let after = |millis| Span { after: Some(at(millis)), before: None };
    let before = |millis| Span { after: None, before: Some(at(millis)) };
    let (master_page, event_type) = linked();
    let pages =
        |master_page, event_type, owner| ObjectFilter::BookingPages { master_page, event_type, owner };
    let (of_master, of_type) =
        (pages(Some(master_page.clone()), None, None), pages(None, Some(event_type.clone()), None));
    let third = &sandbox.users[CHOSEN * 3].id;
    let lists = [
        (
            ObjectKind::User,
            ObjectFilter::Members { team: sandbox.teams[7].id.clone() },
            newest_first(&sandbox.users, |n| n == 7),
        ),
        (ObjectKind::BookingPage, of_master, newest_first(&sandbox.booking_pages, is_chosen)),
        (ObjectKind::BookingPage, of_type, newest_first(&sandbox.booking_pages, is_chosen)),
        (
            ObjectKind::BookingPage,
            pages(Some(master_page), Some(event_type), Some(third.clone())),
            newest_first(&sandbox.booking_pages, |n| n == CHOSEN * 3),
        ),
        (ObjectKind::BookingPage, pages(None, None, None), newest_first(&sandbox.booking_pages, |_| true)),
        (
            ObjectKind::User,
            ObjectFilter::Users { email: email.clone() },
            newest_first(&sandbox.users, is_chosen),
        ),
        (
            ObjectKind::Calendar,
            ObjectFilter::Calendars { hosts },
            newest_first(&sandbox.calendars, is_chosen),
        ),
        (ObjectKind::Team, ObjectFilter::Teams { ids }, newest_first(&sandbox.teams, is_chosen)),
        (ObjectKind::Contact, contacts(Some(&email), any, any), newest_first(&sandbox.contacts, is_chosen)),
        (ObjectKind::Contact, contacts(None, after(500), any), newest_first(&sandbox.contacts, |n| n > 500)),
        (ObjectKind::Contact, contacts(None, before(500), any), newest_first(&sandbox.contacts, |n| n < 500)),
        (
            ObjectKind::Contact,
            contacts(None, any, after(60_500)),
            newest_first(&sandbox.contacts, |n| n > 500),
        ),
        (
            ObjectKind::Contact,
            contacts(None, any, before(60_500)),
            newest_first(&sandbox.contacts, |n| n < 500),
        ),
        (
            ObjectKind::Contact,
            contacts(Some(&email), after(89), before(60_900)),
            newest_first(&sandbox.contacts, |n| is_chosen(n) && (90..900).contains(&n)),
        ),
    ];
    for (kind, filter, ids) in lists {
        let read = |page: Page| {
            let (store, account, filter) = (given.store.clone(), account.clone(), filter.clone());
            async move { store.objects(&account, kind, &filter, &page).await }
        };
        if (5..100).contains(&ids.len()) {
            pages_hold(&ids, |object: &Object| object.id().to_owned(), read).await;
        }
        let found = read(first(100)).await.unwrap();
        let found: Vec<&str> = found.items.iter().map(Object::id).collect();
        assert_eq!(found, ids[..ids.len().min(100)], "{kind:?}");
    }
}

pub(crate) async fn a_filter_finds_the_oldest_of_all_on_its_first_page(store: Shared) {
    let given = Given::on(store).await;
    let (account, sandbox) = full(&given).await;
    let page = async |kind: ObjectKind, filter: ObjectFilter| {
        let found = given.store.objects(&account, kind, &filter, &first(10)).await.unwrap();
        let nothing_else = (found.older, found.newer, found.stopped);
        assert_eq!(nothing_else, (false, false, None), "all that an account has is looked at");
        found.items
    };
    let (begun, any) = (Span { after: None, before: Some(at(1)) }, Span::default());
    let oldest = ObjectFilter::Contacts { email: None, created: begun, updated: any };
    assert_eq!(page(ObjectKind::Contact, oldest).await, [Object::from(sandbox.contacts[0].clone())]);
    let nobody = ObjectFilter::Users { email: "nobody@guest.example".into() };
    assert!(page(ObjectKind::User, nobody).await.is_empty());
    let of_users = ObjectFilter::Users { email: "noor.haddad@guest.example".into() };
    assert!(page(ObjectKind::Contact, of_users).await.is_empty(), "it is for another kind");
}
