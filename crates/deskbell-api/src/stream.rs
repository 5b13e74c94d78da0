//! `/v2/stream`: what happens in the account, as server-sent events. Our own call.
//!
//! Nothing is kept for it: a stream reads what the store appended behind its cursor (the contract of
//! [`ChangeFeed`](deskbell_core::store::ChangeFeed)), at the pace of whoever reads it, and every message carries the cursor to go on
//! from.

mod cursor;
mod feed;
mod filter;
mod message;

use super::auth::Identity;
use crate::app::Shared;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use cursor::Cursor;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use feed::Feed;
use filter::Filter;
use http::{HeaderMap, HeaderValue, header};

/// Follow the account: `booking`, `conversation`, `event`, `delivery`, `attempt` and `capture`, as they happen.
///
/// Each message has an `id`; give the last one as `Last-Event-ID` to go on behind it, with nothing missed and nothing twice.
/// Without it the stream starts now. A delivery comes with its event, and again after each attempt, as it is at that time.
/// A comment comes every 15 seconds when nothing else does. The stream ends when the server stops, or the key or session does.
#[utoipa::path(get, path = "/v2/stream", tag = "Events",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last message that was read"),
        ("types" = Option<String>, Query, description = "Only these, with commas: `booking`, `conversation`, `event`, `delivery`, `attempt`, `capture`"),
        ("webhook" = Option<String>, Query, description = "Only what is owed to this webhook; captures are not affected"),
        ("inbox" = Option<String>, Query, description = "Only the captures of this inbox; all else is not affected")),
    responses((status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn follow(
    State(app): State<Shared>,
    identity: Identity,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let filter = Filter::of(&Query::parse(raw.as_deref(), &["types", "webhook", "inbox"])?)?;
    let (account, credential) = (identity.account().clone(), identity.credential());
    let given = cursor(&headers)?;
    let end = app.store.position(&account.id).await?;
    let cursor = match given {
        Some(cursor) if cursor.is_behind(&end) => cursor,
        Some(_) => return Err(invalid()),
        None => Cursor::at(&end),
    };
    let mut response =
        Response::new(Body::from_stream(Feed::new(app, account, credential, filter, cursor).into_stream()));
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
fn cursor(headers: &HeaderMap) -> Result<Option<Cursor>, Problem> {
    let mut given = headers.get_all("last-event-id").iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(text), None) => text.to_str().ok().and_then(Cursor::parse).map(Some).ok_or_else(invalid),
        (Some(_), Some(_)) => Err(invalid()),
    }
}

fn invalid() -> Problem {
    let message = "The Last-Event-ID is none of this stream's; leave it out to start now.";
    Problem::invalid("Last-Event-ID", "cursor_invalid", message)
}
