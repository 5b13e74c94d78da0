//! The objects of a sandbox.

use crate::given::{Given, Shared, at, first, pages_hold, stranger, strangers_page_holds};
use deskbell_core::id::{AccountId, TeamId, UserId};
use deskbell_core::sandbox::{
    Bot, Calendar, Contact, ContactStatus, Object, ObjectKind, Sandbox, Team, User, UserRole, UserStatus,
    Website,
};
use deskbell_core::store::{Found, ObjectAdded};
use serde_json::json;
use std::sync::Arc;

const MANY: u32 = 1_000;

fn user(given: &Given, name: &str) -> User {
    User {
        id: UserId::new(&given.random),
        first_name: name.into(),
        last_name: "Okafor".into(),
        email: format!("{name}@host.example"),
        status: UserStatus::Invited,
        role_name: UserRole::TeamManager,
        time_zone: "Europe/Lisbon".into(),
        teams: vec![TeamId::new(&given.random)],
    }
}

fn contact(given: &Given) -> Contact {
    Contact {
        email: Some("noor@guest.example".into()),
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

async fn add(given: &Given, object: impl Into<Object>) -> Object {
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
    let contacts = given.store.objects(&given.account, ObjectKind::Contact, &first(100)).await.unwrap();
    assert_eq!(contacts.items.len(), 1, "each kind has a limit of its own");
}

pub(crate) async fn a_change_needs_what_was_read(store: Shared) {
    let given = Given::on(store).await;
    let old = add(&given, contact(&given)).await;
    let Object::Contact(mut changed) = old.clone() else { unreachable!() };
    changed.city = Some("Galway".into());
    changed.custom_fields.clear();
    let changed = Object::from(changed);
    assert!(given.store.change_object(&given.account, &old, changed.clone()).await.unwrap());
    assert_eq!(read(&given, &old).await, there(&changed));
    let stale = given.store.change_object(&given.account, &old, old.clone()).await.unwrap();
    assert!(!stale, "somebody changed it since");
    assert_eq!(read(&given, &old).await, there(&changed));
    let strangers = given.store.change_object(&stranger(), &changed, old.clone()).await.unwrap();
    assert!(!strangers, "A-099");
    let unknown = Object::from(contact(&given));
    assert!(!given.store.change_object(&given.account, &unknown, unknown.clone()).await.unwrap());
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
        won += u32::from(call.await.unwrap());
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
    let list = given.store.objects(&given.account, ObjectKind::Contact, &first(100)).await.unwrap();
    assert_eq!(list.items, [kept], "a deleted one is never listed");
    assert!(!given.store.change_object(&given.account, &gone, gone.clone()).await.unwrap());
    let again = given.store.add_object(&given.account, gone, 2).await.unwrap();
    assert_eq!(again, ObjectAdded::IdTaken, "its id is not used again");
    let room = given.store.add_object(&given.account, contact(&given).into(), 2).await.unwrap();
    assert_eq!(room, ObjectAdded::Added, "it does not count against the limit");
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
            async move { store.objects(&account, kind, &page).await }
        }
    };
    let id = |object: &Object| object.id().to_owned();
    pages_hold(&ids, id, read(ObjectKind::User)).await;
    let contacts = given.store.objects(&given.account, ObjectKind::Contact, &first(100)).await.unwrap();
    let contacts: Vec<String> = contacts.items.iter().map(id).collect();
    pages_hold(&contacts, id, read(ObjectKind::Contact)).await;
    let theirs = |page| {
        let store = Arc::clone(&given.store);
        async move { store.objects(&stranger(), ObjectKind::User, &page).await }
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
    for object in objects {
        add(&given, object.clone()).await;
        let theirs = given.store.object(&stranger(), object.kind(), object.id()).await.unwrap();
        assert_eq!(theirs, Found::Unknown, "A-099");
    }
}
