//! `/v2/tester`: the anonymous tester, for whoever has no account, when the operator turns it on. Our own calls. Its
//! inboxes belong to nobody's account, take little and live shortly; what reads one is a token that stands in a header and
//! never in an address, so that no log, history or `Referer` has it (H-12, T-26, T-27).

use super::capture::{CaptureObject, Patience};
use crate::app::{App, Shared};
use crate::auth::csrf::RequestOrigin;
use crate::auth::{CallerAddress, Callers};
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{FromRef, FromRequestParts, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use deskbell_core::id::InboxId;
use deskbell_core::inbox::anonymous::{self, ReadToken};
use deskbell_core::inbox::{Inbox, Minute, Script};
use deskbell_core::policy::limit;
use deskbell_core::store::InboxCreated;
use deskbell_core::time::{later, wire};
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// An anonymous inbox.
#[derive(Serialize, ToSchema)]
#[schema(as = AnonymousInbox)]
pub struct TesterObject {
    /// Always `tester`.
    object: &'static str,
    /// Its address: takes any method, any path below it, any body up to 128 KiB, and answers 200.
    #[schema(example = "http://127.0.0.1:8480/in/anon-0fL3q1cJx2dU8s7Zk5pQ9w")]
    url: String,
    /// What reads it: shown once, when the inbox is created; null from then on.
    #[schema(example = "INB-8K2M0QX7RT.wq1yXh7qf0m3uUSjz8oI2vKkq9PbLw4s0dQm1yXh7qE")]
    read_token: Option<String>,
    creation_time: String,
    /// When it stops taking requests, and all that it captured can no longer be read.
    expiry_time: String,
    /// How many requests it ever took; it keeps the newest 50.
    captured: u64,
}

/// The inbox whose read token came as `Authorization: Bearer`.
pub struct Reader(Inbox);

impl<S: Send + Sync> FromRequestParts<S> for Reader
where
    Shared: FromRef<S>,
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = Shared::from_ref(state);
        app.check_tester_is_on()?;
        let Ok(CallerAddress(address)) = CallerAddress::from_request_parts(parts, state).await;
        app.limits.check_tester_read(address)?;
        let wrong = || {
            let message = "The read token is missing or wrong, or its inbox has expired.";
            Problem::new(StatusCode::UNAUTHORIZED, "read_token_invalid", message)
        };
        let id =
            bearer(&parts.headers).and_then(|text| ReadToken::inbox(text, &app.vault)).ok_or_else(wrong)?;
        let found = app.store.inbox(&anonymous::owner(), &id).await?;
        found.filter(|inbox| app.now() < inbox.expires).map(Self).ok_or_else(wrong)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl App {
    /// Off, there is nothing here.
    fn check_tester_is_on(&self) -> Result<(), Problem> {
        if self.settings.anonymous_tester { Ok(()) } else { Err(Problem::unknown_route()) }
    }

    fn tester_object(&self, inbox: &Inbox, read_token: Option<&ReadToken>) -> TesterObject {
        TesterObject {
            object: "tester",
            url: format!("{}/in/{}", self.settings.public_url, inbox.token),
            read_token: read_token.map(|token| token.text().expose().to_owned()),
            creation_time: wire(inbox.created),
            expiry_time: wire(inbox.expires),
            captured: inbox.captured,
        }
    }
}

/// Create an anonymous inbox: an address for a day, and the token that reads it. Only when the operator has turned on
/// `dashboard.anonymous_tester`; 404 otherwise.
#[utoipa::path(post, path = "/v2/tester", tag = "Inboxes", security(()),
    responses((status = 201, body = TesterObject), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    CallerAddress(address): CallerAddress,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<TesterObject>), Problem> {
    app.check_tester_is_on()?;
    if app.callers.origin(&headers) == RequestOrigin::Foreign {
        let message = "A page of another origin cannot make anonymous inboxes.";
        return Err(Problem::forbidden("origin_unproven", message));
    }
    app.limits.check_new_tester(address)?;
    let now = app.now();
    let inbox = Inbox {
        id: InboxId::new(&*app.random),
        account: anonymous::owner(),
        token: anonymous::new_token(&*app.random),
        name: "anonymous".into(),
        script: Script::default(),
        relay: false,
        created: now,
        expires: later(now, limit::ANONYMOUS_LIFE),
        captured: 0,
        script_from: 0,
        minute: Minute::default(),
    };
    match app.store.create_inbox(inbox.clone(), limit::ANONYMOUS_INBOXES).await? {
        InboxCreated::Created => {
            // Who made it is known, should somebody ask for it to be taken down (T-26); its tokens are not told.
            tracing::info!(target: "audit", inbox = %inbox.id, address = ?address, "an anonymous inbox was made");
            let read_token = ReadToken::new(&inbox.id, &app.vault);
            Ok((StatusCode::CREATED, Json(app.tester_object(&inbox, Some(&read_token)))))
        }
        InboxCreated::TooMany => {
            let message =
                "As many anonymous inboxes are in use as this instance gives away; try again later.";
            Err(Problem::unavailable("tester_full", message, FULL_SECONDS))
        }
    }
}

/// When to ask again, if all are given away: an hour frees the share of an hour.
const FULL_SECONDS: u64 = 3_600;

/// Get the anonymous inbox that the read token reads.
#[utoipa::path(get, path = "/v2/tester", tag = "Inboxes", security(("read_token" = [])),
    responses((status = 200, body = TesterObject), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn get(State(app): State<Shared>, Reader(inbox): Reader) -> Json<TesterObject> {
    Json(app.tester_object(&inbox, None))
}

/// List what an anonymous inbox captured, newest first. `wait`, `count` and `before` work as for any inbox; `delivery_of` is
/// always null, for it would tell of somebody's account.
#[utoipa::path(get, path = "/v2/tester/requests", tag = "Inboxes", security(("read_token" = [])),
    params(pagination::Paging, ("wait" = Option<u32>, Query, description = "Seconds, 0 to 60"),
        ("count" = Option<u32>, Query, description = "1 to `limit`; 1 when left out")),
    responses((status = 200, body = List<CaptureObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn requests(
    State(app): State<Shared>,
    Reader(inbox): Reader,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before", "wait", "count"])?;
    let page = query.page()?;
    let found = app.awaited_captures(&inbox, &page, Patience::of(&query, &page)?).await?;
    let objects = found.map(|capture| CaptureObject::new(&capture, None));
    Ok(app.pagination.list("/v2/tester/requests", &query, objects))
}
