//! Two processes on one database of PostgreSQL's: each promise of the kind "of many, one" holds over both, many times. What keeps two calls
//! of one process apart keeps nothing apart here.

use crate::booking::{booking, change, event};
use crate::cluster::Database;
use crate::conversation::conversation;
use crate::given::{Given, Shared, add_account, at, postgres};
use crate::{inbox, one_time_link, sandbox};
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::booking::Booking;
use deskbell_core::id::{AccountId, MemberId, UserId};
use deskbell_core::inbox::Captured;
use deskbell_core::member::{Member, PasswordHash, Role};
use deskbell_core::sandbox::{Object, Sandbox, User};
use deskbell_core::store::{
    AccountCreated, BookingSaved, ConversationChange, ConversationsSaved, ObjectAdded, ObjectChanged,
};
use deskbell_core::trigger::Trigger;
use deskbell_store::PostgresStore;
use std::sync::Arc;

/// How often each is tried.
const ROUNDS: usize = 20;
/// Calls that meet.
const CALLS: usize = 8;

struct Both {
    given: Given,
    other: Shared,
    database: Database,
}

impl Both {
    async fn new() -> Self {
        let (store, database) = postgres().await;
        let given = Given::on(store).await;
        let other = Arc::new(PostgresStore::open(&database.url).await.unwrap());
        Self { given, other, database }
    }

    /// What [`CALLS`] calls at the same time gave, of one process and the other in turn.
    async fn at_once<T, F>(&self, call: impl Fn(usize, Shared) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = deskbell_core::store::Result<T>> + Send + 'static,
    {
        let stores = [&self.given.store, &self.other];
        let calls: Vec<_> = (0..CALLS).map(|n| tokio::spawn(call(n, Arc::clone(stores[n % 2])))).collect();
        let mut gave = Vec::new();
        for call in calls {
            gave.push(call.await.unwrap().unwrap());
        }
        gave
    }

    async fn over(self) {
        drop((self.given, self.other));
        self.database.drop();
    }
}

fn count<T: PartialEq>(verdicts: &[T], verdict: &T) -> usize {
    verdicts.iter().filter(|one| *one == verdict).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_is_booked_once() {
    let both = Both::new().await;
    for round in 0..ROUNDS {
        let host = UserId::from_text(format!("USR-{round}"));
        let saved = both
            .at_once(|n, store| {
                let booking = Booking { owner: host.clone(), ..booking(&both.given, n as i64) };
                let changes = vec![change(&booking, event(&both.given))];
                async move { store.save_bookings(changes, at(0)).await }
            })
            .await;
        assert_eq!(count(&saved, &BookingSaved::Saved), 1, "{saved:?}");
        assert_eq!(count(&saved, &BookingSaved::SlotTaken), CALLS - 1, "{saved:?}");
        let ours = [&both.given.store, &both.other];
        for store in ours {
            let taken = store.taken(&both.given.account, &host, at(0), at(1_000_000)).await.unwrap();
            assert_eq!(taken.len(), 1);
        }
    }
    both.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_is_one_accounts() {
    let both = Both::new().await;
    for n in 0..CALLS {
        let account = AccountId::from_text(format!("ACC-{n}"));
        add_account(&*both.given.store, account, &format!("{n}@mail.example")).await;
    }
    for _ in 0..ROUNDS {
        let one = booking(&both.given, 0);
        let saved = both
            .at_once(|n, store| {
                // Of different accounts: no lock is theirs together.
                let account = AccountId::from_text(format!("ACC-{n}"));
                let mut told = event(&both.given);
                told.event.account = account.clone();
                let host = UserId::from_text(one.id.as_str());
                let changes = vec![change(&Booking { account, owner: host, ..one.clone() }, told)];
                async move { store.save_bookings(changes, at(0)).await }
            })
            .await;
        assert_eq!(count(&saved, &BookingSaved::Saved), 1, "{saved:?}");
        assert_eq!(count(&saved, &BookingSaved::IdTaken), CALLS - 1, "{saved:?}");
    }
    both.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_talks_to_one_bot() {
    let both = Both::new().await;
    for round in 0..ROUNDS {
        let saved = both
            .at_once(|n, store| {
                let visitor = u8::try_from(round).unwrap();
                let talk = conversation(&both.given, visitor, u8::try_from(n).unwrap(), 1);
                let event = Some(both.given.event(Trigger::ConversationStarted));
                let changes = vec![ConversationChange { conversation: talk, event }];
                async move { store.save_conversations(changes, at(0)).await }
            })
            .await;
        assert_eq!(count(&saved, &ConversationsSaved::Saved), 1, "{saved:?}");
    }
    both.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_one_accounts() {
    let both = Both::new().await;
    for round in 0..ROUNDS {
        let email = format!("{round}@mail.example");
        let created = both
            .at_once(|n, store| {
                let id = AccountId::from_text(format!("ACC-{round}-{n}"));
                let account = Account {
                    id: id.clone(),
                    email: email.clone(),
                    created: at(0),
                    payload_style: PayloadStyle::Current,
                    operator: false,
                };
                let owner = Member {
                    id: MemberId::from_text(format!("MBR-{round}-{n}")),
                    account: id,
                    email: Some(email.clone()),
                    password: Some(PasswordHash::from_text("a hash")),
                    role: Role::Owner,
                    created: at(0),
                };
                async move { store.sign_up(account, Sandbox::default(), owner).await }
            })
            .await;
        assert_eq!(count(&created, &AccountCreated::Created), 1, "{created:?}");
    }
    both.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_one_first_owner() {
    let both = Both::new().await;
    for round in 0..ROUNDS {
        let account = AccountId::from_text(format!("ACC-{round}"));
        add_account(&*both.given.store, account.clone(), &format!("{round}@mail.example")).await;
        let owners = both
            .at_once(|n, store| {
                let fresh = Member {
                    id: MemberId::from_text(format!("MBR-{round}-{n}")),
                    account: account.clone(),
                    email: None,
                    password: None,
                    role: Role::Owner,
                    created: at(0),
                };
                async move { store.owner_or(fresh).await }
            })
            .await;
        assert_eq!(count(&owners, &owners[0]), CALLS, "{owners:?}");
    }
    both.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_is_added_and_changed_by_one() {
    let both = Both::new().await;
    let ours = &both.given.account;
    for round in 0..ROUNDS {
        let added = both
            .at_once(|_, store| {
                let user = sandbox::user(&both.given, &round.to_string());
                let account = ours.clone();
                async move { store.add_object(&account, user.into(), 1_000).await }
            })
            .await;
        assert_eq!(count(&added, &ObjectAdded::Added), 1, "{added:?}");
        let old = sandbox::add(&both.given, sandbox::user(&both.given, &format!("other-{round}"))).await;
        let changed = both
            .at_once(|n, store| {
                let Object::User(new) = old.clone() else { unreachable!() };
                let new = Object::from(User { last_name: n.to_string(), ..new });
                let (account, old) = (ours.clone(), old.clone());
                async move { store.change_object(&account, &old, new).await }
            })
            .await;
        assert_eq!(count(&changed, &ObjectChanged::Changed), 1, "{changed:?}");
    }
    both.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_spent_once() {
    let both = Both::new().await;
    for round in 0..ROUNDS {
        let link = one_time_link::link(&both.given, 0);
        one_time_link::add(&both.given, &link, 1_000).await;
        let saved = both
            .at_once(|n, store| {
                let host = UserId::from_text(format!("USR-{round}-{n}"));
                let booking = Booking { owner: host, ..one_time_link::with(&both.given, &link, 0) };
                let changes = vec![change(&booking, event(&both.given))];
                async move { store.save_bookings(changes, at(0)).await }
            })
            .await;
        assert_eq!(count(&saved, &BookingSaved::Saved), 1, "{saved:?}");
        assert_eq!(count(&saved, &BookingSaved::LinkSpent), CALLS - 1, "{saved:?}");
    }
    both.over().await;
}

/// Captures of an account are numbered over all of its inboxes, in the order of their commits: whoever follows them misses none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captures_are_numbered_without_gaps_and_none_is_missed() {
    let both = Both::new().await;
    let inboxes = [inbox::add(&both.given).await, inbox::add(&both.given).await];
    let (followed, ours) = (Arc::clone(&both.other), both.given.account.clone());
    let all = CALLS * ROUNDS;
    let follower = tokio::spawn(async move {
        let mut seen: Vec<u64> = Vec::new();
        while seen.len() < all {
            let after = seen.last().copied().unwrap_or_default();
            let news = followed.captures_between(&ours, after, u64::MAX, 3).await.unwrap();
            seen.extend(news.into_iter().map(|news| news.seq));
        }
        seen
    });
    for round in 0..ROUNDS {
        let captured = both
            .at_once(|n, store| {
                // Two of each process to each inbox.
                let inbox = inboxes[n / 2 % 2].clone();
                let request = inbox::request(&both.given, 1);
                async move { store.capture(&inbox.account, &inbox.token, request, inbox::KEEP, 0).await }
            })
            .await;
        let mut numbers: Vec<u64> =
            captured.iter().filter_map(Captured::stored).map(|capture| capture.number).collect();
        numbers.sort_unstable();
        let each = CALLS as u64 / 2;
        let first = round as u64 * each + 1;
        let expected: Vec<u64> = (first..first + each).flat_map(|number| [number, number]).collect();
        assert_eq!(numbers, expected);
    }
    assert_eq!(follower.await.unwrap(), (1..=all as u64).collect::<Vec<_>>());
    both.over().await;
}
