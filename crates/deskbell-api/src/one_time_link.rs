//! One-time links of booking calendars and master pages, as the vendor makes them (wire contract, 10.6). What books with one is
//! in [`booking`](super::booking); what its address says is a page of the dashboard.

use crate::auth::VendorCaller;
use crate::body::OptionalBody;
use crate::path::PathId;
use crate::sandbox::{SandboxObjects, too_many};
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::booking::Classic;
use deskbell_core::id::OneTimeLinkId;
use deskbell_core::one_time_link::{Brought, OneTimeLink, Standing, Target};
use deskbell_core::policy::limit::SANDBOX_OBJECTS_PER_KIND;
use deskbell_core::sandbox::{Calendar, MasterPage};
use deskbell_core::store::ObjectAdded;
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::body::AnyFields;
use deskbell_wire::one_time_link::{self as wire, NewOneTimeLink};
use deskbell_wire::problem::{Problem, cut};
use std::sync::Arc;

/// Makes one-time links, and says how one stands.
pub struct OneTimeLinks {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    settings: Arc<Settings>,
}

impl OneTimeLinks {
    /// Links that `store` keeps.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        settings: Arc<Settings>,
    ) -> Self {
        Self { store, clock, random, settings }
    }

    /// How the link of that id stands, whosever it is; `None` when there is none.
    ///
    /// # Errors
    /// When the store does not know.
    pub async fn standing(&self, id: &str) -> Result<Option<Standing>, Problem> {
        let found = self.store.one_time_link(&OneTimeLinkId::from_text(id)).await?;
        Ok(found.map(|link| link.standing(self.clock.now())))
    }

    /// The account's link of that id, with which one can book now. Refusals blame the field `one_time_link`.
    async fn open(&self, account: &Account, id: &OneTimeLinkId) -> Result<OneTimeLink, Problem> {
        let found = self.store.one_time_link(id).await?.filter(|link| link.account == account.id);
        let link =
            found.ok_or_else(|| Problem::not_found("one-time link", id.as_str()).param("one_time_link"))?;
        match link.standing(self.clock.now()) {
            Standing::Open => Ok(link),
            Standing::Spent => Err(spent()),
            Standing::Expired => {
                Err(Problem::conflict("one_time_link", "link_spent", "The one-time link has expired."))
            }
        }
    }

    /// What the link of that id brings along to a booking on `calendar`, and that of a master page makes it a booking of that
    /// page. Without a link nothing.
    pub async fn followed(
        &self,
        account: &Account,
        id: Option<&OneTimeLinkId>,
        calendar: &Calendar,
        classic: &mut Classic,
    ) -> Result<Brought, Problem> {
        let Some(id) = id else { return Ok(Brought::default()) };
        let link = self.open(account, id).await?;
        match link.target {
            Target::Calendar(target) if target != calendar.id => return Err(elsewhere("booking calendar")),
            Target::Calendar(_) => {}
            Target::MasterPage(page) => {
                if classic.master_page.as_ref().is_some_and(|other| *other != page) {
                    return Err(elsewhere("master page"));
                }
                classic.master_page = Some(page);
            }
        }
        Ok(link.brings)
    }

    async fn make(
        &self,
        account: &Account,
        target: Target,
        brings: Brought,
        shown: &str,
    ) -> Result<Json<wire::OneTimeLink>, Problem> {
        loop {
            let link = OneTimeLink {
                id: OneTimeLinkId::new(&*self.random),
                account: account.id.clone(),
                created: self.clock.now(),
                target: target.clone(),
                brings: brings.clone(),
                spent: false,
            };
            let most = SANDBOX_OBJECTS_PER_KIND;
            match self.store.add_one_time_link(link.clone(), most).await? {
                ObjectAdded::Added => {
                    return Ok(Json(wire::OneTimeLink::new(&link, &self.settings.public_url, shown)));
                }
                ObjectAdded::IdTaken => {}
                ObjectAdded::TooMany => return Err(too_many("one-time link")),
                // Nothing but its id identifies a link.
                ObjectAdded::Known(_) => return Err(Problem::internal()),
            }
        }
    }
}

/// The refusal of a link that somebody booked with.
pub fn spent() -> Problem {
    Problem::conflict("one_time_link", "link_spent", "The one-time link was used already.")
}

/// The refusal of a link that leads to another `noun` than the one that is booked on.
fn elsewhere(noun: &str) -> Problem {
    let message = format!("The one-time link leads to another {noun}.");
    Problem::conflict("one_time_link", "link_elsewhere", message)
}

/// Make a one-time link of a booking calendar: one booking can be made with it, within 90 days.
#[utoipa::path(post, path = "/v2/booking-calendars/{id}/one-time-links", operation_id = "create_one_time_link", tag = "Sandbox",
    params(("id" = String, Path)), request_body = Option<NewOneTimeLink>,
    responses((status = 200, body = wire::OneTimeLink), (status = 409, body = Problem)))]
pub async fn of_calendar(
    State(sandbox): State<Arc<SandboxObjects>>,
    State(links): State<Arc<OneTimeLinks>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    OptionalBody(new): OptionalBody<NewOneTimeLink>,
) -> Result<Json<wire::OneTimeLink>, Problem> {
    let calendar: Calendar = sandbox.find(&account, &id).await?;
    if !calendar.published {
        let message =
            format!("This booking calendar does not allow creation of one time links: '{}'", cut(&id));
        return Err(Problem::invalid("id", "calendar_unpublished", message));
    }
    let (brings, shown) = new.brought(&calendar);
    links.make(&account, Target::Calendar(calendar.id), brings, &shown).await
}

/// Make a one-time link of a master page: one booking can be made with it, within 90 days.
#[utoipa::path(post, path = "/v2/master-pages/{id}/one-time-links", operation_id = "create_one_time_link", tag = "Sandbox",
    params(("id" = String, Path)),
    responses((status = 200, body = wire::OneTimeLink), (status = 409, body = Problem)))]
pub async fn of_master_page(
    State(sandbox): State<Arc<SandboxObjects>>,
    State(links): State<Arc<OneTimeLinks>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: OptionalBody<AnyFields>,
) -> Result<Json<wire::OneTimeLink>, Problem> {
    let Some(page) = sandbox.find_or_deleted::<MasterPage>(&account, &id).await? else {
        let message = format!("This master page is deleted: '{}'", cut(&id));
        return Err(Problem::invalid("id", "page_deleted", message));
    };
    links.make(&account, Target::MasterPage(page.id), Brought::default(), "").await
}
