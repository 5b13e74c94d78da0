//! A store that is transferred from SQLite's files to a PostgreSQL database: some of everything reads the same there, whenever the
//! transfer was killed on the way.

use crate::cluster::{Cluster, Database};
use crate::given::{Given, Shared, add_account, at, database, first, room, rules, sqlite, stranger};
use crate::{account, booking, conversation, inbox, member, one_time_link, sandbox, share};
use deskbell_core::account::PayloadStyle;
use deskbell_core::attempt::Outcome;
use deskbell_core::event::{Idempotency, NewEvent};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::retention::{Keep, OwnKeep};
use deskbell_core::sandbox::{Identifier, ObjectKind};
use deskbell_core::store::{
    Accepted, AttemptFilter, BookingFilter, ConversationFilter, DeliveryFilter, EventFilter, Expire,
};
use deskbell_core::throughput::Throughput;
use deskbell_core::token::TokenHash;
use deskbell_core::webhook::WebhookChange;
use deskbell_store::{
    Compared, Moving, PostgresStore, SqliteStore, Taken, Transfer, TransferError, Transferred, transfer,
    transferred,
};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use tempfile::TempDir;

/// When the transfers begin, behind all that happened.
const BEGINS: i64 = 50_000_000;
/// Of the master key.
const KEY: [u8; 32] = [7; 32];
/// An address that is longer than what it is looked up by.
fn long_email() -> String {
    format!("{}@mail.example", "é".repeat(600))
}

/// A store with some of everything, closed as a kill leaves it; and an empty database.
struct World {
    folder: TempDir,
    database: Database,
}

impl World {
    async fn new() -> Self {
        let (store, opened) = sqlite().await;
        let mut done = Throughput { accepted: 3, ..Throughput::new(at(0)) };
        done.count(Outcome::Delivered, 2);
        store.add_throughput(&done).await.unwrap();
        fill(store).await;
        let (_, folder) = opened.crash();
        Self { folder, database: database().await }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("deskbell.db")
    }

    fn files(&self) -> [Connection; 2] {
        ["deskbell.db", "deskbell-tester.db"]
            .map(|file| Connection::open(self.folder.path().join(file)).unwrap())
    }

    /// What a statement gives in the database.
    fn ask(&self, statement: &str) -> String {
        Cluster::shared().ask(&self.database.name, statement)
    }

    /// Transfers it wholly, in batches of a few rows.
    async fn transfer(&self) -> Result<Transferred, TransferError> {
        run(&self.path(), &self.database.url, BEGINS).await
    }

    /// Transfers it, and is killed as soon as it is told of something for which `over` holds; what it came to when it never is.
    async fn killed(
        &self,
        mut over: impl FnMut(Moving) -> bool + Send,
    ) -> Option<Result<Transferred, TransferError>> {
        let (path, is_over) = (self.path(), AtomicBool::new(false));
        let plan = Transfer { from: &path, to: &self.database.url, rows: 3, now: at(BEGINS) };
        let mut told = |moving| {
            if over(moving) {
                is_over.store(true, Ordering::Relaxed);
            }
        };
        {
            let mut transfer = pin!(transfer(&plan, &mut told));
            let done = std::future::poll_fn(|context| match transfer.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if is_over.load(Ordering::Relaxed) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            });
            if let Some(done) = done.await {
                return Some(done);
            }
        }
        // A process would be gone with all its threads.
        while SqliteStore::open_alone(&path, &Default::default()).is_err() {
            tokio::task::yield_now().await;
        }
        None
    }

    /// Whether both read the same, and goes.
    async fn holds_the_same(self) {
        let source: Shared = Arc::new(SqliteStore::open(&self.path()).unwrap());
        let target: Shared = Arc::new(PostgresStore::open(&self.database.url).await.unwrap());
        // As what it held where a machine died is, once somebody takes over.
        source.take_over(Default::default(), at(BEGINS), 1_000).await.unwrap();
        let (source_reads, target_reads) = (reads(&source).await, reads(&target).await);
        for (source, target) in source_reads.iter().zip(&target_reads) {
            assert_eq!(source, target);
        }
        assert_eq!(source_reads.len(), target_reads.len());
        drop(target);
        self.database.drop();
    }
}

async fn run(from: &Path, to: &str, millis: i64) -> Result<Transferred, TransferError> {
    transfer(&Transfer { from, to, rows: 3, now: at(millis) }, &mut |_| {}).await
}

fn of<'t>(transferred: &'t Transferred, table: &str) -> &'t Compared {
    transferred.tables.iter().find(|one| one.table == table).unwrap()
}

/// Some of everything, and of what a machine does: delivered, failed, sleeping, cancelled, due, and held.
async fn fill(store: Shared) {
    assert_eq!(store.master_fingerprint(KEY).await.unwrap(), KEY);
    let mut given = Given::on(store).await;
    let (store, ours) = (given.store.clone(), given.account.clone());
    // Events that go again for their age, bytes of others, and one that is not over: its bytes are looked at again.
    let dying = given.add_webhook("dying").await;
    given.accept(4, 0).await;
    for leased in given.claim(0).await.leased.iter().take(3) {
        given.finish(leased, Outcome::Delivered, 1).await;
    }
    store
        .change_webhook(&ours, &dying, &WebhookChange { enabled: Some(false), ..Default::default() }, at(2))
        .await
        .unwrap();
    given.add_webhook("slow").await;
    given.accept(3, 5_000_000).await;
    let keep = Keep { events: Duration::from_millis(1_000_000), payloads: Duration::from_millis(100) };
    let mut next = Some(Expire { now: at(6_000_000), keep, rows: 100, from: None });
    while let Some(part) = next {
        next = store.expire(part).await.unwrap().next.map(|from| Expire { from: Some(from), ..part });
    }
    people(&given).await;
    let (fine, failing) = (given.add_webhook("fine").await, given.add_webhook("failing").await);
    let gone = given.add_webhook("gone").await;
    store.delete_webhook(&ours, &gone, at(2)).await.unwrap();
    let change = WebhookChange {
        name: Some("other".into()),
        url: Some("https://a.example/other".into()),
        ..Default::default()
    };
    given.accept(5, 10_000_000).await;
    for leased in given.claim(10_000_000).await.leased {
        let status = if leased.webhook.id == failing { 429 } else { 200 };
        given.answer(&leased, status, 10_000_100).await;
    }
    // A second target of the same webhook, and attempts that were lost.
    store.change_webhook(&ours, &failing, &change, at(10_000_200)).await.unwrap();
    given.claim(20_000_000).await;
    given.start_again(20_000_100).await;
    given.claim(20_000_200).await;
    let odd = NewEvent { only: Some(fine.clone()), ..given.traced("a=1") };
    let subject = |text: &str| Some(text.to_owned());
    let events = ["EVNT-odd", "EVNT-00000000ZZ"].map(|id| {
        let mut new = odd.clone();
        (new.event.id, new.event.subject) = (EventId::from_text(id), subject("BKNG-Ω"));
        new.idempotency = Some(Idempotency { key: format!("key of {id}"), digest: [9; 32] });
        new
    });
    let accepted = store.accept(events.into(), at(20_000_300)).await.unwrap();
    assert_eq!(accepted, [Accepted::New { deliveries: 1 }, Accepted::New { deliveries: 1 }]);
    let last = given.add_webhook("last").await;
    given.join(room(2), 21_000_000, 60_000_000).await;
    // Held, and never ended: no machine comes along.
    given.accept_for(&last, 1, 40_000_000).await;
}

/// Everything that no machine does.
async fn people(given: &Given) {
    let (store, ours) = (&given.store, &given.account);
    assert_eq!(
        member::sign_up(store, "1", "Zoë@mail.example").await,
        deskbell_core::store::AccountCreated::Created
    );
    let key = account::key(given, "ci");
    let (revoked, used) = (account::key(given, "old"), account::key(given, "used"));
    for key in [&key, &revoked, &used] {
        store.create_key(key.clone(), 9).await.unwrap();
    }
    store.revoke_key(&revoked.id, at(20)).await.unwrap();
    store.note_key(&used.id, at(30)).await.unwrap();
    store.create_session(member::session(1, "MBR-1"), 9).await.unwrap();
    let own = OwnKeep { events: Some(Duration::from_secs(9)), payloads: None };
    assert!(store.set_own_keep(ours, own).await.unwrap());
    assert!(store.set_own_quota(ours, Some(1 << 40)).await.unwrap());
    store.set_payload_style(ours, PayloadStyle::Expanded).await.unwrap();
    let mut user = sandbox::user(given, "mira");
    user.email = long_email();
    sandbox::add(given, user).await;
    let unwanted = sandbox::user(given, "unwanted");
    sandbox::add(given, unwanted.clone()).await;
    assert!(store.delete_object(ours, ObjectKind::User, unwanted.id.as_str()).await.unwrap());
    let link = one_time_link::link(given, 1);
    assert_eq!(one_time_link::add(given, &link, 9).await, deskbell_core::store::ObjectAdded::Added);
    booking::save(given, &one_time_link::with(given, &link, 0)).await;
    booking::save(given, &booking::booking(given, 60)).await;
    conversation::begin(given, &conversation::conversation(given, 1, 1, 0)).await;
    let (one, other) = (inbox::add(given).await, inbox::add(given).await);
    for n in 0..4 {
        inbox::capture(given, if n % 2 == 0 { &one } else { &other }, n).await;
    }
    inbox::heavy(given, &one, 5).await;
    store.delete_captures(ours, &other.id, None).await.unwrap();
    let relay = deskbell_core::inbox::Inbox {
        id: deskbell_core::id::InboxId::from_text("INB-relay"),
        token: "relay".into(),
        relay: true,
        secret: Some(deskbell_core::vault::Sealed(vec![0, 255])),
        ..one
    };
    store.create_inbox(relay, 9).await.unwrap();
    share::add(given).await;
}

/// All that can be read of a store.
async fn reads(store: &Shared) -> Vec<String> {
    let (page, mut told) = (first(10_000), Vec::new());
    macro_rules! tell {
        ($($read:expr),* $(,)?) => { $(told.push(format!("{:?}", $read.await.unwrap()));)* };
    }
    tell!(store.accounts(), store.first_account(), store.member_by_email("zoë@mail.example"), store.paused());
    tell!(store.session(&TokenHash([1; 32])), store.master_fingerprint([8; 32]));
    let accounts = store.accounts().await.unwrap();
    for account in accounts.iter().map(|account| &account.id) {
        tell!(store.sandbox(account), store.keys(account), store.own_keep(account), store.cut(account));
        tell!(store.kept(account));
        tell!(store.webhooks(account, &page), store.events(account, &EventFilter::default(), &page));
        let webhooks = store.webhooks(account, &page).await.unwrap().items;
        let ids: Vec<_> = webhooks.iter().map(|webhook| webhook.id.clone()).collect();
        tell!(store.records(account, &ids, at(0)));
        let subject = EventFilter { subject: Some("BKNG-Ω".into()), ..EventFilter::default() };
        tell!(store.events(account, &subject, &page));
        tell!(store.deliveries(account, &DeliveryFilter::default(), &page));
        tell!(store.attempts(account, &AttemptFilter::default(), &page));
        tell!(store.bookings(account, &BookingFilter::default(), &page));
        tell!(store.conversations(account, &ConversationFilter::default(), &page));
        tell!(store.inboxes(account, &page), store.shares(account, &page));
        for inbox in store.inboxes(account, &page).await.unwrap().items {
            tell!(store.captures(account, &inbox.id, &page), store.inbox_of_token(&inbox.token));
        }
        tell!(store.events_between(account, 0, i64::MAX as u64, 1_000));
        tell!(store.attempts_between(account, 0, i64::MAX as u64, 1_000));
        tell!(store.captures_between(account, 0, i64::MAX as u64, 1_000));
        let position = store.position(account).await.unwrap();
        told.push(format!("{} {}", position.event, position.attempt));
        let email = long_email();
        let find = store.object_by(account, ObjectKind::User, Identifier::Email, &email);
        told.push(format!("{:?}", find.await.unwrap().map(|user| user.id().to_owned())));
    }
    let condition = store.condition(at(BEGINS)).await.unwrap();
    told.push(format!("{} {:?}", condition.queued, condition.oldest_due));
    told.push(format!("{:?}", store.throughput(at(0), Duration::from_secs(900)).await.unwrap()));
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_of_everything_reads_the_same_and_is_paused() {
    let world = World::new().await;
    let done = world.transfer().await.unwrap();
    let held = "SELECT count(*) FROM deliveries WHERE leased > 0 AND epoch > 0 AND due IS NULL";
    assert_eq!(world.files()[0].query_row(held, [], |row| row.get::<_, i64>(0)), Ok(1));
    assert!(done.tables.iter().all(Compared::is_equal));
    let empty: Vec<_> =
        done.tables.iter().filter(|table| table.source_rows == 0).map(|table| table.table).collect();
    assert!(empty.iter().all(|table| *table == "leftovers"), "nothing is shown of an empty table: {empty:?}");
    assert_eq!(done.tables.iter().map(|table| table.left_out).sum::<u64>(), 0);
    let target = PostgresStore::open(&world.database.url).await.unwrap();
    let target: Shared = Arc::new(target);
    assert_eq!(target.paused().await.unwrap(), Some(at(BEGINS)));
    // The source is not: what is told of the pause is told of both.
    world.files()[0]
        .execute("INSERT INTO pause (one, copied) VALUES (1, ?1)", [1_800_000_000_000 + BEGINS])
        .unwrap();
    drop(target);
    world.holds_the_same().await;
}

/// Done-when 6: killed after each step in turn, each time going on where it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_after_every_step_it_goes_on_and_comes_to_the_same() {
    let world = World::new().await;
    let mut kills: usize = 0;
    loop {
        // After each batch; behind the copying it has to get further each time.
        let (mut steps, most) = (0, kills.saturating_sub(40));
        let after = |_| {
            steps += 1;
            steps > most
        };
        match world.killed(after).await {
            None => kills += 1,
            Some(done) => {
                let done = done.unwrap();
                assert!(done.tables.iter().all(Compared::is_equal) && done.began == at(BEGINS));
                break;
            }
        }
        // While it is not whole, nobody serves it.
        if let Err(refused) = PostgresStore::open(&world.database.url).await {
            assert!(refused.to_string().contains("deskbell copy"), "{refused}");
        } else {
            panic!("a part of a store was opened");
        }
    }
    assert!(kills > 40, "{kills}");
    world.files()[0]
        .execute("INSERT INTO pause (one, copied) VALUES (1, ?1)", [1_800_000_000_000 + BEGINS])
        .unwrap();
    let again = world.transfer().await.unwrap_err();
    assert!(matches!(again, TransferError::Ended(ended) if ended == at(BEGINS)), "{again}");
    world.holds_the_same().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_next_comes_behind_what_was_there() {
    let world = World::new().await;
    let last: i64 = world.files()[1]
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'captures'", [], |row| row.get(0))
        .unwrap();
    let epochs: i64 = world.files()[0]
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'epochs'", [], |row| row.get(0))
        .unwrap();
    world.transfer().await.unwrap();
    let store: Shared = Arc::new(PostgresStore::open(&world.database.url).await.unwrap());
    let ours = AccountId::from_text("ACC-OURS");
    let before = store.position(&ours).await.unwrap();
    assert_eq!(before.capture, last as u64, "also of one that was deleted");
    assert!(store.accounts().await.unwrap().iter().all(|account| account.id.as_str() != "ACC-NEXT"));
    add_account(&*store, AccountId::from_text("ACC-NEXT"), "next@mail.example").await;
    let queued = store.condition(at(BEGINS)).await.unwrap().queued;
    assert!(queued > 0 && store.resume().await.unwrap());
    let mut given = Given {
        store: store.clone(),
        random: deskbell_core::door::SeededRandom::new(77),
        account: ours.clone(),
        epoch: Default::default(),
        concurrency: Arc::new(deskbell_core::policy::concurrency::Concurrency::new(room(50), Arc::default())),
    };
    // In the past, as after a clock was set back: it comes behind all the same.
    given.join(room(0), 0, i64::from(i32::MAX)).await;
    assert!(given.epoch.0 > epochs as u64, "{:?}", given.epoch);
    given.add_webhook("next").await;
    given.accept(1, 1).await;
    let after = store.position(&ours).await.unwrap();
    assert!(after.event > before.event, "{after:?} {before:?}");
    // What was held is due, and what was due is due: all of it is handed out, each once.
    let mut seen = BTreeSet::new();
    let later = BEGINS + 100_000_000;
    loop {
        let taken = given.store.claim(given.asking_for(50, later), &rules()).await.unwrap();
        if taken.handed.is_empty() {
            break;
        }
        seen.extend(taken.handed.iter().map(|handed| handed.leased.delivery.id.to_string()));
        for handed in taken.handed {
            given.finish(&handed.leased, Outcome::Delivered, later).await;
        }
    }
    assert!(seen.len() as u64 >= queued, "{} of {queued}", seen.len());
    assert_eq!(store.condition(at(later)).await.unwrap().queued, 0);
    let attempts = store.position(&ours).await.unwrap().attempt;
    assert!(attempts > before.attempt);
    drop((store, given));
    world.database.drop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_row_is_named_and_stops_nothing_but_itself() {
    let world = World::new().await;
    let [main, tester] = world.files();
    main.pragma_update(None, "foreign_keys", false).unwrap();
    main.execute_batch("UPDATE events SET subject = CAST(x'ff' AS TEXT) WHERE id = 'EVNT-odd'").unwrap();
    main.execute_batch("UPDATE keys SET name = CAST(x'6100' AS TEXT) WHERE name = 'old'").unwrap();
    main.execute_batch("UPDATE webhooks SET account = 'ACC-NOBODY' WHERE name = 'gone'").unwrap();
    main.execute_batch("UPDATE sessions SET member = 'MBR-NOBODY'").unwrap();
    tester.execute_batch("PRAGMA foreign_keys = off; UPDATE captures SET inbox = 99 WHERE seq = 1").unwrap();
    drop((main, tester));
    let done = world.transfer().await.unwrap();
    assert!(done.tables.iter().all(Compared::is_equal));
    let left_out: Vec<_> = done
        .tables
        .iter()
        .filter(|table| table.left_out > 0)
        .map(|table| (table.table, table.left_out))
        .collect();
    assert_eq!(left_out, [("keys", 1), ("sessions", 1), ("webhooks", 1), ("events", 1), ("captures", 1)]);
    for (table, why) in
        [("events", "subject: text that is no UTF-8"), ("webhooks", "account"), ("keys", "0x00")]
    {
        let named = &of(&done, table).named;
        assert!(named.len() == 1 && named[0].contains(why), "{table}: {named:?}");
        assert!(named[0].split(':').next().unwrap().parse::<i64>().is_ok(), "by its key: {named:?}");
    }
    let store = PostgresStore::open(&world.database.url).await.unwrap();
    let keys = deskbell_core::store::Accounts::keys(&store, &AccountId::from_text("ACC-1")).await.unwrap();
    assert_eq!(keys.len(), 2, "the others are there");
    drop(store);
    world.database.drop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_changed_on_the_way_is_seen_by_its_table() {
    let world = World::new().await;
    assert!(world.killed(|moving| matches!(moving, Moving::Closing)).await.is_none());
    world.ask("UPDATE attempts SET number = number + 100 WHERE place = (SELECT min(place) FROM attempts)");
    world.ask("DELETE FROM accounts WHERE id = 'ACC-1'");
    match world.transfer().await.unwrap_err() {
        TransferError::Different { tables, compared } => {
            assert_eq!(tables, ["accounts", "attempts"]);
            assert!(compared.iter().filter(|one| !one.is_equal()).count() == 2);
        }
        other => panic!("{other}"),
    }
    assert!(PostgresStore::open(&world.database.url).await.is_err(), "nobody serves it");
    world.database.drop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_mixed_with_what_is_there() {
    let taken = |refused: Result<Transferred, TransferError>| match refused {
        Err(TransferError::Taken(taken)) => taken,
        other => panic!("{other:?}"),
    };
    let world = World::new().await;
    let used = database().await;
    let store = PostgresStore::open(&used.url).await.unwrap();
    add_account(&store, stranger(), "theirs@mail.example").await;
    assert_eq!(taken(run(&world.path(), &used.url, BEGINS).await), Taken::Accounts);
    let served = database().await;
    let other: Shared = Arc::new(PostgresStore::open(&served.url).await.unwrap());
    let hands = deskbell_core::store::Hands {
        concurrency: Arc::new(deskbell_core::policy::concurrency::Concurrency::new(room(1), Arc::default())),
        take: Box::new(|_| {}),
        wake: Box::new(|| {}),
    };
    let epoch = other.join(Arc::new(hands), at(0), at(BEGINS + 1)).await.unwrap();
    assert_eq!(taken(run(&world.path(), &served.url, BEGINS).await), Taken::Served);
    other.leave(epoch, at(BEGINS)).await.unwrap();
    assert!(run(&world.path(), &served.url, BEGINS).await.is_ok(), "an empty one that nobody serves is none");

    // Begun with one store, it takes no other, nor the same after somebody used it.
    assert!(world.killed(|moving| matches!(moving, Moving::Copied { table: "sandbox", .. })).await.is_none());
    let another = World::new().await;
    assert_eq!(taken(run(&another.path(), &world.database.url, BEGINS).await), Taken::Another);
    let source = SqliteStore::open(&world.path()).unwrap();
    deskbell_core::store::Accounts::set_payload_style(
        &source,
        &AccountId::from_text("ACC-1"),
        PayloadStyle::Expanded,
    )
    .await
    .unwrap();
    drop(source);
    assert_eq!(taken(world.transfer().await), Taken::Older);
    drop((store, other));
    for database in [used, served, world.database, another.database] {
        database.drop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_files_that_nobody_serves_and_that_are_a_store_are_read() {
    let world = World::new().await;
    let alone = SqliteStore::open_alone(&world.path(), &Default::default()).unwrap();
    let refused = world.transfer().await.unwrap_err().to_string();
    assert!(refused.contains("a server has it open"), "{refused}");
    drop(alone);
    let nowhere = world.folder.path().join("nowhere.db");
    let refused = run(&nowhere, &world.database.url, BEGINS).await.unwrap_err().to_string();
    assert!(refused.contains("nowhere.db: there is no such file") && !nowhere.exists(), "{refused}");
    std::fs::write(&nowhere, b"").unwrap();
    let refused = run(&nowhere, &world.database.url, BEGINS).await.unwrap_err().to_string();
    assert!(refused.contains("not the main file"), "{refused}");
    let [main, _] = world.files();
    main.execute_batch("DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)").unwrap();
    let refused = world.transfer().await.unwrap_err().to_string();
    assert!(refused.contains("deskbell migrate --apply"), "{refused}");
    assert_eq!(world.ask("SELECT count(*) FROM transfer"), "0");
    world.database.drop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_how_far_it_is() {
    let world = World::new().await;
    let (path, mut copied, mut compared) = (world.path(), Vec::new(), Vec::new());
    let plan = Transfer { from: &path, to: &world.database.url, rows: 3, now: at(BEGINS) };
    let mut told = |moving| match moving {
        Moving::Copied { rows, of, bytes, before, .. } => copied.push((rows, of, bytes, before)),
        Moving::Closing => {}
        Moving::Compared { rows, of } => compared.push((rows, of)),
    };
    transfer(&plan, &mut told).await.unwrap();
    assert!(copied.is_sorted() && compared.is_sorted());
    let (rows, of, bytes, before) = *copied.last().unwrap();
    assert!(rows == of && bytes > 400_000 && before == 0, "{rows} of {of}, {bytes}");
    assert_eq!(compared.last(), Some(&(of, of)));
    world.database.drop();
}

/// Whoever adds a table or a column to either store says in `src/transfer/tables.rs` what becomes of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_and_column_of_both_stores_has_its_line() {
    let world = World::new().await;
    let [sqlite, postgres] = transferred();
    let mut there = Vec::new();
    for conn in world.files() {
        let select = "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c
                      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
        let mut select = conn.prepare(select).unwrap();
        let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        there.extend(select.query_map([], pair).unwrap().map(Result::unwrap));
    }
    hold(&sqlite, &there);
    let select =
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'";
    let told = world.ask(select);
    let pair = |line: &str| line.split_once('|').map(|(table, column)| (table.to_owned(), column.to_owned()));
    let there: Vec<_> = told.lines().filter_map(pair).collect();
    assert!(there.len() > 100);
    hold(&postgres, &there);
    world.database.drop();
}

/// Whether each of these columns is in the list, by itself or with its table, and nothing else is.
fn hold(listed: &[String], there: &[(String, String)]) {
    let names = there.iter().flat_map(|(table, column)| [table.clone(), format!("{table}.{column}")]);
    let names: BTreeSet<String> = names.collect();
    let unlisted: Vec<_> = there
        .iter()
        .filter(|(table, column)| !listed.contains(table) && !listed.contains(&format!("{table}.{column}")))
        .collect();
    assert!(unlisted.is_empty(), "in no list: {unlisted:?}");
    let gone: Vec<_> = listed.iter().filter(|name| !names.contains(*name)).collect();
    assert!(gone.is_empty(), "listed, and not there: {gone:?}");
}
