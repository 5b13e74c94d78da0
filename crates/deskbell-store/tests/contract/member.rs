//! Members and their sessions.

use crate::given::{Shared, at};
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::door::SeededRandom;
use deskbell_core::id::{AccountId, MemberId};
use deskbell_core::member::{Member, PasswordHash, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::session::{IDLE, LIFE, Session};
use deskbell_core::store::{AccountCreated, LoginSet};
use deskbell_core::time::later;
use deskbell_core::token::TokenHash;

fn account(id: &str, email: &str) -> Account {
    Account {
        id: AccountId::from_text(id),
        email: email.into(),
        created: at(0),
        payload_style: PayloadStyle::Current,
        operator: false,
    }
}

fn sandbox(id: &str) -> Sandbox {
    Sandbox::new(&AccountId::from_text(id), &SeededRandom::new(9), at(0))
}

fn member(id: &str, account: &str, email: Option<&str>) -> Member {
    Member {
        id: MemberId::from_text(id),
        account: AccountId::from_text(account),
        email: email.map(str::to_owned),
        password: email.map(|_| PasswordHash::from_text("a hash")),
        role: Role::Owner,
        created: at(5),
    }
}

pub(crate) async fn sign_up(store: &Shared, id: &str, email: &str) -> AccountCreated {
    let (account_id, member_id) = (format!("ACC-{id}"), format!("MBR-{id}"));
    let owner = member(&member_id, &account_id, Some(email));
    store.sign_up(account(&account_id, email), sandbox(&account_id), owner).await.unwrap()
}

pub(crate) fn session(hash: u8, member: &str) -> Session {
    Session::new(TokenHash([hash; 32]), MemberId::from_text(member), at(i64::from(hash)))
}

async fn is_there(store: &Shared, hash: u8) -> bool {
    store.session(&TokenHash([hash; 32])).await.unwrap().is_some()
}

pub(crate) async fn an_account_its_sandbox_and_its_owner_are_one_step(store: Shared) {
    assert_eq!(sign_up(&store, "1", "Ana@mail.example").await, AccountCreated::Created);
    let owner = member("MBR-1", "ACC-1", Some("Ana@mail.example"));
    for email in ["ana@mail.example", "ANA@MAIL.EXAMPLE"] {
        assert_eq!(store.member_by_email(email).await.unwrap(), Some(owner.clone()), "{email}");
    }
    assert_eq!(store.sandbox(&owner.account).await.unwrap(), Some(sandbox("ACC-1")));
    assert_eq!(sign_up(&store, "2", "ana@MAIL.example").await, AccountCreated::EmailTaken);
    assert_eq!(store.account(&AccountId::from_text("ACC-2")).await.unwrap(), None);
    assert_eq!(store.member_by_email("bo@mail.example").await.unwrap(), None);
}

pub(crate) async fn of_many_who_sign_up_with_one_address_one_does(store: Shared) {
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { sign_up(&store, &n.to_string(), "ana@mail.example").await })
        })
        .collect();
    let mut created = 0;
    for call in calls {
        created += u32::from(call.await.unwrap() == AccountCreated::Created);
    }
    assert_eq!((created, store.accounts().await.unwrap().len()), (1, 1));
}

pub(crate) async fn an_account_has_one_first_owner(store: Shared) {
    store.create_account(account("ACC-1", "a@mail.example"), sandbox("ACC-1")).await.unwrap();
    let first = member("MBR-1", "ACC-1", None);
    let calls: Vec<_> = (1..=20)
        .map(|n| {
            let store = store.clone();
            let fresh = member(&format!("MBR-{n}"), "ACC-1", None);
            tokio::spawn(async move { store.owner_or(fresh).await.unwrap() })
        })
        .collect();
    let mut owners = Vec::new();
    for call in calls {
        owners.push(call.await.unwrap());
    }
    assert!(owners.iter().all(|owner| *owner == owners[0]), "{owners:?}");
    let elsewhere = member("MBR-99", "ACC-2", None);
    store.create_account(account("ACC-2", "b@mail.example"), sandbox("ACC-2")).await.unwrap();
    assert_eq!(store.owner_or(elsewhere.clone()).await.unwrap(), elsewhere, "another account's is not ours");
    assert_eq!(first.account, owners[0].account);
}

pub(crate) async fn a_login_is_unique_and_ends_the_other_sessions(store: Shared) {
    store.create_account(account("ACC-1", "first@mail.example"), sandbox("ACC-1")).await.unwrap();
    let owner = store.owner_or(member("MBR-0", "ACC-1", None)).await.unwrap();
    sign_up(&store, "2", "bo@mail.example").await;
    for own in [session(1, "MBR-0"), session(2, "MBR-0"), session(3, "MBR-2")] {
        store.create_session(own, 10).await.unwrap();
    }
    let set = async |id: &str, email: &str| {
        let (id, hash) = (MemberId::from_text(id), PasswordHash::from_text("another"));
        store.set_login(&id, email, hash, &TokenHash([2; 32])).await.unwrap()
    };
    assert_eq!(set("MBR-0", "BO@mail.example").await, LoginSet::EmailTaken);
    assert!(is_there(&store, 1).await, "what was refused changes nothing");
    assert_eq!(set("MBR-9", "new@mail.example").await, LoginSet::NoMember);
    let (email, password) = (Some("First@mail.example".into()), Some(PasswordHash::from_text("another")));
    let changed = Member { email, password, ..owner };
    assert_eq!(
        set("MBR-0", "First@mail.example").await,
        LoginSet::Set(changed.clone()),
        "an account's own address is its member's to take"
    );
    assert_eq!(store.member_by_email("first@mail.example").await.unwrap(), Some(changed));
    assert_eq!(
        [is_there(&store, 1).await, is_there(&store, 2).await, is_there(&store, 3).await],
        [false, true, true]
    );
    assert_eq!(sign_up(&store, "3", "FIRST@mail.example").await, AccountCreated::EmailTaken);
}

pub(crate) async fn a_session_reads_back_is_noted_and_ends_once(store: Shared) {
    sign_up(&store, "1", "ana@mail.example").await;
    let begun = session(1, "MBR-1");
    store.create_session(begun.clone(), 10).await.unwrap();
    let owner = member("MBR-1", "ACC-1", Some("ana@mail.example"));
    assert_eq!(store.session(&begun.hash).await.unwrap(), Some((begun.clone(), owner.clone())));
    store.note_session(&begun.hash, at(90_000)).await.unwrap();
    store.note_session(&begun.hash, at(80_000)).await.unwrap();
    let noted = Session { seen: at(90_000), ..begun.clone() };
    assert_eq!(store.session(&begun.hash).await.unwrap(), Some((noted, owner)), "never back in time");
    assert!(store.end_session(&begun.hash).await.unwrap());
    assert!(!store.end_session(&begun.hash).await.unwrap());
    store.note_session(&begun.hash, at(99_000)).await.unwrap();
    assert_eq!(store.session(&begun.hash).await.unwrap(), None);
}

pub(crate) async fn of_too_many_sessions_the_oldest_make_room(store: Shared) {
    sign_up(&store, "1", "ana@mail.example").await;
    sign_up(&store, "2", "bo@mail.example").await;
    store.create_session(session(9, "MBR-2"), 2).await.unwrap();
    for hash in 1..=3 {
        store.create_session(session(hash, "MBR-1"), 2).await.unwrap();
    }
    let mut there = Vec::new();
    for hash in [1, 2, 3, 9] {
        there.push(is_there(&store, hash).await);
    }
    assert_eq!(there, [false, true, true, true]);
}

pub(crate) async fn a_sweep_takes_what_is_silent_or_old(store: Shared) {
    sign_up(&store, "1", "ana@mail.example").await;
    for hash in 1..=3 {
        let begun = Session { created: at(0), seen: at(0), ..session(hash, "MBR-1") };
        store.create_session(begun, 10).await.unwrap();
    }
    let silent = later(at(0), IDLE);
    store.note_session(&TokenHash([2; 32]), at(1)).await.unwrap();
    store.note_session(&TokenHash([3; 32]), later(at(0), LIFE)).await.unwrap();
    assert_eq!(store.sweep_sessions(at(1)).await.unwrap(), 0);
    assert_eq!(store.sweep_sessions(silent).await.unwrap(), 1);
    assert_eq!([is_there(&store, 1).await, is_there(&store, 2).await], [false, true]);
    assert_eq!(store.sweep_sessions(later(at(0), LIFE)).await.unwrap(), 2, "busy or not");
}
