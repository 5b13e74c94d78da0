//! Accounts, their keys and their sandboxes.

use crate::given::{Given, Shared, at};
use deskbell_core::account::{Account, ApiKey, KeyHash, PayloadStyle};
use deskbell_core::door::SeededRandom;
use deskbell_core::id::{AccountId, KeyId};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{AccountCreated, KeyCreated};

fn account(id: &str, email: &str) -> Account {
    Account {
        id: AccountId::from_text(id),
        email: email.into(),
        created: at(0),
        payload_style: PayloadStyle::Current,
        operator: id == "ACC-1",
    }
}

fn sandbox(id: &str) -> Sandbox {
    Sandbox::new(&AccountId::from_text(id), &SeededRandom::new(9), at(0))
}

pub(crate) fn key(given: &Given, name: &str) -> ApiKey {
    ApiKey {
        id: KeyId::new(&given.random),
        account: AccountId::from_text("ACC-1"),
        name: name.into(),
        hash: KeyHash([3; 32]),
        created: at(10),
        expires: None,
        revoked: None,
        last_used: None,
    }
}

async fn with_account(store: Shared) -> Given {
    store.create_account(account("ACC-1", "ana@mail.example"), sandbox("ACC-1")).await.unwrap();
    Given::on(store).await
}

pub(crate) async fn an_account_is_found_by_id_and_by_address_in_any_case(store: Shared) {
    let (first, second) = (account("ACC-1", "Ana@Mail.example"), account("ACC-2", "bo@mail.example"));
    for one in [&first, &second] {
        let created = store.create_account(one.clone(), sandbox(one.id.as_str())).await.unwrap();
        assert_eq!(created, AccountCreated::Created);
    }
    assert_eq!(store.account(&first.id).await.unwrap(), Some(first.clone()));
    for email in ["ana@mail.example", "ANA@MAIL.EXAMPLE", "Ana@Mail.example"] {
        assert_eq!(store.account_by_email(email).await.unwrap(), Some(first.clone()), "{email}");
    }
    assert_eq!(store.first_account().await.unwrap(), Some(first.clone()));
    assert_eq!(store.accounts().await.unwrap(), [first, second], "oldest first");
    assert_eq!(store.account(&AccountId::from_text("ACC-3")).await.unwrap(), None);
    assert_eq!(store.account_by_email("an@mail.example").await.unwrap(), None);
}

pub(crate) async fn an_address_is_taken_in_any_case(store: Shared) {
    let given = with_account(store).await;
    let second = given.store.create_account(account("ACC-2", "ANA@mail.example"), sandbox("ACC-2")).await;
    assert_eq!(second.unwrap(), AccountCreated::EmailTaken);
    assert_eq!(given.store.accounts().await.unwrap().len(), 3, "the given ones and the first");
    assert_eq!(given.store.sandbox(&AccountId::from_text("ACC-2")).await.unwrap(), None);
}

pub(crate) async fn a_sandbox_reads_back_whole(store: Shared) {
    let given = with_account(store).await;
    let read = given.store.sandbox(&AccountId::from_text("ACC-1")).await.unwrap();
    assert_eq!(read, Some(sandbox("ACC-1")));
}

pub(crate) async fn a_payload_style_is_remembered(store: Shared) {
    let given = with_account(store).await;
    let (id, store) = (AccountId::from_text("ACC-1"), &given.store);
    let changed = store.set_payload_style(&id, PayloadStyle::Expanded).await.unwrap().unwrap();
    assert_eq!(changed.payload_style, PayloadStyle::Expanded);
    assert_eq!(store.account(&id).await.unwrap(), Some(changed));
    let nobody = AccountId::from_text("ACC-2");
    assert_eq!(store.set_payload_style(&nobody, PayloadStyle::Expanded).await.unwrap(), None);
}

pub(crate) async fn keys_read_back_and_are_revoked_once(store: Shared) {
    let given = with_account(store).await;
    let store = &given.store;
    let (first, second) = (key(&given, "a"), ApiKey { expires: Some(at(99)), ..key(&given, "b") });
    for key in [&first, &second] {
        assert_eq!(store.create_key(key.clone(), 25).await.unwrap(), KeyCreated::Created);
    }
    assert_eq!(store.key(&second.id).await.unwrap(), Some(second.clone()));
    assert!(store.revoke_key(&first.id, at(50)).await.unwrap());
    assert!(!store.revoke_key(&first.id, at(60)).await.unwrap(), "it is revoked already");
    assert!(!store.revoke_key(&KeyId::from_text("KEY-1"), at(60)).await.unwrap());
    let revoked = ApiKey { revoked: Some(at(50)), ..first.clone() };
    assert_eq!(store.key(&first.id).await.unwrap(), Some(revoked.clone()));
    assert_eq!(store.keys(&first.account).await.unwrap(), [revoked, second], "oldest first");
    assert!(store.keys(&AccountId::from_text("ACC-2")).await.unwrap().is_empty());
    let orphan = ApiKey { account: AccountId::from_text("ACC-2"), ..key(&given, "c") };
    assert_eq!(store.create_key(orphan.clone(), 25).await.unwrap(), KeyCreated::NoAccount);
    assert_eq!(store.key(&orphan.id).await.unwrap(), None);
}

pub(crate) async fn a_keys_last_use_is_noted_and_never_moves_back(store: Shared) {
    let given = with_account(store).await;
    let (store, key) = (&given.store, key(&given, "a"));
    assert_eq!(store.create_key(key.clone(), 25).await.unwrap(), KeyCreated::Created);
    for noted in [50, 90, 70] {
        store.note_key(&key.id, at(noted)).await.unwrap();
    }
    store.note_key(&KeyId::from_text("KEY-1"), at(60)).await.unwrap();
    let used = ApiKey { last_used: Some(at(90)), ..key.clone() };
    assert_eq!(store.key(&key.id).await.unwrap(), Some(used.clone()));
    assert_eq!(store.keys(&key.account).await.unwrap(), [used]);
}

pub(crate) async fn the_generation_moves_with_each_change_and_with_no_use(store: Shared) {
    let given = with_account(store).await;
    let (store, key) = (&given.store, key(&given, "a"));
    assert_eq!(store.create_key(key.clone(), 25).await.unwrap(), KeyCreated::Created);
    let first = store.generation();
    assert!(first.is_some());
    store.note_key(&key.id, at(50)).await.unwrap();
    assert_eq!(store.generation(), first, "a use changes nothing that anybody keeps");
    store.set_payload_style(&key.account, PayloadStyle::Expanded).await.unwrap();
    let second = store.generation();
    assert_ne!(second, first, "the account's payload style");
    assert!(store.revoke_key(&key.id, at(60)).await.unwrap());
    let third = store.generation();
    assert!(third != second && third != first, "a revoked key");
    assert!(!store.revoke_key(&key.id, at(70)).await.unwrap());
    assert_eq!(store.generation(), third, "nothing was revoked");
}

pub(crate) async fn only_active_keys_count_against_the_limit(store: Shared) {
    let given = with_account(store).await;
    let store = &given.store;
    let expired = ApiKey { expires: Some(at(10)), ..key(&given, "expired") };
    assert_eq!(store.create_key(expired, 2).await.unwrap(), KeyCreated::Created);
    let first = key(&given, "a");
    for key in [first.clone(), key(&given, "b")] {
        assert_eq!(store.create_key(key, 2).await.unwrap(), KeyCreated::Created);
    }
    assert_eq!(store.create_key(key(&given, "c"), 2).await.unwrap(), KeyCreated::TooMany);
    assert!(store.revoke_key(&first.id, at(20)).await.unwrap());
    assert_eq!(store.create_key(key(&given, "c"), 2).await.unwrap(), KeyCreated::Created);
}

pub(crate) async fn the_limit_of_keys_holds_in_a_race(store: Shared) {
    let given = with_account(store).await;
    let calls: Vec<_> = (0..60)
        .map(|n| {
            let (store, key) = (given.store.clone(), key(&given, &n.to_string()));
            tokio::spawn(async move { store.create_key(key, 25).await.unwrap() })
        })
        .collect();
    let mut created = 0;
    for call in calls {
        created += u32::from(call.await.unwrap() == KeyCreated::Created);
    }
    assert_eq!(created, 25);
}

pub(crate) async fn the_first_master_key_is_remembered(store: Shared) {
    assert_eq!(store.master_fingerprint([1; 32]).await.unwrap(), [1; 32]);
    assert_eq!(store.master_fingerprint([2; 32]).await.unwrap(), [1; 32]);
}
