//! The file is the file: what is answered is found by the next start, also when files are removed, moved, replaced or cut under a
//! running store.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "contract/crash.rs"]
mod crash;

use crash::crash;
use deskbell_core::Alarm;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{Accounts as _, Cursor, Error, EventFilter, Events as _, Page, Queue as _};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::Trigger;
use deskbell_store::{Rule, SqliteStore};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

fn account() -> AccountId {
    AccountId::from_text("ACC-1")
}

fn event(n: usize) -> NewEvent {
    let event = Event {
        id: EventId::from_text(format!("EVNT-{n}")),
        account: account(),
        trigger: Trigger::BookingScheduled,
        subject: None,
        created: from_millis(0),
        body: "{}".into(),
        origin: Origin::Platform,
        payload_deleted: false,
    };
    NewEvent { event, idempotency: None, only: None, trace: None }
}

/// A store that accepts.
struct Accepting {
    place: TempDir,
    path: PathBuf,
    store: SqliteStore,
    accepted: usize,
}

impl Accepting {
    async fn new() -> Self {
        let place = TempDir::new().unwrap();
        let path = place.path().join("deskbell.db");
        let store = SqliteStore::open(&path).unwrap();
        let owner = Account {
            id: account(),
            email: "owner@mail.example".into(),
            created: from_millis(0),
            payload_style: PayloadStyle::Current,
            operator: true,
        };
        let sandbox = Sandbox::new(&account(), &SeededRandom::new(1), from_millis(0));
        store.create_account(owner, sandbox).await.unwrap();
        let mut accepting = Self { place, path, store, accepted: 0 };
        accepting.accept().await.unwrap();
        accepting
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.place.path().join(format!("deskbell.db{suffix}"))
    }

    async fn accept(&mut self) -> Result<(), Error> {
        self.store.accept(vec![event(self.accepted)], from_millis(0)).await?;
        self.accepted += 1;
        Ok(())
    }

    /// Accepts until it is refused: within the second for which a look is good.
    async fn refused(&mut self) -> &'static str {
        let refused = async {
            loop {
                match self.accept().await {
                    Ok(()) => {}
                    Err(Error::Displaced(what)) => return what,
                    Err(other) => panic!("{other}"),
                }
            }
        };
        timeout(Duration::from_secs(60), refused).await.expect("it is accepted for ever")
    }

    /// Accepts for longer than a look is good.
    async fn accept_for_a_look(&mut self) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(1_200) {
            self.accept().await.unwrap();
        }
    }

    /// How many events a start finds after a crash of this moment.
    async fn found(&self) -> usize {
        let copy = crash(self.place.path());
        let store = SqliteStore::open(&copy.path().join("deskbell.db")).unwrap();
        let (mut found, mut page) = (0, Page { limit: 100, cursor: None });
        loop {
            let events = store.events(&account(), &EventFilter::default(), &page).await.unwrap();
            found += events.items.len();
            match events.items.last().filter(|_| events.older) {
                Some(last) => page.cursor = Some(Cursor::After(last.id.to_string())),
                None => return found,
            }
        }
    }
}

fn rename(from: &Path, to: &Path) {
    std::fs::rename(from, to).unwrap();
}

#[tokio::test]
async fn nothing_is_accepted_while_the_database_is_not_under_its_name() {
    let mut it = Accepting::new().await;
    let away = it.beside(".away");
    rename(&it.path.clone(), &away);
    assert!(it.refused().await.contains("removed, moved or replaced"));
    assert!(!it.path.exists(), "another one was made");
    // Another one at its place is not it.
    std::fs::copy(&away, &it.path).unwrap();
    assert!(it.accept().await.is_err());
    // It comes back: all that was answered is there.
    rename(&away, &it.path.clone());
    it.accept().await.unwrap();
    assert_eq!(it.found().await, it.accepted);
}

#[tokio::test]
async fn nothing_is_accepted_when_a_log_of_the_database_is_gone_or_cut() {
    for (suffix, what) in [("-wal", "a log"), ("-shm", "a log")] {
        let mut it = Accepting::new().await;
        std::fs::remove_file(it.beside(suffix)).unwrap();
        assert!(it.refused().await.contains(what), "{suffix} was removed");
    }
    for (suffix, what) in [("-wal", "cut short"), ("", "emptied")] {
        let mut it = Accepting::new().await;
        std::fs::File::options().write(true).open(it.beside(suffix)).unwrap().set_len(0).unwrap();
        assert!(it.refused().await.contains(what), "{suffix} was emptied");
    }
}

/// What is written behind the cut makes the log as long as it was, with a hole at its start.
#[tokio::test]
async fn a_log_that_was_cut_and_written_on_is_not_whole() {
    let mut it = Accepting::new().await;
    std::fs::File::options().write(true).open(it.beside("-wal")).unwrap().set_len(0).unwrap();
    // Whoever reads has the tables take in what is in the redo log.
    let page = Page { limit: 1, cursor: None };
    let _ = it.store.events(&account(), &EventFilter::default(), &page).await;
    assert!(it.refused().await.contains("cut short"));
}

#[tokio::test]
async fn another_process_may_move_and_cut_the_log() {
    let mut it = Accepting::new().await;
    let shell = rusqlite::Connection::open(&it.path).unwrap();
    for _ in 0..3 {
        it.accept_for_a_look().await;
        shell.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    }
    it.accept_for_a_look().await;
    assert_eq!(it.found().await, it.accepted);
}

#[tokio::test]
async fn a_redo_log_that_is_removed_replaced_or_cut_is_made_anew_and_nothing_is_lost() {
    let remove = |path: &Path| std::fs::remove_file(path).unwrap();
    let cut = |path: &Path| std::fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
    let replace = |path: &Path| {
        std::fs::copy(path, path.with_extension("copy")).unwrap();
        rename(&path.with_extension("copy"), path);
    };
    let ways: [(_, fn(&Path)); 3] = [("removed", remove), ("cut", cut), ("replaced", replace)];
    for (way, spoil) in ways {
        let mut it = Accepting::new().await;
        spoil(&it.beside("-redo"));
        it.accept_for_a_look().await;
        assert_eq!(it.found().await, it.accepted, "{way}");
    }
}

#[test]
fn one_server_has_the_file_and_other_processes_read_and_write_it() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("deskbell.db");
    let open_alone = || SqliteStore::open_alone(&path, &Alarm::default());
    let server = open_alone().unwrap();
    let second = open_alone().err().unwrap();
    assert!(matches!(second.rule, Rule::InUse), "{second}");
    assert!(SqliteStore::open(&path).is_ok(), "a command beside it");
    drop(server);
    assert!(open_alone().is_ok(), "the next server");
}
