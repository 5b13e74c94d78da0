//! Who is woken by whose news, and what is kept for it.

use super::*;
use futures::FutureExt as _;

fn signals() -> Signals {
    Signals::new(watch::channel(false).1)
}

fn account(name: &str) -> AccountId {
    AccountId::from_text(name)
}

#[test]
fn a_bell_rings_for_its_own_account_and_tells_which_kind() {
    let signals = signals();
    let (mine, other, inbox) = (account("ACC-1"), account("ACC-2"), InboxId::from_text("INB-1"));
    let mut bell = signals.account(&mine);
    let silence = bell.heard();
    signals.announce_events(&other);
    signals.announce_attempts(&other);
    signals.announce_capture(&other, &inbox);
    assert!(bell.rings().now_or_never().is_none(), "another account's news");
    signals.announce_events(&mine);
    assert!(bell.rings().now_or_never().is_some());
    assert_eq!(bell.heard(), News { events: 1, ..silence });
    signals.announce_attempts(&mine);
    signals.announce_capture(&mine, &inbox);
    assert_eq!(bell.heard(), News { events: 1, attempts: 1, captures: 1, ..silence });
    assert!(bell.rings().now_or_never().is_none(), "heard");
}

#[test]
fn an_inboxs_bell_is_not_rung_by_another_inbox_of_its_owner() {
    let signals = signals();
    let (owner, one, other) = (account("ACC-1"), InboxId::from_text("INB-1"), InboxId::from_text("INB-2"));
    let mut bell = signals.inbox(&one);
    signals.announce_capture(&owner, &other);
    assert!(bell.rings().now_or_never().is_none());
    signals.announce_capture(&owner, &one);
    assert!(bell.rings().now_or_never().is_some());
}

#[test]
fn what_another_process_wrote_rings_as_its_own_does() {
    let signals = signals();
    let (mine, other, inbox) = (account("ACC-1"), account("ACC-2"), InboxId::from_text("INB-1"));
    let (mut bell, mut of_inbox) = (signals.account(&mine), signals.inbox(&inbox));
    bell.heard();
    of_inbox.heard();
    signals.hear(Elsewhere::Account(&other));
    signals.hear(Elsewhere::Inbox(&InboxId::from_text("INB-2")));
    assert!(bell.rings().now_or_never().is_none() && of_inbox.rings().now_or_never().is_none());
    signals.hear(Elsewhere::Account(&mine));
    signals.hear(Elsewhere::Inbox(&inbox));
    assert!(bell.rings().now_or_never().is_some() && of_inbox.rings().now_or_never().is_some());
    bell.heard();
    of_inbox.heard();
    signals.hear(Elsewhere::AnyAccount);
    assert!(bell.rings().now_or_never().is_some() && of_inbox.rings().now_or_never().is_none());
    bell.heard();
    signals.hear(Elsewhere::AnyInbox);
    assert!(bell.rings().now_or_never().is_none() && of_inbox.rings().now_or_never().is_some());
}

#[test]
fn bells_hang_for_as_long_as_somebody_waits_and_for_nobody_else() {
    let signals = signals();
    for n in 0..1_000 {
        signals.announce_events(&account(&format!("ACC-{n}")));
        signals.announce_capture(&account(&format!("ACC-{n}")), &InboxId::from_text(format!("INB-{n}")));
    }
    assert_eq!((signals.accounts.count(), signals.inboxes.count()), (0, 0), "nobody waits");
    let bells: Vec<_> = (0..1_000).map(|n| signals.account(&account(&format!("ACC-{}", n % 10)))).collect();
    assert_eq!(signals.accounts.count(), 10);
    drop(bells);
    assert_eq!(signals.accounts.count(), 0);
}
