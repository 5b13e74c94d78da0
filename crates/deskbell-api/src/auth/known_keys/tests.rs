//! What is kept of keys, and for how long.

use super::*;
use deskbell_core::account::{KeyHash, PayloadStyle};
use deskbell_core::door::SeededRandom;
use deskbell_core::id::AccountId;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::time::from_millis;
use deskbell_store::MemoryStore;

fn key(n: usize) -> ApiKey {
    ApiKey {
        id: KeyId::from_text(format!("KEY-{n}")),
        account: AccountId::from_text("ACC-1"),
        name: "test".into(),
        hash: KeyHash([1; 32]),
        created: from_millis(0),
        expires: None,
        revoked: None,
        last_used: None,
    }
}

async fn with_keys(count: usize) -> (Arc<dyn Store>, KnownKeys) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let account = Account {
        id: AccountId::from_text("ACC-1"),
        email: "ana@mail.example".into(),
        created: from_millis(0),
        payload_style: PayloadStyle::Current,
        operator: false,
    };
    let sandbox = Sandbox::new(&account.id, &SeededRandom::new(1), from_millis(0));
    store.create_account(account, sandbox).await.unwrap();
    for n in 0..count {
        store.create_key(key(n), u32::MAX).await.unwrap();
    }
    (Arc::clone(&store), KnownKeys::new(store))
}

fn count(keys: &KnownKeys) -> usize {
    let kept = keys.kept();
    kept.young.len() + kept.old.len()
}

#[tokio::test]
async fn a_known_key_is_not_read_again_until_something_changes() {
    let (store, keys) = with_keys(2).await;
    let find = async |n| keys.find(&key(n).id).await.unwrap().unwrap();
    let first = find(0).await;
    assert!(Arc::ptr_eq(&first, &find(0).await), "nothing was read");
    store.set_payload_style(&first.account.id, PayloadStyle::Expanded).await.unwrap();
    assert_eq!(find(0).await.account.payload_style, PayloadStyle::Expanded, "the account changed");
    assert!(store.revoke_key(&key(0).id, from_millis(5)).await.unwrap());
    assert!(find(0).await.key.revoked.is_some(), "A-117: at once");
}

#[tokio::test]
async fn guesses_fill_nothing_and_many_keys_stay_within_bounds() {
    let (store, keys) = with_keys(2).await;
    for n in 10..200 {
        assert!(keys.find(&key(n).id).await.unwrap().is_none());
    }
    assert_eq!(count(&keys), 0);
    let generation = store.generation();
    let account = store.accounts().await.unwrap().remove(0);
    for n in 0..3 * KEPT {
        keys.keep(Arc::new(KnownKey { key: key(n), account: account.clone().into(), generation }));
        assert!(
            keys.kept().get(&key(0).id).is_some(),
            "a key that calls is not forgotten for those that do not"
        );
    }
    assert!(count(&keys) <= KEPT);
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let (store, keys) = with_keys(1).await;
    let at = |seconds: i64| from_millis(1_000 * seconds);
    for (now, noted) in [(100, 100), (101, 100), (159, 100), (160, 160), (161, 160)] {
        let known = keys.find(&key(0).id).await.unwrap().unwrap();
        keys.note(&known, at(now)).await;
        let stored = store.key(&key(0).id).await.unwrap().unwrap();
        assert_eq!(stored.last_used, Some(at(noted)), "at {now} s");
    }
}
