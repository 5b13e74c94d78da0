//! A server of a test's own: port 0, a store in memory or in a file, and an account with a key. With `TESTS_ON=postgres` a
//! store that would be in memory is on PostgreSQL, in a database of its own.

use crate::client::{Answer, send_raw};
use crate::cluster::{Cluster, Database};
use deskbell_core::account::{Account, ApiKey, KeyText, PayloadStyle};
use deskbell_core::id::{AccountId, MemberId};
use deskbell_core::member::{Member, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::session::Session;
use deskbell_core::store::KeyCreated;
use deskbell_core::token::{Token, TokenHash};
use deskbell_core::vault::Vault;
use deskbell_core::{Alarm, Clock as _, Store, Timestamp};
use deskbell_server::config::{Config, Flags};
use deskbell_server::door::{SystemClock, SystemRandom};
use deskbell_server::instance::Instance;
use deskbell_server::serve::Ready;
use deskbell_store::{MemoryStore, PostgresStore, SqliteStore};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct Bell {
    pub(crate) address: SocketAddr,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) account: AccountId,
    pub(crate) key: String,
    /// The path that signs in the first account's owner.
    pub(crate) enter: String,
    vault: Arc<Vault>,
    /// Rung by a panic of what has to run for as long as the server does.
    pub(crate) alarm: Alarm,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<anyhow::Result<()>>>,
    dir: tempfile::TempDir,
    _database: Option<Dropped>,
}

/// A database that is dropped with the test.
struct Dropped(Option<Database>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(database) = self.0.take() {
            database.drop();
        }
    }
}

/// A new store on PostgreSQL, if that is what tests run on.
#[allow(clippy::disallowed_methods, reason = "a test has no config module")]
async fn on_postgres() -> Option<(Arc<dyn Store>, Dropped)> {
    std::env::var("TESTS_ON").is_ok_and(|on| on == "postgres").then_some(())?;
    let database = Cluster::shared().database("template1");
    let store = PostgresStore::open(&database.url).await.unwrap();
    Some((Arc::new(store), Dropped(Some(database))))
}

/// The time now, by the server's own clock.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// Settings of the environment, for a test.
pub(crate) type Settings<'a> = &'a [(&'a str, &'a str)];

/// Plain HTTP to the loopback, and no limits: what most tests need.
pub(crate) const OPEN: Settings<'static> = &[
    ("DESKBELL_DELIVERY__ALLOW_HTTP", "true"),
    ("DESKBELL_DELIVERY__ALLOW_ADDRESSES", "127.0.0.0/8"),
    ("DESKBELL_API__RATE_LIMIT", "off"),
];
/// The guard as it is by default, and no limits.
pub(crate) const CLOSED: Settings<'static> = &[("DESKBELL_API__RATE_LIMIT", "off")];

impl Bell {
    /// A server over a store that is in no file.
    pub(crate) async fn start(settings: Settings<'_>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        match on_postgres().await {
            Some((store, database)) => {
                let bell = Self::start_on(store, dir, settings).await;
                Self { _database: Some(database), ..bell }
            }
            None => Self::start_on(Arc::new(MemoryStore::new()), dir, settings).await,
        }
    }

    /// A server over a store in a file.
    pub(crate) async fn start_on_file(settings: Settings<'_>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("deskbell.db")).unwrap();
        Self::start_on(Arc::new(store), dir, settings).await
    }

    /// Another server over the same store, for the same account and key.
    pub(crate) async fn beside(&self, settings: Settings<'_>) -> Self {
        let mut bell = Self::serve(Arc::clone(&self.store), tempfile::tempdir().unwrap(), settings).await;
        (bell.account, bell.key) = (self.account.clone(), self.key.clone());
        bell
    }

    /// The file of a server over a file.
    pub(crate) fn file(&self) -> PathBuf {
        self.dir.path().join("deskbell.db")
    }

    /// The store of a server over a file, as another process opens it.
    pub(crate) fn store_of_another_process(&self) -> SqliteStore {
        SqliteStore::open(&self.file()).unwrap()
    }

    async fn start_on(store: Arc<dyn Store>, dir: tempfile::TempDir, settings: Settings<'_>) -> Self {
        let mut bell = Self::serve(store, dir, settings).await;
        (bell.account, bell.key) = bell.account("owner@bell.example").await;
        bell
    }

    async fn serve(store: Arc<dyn Store>, dir: tempfile::TempDir, settings: Settings<'_>) -> Self {
        let config = config(&dir, settings);
        let (vault, alarm) = (Arc::new(Vault::new(&[7; 32])), Alarm::default());
        let instance = Instance {
            store: Arc::clone(&store),
            vault: Arc::clone(&vault),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            lock: None,
            alarm: alarm.clone(),
        };
        let (ready, bound) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(deskbell_server::serve::run_until(
            instance,
            config,
            move |said| ready.send(said).unwrap(),
            async move {
                let _ = stopped.await;
            },
        ));
        let Ready { bound: address, enter } = bound.await.unwrap();
        Self {
            address,
            store,
            enter: enter.expose().to_owned(),
            account: AccountId::from_text(""),
            key: String::new(),
            vault,
            alarm,
            stop: Some(stop),
            served: Some(served),
            dir,
            _database: None,
        }
    }

    /// Another account, with a key.
    pub(crate) async fn account(&self, email: &str) -> (AccountId, String) {
        let (random, now) = (SystemRandom, SystemClock.now());
        let id = AccountId::new(&random);
        let account = Account {
            id: id.clone(),
            email: email.into(),
            created: now,
            payload_style: PayloadStyle::default(),
            operator: self.store.accounts().await.unwrap().is_empty(),
        };
        self.store.create_account(account, Sandbox::new(&id, &random, now)).await.unwrap();
        let key = self.new_key(&id).await;
        (id, key.text().expose().to_owned())
    }

    /// Another key of `account`.
    pub(crate) async fn new_key(&self, account: &AccountId) -> KeyText {
        self.new_key_until(account, None).await
    }

    /// Another key of `account`, good until `expires`.
    pub(crate) async fn new_key_until(&self, account: &AccountId, expires: Option<Timestamp>) -> KeyText {
        let key = KeyText::new(&SystemRandom);
        assert_eq!(
            self.store.create_key(self.stored(&key, account, expires), 25).await.unwrap(),
            KeyCreated::Created
        );
        key
    }

    /// What becomes of one more key.
    pub(crate) async fn try_key(&self, account: &AccountId) -> KeyCreated {
        let key = KeyText::new(&SystemRandom);
        self.store.create_key(self.stored(&key, account, None), 25).await.unwrap()
    }

    fn stored(&self, key: &KeyText, account: &AccountId, expires: Option<Timestamp>) -> ApiKey {
        ApiKey {
            id: key.id().clone(),
            account: account.clone(),
            name: "test".into(),
            hash: key.hash(&self.vault),
            created: SystemClock.now(),
            expires,
            revoked: None,
            last_used: None,
        }
    }

    /// Stops the server as SIGTERM would, and waits for it.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            served.await.unwrap().unwrap();
        }
    }

    /// Stops the server, has something done to its store's file, and starts it again over that, for the same account and key.
    pub(crate) async fn meanwhile(mut self, settings: Settings<'_>, done: impl AsyncFnOnce(&Path)) -> Self {
        self.stop().await;
        let Self { store, account, key, dir, .. } = self;
        let end = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
        while Arc::strong_count(&store) > 1 {
            assert!(tokio::time::Instant::now() < end, "somebody still has the store");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        drop(store);
        let path = dir.path().join("deskbell.db");
        done(&path).await;
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        Self { account, key, ..Self::serve(store, dir, settings).await }
    }

    /// Waits for the server to end by itself.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<()> {
        self.served.take().unwrap().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.key, method, path, body).await
    }

    /// `key` is an API key, or a cookie as [`Bell::session`] gives it.
    pub(crate) async fn call_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        if !key.contains('=') {
            return self.send(method, path, &[("API-Key", key)], body).await;
        }
        let headers = [("Cookie", key), ("Origin", &self.origin()), ("X-Deskbell", "1")];
        self.send(method, path, &headers, body).await
    }

    /// The origin of the dashboard's own pages.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A session of the account's owner that began just now, as its cookie.
    pub(crate) async fn session(&self, account: &AccountId) -> String {
        self.session_since(account, Role::Owner, now()).await
    }

    /// A session of a new member, who signed in at `created` and has called nothing since.
    pub(crate) async fn session_since(&self, account: &AccountId, role: Role, created: Timestamp) -> String {
        let id = MemberId::new(&SystemRandom);
        let member = Member { id, account: account.clone(), email: None, password: None, role, created };
        let member = self.store.owner_or(member).await.unwrap();
        let token = Token::new(&SystemRandom);
        let session = Session::new(token.hash(&self.vault), member.id, created);
        self.store.create_session(session, 100).await.unwrap();
        format!("deskbell={}", token.text().expose())
    }

    /// What the store finds the session of `cookie` by.
    pub(crate) fn session_hash(&self, cookie: &str) -> TokenHash {
        Token::parse(cookie.trim_start_matches("deskbell=")).unwrap().hash(&self.vault)
    }

    /// Sends a form as a browser does from a page of ours.
    pub(crate) async fn form(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        send_raw(self.address, format!("{request}\r\n{body}").as_bytes()).await
    }

    /// Sends what it is told, with a JSON content type beside a body.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &body {
            request += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        request += body.as_deref().unwrap_or_default();
        let answer = send_raw(self.address, request.as_bytes()).await;
        crate::promise::check(method, path, &answer);
        answer
    }

    /// An inbox that answers with `statuses`, one after another: its id and its address.
    pub(crate) async fn inbox(&self, statuses: &[u16]) -> (String, String) {
        let answer = |status: &u16| match status {
            429 => serde_json::json!({"status": status, "headers": {"Retry-After": "60"}}),
            _ => serde_json::json!({"status": status}),
        };
        let answers: Vec<Value> = statuses.iter().map(answer).collect();
        let inbox = self.post("/v2/inboxes", serde_json::json!({"answers": answers})).await;
        assert_eq!(inbox.status, 201, "{}", inbox.text());
        (inbox.at("/id"), inbox.at("/url"))
    }

    /// A webhook on `url`: its id and its secret.
    pub(crate) async fn webhook(&self, name: &str, url: &str, events: &[&str]) -> (String, String) {
        let made =
            self.post("/v2/webhooks", serde_json::json!({"name": name, "url": url, "events": events})).await;
        assert_eq!(made.status, 200, "{}", made.text());
        (made.at("/id"), made.at("/secret"))
    }

    /// Rings the webhook with an event of the first trigger that it asks for, as a platform does, and waits until its attempt
    /// has that outcome.
    pub(crate) async fn ring(&self, webhook: &str, outcome: &str) {
        let trigger = self.get(&format!("/v2/webhooks/{webhook}")).await.at("/events/0");
        let event = self.post("/v2/events", serde_json::json!({"type": trigger, "data": {}})).await;
        assert_eq!(event.status, 202, "{}", event.text());
        let path = format!("/v2/deliveries?webhook={webhook}&event={}", event.at("/id"));
        self.until(&path, |answer| answer.at("/data/0/last_outcome") == outcome).await;
    }

    /// Waits until the inbox holds `count` requests and gives them, newest first.
    pub(crate) async fn captured(&self, inbox: &str, count: usize) -> Vec<Value> {
        let found = self.get(&format!("/v2/inboxes/{inbox}/requests?wait=20&count={count}&limit=100")).await;
        let found = found.json()["data"].as_array().unwrap().clone();
        assert!(found.len() >= count, "{count} requests were awaited, {} came", found.len());
        found
    }

    /// Sends an empty JSON object to `path` until it is answered with `status`, in vain for 20 s at most.
    pub(crate) async fn until_status(&self, method: &str, path: &str, status: u16) {
        let end = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
        while self.send(method, path, &[], Some("{}".into())).await.status != status {
            assert!(tokio::time::Instant::now() < end, "{path} never answered {status}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Asks for `path` until `wanted` holds, in vain for 20 s at most.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        self.until_as(&self.key, path, wanted).await
    }

    /// The same with the key of another account.
    pub(crate) async fn until_as(&self, key: &str, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let end = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let answer = self.call_as(key, "GET", path, None).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(tokio::time::Instant::now() < end, "in vain: {}", answer.text());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

fn config(dir: &tempfile::TempDir, settings: Settings<'_>) -> Config {
    let data = dir.path().to_str().unwrap().to_owned();
    // Many servers run at a time, and none needs room in reserve.
    let environment = [("DESKBELL_DISK__RESERVE_MIB", "0")].iter().chain(settings);
    let environment = environment.map(|(name, value)| ((*name).into(), (*value).into()));
    let flags = Flags { listen: Some("127.0.0.1:0".into()), data: Some(data), ..Flags::default() };
    Config::load(&flags, environment).unwrap().config
}
