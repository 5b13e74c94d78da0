//! The change feed, in memory: places on the tables are the numbers.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::id::{AccountId, CaptureId, DeliveryId, InboxId};
use deskbell_core::store::{
    AttemptNews, CaptureNews, ChangeFeed, EventNews, Position, Result, Weight, page_of_bytes,
};
use std::ops::RangeInclusive;

/// A place as a number.
pub(super) fn number(place: i64) -> u64 {
    u64::try_from(place).unwrap_or_default()
}

fn span(after: u64, upto: u64) -> RangeInclusive<u64> {
    after.saturating_add(1)..=upto
}

impl State {
    /// The captures of the account's inboxes that are still there, oldest first.
    fn own_captures(
        &self,
        account: &AccountId,
    ) -> impl DoubleEndedIterator<Item = (u64, &(InboxId, CaptureId))> {
        let ours = move |inbox: &InboxId, capture: &CaptureId| {
            self.inboxes.get(inbox.as_str()).is_some_and(|inbox| inbox.account == *account)
                && self.captures.get(inbox).is_some_and(|kept| kept.get(capture.as_str()).is_some())
        };
        let numbered = self.captured.iter().enumerate();
        numbered
            .filter(move |(_, (inbox, capture))| ours(inbox, capture))
            .map(|(at, names)| (at as u64 + 1, names))
    }

    fn capture_news(&self, seq: u64, inbox: &InboxId, id: &CaptureId) -> Option<CaptureNews> {
        let capture = self.captures.get(inbox)?.get(id.as_str())?.clone();
        Some(CaptureNews { seq, capture, inbox: self.inboxes.get(inbox.as_str())?.clone() })
    }
}

#[async_trait]
impl ChangeFeed for MemoryStore {
    async fn position(&self, account: &AccountId) -> Result<Position> {
        let state = self.lock();
        let event = state.events.iter().rev().find(|(_, event)| event.account == *account);
        let attempt = state.attempts.iter().rev().find(|(_, attempt)| attempt.account == *account);
        let cut = state.cuts.get(account).copied().unwrap_or_default();
        Ok(Position {
            event: number(event.map(|(place, _)| place).unwrap_or_default().max(cut.event)),
            attempt: number(attempt.map(|(place, _)| place).unwrap_or_default().max(cut.attempt)),
            capture: state.own_captures(account).next_back().map(|(at, _)| at).unwrap_or_default(),
        })
    }

    async fn events_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<EventNews>> {
        let state = self.lock();
        let news = |(place, event): (i64, &deskbell_core::event::Event)| EventNews {
            seq: number(place),
            event: event.clone(),
            deliveries: state
                .webhooks
                .all()
                .filter_map(|webhook| state.deliveries.get(DeliveryId::of(&event.id, &webhook.id).as_str()))
                .cloned()
                .collect(),
        };
        let wanted = |(place, event): &(i64, &deskbell_core::event::Event)| {
            event.account == *account && span(after, upto).contains(&number(*place))
        };
        let found = state.events.iter().filter(wanted).take(limit as usize).map(news);
        page_of_bytes(found.map(Ok), |news| news.event.bytes())
    }

    async fn attempts_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<AttemptNews>> {
        let state = self.lock();
        let news = |(place, attempt): (i64, &deskbell_core::attempt::Attempt)| {
            let delivery = state.deliveries.get(attempt.delivery.as_str())?.clone();
            Some(AttemptNews { seq: number(place), attempt: attempt.clone(), delivery })
        };
        let wanted = |(place, attempt): &(i64, &deskbell_core::attempt::Attempt)| {
            attempt.account == *account && span(after, upto).contains(&number(*place))
        };
        let found = state.attempts.iter().filter(wanted).filter_map(news).take(limit as usize);
        page_of_bytes(found.map(Ok), |news| news.attempt.bytes())
    }

    async fn captures_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<CaptureNews>> {
        let state = self.lock();
        let wanted = state.own_captures(account).filter(|(seq, _)| span(after, upto).contains(seq));
        let news = wanted.filter_map(|(seq, (inbox, id))| state.capture_news(seq, inbox, id));
        page_of_bytes(news.take(limit as usize).map(Ok), |news| news.capture.bytes())
    }
}
