//! The change feed, in SQLite: the place of a row is its number. A file has one writer at a time, so its order is the order of
//! the commits.

use super::SqliteStore;
use super::cache::number_or_none;
use super::{attempt, capture, delivery, event};
use crate::encoding::value::count;
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::store::{self, AttemptNews, CaptureNews, ChangeFeed, EventNews, Position};
use rusqlite::Connection;

/// The number of a row.
pub(super) fn number(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or_default()
}

#[async_trait]
impl ChangeFeed for SqliteStore {
    async fn position(&self, account: &AccountId) -> store::Result<Position> {
        // The captures first: what was captured before this look was committed to the main file before it was sent.
        let of = account.clone();
        let work = move |conn: &Connection| {
            let last = "SELECT coalesce(max((SELECT max(c.seq) FROM captures c WHERE c.inbox = i.seq)), 0)
                        FROM inboxes i WHERE i.account = ?1";
            Ok(conn.prepare_cached(last)?.query_row([of.as_str()], |row| row.get(0))?)
        };
        let capture: i64 = self.tester.read_for(account, work).await?;
        let of = account.clone();
        let work = move |conn: &Connection| {
            // The newest may have been deleted.
            let last = "SELECT max(coalesce((SELECT max(place) FROM events WHERE account = ?1), 0),
                                   coalesce((SELECT event FROM cuts WHERE account = ?1), 0)),
                               max(coalesce((SELECT max(place) FROM attempts WHERE account = ?1), 0),
                                   coalesce((SELECT attempt FROM cuts WHERE account = ?1), 0))";
            let both = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            Ok(conn.prepare_cached(last)?.query_row([number_or_none(conn, &of)?], both)?)
        };
        let (event, attempt) = self.main.read_for(account, work).await?;
        Ok(Position { event: number(event), attempt: number(attempt), capture: number(capture) })
    }

    async fn events_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> store::Result<Vec<EventNews>> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let account = number_or_none(conn, &of)?;
            let events = event::between(conn, account, (count(after), count(upto)), limit)?;
            let news = |(place, event)| {
                let deliveries = delivery::of_event(conn, account, place)?;
                Ok(EventNews { seq: number(place), event, deliveries })
            };
            events.into_iter().map(news).collect()
        };
        self.main.read_for(account, work).await
    }

    async fn attempts_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> store::Result<Vec<AttemptNews>> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let account = number_or_none(conn, &of)?;
            let attempts = attempt::between(conn, account, (count(after), count(upto)), limit)?;
            let news = |(place, attempt, delivery)| AttemptNews { seq: number(place), attempt, delivery };
            Ok(attempts.into_iter().map(news).collect())
        };
        self.main.read_for(account, work).await
    }

    async fn captures_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> store::Result<Vec<CaptureNews>> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let captures = capture::between(conn, &of, (count(after), count(upto)), limit)?;
            let news = |(seq, capture, inbox)| CaptureNews { seq: number(seq), capture, inbox };
            Ok(captures.into_iter().map(news).collect())
        };
        self.tester.read_for(account, work).await
    }
}
