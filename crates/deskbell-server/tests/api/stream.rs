//! The stream: everything once and in order, across cuts; filters; who may not follow.

use crate::bell::{Bell, CLOSED, OPEN, Settings};
use crate::client::Answer;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything here takes; only a failure waits for it.
const IN_VAIN: Duration = Duration::from_secs(20);

/// A server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) kind: String,
    id: String,
    data: Value,
}

impl Message {
    pub(crate) fn object(&self) -> &str {
        self.data["id"].as_str().unwrap()
    }
}

/// A client of a few lines.
pub(crate) struct Follower {
    socket: TcpStream,
    /// As it came.
    raw: Vec<u8>,
    /// Without the chunks around it.
    text: Vec<u8>,
    ended: bool,
    head: String,
    /// The last id that was told.
    last: String,
}

impl Follower {
    async fn start(bell: &Bell, query: &str) -> Self {
        Self::start_as(bell.address, &bell.key, query, None).await
    }

    pub(crate) async fn resume(bell: &Bell, last: &str) -> Self {
        Self::start_as(bell.address, &bell.key, "", Some(last)).await
    }

    /// Reads the head and the greeting.
    async fn start_as(address: SocketAddr, key: &str, query: &str, last: Option<&str>) -> Self {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
        let by = if key.contains('=') { "Cookie" } else { "API-Key" };
        let request = format!(
            "GET /v2/stream{query} HTTP/1.1\r\nHost: {address}\r\n{by}: {key}\r\nAccept: text/event-stream\r\n{last}\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut follower = Self {
            socket,
            raw: Vec::new(),
            text: Vec::new(),
            ended: false,
            head: String::new(),
            last: String::new(),
        };
        let end = loop {
            if let Some(end) = follower.raw.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            assert!(follower.read().await, "no head");
        };
        follower.head = String::from_utf8(follower.raw.drain(..end + 4).collect()).unwrap();
        assert!(follower.head.starts_with("HTTP/1.1 200"), "{}", follower.head);
        let greeting = follower.block().await.unwrap();
        follower.last = greeting.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
        follower
    }

    async fn read(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        let read = timeout(IN_VAIN, self.socket.read(&mut buffer)).await.expect("nothing came");
        let count = read.unwrap_or(0);
        self.raw.extend_from_slice(&buffer[..count]);
        count > 0
    }

    /// Takes whole chunks out of what came.
    fn dechunk(&mut self) {
        while let Some(line) = self.raw.windows(2).position(|window| window == b"\r\n") {
            let size = std::str::from_utf8(&self.raw[..line]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            if self.raw.len() < line + 2 + size + 2 {
                return;
            }
            self.text.extend_from_slice(&self.raw[line + 2..line + 2 + size]);
            self.raw.drain(..line + 2 + size + 2);
            self.ended |= size == 0;
        }
    }

    /// The text up to the next empty line; `None` at the end of the stream.
    async fn block(&mut self) -> Option<String> {
        loop {
            self.dechunk();
            if let Some(end) = self.text.windows(2).position(|window| window == b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                return Some(String::from_utf8(block).unwrap());
            }
            if self.ended || !self.read().await {
                return None;
            }
        }
    }

    /// The next message that is news; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            let message = self.message().await?;
            if message.kind != "lag" {
                return Some(message);
            }
        }
    }

    /// The next message, of the lag too.
    async fn message(&mut self) -> Option<Message> {
        loop {
            let block = self.block().await?;
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            let Some(data) = field("data: ") else { continue };
            let message = Message {
                kind: field("event: ").unwrap(),
                id: field("id: ").unwrap(),
                data: serde_json::from_str(&data).unwrap(),
            };
            self.last.clone_from(&message.id);
            return Some(message);
        }
    }

    async fn take(&mut self, count: usize) -> Vec<Message> {
        let mut messages = Vec::new();
        while messages.len() < count {
            messages.push(self.next().await.expect("the stream ended"));
        }
        messages
    }
}

fn event(n: usize) -> Value {
    json!({"type": "booking.scheduled", "data": {"object": "booking", "id": format!("BKNG-{n}")}})
}

async fn post(bell: &Bell, events: std::ops::Range<usize>) {
    let events: Vec<Value> = events.map(event).collect();
    assert_eq!(bell.post("/v2/events", json!({"events": events})).await.status, 202);
}

/// Ids of the messages of a kind, in the order they came.
fn of(messages: &[Message], kind: &str) -> Vec<String> {
    messages
        .iter()
        .filter(|message| message.kind == kind)
        .map(|message| message.object().to_owned())
        .collect()
}

/// All ids of a list, oldest first.
async fn listed(bell: &Bell, path: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let page = bell.get(&format!("{path}?limit=100{after}")).await.json();
        let found = page["data"].as_array().unwrap();
        ids.extend(found.iter().map(|object| object["id"].as_str().unwrap().to_owned()));
        if page["has_more"] != true {
            ids.reverse();
            return ids;
        }
        after = format!("&after={}", ids.last().unwrap());
    }
}

/// Holds what a stream told of `count` events for one webhook on an inbox against the lists.
async fn holds(bell: &Bell, inbox: &str, told: &[Message], count: usize) {
    assert_eq!(of(told, "event"), listed(bell, "/v2/events").await, "every event, in order");
    assert_eq!(of(told, "attempt"), listed(bell, "/v2/attempts").await, "every attempt, in order");
    let captures = listed(bell, &format!("/v2/inboxes/{inbox}/requests")).await;
    assert_eq!(of(told, "capture"), captures, "every capture, in order");
    let mut at: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, message) in told.iter().enumerate() {
        at.entry(message.object()).or_default().push(place);
    }
    for (place, message) in told.iter().enumerate().filter(|(_, message)| message.kind == "attempt") {
        let delivery = &at[message.data["delivery"].as_str().unwrap()];
        let event = &at[message.data["event"].as_str().unwrap()];
        assert!(event[0] < delivery[0] && delivery[0] < place, "an event, its delivery, then the attempt");
        assert_eq!(delivery[1..], [place + 1], "the delivery once more, right behind the attempt");
        assert_eq!(told[place + 1].data["status"], "delivered");
    }
    assert_eq!(told.len(), 5 * count, "event, delivery, capture, attempt, delivery: {count} times");
}

async fn with_webhook(settings: Settings<'_>) -> (Bell, String) {
    let bell = Bell::start_on_file(settings).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("one", &url, &["booking"]).await;
    (bell, inbox)
}

#[tokio::test]
async fn everything_is_told_once_and_in_order() {
    let (bell, inbox) = with_webhook(OPEN).await;
    let mut follower = Follower::start(&bell, "").await;
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
    {
        assert!(follower.head.to_lowercase().contains(&format!("{name}: {value}\r\n")), "{}", follower.head);
    }
    let posting = async {
        for batch in 0..20 {
            post(&bell, batch * 10..batch * 10 + 10).await;
        }
    };
    let (told, ()) = tokio::join!(follower.take(1_000), posting);
    holds(&bell, &inbox, &told, 200).await;
    post(&bell, 200..201).await;
    let told = follower.take(5).await;
    assert_eq!(of(&told, "event"), listed(&bell, "/v2/events").await[200..], "nothing was left behind");
}

#[tokio::test]
async fn a_cut_stream_goes_on_where_it_was_cut() {
    let (bell, inbox) = with_webhook(OPEN).await;
    let begin = Follower::start(&bell, "").await.last;
    let posting = async {
        for batch in 0..20 {
            post(&bell, batch * 5..batch * 5 + 5).await;
        }
    };
    let following = async {
        let (mut last, mut told) = (begin.clone(), Vec::new());
        // Cuts of every length fall between the messages of an event, too.
        for cut in (1..).take_while(|cut| cut * (cut - 1) / 2 < 500) {
            let mut follower = Follower::resume(&bell, &last).await;
            let left = 500 - told.len();
            told.extend(follower.take(left.min(cut)).await);
            last = follower.last;
        }
        told
    };
    let (told, ()) = tokio::join!(following, posting);
    holds(&bell, &inbox, &told, 100).await;
    // The same again from the start, at once.
    let again = Follower::resume(&bell, &begin).await.take(500).await;
    assert_eq!(of(&again, "event"), of(&told, "event"));
    assert_eq!(of(&again, "attempt"), of(&told, "attempt"));
    assert_eq!(of(&again, "capture"), of(&told, "capture"));
}

#[tokio::test]
async fn nothing_comes_between_an_attempt_and_its_delivery_where_the_stream_was_cut() {
    let (bell, inbox) = with_webhook(OPEN).await;
    let mut follower = Follower::start(&bell, "").await;
    post(&bell, 0..1).await;
    let mut told = follower.take(1).await;
    // The capture comes before it or after it.
    while told.last().is_some_and(|last| last.kind != "attempt") {
        told.extend(follower.take(1).await);
    }
    let cut = follower.last;
    post(&bell, 1..2).await;
    bell.until("/v2/attempts", |answer| answer.json()["data"].as_array().unwrap().len() == 2).await;
    bell.captured(&inbox, 2).await;
    let rest = Follower::resume(&bell, &cut).await.take(10 - told.len()).await;
    assert_eq!(rest[0].kind, "delivery");
    holds(&bell, &inbox, &[told, rest].concat(), 2).await;
}

#[tokio::test]
async fn a_stream_says_that_it_is_through_whatever_is_followed_and_where_it_is_then() {
    let (bell, _) = with_webhook(OPEN).await;
    post(&bell, 0..3).await;
    bell.until("/v2/attempts", |answer| answer.json()["data"].as_array().unwrap().len() == 3).await;
    for query in ["", "?types=booking", "?types=capture"] {
        let mut follower = Follower::start(&bell, query).await;
        let greeted = follower.last.clone();
        let first = follower.message().await.unwrap();
        assert_eq!((first.kind.as_str(), first.id), ("lag", greeted), "{query}");
        assert!(first.data["behind_ms"].as_u64().unwrap() < 1_000, "{query}: {}", first.data);
    }
}

#[tokio::test]
async fn a_stream_begins_now() {
    let (bell, inbox) = with_webhook(OPEN).await;
    post(&bell, 0..3).await;
    bell.until("/v2/attempts", |answer| answer.json()["data"].as_array().unwrap().len() == 3).await;
    bell.captured(&inbox, 3).await;
    let mut follower = Follower::start(&bell, "").await;
    let id = bell.post("/v2/events", event(9)).await.at("/id");
    // Kinds wait for none of each other's: the capture may be told first.
    let told = follower.take(5).await;
    assert_eq!(of(&told, "event"), [id.as_str()], "nothing of before");
    let deliveries = listed(&bell, "/v2/deliveries").await;
    assert_eq!(of(&told, "delivery"), [&deliveries[3..], &deliveries[3..]].concat());
    assert_eq!(of(&told, "attempt"), listed(&bell, "/v2/attempts").await[3..]);
    let captures = listed(&bell, &format!("/v2/inboxes/{inbox}/requests")).await;
    assert_eq!(of(&told, "capture"), captures[3..]);
}

#[tokio::test]
async fn filters_leave_out_the_rest() {
    let bell = Bell::start_on_file(OPEN).await;
    let (first, url) = bell.inbox(&[]).await;
    let (_, other_url) = bell.inbox(&[]).await;
    let (one, _) = bell.webhook("one", &url, &["booking", "conversation"]).await;
    let (two, _) = bell.webhook("two", &other_url, &["booking"]).await;
    let mut deliveries = Follower::start(&bell, "?types=delivery").await;
    let mut to_two = Follower::start(&bell, &format!("?webhook={two}&types=event,delivery,attempt")).await;
    let mut captures = Follower::start(&bell, &format!("?types=capture&inbox={first}")).await;
    let mut talks = Follower::start(&bell, "?types=conversation").await;
    let mut all_of_one =
        Follower::start(&bell, &format!("?webhook={one}&types=event,conversation,delivery")).await;
    let talk = bell.post("/v2/conversations", json!({})).await.at("/id");
    let event = bell.post("/v2/events", event(1)).await.at("/id");

    let told = deliveries.take(6).await;
    assert!(told.iter().all(|message| message.kind == "delivery"));
    let told = to_two.take(4).await;
    let kinds: Vec<&str> = told.iter().map(|message| message.kind.as_str()).collect();
    assert_eq!(kinds, ["event", "delivery", "attempt", "delivery"]);
    assert_eq!(told[0].object(), event, "what two is not owed is left out");
    assert!(told[1..].iter().all(|message| message.data["webhook"] == json!(two)));
    let told = captures.take(2).await;
    assert!(told.iter().all(|message| message.kind == "capture" && message.data["inbox"] == json!(first)));
    assert!(told.iter().all(|message| message.data["delivery_of"]["webhook"] == json!(one)));
    let told = talks.next().await.unwrap();
    assert_eq!((told.kind.as_str(), told.object()), ("conversation", talk.as_str()));
    assert_eq!(told.data["contact"]["object"], "contact", "as receivers see it");
    let told = all_of_one.take(5).await;
    let first: Vec<&str> = told[..3].iter().map(|message| message.kind.as_str()).collect();
    assert_eq!(first, ["event", "conversation", "delivery"]);

    for (query, param) in [
        ("?types=events", "types"),
        ("?types=event,,attempt", "types"),
        ("?colour=red", "colour"),
        ("?webhook=a&webhook=b", "webhook"),
    ] {
        let refused = bell.get(&format!("/v2/stream{query}")).await.refusal();
        assert_eq!((refused.0, refused.1.as_str()), (400, param), "A-106: {query}");
    }
}

#[tokio::test]
async fn another_account_hears_nothing() {
    let (bell, _) = with_webhook(OPEN).await;
    let (_, other) = bell.account("other@bell.example").await;
    let mut stranger = Follower::start_as(bell.address, &other, "", None).await;
    let mut follower = Follower::start(&bell, "").await;
    post(&bell, 0..5).await;
    follower.take(25).await;
    let theirs = bell.call_as(&other, "POST", "/v2/events", Some(event(7))).await.at("/id");
    assert_eq!(stranger.next().await.unwrap().object(), theirs, "A-099: the first that it hears is its own");
    let key = [("API-Key", other.as_str()), ("Last-Event-ID", follower.last.as_str())];
    let foreign = bell.send("GET", "/v2/stream", &key, None).await;
    assert_eq!(foreign.refusal(), (400, "Last-Event-ID".into(), "cursor_invalid".into()), "A-175");
    assert_eq!(bell.send("GET", "/v2/stream", &[], None).await.status, 401, "A-116");
}

#[tokio::test]
async fn a_garbled_id_is_refused() {
    let bell = Bell::start(CLOSED).await;
    let refused = async |headers: &[(&str, &str)]| -> Answer {
        let mut all = vec![("API-Key", bell.key.as_str())];
        all.extend(headers);
        bell.send("GET", "/v2/stream", &all, None).await
    };
    for id in ["", "nonsense", "e1-a1", "e0-a0-c0-", "e-1-a0-c0", "e0.1.2-a0-c0", "e99-a0-c0", "e0-a99-c0"] {
        let answer = refused(&[("Last-Event-ID", id)]).await;
        assert_eq!(answer.refusal(), (400, "Last-Event-ID".into(), "cursor_invalid".into()), "{id:?}");
    }
    let twice = refused(&[("Last-Event-ID", "e0-a0-c0"), ("Last-Event-ID", "e0-a0-c0")]).await;
    assert_eq!(twice.status, 400);
}

#[tokio::test]
async fn streams_end_with_the_server_and_with_the_key() {
    let mut bell = Bell::start_on_file(CLOSED).await;
    let key = bell.new_key(&bell.account).await;
    let mut revoked = Follower::start_as(bell.address, key.text().expose(), "", None).await;
    let mut follower = Follower::start(&bell, "").await;
    assert!(bell.store.revoke_key(key.id(), deskbell_core::Timestamp::MIN).await.unwrap());
    assert_eq!(revoked.next().await, None, "A-117: the key is gone");
    let id = bell.post("/v2/events", event(1)).await.at("/id");
    assert_eq!(follower.next().await.unwrap().object(), id, "another key's stream goes on");
    let (last, ()) = tokio::join!(follower.next(), bell.stop());
    assert_eq!(last, None, "the server has stopped");
}

#[tokio::test]
async fn a_session_follows_until_it_signs_out() {
    let bell = Bell::start(CLOSED).await;
    let session = bell.session(&bell.account).await;
    let mut follower = Follower::start_as(bell.address, &session, "", None).await;
    let id = bell.post("/v2/events", event(1)).await.at("/id");
    assert_eq!(follower.next().await.unwrap().object(), id);
    assert_eq!(bell.call_as(&session, "DELETE", "/v2/session", None).await.status, 200);
    assert_eq!(follower.next().await, None, "H-11");
}
