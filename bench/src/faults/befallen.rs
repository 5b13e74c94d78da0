//! Befallen: the account whose rows are made unreadable. It has one of everything, and goes on asking for it.

use crate::api::Api;
use crate::client::Connection;
use crate::program::Plan;
use crate::receiver::{Reaction, Receiver};
use crate::tally::{NO_ANSWER, Tally};
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// What it asks for, again and again.
const LISTS: [&str; 10] = [
    "/v2/deliveries?limit=100&expand=event,attempts",
    "/v2/events?limit=100",
    "/v2/attempts?limit=100",
    "/v2/webhooks?expand=health",
    "/v2/bookings",
    "/v2/conversations",
    "/v2/users",
    "/v2/booking-calendars",
    "/v2/inboxes",
    "/v2/shares",
];
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const EVENT: &str = r#"{"type":"booking.no_show","data":{}}"#;
/// An idempotency key that is used.
const ONCE: (&str, &str) = ("idempotency-key", "once");
const SIGN_IN: &str = "email=befallen%40mail.example&password=correct-horse-battery-staple";
/// Between two calls.
const PAUSE: Duration = Duration::from_millis(20);
/// Who has no answer after so long gives up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long its first attempt may take to be recorded.
const RECORDED: Duration = Duration::from_secs(10);

/// The account, while it asks. Dropped, it stops.
pub(super) struct Befallen {
    pub(super) tally: Arc<Tally>,
    _receiver: Receiver,
    asking: JoinHandle<()>,
}

impl Befallen {
    /// Makes one of everything in the account of `key`, and goes on asking.
    pub(super) async fn found(plan: &Plan, key: &str) -> anyhow::Result<Self> {
        let mut api = Api::new(plan.address, key);
        // What is refused stays pending, and has an attempt.
        let receiver = Receiver::listen(|_| ready(Reaction::Answer(500))).await?;
        api.create_webhook("befallen", &receiver.url("/"), &["booking", "conversation"]).await?;
        let mut connection = Connection::new(plan.address);
        let (headers, event) =
            ([("api-key", key), ("content-type", JSON), ONCE], Bytes::from_static(EVENT.as_bytes()));
        let answer = connection.send(Method::POST, "/v2/events", &headers, event).await?;
        ensure!(answer.status == 202, "the befallen account's event was answered {}", answer.status);
        let delivery = timeout(RECORDED, attempted(&mut api)).await.context("no attempt was recorded")??;
        api.call(Method::POST, "/v2/shares", Some(&json!({"delivery": delivery}))).await?;
        book(&mut api).await?;
        api.call(Method::POST, "/v2/conversations", Some(&json!({}))).await?;
        let inbox = api.call(Method::POST, "/v2/inboxes", Some(&json!({}))).await?;
        let door: hyper::Uri = text(&inbox, "url")?.parse()?;
        let door = door.path().to_owned();
        connection.send(Method::POST, &door, &[], Bytes::from_static(b"{}")).await?;
        let origin = format!("http://{}", plan.address);
        sign_up(&origin, &mut connection).await?;

        let captures = format!("/v2/inboxes/{}/requests", text(&inbox, "id")?);
        let tally = Arc::<Tally>::default();
        let (key, told) = (key.to_owned(), Arc::clone(&tally));
        let asking = Asking { connection, key, origin, door, captures, tally: told };
        Ok(Self { tally, _receiver: receiver, asking: tokio::spawn(asking.run()) })
    }
}

impl Drop for Befallen {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

/// Waits until the one delivery has an attempt; gives its id.
async fn attempted(api: &mut Api) -> anyhow::Result<String> {
    loop {
        let attempts = api.call(Method::GET, "/v2/attempts", None).await?;
        match attempts["data"].get(0) {
            Some(attempt) => return text(attempt, "delivery"),
            None => sleep(PAUSE).await,
        }
    }
}

async fn book(api: &mut Api) -> anyhow::Result<()> {
    let calendars = api.call(Method::GET, "/v2/booking-calendars", None).await?;
    let calendar = format!("/v2/booking-calendars/{}", text(&calendars["data"][0], "id")?);
    let slots = api.call(Method::GET, &format!("{calendar}/time-slots"), None).await?;
    let slot = slots[0]["start_time"].as_str().context("no slot is free")?;
    let form = json!({"name": "Ada Byrne", "email": "ada@corrib.example"});
    let body = json!({"start_time": slot, "guest_time_zone": "Europe/Dublin", "booking_form": form});
    api.call(Method::POST, &format!("{calendar}/schedule"), Some(&body)).await?;
    Ok(())
}

/// A member with a session, who has an account of their own.
async fn sign_up(origin: &str, connection: &mut Connection) -> anyhow::Result<()> {
    let (headers, form) =
        ([("origin", origin), ("content-type", FORM)], Bytes::from_static(SIGN_IN.as_bytes()));
    let answer = connection.send(Method::POST, "/sign-up", &headers, form).await?;
    ensure!(answer.status == 303, "the sign-up was answered {}", answer.status);
    Ok(())
}

fn text(object: &Value, field: &str) -> anyhow::Result<String> {
    object[field].as_str().map(str::to_owned).with_context(|| format!("no {field} in {object}"))
}

/// Asks until it is aborted.
struct Asking {
    connection: Connection,
    key: String,
    origin: String,
    door: String,
    captures: String,
    tally: Arc<Tally>,
}

impl Asking {
    async fn run(mut self) {
        let (captures, door) = (self.captures.clone(), self.door.clone());
        let (json, form) = (("content-type", JSON), ("content-type", FORM));
        loop {
            for list in LISTS.iter().copied().chain([captures.as_str()]) {
                self.call("lists", Method::GET, list, &[], "").await;
            }
            self.call("events", Method::POST, "/v2/events", &[json], EVENT).await;
            self.call("repeats", Method::POST, "/v2/events", &[json, ONCE], EVENT).await;
            self.call("captures", Method::POST, &door, &[json], "{}").await;
            let origin = self.origin.clone();
            self.call("sign-ins", Method::POST, "/sign-in", &[form, ("origin", &origin)], SIGN_IN).await;
        }
    }

    async fn call(
        &mut self,
        what: &'static str,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) {
        let headers = [&[("api-key", self.key.as_str())], headers].concat();
        let call = self.connection.send(method, target, &headers, Bytes::from_static(body.as_bytes()));
        let status = match timeout(PATIENCE, call).await {
            Ok(Ok(answer)) => answer.status,
            Ok(Err(_)) | Err(_) => NO_ANSWER,
        };
        self.tally.count(what, status);
        sleep(PAUSE).await;
    }
}
