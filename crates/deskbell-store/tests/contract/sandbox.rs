//! The objects of a sandbox.

use crate::given::{Given, Shared, at, first, pages_hold, stranger, strangers_page_holds};
use deskbell_core::id::{AccountId, ContactId, TeamId, UserId};
use deskbell_core::sandbox::{
    Availability, Bot, Calendar, Contact, ContactStatus, ExternalCalendarType, Identifier, Object,
    ObjectKind, Provider, Sandbox, Team, User, UserRole, UserStatus, Website,
};
use deskbell_core::store::{Found, ObjectAdded, ObjectChanged, ObjectFilter};
use serde_json::json;
use std::sync::Arc;

const MANY: u32 = 1_000;

/// Hours of a weekday, of a date, and a day off.
fn availability() -> Availability {
    let evening = json!([{"start": "18:30:00", "end": "23:45:00",
        "locations": [{"type": "guest_phone"}, {"type": "physical", "address": "ADD-7QX2K4M0TR"}]}]);
    let availability = json!({"weekly": {"Sunday": evening, "Monday": []}, "overrides": {"2027-03-17": [], "2027-03-18": evening}});
    serde_json::from_value(availability).unwrap()
}

pub(crate) fn user(given: &Given, name: &str) -> User {
    User {
        id: UserId::new(&given.random),
        first_name: name.into(),
        last_name: "Okafor".into(),
        email: format!("{name}@host.example"),
        status: UserStatus::Invited,
        role_name: UserRole::TeamManager,
        time_zone: "Europe/Lisbon".into(),
        teams: vec![TeamId::new(&given.random)],
        seat: false,
        providers: vec![Provider::Zoom, Provider::GoToMeeting],
        external_calendar: ExternalCalendarType::Icloud,
        availability: availability(),
    }
}

fn contact(given: &Given) -> Contact {
    Contact {
        email: Some(format!("{}@guest.example", ContactId::new(&given.random))),
        status: Some(ContactStatus::SalesQualified),
        employees: Some(34),
        terms_of_service: true,
        last_interacted: Some(at(5)),
        custom_fields: vec![
            ("crm_id".into(), json!("L-20418")),
            ("files".into(), json!([{"fileName": "a.pdf", "size": 1.5, "open": null}])),
        ],
        ..Contact::new(&user(given, "mira"), &given.random, at(1))
    }
}

pub(crate) async fn add(given: &Given, object: impl Into<Object>) -> Object {
    let object = object.into();
    let added = given.store.add_object(&given.account, object.clone(), MANY).await.unwrap();
    assert_eq!(added, ObjectAdded::Added);
    object
}

async fn read(given: &Given, object: &Object) -> Found {
    given.store.object(&given.account, object.kind(), object.id()).await.unwrap()
}

fn there(object: &Object) -> Found {
    Found::There(Box::new(object.clone()))
}

pub(crate) async fn an_object_of_each_kind_reads_back(store: Shared) {
    let given = Given::on(store).await;
    let whole = Sandbox::new(&given.account, &given.random, at(0));
    let mut objects = whole.clone().into_objects();
    objects.push(contact(&given).into());
    for object in &objects {
        add(&given, object.clone()).await;
    }
    for object in &objects {
        assert_eq!(read(&given, object).await, there(object));
        for kind in ObjectKind::ALL.into_iter().filter(|kind| *kind != object.kind()) {
            let other = given.store.object(&given.account, kind, object.id()).await.unwrap();
            assert_eq!(other, Found::Unknown, "A-098: an id of another kind");
        }
    }
    assert_eq!(given.store.sandbox(&given.account).await.unwrap(), Some(Sandbox::of(objects)));
    let kinds: Vec<ObjectKind> = whole.into_objects().iter().map(Object::kind).collect();
    assert!(ObjectKind::ALL.iter().all(|kind| kinds.contains(kind)), "every kind is in a fresh sandbox");
}

pub(crate) async fn an_id_is_taken_once_and_a_limit_holds(store: Shared) {
    let given = Given::on(store).await;
    let mira = add(&given, user(&given, "mira")).await;
    let again = given.store.add_object(&given.account, mira.clone(), MANY).await.unwrap();
    assert_eq!(again, ObjectAdded::IdTaken);
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let (store, account) = (Arc::clone(&given.store), given.account.clone());
            let user = user(&given, &n.to_string());
            tokio::spawn(async move { store.add_object(&account, user.into(), 5).await.unwrap() })
        })
        .collect();
    let mut added = 0;
    for call in calls {
        let verdict = call.await.unwrap();
        assert!(matches!(verdict, ObjectAdded::Added | ObjectAdded::TooMany), "{verdict:?}");
        added += u32::from(verdict == ObjectAdded::Added);
    }
    assert_eq!(added, 4, "with the one that was there");
    add(&given, contact(&given)).await;
    let contacts = given
        .store
        .objects(&given.account, ObjectKind::Contact, &ObjectFilter::All, &first(100))
        .await
        .unwrap();
    assert_eq!(contacts.items.len(), 1, "each kind has a limit of its own");
}

pub(crate) async fn a_change_needs_what_was_read(store: Shared) {
    let given = Given::on(store).await;
    let old = add(&given, contact(&given)).await;
    let Object::Contact(mut changed) = old.clone() else { unreachable!() };
    changed.city = Some("Galway".into());
    changed.custom_fields.clear();
    let changed = Object::from(changed);
    let change = async |account: &AccountId, old: &Object, new: &Object| {
        given.store.change_object(account, old, new.clone()).await.unwrap()
    };
    assert_eq!(change(&given.account, &old, &changed).await, ObjectChanged::Changed);
    assert_eq!(read(&given, &old).await, there(&changed));
    assert_eq!(change(&given.account, &old, &old).await, ObjectChanged::Stale, "somebody changed it since");
    assert_eq!(read(&given, &old).await, there(&changed));
    assert_eq!(change(&stranger(), &changed, &old).await, ObjectChanged::Stale, "A-099");
    let unknown = Object::from(contact(&given));
    assert_eq!(change(&given.account, &unknown, &unknown).await, ObjectChanged::Stale);
}

pub(crate) async fn of_two_changes_to_one_object_one_wins(store: Shared) {
    let given = Given::on(store).await;
    let old = add(&given, user(&given, "mira")).await;
    let calls: Vec<_> = (0..10)
        .map(|n| {
            let Object::User(mut new) = old.clone() else { unreachable!() };
            new.last_name = n.to_string();
            let (store, account, old) = (Arc::clone(&given.store), given.account.clone(), old.clone());
            tokio::spawn(async move { store.change_object(&account, &old, new.into()).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for call in calls {
        won += u32::from(call.await.unwrap() == ObjectChanged::Changed);
    }
    assert_eq!(won, 1);
}

pub(crate) async fn of_a_deleted_object_the_id_is_left(store: Shared) {
    let given = Given::on(store).await;
    let (gone, kept) = (add(&given, contact(&given)).await, add(&given, contact(&given)).await);
    let delete = async |account: &AccountId, id: &str| {
        given.store.delete_object(account, ObjectKind::Contact, id).await.unwrap()
    };
    assert!(!delete(&stranger(), gone.id()).await, "A-099");
    assert!(!given.store.delete_object(&given.account, ObjectKind::User, gone.id()).await.unwrap());
    assert!(delete(&given.account, gone.id()).await);
    assert!(!delete(&given.account, gone.id()).await, "A-172: it is deleted already");
    assert!(!delete(&given.account, "CTC-0").await);
    assert_eq!(read(&given, &gone).await, Found::Deleted);
    assert_eq!(given.store.sandbox(&given.account).await.unwrap(), Some(Sandbox::of([kept.clone()])));
    let list = given
        .store
        .objects(&given.account, ObjectKind::Contact, &ObjectFilter::All, &first(100))
        .await
        .unwrap();
    assert_eq!(list.items, [kept], "a deleted one is never listed");
    let changed = given.store.change_object(&given.account, &gone, gone.clone()).await.unwrap();
    assert_eq!(changed, ObjectChanged::Stale);
    let again = given.store.add_object(&given.account, gone, 2).await.unwrap();
    assert_eq!(again, ObjectAdded::IdTaken, "its id is not used again");
    let room = given.store.add_object(&given.account, contact(&given).into(), 2).await.unwrap();
    assert_eq!(room, ObjectAdded::Added, "it does not count against the limit");
}

pub(crate) async fn an_identifier_is_of_one_object_of_its_kind(store: Shared) {
    let given = Given::on(store).await;
    let with = |email: Option<&str>, mobile_phone: Option<&str>| Contact {
        email: email.map(str::to_owned),
        mobile_phone: mobile_phone.map(str::to_owned),
        ..contact(&given)
    };
    let put = async |object: Object| given.store.add_object(&given.account, object, MANY).await.unwrap();
    let noor = with(Some("Noör@guest.example"), Some("+353851234567"));
    assert_eq!(put(noor.clone().into()).await, ObjectAdded::Added);
    assert_eq!(put(noor.clone().into()).await, ObjectAdded::IdTaken, "it is no other than itself");
    let email = with(Some("nOÖR@GUEST.example"), None);
    assert_eq!(put(email.into()).await, ObjectAdded::Known(Identifier::Email), "in any case");
    let phone = with(None, Some("+353851234567"));
    assert_eq!(put(phone.clone().into()).await, ObjectAdded::Known(Identifier::MobilePhone));
    let namesake = User { email: "noör@guest.example".into(), ..user(&given, "noor") };
    assert_eq!(put(namesake.clone().into()).await, ObjectAdded::Added, "a user is no contact");
    assert_eq!(put(with(None, None).into()).await, ObjectAdded::Added);
    assert_eq!(put(with(None, None).into()).await, ObjectAdded::Added, "nothing identifies nobody");
    for (by, value, expected) in [
        (Identifier::Email, "NOÖR@guest.example", Some(&noor)),
        (Identifier::MobilePhone, "+353851234567", Some(&noor)),
        (Identifier::MobilePhone, "+353851234568", None),
    ] {
        let found = given.store.object_by(&given.account, ObjectKind::Contact, by, value).await.unwrap();
        assert_eq!(found, expected.cloned().map(Object::from), "{value}");
        let theirs = given.store.object_by(&stranger(), ObjectKind::Contact, by, value).await.unwrap();
        assert_eq!(theirs, None, "A-099");
    }
    // By a change as by an addition; what it has already is its own.
    let mira = user(&given, "mira");
    assert_eq!(put(mira.clone().into()).await, ObjectAdded::Added);
    let change = async |new: User| {
        given.store.change_object(&given.account, &mira.clone().into(), new.into()).await.unwrap()
    };
    let as_noor = User { email: namesake.email.to_uppercase(), ..mira.clone() };
    assert_eq!(change(as_noor.clone()).await, ObjectChanged::Known(Identifier::Email));
    let louder = User { email: mira.email.to_uppercase(), ..mira.clone() };
    assert_eq!(change(louder.clone()).await, ObjectChanged::Changed);
    // A deleted one gives back what it had.
    assert!(given.store.delete_object(&given.account, ObjectKind::User, namesake.id.as_str()).await.unwrap());
    let changed = given.store.change_object(&given.account, &louder.into(), as_noor.into()).await.unwrap();
    assert_eq!(changed, ObjectChanged::Changed);
    assert!(given.store.delete_object(&given.account, ObjectKind::Contact, noor.id.as_str()).await.unwrap());
    assert_eq!(put(phone.into()).await, ObjectAdded::Added);
}

pub(crate) async fn of_two_with_one_address_one_is_added(store: Shared) {
    let given = Given::on(store).await;
    let calls: Vec<_> = (0..10)
        .map(|n| {
            let user = User { email: "bo@host.example".into(), ..user(&given, &n.to_string()) };
            let (store, account) = (Arc::clone(&given.store), given.account.clone());
            tokio::spawn(async move { store.add_object(&account, user.into(), MANY).await.unwrap() })
        })
        .collect();
    let mut added = 0;
    for call in calls {
        added += u32::from(call.await.unwrap() == ObjectAdded::Added);
    }
    assert_eq!(added, 1);
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(add(&given, user(&given, &n.to_string())).await.id().to_owned());
        let contact = add(&given, contact(&given)).await;
        if n == 3 {
            given.store.delete_object(&given.account, ObjectKind::Contact, contact.id()).await.unwrap();
        }
    }
    ids.reverse();
    let read = |kind: ObjectKind| {
        let (store, account) = (Arc::clone(&given.store), given.account.clone());
        move |page| {
            let (store, account) = (Arc::clone(&store), account.clone());
            async move { store.objects(&account, kind, &ObjectFilter::All, &page).await }
        }
    };
    let id = |object: &Object| object.id().to_owned();
    pages_hold(&ids, id, read(ObjectKind::User)).await;
    let contacts = given
        .store
        .objects(&given.account, ObjectKind::Contact, &ObjectFilter::All, &first(100))
        .await
        .unwrap();
    let contacts: Vec<String> = contacts.items.iter().map(id).collect();
    pages_hold(&contacts, id, read(ObjectKind::Contact)).await;
    let theirs = |page| {
        let store = Arc::clone(&given.store);
        async move { store.objects(&stranger(), ObjectKind::User, &ObjectFilter::All, &page).await }
    };
    strangers_page_holds(&ids[2], theirs).await;
}

pub(crate) async fn another_accounts_object_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let mira = user(&given, "mira");
    let calendar = Calendar {
        id: deskbell_core::id::CalendarId::new(&given.random),
        host: mira.id.clone(),
        name: "Introductions".into(),
        subject: "Introduction".into(),
        published: false,
        duration_minutes: 5,
        approval: true,
    };
    let team = Team { id: TeamId::new(&given.random), name: "Front desk".into() };
    let bot = Bot { id: deskbell_core::id::BotId::new(&given.random), name: "Helper".into() };
    let website = Website {
        id: deskbell_core::id::WebsiteId::new(&given.random),
        name: "Site".into(),
        url: "https://site.example".into(),
    };
    let objects: [Object; 6] =
        [mira.into(), calendar.into(), team.into(), contact(&given).into(), bot.into(), website.into()];
    let fresh = Sandbox::new(&given.account, &given.random, at(0)).into_objects();
    for object in fresh.into_iter().chain(objects) {
        add(&given, object.clone()).await;
        let theirs = given.store.object(&stranger(), object.kind(), object.id()).await.unwrap();
        assert_eq!(theirs, Found::Unknown, "A-099");
    }
}

pub(crate) async fn many_ids_are_looked_up_at_once(store: Shared) {
    let given = Given::on(store).await;
    let there: Object = contact(&given).into();
    let gone = Object::from(Contact {
        id: ContactId::from_text("CTC-GONE"),
        email: None,
        mobile_phone: None,
        ..contact(&given)
    });
    for object in [&there, &gone] {
        let added = given.store.add_object(&given.account, object.clone(), 9).await.unwrap();
        assert_eq!(added, ObjectAdded::Added);
    }
    assert!(given.store.delete_object(&given.account, ObjectKind::Contact, "CTC-GONE").await.unwrap());
    let ids = ["CTC-GONE", "CTC-NEVER", there.id(), "CTC-GONE"].map(str::to_owned).to_vec();
    let found = async |account: &AccountId| {
        given.store.objects_by_id(account, ObjectKind::Contact, ids.clone()).await.unwrap()
    };
    let there = Found::There(Box::new(there));
    assert_eq!(found(&given.account).await, [Found::Deleted, Found::Unknown, there, Found::Deleted]);
    assert_eq!(found(&stranger()).await, [const { Found::Unknown }; 4], "A-099");
}
