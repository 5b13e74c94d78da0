//! Backups beside a store that goes on, and stores that are restored from them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use deskbell_core::Alarm;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, EventId, InboxId, WebhookId};
use deskbell_core::inbox::{Inbox, Script};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{Accounts, Events, Inboxes, Pause, Queue, Statistics, Webhooks};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook};
use deskbell_store::{Backup, Copied, CopyError, Progress, Restore, Rule, SqliteStore, Why, backup, restore};
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tempfile::TempDir;

/// Of the master key.
const KEY: [u8; 32] = [7; 32];

fn id() -> AccountId {
    AccountId::from_text("ACC-1")
}

fn event(n: u32) -> NewEvent {
    let event = Event {
        id: EventId::from_text(format!("EVNT-{n}")),
        account: id(),
        trigger: Trigger::BookingScheduled,
        subject: None,
        created: from_millis(0),
        body: "{}".into(),
        origin: Origin::Platform,
        payload_deleted: false,
    };
    NewEvent { event, idempotency: None, only: None, trace: None }
}

fn inbox() -> Inbox {
    Inbox {
        id: InboxId::from_text("INB-1"),
        account: id(),
        token: "t".into(),
        name: "n".into(),
        script: Script::default(),
        relay: false,
        secret: None,
        created: from_millis(0),
        expires: from_millis(i64::MAX),
        captured: 0,
        script_from: 0,
        minute: Default::default(),
    }
}

/// A folder with a store that has an account and a webhook, and a place for a backup.
struct Given {
    folder: TempDir,
    store: Arc<SqliteStore>,
}

impl Given {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("deskbell.db")).unwrap());
        let account = Account {
            id: id(),
            email: "owner@mail.example".into(),
            created: from_millis(0),
            payload_style: PayloadStyle::Current,
            operator: true,
        };
        let sandbox = Sandbox::new(&id(), &SeededRandom::new(1), from_millis(0));
        store.create_account(account, sandbox).await.unwrap();
        assert_eq!(store.master_fingerprint(KEY).await.unwrap(), KEY);
        let webhook = Webhook {
            id: WebhookId::from_text("WHK-1"),
            account: id(),
            name: "a".into(),
            url: "https://a.example/".into(),
            events: vec![Subscription::Bookings],
            created: from_millis(0),
            secret: Sealed(b"sealed".to_vec()),
            status: Status::Enabled,
            health: Health::default(),
        };
        store.create_webhook(webhook, 9).await.unwrap();
        Self { folder, store }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn plan<'p>(&self, paths: &'p [PathBuf; 2]) -> Backup<'p> {
        let [store, to] = paths;
        Backup { store, to, with_tester: false, replace: false, now: from_millis(5) }
    }

    fn paths(&self, to: &str) -> [PathBuf; 2] {
        [self.path("deskbell.db"), self.path(to)]
    }

    fn backup(&self, to: &str) -> Result<Copied, CopyError> {
        backup(&self.plan(&self.paths(to)), &mut |_| {})
    }

    fn restore(&self, from: &str, to: &str) -> Result<Copied, CopyError> {
        let (from, store) = (self.path(from), self.path(to));
        restore(&Restore { from: &from, store: &store, fingerprint: KEY, now: from_millis(9) }, &mut |_| {})
    }

    /// The files in the folder that are not the store's own.
    fn others(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().flatten();
        let names = files.map(|file| file.file_name().into_string().unwrap());
        let mut others: Vec<String> = names.filter(|name| !name.starts_with("deskbell")).collect();
        others.sort();
        others
    }
}

fn count(path: &Path, table: &str) -> u32 {
    let conn = Connection::open(path).unwrap();
    conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Writes over the first page of a table, which nothing reads but who looks through the whole file.
fn damage_unseen(path: &Path) {
    let conn = Connection::open(path).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'sessions'";
    let root = usize::try_from(conn.query_row(root, [], |row| row.get::<_, i64>(0)).unwrap()).unwrap();
    drop(conn);
    let mut bytes = std::fs::read(path).unwrap();
    bytes[(root - 1) * 8_192..root * 8_192].fill(0x5A);
    std::fs::write(path, bytes).unwrap();
}

/// Writes over a part of the file.
fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0x5A);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn what_was_answered_is_in_a_backup_though_no_table_knows_of_it() {
    let given = Given::new().await;
    given.store.accept((0..9).map(event).collect(), from_millis(0)).await.unwrap();
    assert_eq!(count(&given.path("deskbell.db"), "events"), 0, "it is in the redo log alone");
    let copied = given.backup("b.db").unwrap();
    assert_eq!((copied.events, copied.queued, copied.at), (9, 9, from_millis(5)));
    let file = given.path("b.db");
    assert_eq!((count(&file, "events"), count(&file, "deliveries")), (9, 9));
    assert_eq!(copied.bytes, std::fs::metadata(&file).unwrap().len());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(given.others(), ["b.db"], "it is one file");
    // The store was not touched.
    given.store.accept(vec![event(9)], from_millis(0)).await.unwrap();
    assert_eq!(count(&given.path("deskbell.db"), "events"), 0);
}

/// C-48: while the tables take in the redo log again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_store_that_accepts_a_backup_has_all_that_was_answered_before_it_began() {
    let given = Given::new().await;
    let (answered, over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let accepting = tokio::spawn({
        let (store, answered, over) = (given.store.clone(), answered.clone(), over.clone());
        async move {
            let mut next = 0;
            while !over.load(Ordering::Relaxed) {
                store.accept((next..next + 20).map(event).collect(), from_millis(0)).await.unwrap();
                next += 20;
                answered.store(next, Ordering::Release);
                // Whoever reads has the tables take in what is in the log.
                if next % 200 == 0 {
                    store.event(&id(), &event(0).event.id).await.unwrap();
                }
            }
        }
    });
    let mut last = 0;
    for round in 0..25 {
        while answered.load(Ordering::Acquire) == last {
            tokio::task::yield_now().await;
        }
        last = answered.load(Ordering::Acquire);
        let file = format!("b{round}.db");
        let copied = tokio::task::block_in_place(|| given.backup(&file)).unwrap();
        assert!(copied.events >= u64::from(last), "C-48: {} of {last}", copied.events);
        assert_eq!(copied.events % 20, 0, "a call is in it wholly or not at all");
        assert_eq!(copied.events, copied.queued, "no event without what it is owed to");
    }
    over.store(true, Ordering::Relaxed);
    accepting.await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_when_that_is_said() {
    let given = Given::new().await;
    std::fs::write(given.path("b.db"), "mine").unwrap();
    let refused = given.backup("b.db").unwrap_err();
    assert!(matches!(refused.why, Why::Taken) && refused.path == given.path("b.db"), "{refused}");
    assert_eq!(std::fs::read(given.path("b.db")).unwrap(), b"mine");
    let paths = given.paths("b.db");
    let plan = Backup { replace: true, ..given.plan(&paths) };
    backup(&plan, &mut |_| {}).unwrap();
    assert_eq!((count(&given.path("b.db"), "webhooks"), given.others()), (1, vec!["b.db".into()]));

    // The tester's of another time is no part of it.
    std::fs::write(given.path("b-tester.db"), "old").unwrap();
    backup(&plan, &mut |_| {}).unwrap();
    assert_eq!(given.others(), ["b.db"]);
    std::fs::write(given.path("c-tester.db"), "mine").unwrap();
    assert!(matches!(given.backup("c.db").unwrap_err().why, Why::Taken));
}

#[tokio::test]
async fn the_testers_captures_are_copied_when_asked_for() {
    let given = Given::new().await;
    given.store.create_inbox(inbox(), 9).await.unwrap();
    let paths = given.paths("b.db");
    let plan = Backup { with_tester: true, ..given.plan(&paths) };
    let copied = backup(&plan, &mut |_| {}).unwrap();
    assert_eq!(given.others(), ["b-tester.db", "b.db"]);
    let both = ["b.db", "b-tester.db"].map(|file| std::fs::metadata(given.path(file)).unwrap());
    assert_eq!(copied.bytes, both[0].len() + both[1].len());
    assert_eq!(both[1].permissions().mode() & 0o777, 0o600);
    given.restore("b.db", "r.db").unwrap();
    let restored = SqliteStore::open(&given.path("r.db")).unwrap();
    assert_eq!(restored.inbox(&id(), &inbox().id).await.unwrap(), Some(inbox()));
}

#[tokio::test]
async fn a_store_that_is_damaged_is_not_copied_and_what_was_kept_stays() {
    let given = Given::new().await;
    given.store.accept((0..900).map(event).collect(), from_millis(0)).await.unwrap();
    let paths = given.paths("b.db");
    given.backup("b.db").unwrap();
    let kept = std::fs::read(&paths[1]).unwrap();
    let Given { folder, store } = given;
    drop(store);
    damage_unseen(&paths[0]);
    let plan =
        Backup { store: &paths[0], to: &paths[1], with_tester: false, replace: true, now: from_millis(6) };
    let refused = backup(&plan, &mut |_| {}).unwrap_err();
    assert!(matches!(refused.why, Why::Damaged(_)), "{refused}");
    assert_eq!(std::fs::read(&paths[1]).unwrap(), kept);
    assert!(!folder.path().join("b.db.part").exists());
}

#[tokio::test]
async fn one_process_at_a_time_makes_a_copy_and_what_a_killed_one_left_is_removed() {
    let given = Given::new().await;
    let part = given.path("b.db.part");
    for left in ["b.db.part", "b.db.part-redo", "b.db.part-journal", "b.db.part-wal"] {
        std::fs::write(given.path(left), "left").unwrap();
    }
    let held = std::fs::File::open(&part).unwrap();
    held.lock().unwrap();
    let refused = given.backup("b.db").unwrap_err();
    assert!(matches!(refused.why, Why::InTheMaking), "{refused}");
    drop(held);
    given.backup("b.db").unwrap();
    assert_eq!(given.others(), ["b.db"]);
}

#[tokio::test]
async fn only_a_store_of_this_release_is_copied() {
    let given = Given::new().await;
    let newest = "SELECT max(number) FROM migrations";
    let conn = Connection::open(given.path("deskbell.db")).unwrap();
    let newest: i64 = conn.query_row(newest, [], |row| row.get(0)).unwrap();
    conn.execute("DELETE FROM migrations WHERE number = ?1", [newest]).unwrap();
    let refused = given.backup("b.db").unwrap_err();
    assert!(matches!(refused.why, Why::Older(number) if number < newest), "{refused}");
    conn.execute("INSERT INTO migrations VALUES (?1, 'back'), (999, 'to come')", [newest]).unwrap();
    let refused = given.backup("b.db").unwrap_err().to_string();
    assert!(refused.contains("newer release"), "{refused}");
    assert!(given.others().is_empty());
    let nowhere = [given.path("nowhere.db"), given.path("b.db")];
    let refused = backup(&given.plan(&nowhere), &mut |_| {}).unwrap_err();
    assert!(matches!(refused.why, Why::Missing) && refused.path == nowhere[0], "{refused}");
}

#[tokio::test]
async fn a_restored_store_is_paused_until_somebody_resumes_it() {
    let given = Given::new().await;
    assert_eq!(given.store.paused().await.unwrap(), None);
    given.store.accept((0..3).map(event).collect(), from_millis(0)).await.unwrap();
    given.backup("b.db").unwrap();
    let mut told = Vec::new();
    let (from, store) = (given.path("b.db"), given.path("r.db"));
    let plan = Restore { from: &from, store: &store, fingerprint: KEY, now: from_millis(9) };
    let restored = restore(&plan, &mut |progress| told.push(progress)).unwrap();
    assert!(
        matches!(told[..], [Progress::Copied { bytes, of }, Progress::Checking] if bytes == of),
        "{told:?}"
    );
    assert_eq!((restored.events, restored.queued, restored.at), (3, 3, from_millis(5)));
    assert_eq!(given.others(), ["b.db", "r.db"]);
    for _ in 0..2 {
        let again = SqliteStore::open(&store).unwrap();
        assert_eq!(again.paused().await.unwrap(), Some(from_millis(5)), "over restarts");
        let condition = again.condition(from_millis(9)).await.unwrap();
        assert_eq!((condition.paused, condition.queued), (Some(from_millis(5)), 3));
    }
    let (server, command) = (SqliteStore::open(&store).unwrap(), SqliteStore::open(&store).unwrap());
    assert!(command.resume().await.unwrap());
    assert_eq!(server.paused().await.unwrap(), None, "beside it");
    assert!(!command.resume().await.unwrap());
    drop((server, command));
    assert_eq!(SqliteStore::open(&store).unwrap().paused().await.unwrap(), None);
    assert_eq!(SqliteStore::open(&from).unwrap().paused().await.unwrap(), Some(from_millis(5)), "it stays");
}

#[tokio::test]
async fn a_copy_takes_no_log_of_what_it_was_copied_from() {
    let given = Given::new().await;
    given.backup("b.db").unwrap();
    given.restore("b.db", "r.db").unwrap();
    let lineage = |file: &str| -> Vec<u8> {
        let conn = Connection::open(given.path(file)).unwrap();
        conn.query_row("SELECT lineage FROM redo", [], |row| row.get(0)).unwrap()
    };
    let all = ["deskbell.db", "b.db", "r.db"].map(lineage);
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
}

#[tokio::test]
async fn what_is_no_sound_store_is_not_restored() {
    let given = Given::new().await;
    given.store.accept((0..900).map(event).collect(), from_millis(0)).await.unwrap();
    let refused = |from: &str| {
        let refused = given.restore(from, "r.db").unwrap_err();
        assert_eq!(refused.path, given.path(from));
        assert!(!given.path("r.db").exists() && !given.path("r.db.part").exists(), "{refused}");
        refused.why
    };
    assert!(matches!(refused("b.db"), Why::Missing));
    std::fs::write(given.path("text.db"), [b'x'; 9_000]).unwrap();
    assert!(matches!(refused("text.db"), Why::NotAStore));
    std::fs::write(given.path("empty.db"), "").unwrap();
    assert!(matches!(refused("empty.db"), Why::NotAStore));
    Connection::open(given.path("other.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(refused("other.db"), Why::NotAStore));
    let paths = given.paths("t.db");
    backup(&Backup { with_tester: true, ..given.plan(&paths) }, &mut |_| {}).unwrap();
    assert!(matches!(refused("t-tester.db"), Why::NotAStore));
    // In use: its log has what it has not.
    assert!(matches!(refused("deskbell.db"), Why::Log(_)));

    given.backup("b.db").unwrap();
    let with = |file: &str, sql: &str| {
        std::fs::copy(given.path("b.db"), given.path(file)).unwrap();
        Connection::open(given.path(file)).unwrap().execute_batch(sql).unwrap();
    };
    with("newer.db", "INSERT INTO migrations VALUES (999, 'to come')");
    assert!(refused("newer.db").to_string().contains("newer release"));
    with("key.db", "UPDATE master SET fingerprint = zeroblob(32)");
    assert!(matches!(refused("key.db"), Why::WrongKey), "C-47");
    with("damaged.db", "");
    damage(&given.path("damaged.db"));
    assert!(matches!(refused("damaged.db"), Why::Damaged(_)));
    with("unseen.db", "");
    damage_unseen(&given.path("unseen.db"));
    assert!(matches!(refused("unseen.db"), Why::Damaged(_)));
    with("cut.db", "");
    let cut = std::fs::OpenOptions::new().write(true).open(given.path("cut.db")).unwrap();
    cut.set_len(cut.metadata().unwrap().len() / 2).unwrap();
    assert!(matches!(refused("cut.db"), Why::Damaged(_)));
    // A damaged file of the tester's keeps all of it from being restored.
    std::fs::write(given.path("b-tester.db"), [b'x'; 9_000]).unwrap();
    assert_eq!(given.restore("b.db", "r.db").unwrap_err().path, given.path("b-tester.db"));
    assert!(!given.path("r.db").exists() && !given.path("r-tester.db").exists());
}

#[tokio::test]
async fn nothing_is_restored_over_a_store() {
    let given = Given::new().await;
    given.backup("b.db").unwrap();
    given.restore("b.db", "r.db").unwrap();
    let before = std::fs::read(given.path("r.db")).unwrap();
    let refused = given.restore("b.db", "r.db").unwrap_err();
    assert!(matches!(refused.why, Why::Taken) && refused.path == given.path("r.db"), "{refused}");
    assert_eq!(std::fs::read(given.path("r.db")).unwrap(), before);
    std::fs::write(given.path("s-tester.db"), "mine").unwrap();
    assert_eq!(given.restore("b.db", "s.db").unwrap_err().path, given.path("s-tester.db"));
}

/// As `sqlite3`'s own copies are made, and by a release that knew of no pause.
#[tokio::test]
async fn a_copy_that_was_made_by_other_means_is_restored_too() {
    let given = Given::new().await;
    given.store.accept((0..3).map(event).collect(), from_millis(0)).await.unwrap();
    given.store.event(&id(), &event(0).event.id).await.unwrap();
    let (conn, copy) = (Connection::open(given.path("deskbell.db")).unwrap(), given.path("copy.db"));
    conn.execute("VACUUM INTO ?1", [copy.to_str()]).unwrap();
    let old = "DROP TABLE kept; DROP TABLE traces; DROP TABLE history; DROP TABLE throughput; DROP TABLE pause; DROP TABLE cuts; DROP TABLE open_payloads; DROP TABLE leftovers;
               DROP INDEX idempotency_event; ALTER TABLE accounts DROP COLUMN keep_events;
               ALTER TABLE accounts DROP COLUMN keep_payloads; ALTER TABLE accounts DROP COLUMN quota;
               DELETE FROM migrations WHERE number >= 10";
    Connection::open(&copy).unwrap().execute_batch(old).unwrap();
    let restored = given.restore("copy.db", "r.db").unwrap();
    assert_eq!((restored.events, restored.queued, restored.at), (3, 3, from_millis(9)));
    let store = SqliteStore::open(&given.path("r.db")).unwrap();
    assert_eq!(store.paused().await.unwrap(), Some(from_millis(9)));
}

#[tokio::test]
async fn a_damaged_file_is_named_at_the_start_of_a_server() {
    let given = Given::new().await;
    given.store.accept((0..900).map(event).collect(), from_millis(0)).await.unwrap();
    let Given { folder, store } = given;
    drop(store);
    let path = folder.path().join("deskbell.db");
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let refused = SqliteStore::open_alone(&path, &Alarm::default()).err().unwrap();
        assert!(matches!(refused.rule, Rule::Damaged(_)), "{refused}");
        assert!(refused.to_string().contains("deskbell.db: it is damaged"), "{refused}");
    };
    // Cut, of another kind, and with each page overwritten that the last events need.
    refused(&whole[..whole.len() / 2]);
    refused(&[b'x'; 9_000]);
    let root = {
        std::fs::write(&path, &whole).unwrap();
        let conn = Connection::open(&path).unwrap();
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'events_account'";
        usize::try_from(conn.query_row(root, [], |row| row.get::<_, i64>(0)).unwrap()).unwrap()
    };
    let mut bytes = whole.clone();
    bytes[(root - 1) * 8_192..root * 8_192].fill(0x5A);
    refused(&bytes);
    std::fs::write(&path, &whole).unwrap();
    SqliteStore::open_alone(&path, &Alarm::default()).unwrap();
}
