//! Two processes on one database: what one writes, the other hears of; and where nothing can be heard, it finds it by looking.

use crate::cluster::{Cluster, Database};
use crate::world::{World, at, wide};
use bytes::Bytes;
use deskbell_core::id::{CaptureId, InboxId, WebhookId};
use deskbell_core::inbox::{Capture, Inbox, Minute, Script, new_token};
use deskbell_core::policy::concurrency::{Concurrency, Permit};
use deskbell_core::store::{
    Captured, ChangeFeed as _, Elsewhere, Hands, Inboxes as _, Keep, Queue as _, Webhooks as _,
};
use deskbell_core::webhook::{Health, WebhookChange};
use deskbell_store::PostgresStore;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream, tcp, unix};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{sleep, timeout};

/// What a case waits for comes well within this.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than once, for a process that begins to listen takes it that anything may have happened.
const ROUNDS: usize = 3;

/// What reaches a process of what the database tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hears {
    All,
    /// It listens and no notice arrives, as behind a pooler in transaction mode.
    Nothing,
    /// It cannot even listen.
    NotEven,
}

/// A process that writes, and another one that has joined.
struct Two {
    writes: World<PostgresStore>,
    store: PostgresStore,
    concurrency: Arc<Concurrency>,
    woken: UnboundedReceiver<()>,
    told: UnboundedReceiver<String>,
    database: Database,
}

impl Two {
    /// The other one hears what the database tells, or not.
    async fn new(hears: Hears) -> Self {
        let database = Cluster::shared().database("template1");
        let writes = World::on(PostgresStore::open(&database.url).await.unwrap(), wide()).await;
        writes.store.leave(writes.epoch, at(0)).await.unwrap();
        let url = match hears {
            Hears::All => database.url.clone(),
            hears => through(hears, &database).await,
        };
        let store = PostgresStore::open(&url).await.unwrap();
        let ((wake, woken), (tell, told)) = (unbounded_channel(), unbounded_channel());
        store.tell_of_others(Arc::new(move |elsewhere| {
            let told = match elsewhere {
                Elsewhere::Account(account) => account.to_string(),
                Elsewhere::Inbox(inbox) => inbox.to_string(),
                Elsewhere::AnyAccount => "any account".to_owned(),
                Elsewhere::AnyInbox => "any inbox".to_owned(),
            };
            let _ = tell.send(told);
        }));
        let concurrency = Arc::new(Concurrency::new(wide(), Arc::default()));
        let hands = Hands {
            concurrency: Arc::clone(&concurrency),
            take: Box::new(drop),
            wake: Box::new(move || _ = wake.send(())),
        };
        store.join(Arc::new(hands), at(0), at(1_000_000)).await.unwrap();
        Self { writes, store, concurrency, woken, told, database }
    }

    /// A place at the webhook, from before its next change.
    fn place(&self, webhook: &WebhookId) -> Permit {
        self.concurrency.take(&self.writes.account, webhook, &Health::default(), 1, at(0)).unwrap()
    }

    async fn rename(&self, webhook: &WebhookId, name: &str) {
        let change = WebhookChange { name: Some(name.into()), ..WebhookChange::default() };
        self.writes.store.change_webhook(&self.writes.account, webhook, &change, at(0)).await.unwrap();
    }

    /// What is owed and nobody's wakes the other one, again and again.
    async fn is_woken(&mut self) {
        for _ in 0..ROUNDS {
            // What comes behind something that is due is no news.
            let webhook = self.writes.add_webhook().await;
            while self.woken.try_recv().is_ok() {}
            self.writes.accept(&[webhook], 0).await;
            timeout(PATIENCE, self.woken.recv()).await.expect("it is not woken");
        }
    }

    async fn is_withdrawn(&self, webhook: &WebhookId) {
        for round in 0..ROUNDS {
            let mut place = self.place(webhook);
            self.rename(webhook, &format!("round {round}")).await;
            let withdrawn = async {
                while place.enter().await {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(PATIENCE, withdrawn).await.expect("it would still begin");
        }
    }

    /// A request comes to an inbox, of the one.
    async fn captures(&self) -> InboxId {
        let World { store, random, account, .. } = &self.writes;
        let inbox = Inbox {
            id: InboxId::new(random),
            account: account.clone(),
            token: new_token(random),
            name: "mine".into(),
            script: Script::default(),
            relay: false,
            secret: None,
            created: at(0),
            expires: at(1_000_000),
            captured: 0,
            script_from: 0,
            minute: Minute::default(),
        };
        store.create_inbox(inbox.clone(), 1_000).await.unwrap();
        let request = Capture {
            id: CaptureId::new(random),
            inbox: inbox.id.clone(),
            number: 0,
            received: at(0),
            method: "POST".into(),
            path: "/".into(),
            headers: Vec::new(),
            body: Bytes::from_static(b"{}"),
            remote: None,
            answered: 0,
            event: None,
            note: None,
        };
        let keep = Keep { requests: 10, account_bytes: 1_000_000 };
        let captured = store.capture(account, &inbox.token, request, keep, 0).await.unwrap();
        assert!(matches!(captured, Captured::Stored { .. }));
        inbox.id
    }

    async fn hears_of(&mut self, name: &str) {
        let hears = async { while self.told.recv().await.is_some_and(|told| told != name) {} };
        timeout(PATIENCE, hears).await.expect("it is not told");
    }

    fn over(self) {
        let database = self.database;
        drop((self.writes, self.store));
        database.drop();
    }
}

/// The URL of the database behind something that passes on everything but notices, and whoever listens only if he may.
async fn through(hears: Hears, database: &Database) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = Cluster::shared().folder.join(".s.PGSQL.5432");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = UnixStream::connect(&socket).await else { return };
            let ((asks, answers), (said, asked)) = (client.into_split(), server.into_split());
            tokio::spawn(ask(asks, asked, hears));
            tokio::spawn(pass(said, answers));
        }
    });
    format!("postgres://postgres@127.0.0.1:{port}/{}", database.name)
}

/// Passes on what is asked; a connection that asks to listen ends, if it may not.
async fn ask(
    mut asks: tcp::OwnedReadHalf,
    mut asked: unix::OwnedWriteHalf,
    hears: Hears,
) -> std::io::Result<()> {
    let mut some = vec![0; 1 << 16];
    loop {
        let read = asks.read(&mut some).await?;
        let listens = some[..read].windows(6).any(|word| word == b"LISTEN");
        if read == 0 || (listens && hears == Hears::NotEven) {
            return Ok(());
        }
        asked.write_all(&some[..read]).await?;
    }
}

/// Passes the server's messages on, each a letter, its length and the rest, but for notices.
async fn pass(mut said: unix::OwnedReadHalf, mut answers: tcp::OwnedWriteHalf) -> std::io::Result<()> {
    loop {
        let (letter, length) = (said.read_u8().await?, said.read_u32().await?);
        let mut rest = vec![0; length as usize - 4];
        said.read_exact(&mut rest).await?;
        if letter != b'A' {
            answers.write_u8(letter).await?;
            answers.write_u32(length).await?;
            answers.write_all(&rest).await?;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_writes_the_other_hears_of() {
    let mut two = Two::new(Hears::All).await;
    let (webhook, other) = (two.writes.add_webhook().await, two.writes.add_webhook().await);
    two.is_withdrawn(&webhook).await;
    // By now it listens.
    let mut untouched = two.place(&other);
    two.is_withdrawn(&webhook).await;
    assert!(untouched.enter().await, "the webhook is named");
    two.is_woken().await;
    while two.told.try_recv().is_ok() {}
    two.writes.accept(&[other], 0).await;
    let account = two.writes.account.to_string();
    two.hears_of(&account).await;
    let inbox = two.captures().await;
    two.hears_of(inbox.as_str()).await;
    two.over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_can_be_heard_it_is_found_by_looking() {
    let mut two = Two::new(Hears::Nothing).await;
    let webhook = two.writes.add_webhook().await;
    two.is_withdrawn(&webhook).await;
    two.is_woken().await;
    for _ in 0..ROUNDS {
        while two.told.try_recv().is_ok() {}
        two.hears_of("any account").await;
        two.hears_of("any inbox").await;
    }
    two.over();
}

/// What is changed before the first look by the clock is found too. Nothing else could tell of it here: who cannot listen is not told, either,
/// that it begins to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_at_once_is_found_where_nobody_can_listen() {
    let two = Two::new(Hears::NotEven).await;
    let webhook = two.writes.add_webhook().await;
    two.is_withdrawn(&webhook).await;
    two.over();
}

/// Whoever listens is cut off and comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_breaks_is_made_anew() {
    let mut two = Two::new(Hears::All).await;
    let webhook = two.writes.add_webhook().await;
    two.is_withdrawn(&webhook).await;
    let name = two.database.name.clone();
    for _ in 0..ROUNDS {
        let cut = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE '%NOTIFY deskbell%' AND pid <> pg_backend_pid()"
        );
        Cluster::shared().ask(&name, &cut);
        two.is_withdrawn(&webhook).await;
        two.is_woken().await;
    }
    two.over();
}
