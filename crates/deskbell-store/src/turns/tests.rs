//! Whose turn it is, with many.

use super::*;
use futures::FutureExt as _;
use std::pin::Pin;

const CONNECTIONS: usize = 4;
const WAITING_OF_ACCOUNT: usize = 1_024;

/// For four connections, of which one account has half.
fn four() -> Turns {
    Turns::new(CONNECTIONS, CONNECTIONS / 2, WAITING_OF_ACCOUNT)
}

type Waiting<'t> = Vec<Pin<Box<dyn Future<Output = Result<Turn>> + 't>>>;

fn account(name: &str) -> AccountId {
    AccountId::from_text(name)
}

/// So many reads of one account, or of none.
fn ask<'t>(turns: &'t Turns, account: Option<&'t AccountId>, reads: usize) -> Waiting<'t> {
    let mut waiting: Waiting<'t> = Vec::new();
    waiting.extend((0..reads).map(|_| turns.take(account).boxed_local()));
    waiting
}

/// The turns that have come.
fn come(waiting: &mut Waiting<'_>) -> Vec<Turn> {
    let mut came = Vec::new();
    waiting.retain_mut(|one| match one.as_mut().now_or_never() {
        Some(turn) => {
            came.push(turn.expect("there is room to wait"));
            false
        }
        None => true,
    });
    came
}

#[test]
fn many_reads_of_an_account_leave_readers_to_others_and_to_what_is_no_accounts() {
    let (turns, many, few, other) = (four(), account("ACC-MANY"), account("ACC-FEW"), account("ACC-OTHER"));
    let mut theirs = ask(&turns, Some(&many), 24);
    let mut reading = come(&mut theirs);
    assert_eq!(reading.len(), CONNECTIONS / 2, "an account has half of them");
    reading.extend(come(&mut ask(&turns, Some(&few), 1)));
    assert_eq!(reading.len(), CONNECTIONS / 2 + 1, "another one's waits for none of them");
    let mut more = ask(&turns, Some(&other), 1);
    assert!(come(&mut more).is_empty(), "the last is not for accounts");
    reading.extend(come(&mut ask(&turns, None, 1)));
    assert_eq!(reading.len(), CONNECTIONS, "the look-up of a key has it");
    drop(reading);
    assert_eq!((come(&mut more).len(), come(&mut theirs).len()), (1, 2));
}

/// A flood of strangers' requests, each of which looks for an inbox.
#[test]
fn however_much_is_no_accounts_an_accounts_read_has_a_reader() {
    let (turns, few) = (four(), account("ACC-FEW"));
    let mut own = ask(&turns, None, 3 * CONNECTIONS);
    let mut reading = come(&mut own);
    let mut theirs = ask(&turns, Some(&few), 1);
    assert!(come(&mut theirs).is_empty() && reading.len() == CONNECTIONS, "nobody else wanted one");
    reading.pop();
    assert_eq!((come(&mut own).len(), come(&mut theirs).len()), (0, 1), "and then its turn has come");
    reading.pop();
    assert_eq!(come(&mut own).len(), 2, "the others go on: its reader is free again");
}

#[test]
fn what_is_no_accounts_comes_first_and_accounts_take_turns() {
    let (turns, names) = (four(), ["ACC-FEW", "ACC-MANY", "ACC-OTHER"].map(account));
    let [few, many, other] = &names;
    let slow = account("ACC-BUSY");
    let mut busy = ask(&turns, Some(&slow), 1);
    busy.extend(ask(&turns, None, CONNECTIONS - 1));
    let mut busy = come(&mut busy);
    let mut waiting = ask(&turns, Some(many), 4);
    waiting.extend(ask(&turns, Some(few), 2));
    waiting.extend(ask(&turns, Some(other), 1));
    waiting.extend(ask(&turns, None, 1));
    assert!(come(&mut waiting).is_empty());
    // One reader is free from time to time.
    let mut order = Vec::new();
    while !waiting.is_empty() {
        busy.pop();
        busy.extend(come(&mut waiting));
        let next = busy.last().unwrap();
        order.push(next.account.as_ref().map_or("own", AccountId::as_str).to_owned());
    }
    let many = "ACC-MANY";
    assert_eq!(order, ["own", "ACC-FEW", many, "ACC-OTHER", "ACC-FEW", many, many, many]);
}

#[test]
fn who_goes_away_gives_the_turn_back() {
    let (turns, many) = (four(), account("ACC-MANY"));
    let mut waiting = ask(&turns, Some(&many), 9);
    let reading = come(&mut waiting);
    drop(waiting.split_off(3));
    drop(reading);
    // Turns have come to the first two of those that are left, and they have not seen it.
    drop(waiting.drain(..2));
    assert_eq!(come(&mut waiting).len(), 1, "the turns of those who left are given on");
    assert!(turns.lock().taken.is_empty() && turns.lock().others.is_empty());
}

#[test]
fn past_the_bounds_a_read_is_refused() {
    let (turns, many, few) = (four(), account("ACC-MANY"), account("ACC-FEW"));
    let busy = |account| {
        let refused = turns.take(account).now_or_never();
        matches!(refused, Some(Err(Error::Busy { retry_after })) if retry_after == RETRY_AFTER)
    };
    let mut held = ask(&turns, None, CONNECTIONS);
    let held = come(&mut held);
    let mut waiting = ask(&turns, Some(&many), WAITING_OF_ACCOUNT);
    assert!(come(&mut waiting).is_empty());
    assert!(busy(Some(&many)) && !busy(Some(&few)), "each account's are counted by themselves");
    drop(waiting.pop());
    assert!(!busy(Some(&many)), "one who went away makes room for another");
    let names: Vec<_> = (0..WAITING).map(|n| account(&format!("ACC-{n}"))).collect();
    let mut others: Waiting<'_> = Vec::new();
    others.extend(names.iter().map(|name| turns.take(Some(name)).boxed_local()));
    let refused = others.iter_mut().filter_map(|one| one.as_mut().now_or_never()).count();
    assert_eq!(refused, waiting.len(), "and all accounts' together");
    let mut own = ask(&turns, None, WAITING);
    assert!(come(&mut own).is_empty() && busy(None), "what is no account's has room of its own");
    drop((held, own, others));
    assert_eq!(come(&mut waiting).len(), 2);
}
