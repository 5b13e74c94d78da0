//! `/v2/tester`: the anonymous tester, for whoever has no account, when the operator turns it on. Our own calls. Its
//! inboxes belong to nobody's account, take little and live shortly; what reads one is a token that stands in a header and
//! never in an address, so that no log, history or `Referer` has it (H-12, T-26, T-27).

use super::capture::Captures;
use crate::auth::csrf::RequestOrigin;
use crate::auth::{CallerAddress, Callers};
use crate::open_calls::{OpenCall, OpenCalls};
use crate::pagination::{List, Pagination, Parameters};
use crate::party::Party;
use crate::rate_limit::RateLimits;
use crate::settings::Settings;
use axum::Json;
use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use deskbell_core::id::{CaptureId, InboxId};
use deskbell_core::inbox::anonymous::{self, ReadToken};
use deskbell_core::inbox::{Inbox, Minute, Script};
use deskbell_core::policy::limit;
use deskbell_core::store::InboxCreated;
use deskbell_core::time::later;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store};
use deskbell_http::turns::{Bounds, Turns};
use deskbell_wire::inbox::anonymous::AnonymousInbox;
use deskbell_wire::inbox::capture::{CapturedRequest, LongPoll};
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// A page of captures is megabytes of text to write.
const BOUNDS: Bounds =
    Bounds { at_once: 2, waiting_of_party: 4, waiting: 64, patience: Duration::from_secs(10) };

/// Gives inboxes to whoever has no account, and tells by a token who may read which.
pub struct AnonymousTester {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    limits: Arc<RateLimits>,
    open_calls: Arc<OpenCalls>,
    settings: Arc<Settings>,
    turns: Turns<Party>,
}

impl AnonymousTester {
    /// A tester of inboxes in `store`, if the operator's `settings` allow it, within `limits`; as many wait there as
    /// `open_calls` hold.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        limits: Arc<RateLimits>,
        open_calls: Arc<OpenCalls>,
        settings: Arc<Settings>,
    ) -> Self {
        Self { store, vault, clock, random, limits, open_calls, settings, turns: Turns::new(BOUNDS, busy) }
    }

    /// Off, there is nothing here.
    fn check_is_on(&self) -> Result<(), Problem> {
        if self.settings.anonymous_tester { Ok(()) } else { Err(Problem::unknown_route()) }
    }

    /// The inbox that the token in `headers` reads.
    async fn opened(&self, address: Option<IpAddr>, headers: &HeaderMap) -> Result<Inbox, Problem> {
        self.check_is_on()?;
        self.limits.check_tester_read(address)?;
        let wrong = || {
            let message = "The read token is missing or wrong, or its inbox has expired.";
            Problem::new(StatusCode::UNAUTHORIZED, "read_token_invalid", message)
        };
        let id = bearer(headers).and_then(|text| ReadToken::inbox(text, &self.vault)).ok_or_else(wrong)?;
        let found = self.store.inbox(&anonymous::owner(), &id).await?;
        found.filter(|inbox| self.clock.now() < inbox.expires).ok_or_else(wrong)
    }

    /// Holds a call open that waits at `inbox`: few do at one inbox, and few of one network at all of them.
    fn hold(
        &self,
        inbox: &Inbox,
        address: Option<IpAddr>,
        wait: Duration,
    ) -> Result<[Option<OpenCall>; 2], Problem> {
        let here = self.open_calls.enter_to_wait(Party::Inbox(inbox.id.clone()), wait)?;
        let exempt = self.settings.loopback_exempt;
        let counted = address.filter(|address| !(exempt && address.to_canonical().is_loopback()));
        let there = counted.map(|address| self.open_calls.enter_to_wait(Party::at(Some(address)), wait));
        Ok([here, there.transpose()?.flatten()])
    }

    /// A fresh inbox, for whoever calls from `address`.
    async fn make(&self, address: Option<IpAddr>) -> Result<Inbox, Problem> {
        self.limits.check_new_tester(address)?;
        let now = self.clock.now();
        let inbox = Inbox {
            id: InboxId::new(&*self.random),
            account: anonymous::owner(),
            token: anonymous::new_token(&*self.random),
            name: "anonymous".into(),
            script: Script::default(),
            relay: false,
            secret: None,
            created: now,
            expires: later(now, limit::ANONYMOUS_LIFE),
            captured: 0,
            script_from: 0,
            minute: Minute::default(),
        };
        match self.store.create_inbox(inbox.clone(), limit::ANONYMOUS_INBOXES).await? {
            InboxCreated::Created => {
                // Who made it is known, should somebody ask for it to be taken down (T-26); its tokens are not told.
                tracing::info!(target: "audit", inbox = %inbox.id, address = ?address, "an anonymous inbox was made");
                Ok(inbox)
            }
            InboxCreated::TooMany => {
                let message =
                    "As many anonymous inboxes are in use as this instance gives away; try again later.";
                Err(Problem::unavailable("tester_full", message, FULL_SECONDS))
            }
        }
    }

    fn object(&self, inbox: &Inbox) -> AnonymousInbox {
        AnonymousInbox::new(inbox, &self.settings.public_url)
    }
}

fn busy() -> Problem {
    let message = "Too many anonymous inboxes are read at this moment. Try again in a few seconds.";
    Problem::unavailable("tester_busy", message, 5)
}

/// When to ask again, if all are given away: an hour frees the share of an hour.
const FULL_SECONDS: u64 = 3_600;

/// The inbox whose read token came as `Authorization: Bearer`.
pub struct Reader(Inbox);

impl<S: Send + Sync> FromRequestParts<S> for Reader
where
    Arc<AnonymousTester>: FromRef<S>,
    Arc<Callers>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(CallerAddress(address)) = CallerAddress::from_request_parts(parts, state).await;
        Arc::<AnonymousTester>::from_ref(state).opened(address, &parts.headers).await.map(Self)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Create an anonymous inbox: an address for a day, and the token that reads it. Only when the operator has turned on
/// `dashboard.anonymous_tester`; 404 otherwise.
#[utoipa::path(post, path = "/v2/tester", tag = "Inboxes", security(()),
    responses((status = 201, body = AnonymousInbox), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn create(
    State(tester): State<Arc<AnonymousTester>>,
    State(vault): State<Arc<Vault>>,
    State(callers): State<Arc<Callers>>,
    CallerAddress(address): CallerAddress,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<AnonymousInbox>), Problem> {
    tester.check_is_on()?;
    if callers.origin(&headers) == RequestOrigin::Foreign {
        let message = "A page of another origin cannot make anonymous inboxes.";
        return Err(Problem::forbidden("origin_unproven", message));
    }
    let inbox = tester.make(address).await?;
    let object = tester.object(&inbox).with_read_token(&ReadToken::new(&inbox.id, &vault));
    Ok((StatusCode::CREATED, Json(object)))
}

/// Get the anonymous inbox that the read token reads.
#[utoipa::path(get, path = "/v2/tester", tag = "Inboxes", security(("read_token" = [])),
    responses((status = 200, body = AnonymousInbox), (status = 404, body = Problem)))]
pub async fn get(
    State(tester): State<Arc<AnonymousTester>>,
    Reader(inbox): Reader,
    _: Parameters<()>,
) -> Json<AnonymousInbox> {
    Json(tester.object(&inbox))
}

/// List what an anonymous inbox captured, newest first. `wait`, `count`, `before` and `event` work as for any inbox; `delivery_of`
/// is always null, for it would tell of somebody's account.
#[utoipa::path(get, path = "/v2/tester/requests", tag = "Inboxes", security(("read_token" = [])),
    params(Paging::<CaptureId>, LongPoll),
    responses((status = 200, body = List<CapturedRequest>), (status = 404, body = Problem)))]
pub async fn requests(
    State(tester): State<Arc<AnonymousTester>>,
    State(captures): State<Arc<Captures>>,
    State(pagination): State<Arc<Pagination>>,
    CallerAddress(address): CallerAddress,
    Reader(inbox): Reader,
    Parameters((Paging { page, .. }, poll), query): Parameters<(Paging<CaptureId>, LongPoll)>,
) -> Result<Response, Problem> {
    let (wait, count) = (poll.wait(), poll.count(page.limit)?);
    let _open = tester.hold(&inbox, address, wait)?;
    let found = match poll.event()? {
        Some(event) => captures.of_event(&inbox, event, &page).await?,
        None => captures.long_poll(&inbox, &page, wait, count).await?,
    };
    let turn = tester.turns.take(Party::at(address)).await?;
    let written = turn.work(move || {
        let objects = found.map(|capture| CapturedRequest::new(&capture, None, None));
        pagination.list("/v2/tester/requests", &query, objects)
    });
    written.await.map_err(|_| Problem::internal())
}
