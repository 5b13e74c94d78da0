//! Captures: what an inbox took, as objects that tell which delivery each is, page by page and as soon as it comes.

use super::provenance::Tracer;
use crate::pagination;
use crate::signals::Signals;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::id::CaptureId;
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::store::{Listing, Page};
use deskbell_wire::inbox::capture::CapturedRequest;
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What an inbox captured.
pub struct Captures {
    store: Arc<dyn Store>,
    signals: Arc<Signals>,
    tracer: Tracer,
}

impl Captures {
    /// Captures that `store` keeps, each traced by `tracer`.
    pub fn new(store: Arc<dyn Store>, signals: Arc<Signals>, tracer: Tracer) -> Self {
        Self { store, signals, tracer }
    }

    /// The inbox's captured request of that id, or a 404.
    pub async fn find(&self, inbox: &Inbox, id: &str) -> Result<Capture, Problem> {
        let found = self.store.captured(&inbox.account, &inbox.id, &CaptureId::from_text(id)).await?;
        found.ok_or_else(|| Problem::not_found("request", id))
    }

    /// The captured request, with the delivery that it is.
    pub async fn object(
        &self,
        account: &Account,
        inbox: &Inbox,
        capture: &Capture,
    ) -> Result<CapturedRequest, Problem> {
        let provenance = self.tracer.trace(account, inbox, capture).await?;
        Ok(CapturedRequest::new(capture, provenance))
    }

    /// The objects as soon as the attempts of all of our deliveries among them are recorded, or after `at_most`.
    pub async fn settled_objects(
        &self,
        account: &Account,
        inbox: &Inbox,
        captures: &[Capture],
        at_most: Duration,
    ) -> Result<Vec<CapturedRequest>, Problem> {
        let until = Instant::now() + at_most;
        let mut bell = self.signals.account(&account.id);
        loop {
            // Marked as heard before the look: what is recorded after the look wakes us.
            let heard = bell.heard();
            let (mut objects, mut settled) = (Vec::with_capacity(captures.len()), true);
            for capture in captures {
                let provenance = self.tracer.trace(account, inbox, capture).await?;
                settled &= provenance.as_ref().is_none_or(|of| of.attempt.is_some());
                objects.push(CapturedRequest::new(capture, provenance));
            }
            let recorded = bell.tells(|news| news.attempts != heard.attempts || news.end != heard.end);
            if settled || tokio::time::timeout_at(until, recorded).await.is_err() {
                return Ok(objects);
            }
        }
    }

    /// The page, as soon as it has `count` requests, or after `wait`.
    pub async fn long_poll(
        &self,
        inbox: &Inbox,
        page: &Page,
        wait: Duration,
        count: usize,
    ) -> Result<Listing<Capture>, Problem> {
        let until = Instant::now() + wait;
        let (mut bell, mut stopping) = (self.signals.inbox(&inbox.id), self.signals.stopping());
        loop {
            // Marked as heard before the look: what is captured after the look wakes us.
            bell.heard();
            let found = self.page(inbox, page).await?;
            if found.items.len() >= count || Instant::now() >= until {
                return Ok(found);
            }
            tokio::select! {
                () = bell.rings() => {}
                () = tokio::time::sleep_until(until) => return Ok(found),
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(found),
            }
        }
    }

    async fn page(&self, inbox: &Inbox, page: &Page) -> Result<Listing<Capture>, Problem> {
        let found = self
            .store
            .captures(&inbox.account, &inbox.id, page)
            .await
            .map_err(|error| pagination::cursor_problem(error, page))?;
        found.ok_or_else(|| Problem::not_found("inbox", inbox.id.as_str()))
    }
}
