//! Shares and what they froze.

use crate::given::{Given, Shared, at, pages_hold, stranger, strangers_page_holds};
use deskbell_core::id::{DeliveryId, ShareId};
use deskbell_core::share::Share;
use deskbell_core::store::{Page, ShareCreated};
use deskbell_core::token::{Token, TokenHash};
use deskbell_core::vault::{Sealed, Vault};

const EXPIRES: i64 = 1_000_000;

fn share(given: &Given) -> Share {
    Share {
        id: ShareId::new(&given.random),
        account: given.account.clone(),
        delivery: DeliveryId::from_text("DLV-1"),
        hash: Token::new(&given.random).hash(&Vault::new(&[1; 32])),
        created: at(0),
        expires: at(EXPIRES),
    }
}

fn frozen() -> Sealed {
    Sealed(b"\0\xff sealed".to_vec())
}

pub(crate) async fn add(given: &Given) -> Share {
    let share = share(given);
    let made = given.store.create_share(share.clone(), frozen(), 1000).await.unwrap();
    assert_eq!(made, ShareCreated::Created);
    share
}

pub(crate) async fn a_share_is_found_by_its_token_until_it_expires(store: Shared) {
    let given = Given::on(store).await;
    let share = add(&given).await;
    let found = given.store.shared(&share.hash, at(EXPIRES - 1)).await.unwrap();
    assert_eq!(found, Some((share.clone(), frozen())));
    assert_eq!(given.store.shared(&share.hash, at(EXPIRES)).await.unwrap(), None);
    assert_eq!(given.store.shared(&TokenHash([0; 32]), at(0)).await.unwrap(), None);
}

pub(crate) async fn a_revoked_share_is_gone(store: Shared) {
    let given = Given::on(store).await;
    let (share, other) = (add(&given).await, add(&given).await);
    assert!(!given.store.revoke_share(&stranger(), &share.id).await.unwrap(), "only its owner revokes it");
    assert!(given.store.revoke_share(&given.account, &share.id).await.unwrap());
    assert!(!given.store.revoke_share(&given.account, &share.id).await.unwrap(), "once");
    assert_eq!(given.store.shared(&share.hash, at(1)).await.unwrap(), None);
    assert!(given.store.shared(&other.hash, at(1)).await.unwrap().is_some(), "the other one stays");
}

pub(crate) async fn only_live_shares_count_against_the_limit(store: Shared) {
    let given = Given::on(store).await;
    add(&given).await;
    let create = async |share: Share| given.store.create_share(share, frozen(), 1).await.unwrap();
    assert_eq!(create(share(&given)).await, ShareCreated::TooMany);
    let later = Share { created: at(EXPIRES), expires: at(2 * EXPIRES), ..share(&given) };
    assert_eq!(create(later).await, ShareCreated::Created);
    let strangers = Share { account: stranger(), ..share(&given) };
    assert_eq!(create(strangers).await, ShareCreated::Created);
}

pub(crate) async fn expired_shares_are_swept(store: Shared) {
    let given = Given::on(store).await;
    let share = add(&given).await;
    assert_eq!(given.store.sweep_shares(at(EXPIRES)).await.unwrap(), 0);
    assert_eq!(given.store.sweep_shares(at(EXPIRES + 1)).await.unwrap(), 1);
    assert_eq!(given.store.shared(&share.hash, at(0)).await.unwrap(), None);
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let mut newest_first = Vec::new();
    for _ in 0..6 {
        newest_first.insert(0, add(&given).await.id.to_string());
    }
    let read = |page: Page| {
        let given = &given;
        async move { given.store.shares(&given.account, &page).await }
    };
    pages_hold(&newest_first, |share: &Share| share.id.to_string(), read).await;
}

pub(crate) async fn another_accounts_share_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let share = add(&given).await;
    let (store, theirs) = (&given.store, &stranger());
    let read = |page: Page| async move { store.shares(theirs, &page).await };
    strangers_page_holds(share.id.as_str(), read).await;
}
