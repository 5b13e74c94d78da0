//! Captures: what an inbox took, as objects that tell which delivery each is, page by page and as soon as it comes.

use super::provenance::Provenances;
use crate::answers::Answers;
use crate::pagination;
use crate::signals::Signals;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::id::{CaptureId, EventId};
use deskbell_core::inbox::{Capture, Inbox, Provenance};
use deskbell_core::store::{Listing, Page, Weight};
use deskbell_wire::inbox::capture::CapturedRequest;
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What an inbox captured.
pub struct Captures {
    store: Arc<dyn Store>,
    signals: Arc<Signals>,
    provenances: Provenances,
    answers: Arc<Answers>,
}

impl Captures {
    /// Captures that `store` keeps, each with where it came from by `provenances`. Large ones are shown as `answers` are written.
    pub fn new(
        store: Arc<dyn Store>,
        signals: Arc<Signals>,
        provenances: Provenances,
        answers: Arc<Answers>,
    ) -> Self {
        Self { store, signals, provenances, answers }
    }

    /// The inbox's captured request of that id, or a 404.
    pub async fn find(&self, inbox: &Inbox, id: &str) -> Result<Capture, Problem> {
        let found = self.store.captured(&inbox.account, &inbox.id, &CaptureId::from_text(id)).await?;
        found.ok_or_else(|| Problem::not_found("request", id))
    }

    /// What `write` makes of the captured requests, each with the delivery that it is.
    pub async fn shown<T: Send + 'static>(
        &self,
        account: &Account,
        inbox: &Inbox,
        captures: Vec<Capture>,
        write: impl FnOnce(Vec<CapturedRequest>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.shown_settled(account, inbox, captures, Duration::ZERO, write).await
    }

    /// The same as soon as the attempts of all of our deliveries among them are recorded, or after `at_most`.
    pub async fn shown_settled<T: Send + 'static>(
        &self,
        account: &Account,
        inbox: &Inbox,
        captures: Vec<Capture>,
        at_most: Duration,
        write: impl FnOnce(Vec<CapturedRequest>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let provenances = self.settled(account, inbox, &captures, at_most).await?;
        let secret = self.provenances.secret(inbox);
        let write = move |captures: &[Capture]| {
            let objects = captures.iter().zip(provenances);
            write(objects.map(|(capture, of)| CapturedRequest::new(capture, of, secret.as_ref())).collect())
        };
        self.written(account, captures, write).await
    }

    /// What `write` makes of the captured requests alone.
    pub async fn written<T: Send + 'static>(
        &self,
        account: &Account,
        captures: Vec<Capture>,
        write: impl FnOnce(&[Capture]) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let bytes = captures.iter().map(Weight::bytes).sum();
        self.answers.write(&account.id, bytes, move || write(&captures)).await
    }

    async fn settled(
        &self,
        account: &Account,
        inbox: &Inbox,
        captures: &[Capture],
        at_most: Duration,
    ) -> Result<Vec<Option<Provenance>>, Problem> {
        let until = Instant::now() + at_most;
        let mut bell = self.signals.account(&account.id);
        loop {
            // Marked as heard before the look: what is recorded after the look wakes us.
            let heard = bell.heard();
            let (mut provenances, mut settled) = (Vec::with_capacity(captures.len()), true);
            for capture in captures {
                let provenance = self.provenances.of(account, inbox, capture).await?;
                settled &= provenance.as_ref().is_none_or(|of| of.attempt.is_some());
                provenances.push(provenance);
            }
            let recorded = bell.tells(|news| news.attempts != heard.attempts || news.end != heard.end);
            if settled || tokio::time::timeout_at(until, recorded).await.is_err() {
                return Ok(provenances);
            }
        }
    }

    /// The page, as soon as it has `count` requests or is full, or after `wait`.
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
            if found.items.len() >= count || found.has_more(page) || Instant::now() >= until {
                return Ok(found);
            }
            tokio::select! {
                () = bell.rings() => {}
                // One more look: what another process captured may have rung nowhere.
                () = tokio::time::sleep_until(until) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(found),
            }
        }
    }

    /// A page of those alone that claim to be deliveries of that event.
    pub async fn of_event(
        &self,
        inbox: &Inbox,
        event: &EventId,
        page: &Page,
    ) -> Result<Listing<Capture>, Problem> {
        let found = self.store.captures_of(&inbox.account, &inbox.id, event, page).await;
        let found = found.map_err(|error| pagination::cursor_problem(error, page))?;
        found.ok_or_else(|| Problem::not_found("inbox", inbox.id.as_str()))
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
