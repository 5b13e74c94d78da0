//! `/v2/stream`: what happens in the account, as server-sent events. Our own call.
//!
//! Nothing is kept for it: a stream reads what the store appended behind its cursor (the contract of
//! [`ChangeFeed`]), at the pace of whoever reads it, and every message carries the cursor to go on
//! from. Events, attempts and captures are read side by side: none of them waits for another.

mod cursor;
mod feed;
mod filter;
mod in_flight;
mod lag;
mod lane;
mod message;
mod rows;
mod tie;

use crate::answers::Answers;
use crate::auth::{Callers, Credential, Identity};
use crate::inbox::capture::Captures;
use crate::open_calls::{OpenCalls, Purpose};
use crate::pagination::Parameters;
use crate::party::Party;
use crate::signals::Signals;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use cursor::FeedCursor;
use deskbell_core::account::Account;
use deskbell_core::store::ChangeFeed;
use deskbell_core::time::wire;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::problem::Problem;
use deskbell_wire::stream::StreamQuery;
use feed::{Feed, Pass};
use filter::Filter;
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, header};
use rows::Rows;
use std::sync::Arc;

/// What every stream is made of.
pub struct Streams {
    store: Arc<dyn Store>,
    callers: Arc<Callers>,
    signals: Arc<Signals>,
    captures: Arc<Captures>,
    answers: Arc<Answers>,
    open_calls: Arc<OpenCalls>,
    clock: Arc<dyn Clock>,
}

impl Streams {
    /// Streams of what `store` keeps and `captures` shows, written by `answers`, for whom `callers` let in and whom `signals` wake; as
    /// many as `open_calls` hold.
    pub fn new(
        store: Arc<dyn Store>,
        callers: Arc<Callers>,
        signals: Arc<Signals>,
        captures: Arc<Captures>,
        answers: Arc<Answers>,
        open_calls: Arc<OpenCalls>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, callers, signals, captures, answers, open_calls, clock }
    }

    fn feed(&self, account: Account, credential: Credential, filter: Filter, cursor: FeedCursor) -> Feed {
        let (bell, stopping) = (self.signals.account(&account.id), self.signals.stopping());
        let pass = Pass { callers: Arc::clone(&self.callers), credential };
        let rows = Rows {
            store: Arc::clone(&self.store) as Arc<dyn ChangeFeed>,
            ledger: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            captures: Arc::clone(&self.captures),
            answers: Arc::clone(&self.answers),
            account: Arc::new(account),
            filter: Arc::new(filter),
        };
        Feed::new(rows, pass, bell, stopping, Arc::clone(&self.clock), cursor)
    }
}

/// Follow the account: `booking`, `conversation`, `event`, `delivery`, `attempt` and `capture`, as they happen.
///
/// Each message has an `id`; give the last one as `Last-Event-ID` to go on behind it, with nothing missed and nothing twice.
/// Without it the stream starts now. Where something that followed it was deleted, because it was older than it is kept, the call is refused
/// (`cursor_expired`). A delivery comes with its event, and again after each attempt, as it is at that time.
/// Events, attempts and captures come in the order in which they happened, each kind among itself; an attempt comes behind its
/// event, unless the stream has been at work on events for two seconds without an end.
/// `lag` says how far behind the stream is, whatever `types` are followed: `{"behind_ms": 12034}` for as long as the oldest news
/// that it has not told waits, about every second while that is a second or more, and once when the stream has told
/// everything, at its start and later.
/// A comment comes every 15 seconds when nothing else does. The stream ends when the server stops, or the key or session does.
#[utoipa::path(get, path = "/v2/stream", tag = "Events",
    params(("Last-Event-ID" = Option<String>, Header, example = "e12-a34-c5", description = "The id of the last message that was read"), StreamQuery),
    responses((status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream")))]
pub async fn follow(
    State(streams): State<Arc<Streams>>,
    identity: Identity,
    headers: HeaderMap,
    Parameters(asked, _): Parameters<StreamQuery>,
) -> Result<Response, Problem> {
    let (account, credential) = (identity.account().clone(), identity.credential());
    let given = last_event_id(&headers)?;
    let open = streams.open_calls.enter(Party::Account(account.id.clone()), Purpose::Follow)?;
    let end = streams.store.position(&account.id).await?;
    let cursor = match given {
        Some(cursor) if cursor.is_behind(&end) => {
            let cut = streams.store.cut(&account.id).await?;
            if let Some(before) = cut.events.filter(|_| !cursor.is_past(&cut.last)) {
                return Err(expired_cursor(before));
            }
            cursor
        }
        Some(_) => return Err(invalid_cursor()),
        None => FeedCursor::at(&end),
    };
    let feed = streams.feed(account, credential, Filter::new(asked), cursor);
    let messages = feed.into_stream().inspect(move |_| {
        // Held open until the last message has gone, or whoever follows.
        let _ = &open;
    });
    let mut response = Response::new(Body::from_stream(messages));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // Reverse proxies that gather answers would hold the messages back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// `Last-Event-ID`, if it was given.
fn last_event_id(headers: &HeaderMap) -> Result<Option<FeedCursor>, Problem> {
    let mut given = headers.get_all("last-event-id").iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(text), None) => {
            text.to_str().ok().and_then(FeedCursor::parse).map(Some).ok_or_else(invalid_cursor)
        }
        (Some(_), Some(_)) => Err(invalid_cursor()),
    }
}

fn expired_cursor(before: Timestamp) -> Problem {
    let message = format!(
        "What followed this Last-Event-ID was deleted: events before {} were older than they are kept. Leave it out to start now.",
        wire(before)
    );
    Problem::invalid("Last-Event-ID", "cursor_expired", message)
}

fn invalid_cursor() -> Problem {
    let message = "The Last-Event-ID is none of this stream's; leave it out to start now.";
    Problem::invalid("Last-Event-ID", "cursor_invalid", message)
}
