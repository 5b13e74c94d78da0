//! The change feed, in PostgreSQL: the place of a row is its number. An account is written by one transaction at a time, which has
//! its lock from before it makes a place until it is committed: so the order of an account's places is the order of its commits.

use super::PostgresStore;
use super::account::number_or_none;
use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{self, Param, param, params};
use super::unreadable::{LeftOut, Table};
use super::{attempt, capture, delivery, event};
use crate::encoding::value::count;
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::place::Place;
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::store::{self, AttemptNews, CaptureNews, ChangeFeed, Elsewhere, EventNews, Position};
use futures::{FutureExt as _, TryStreamExt as _};
use std::pin::pin;
use std::sync::Arc;
use tokio_postgres::Row;

/// The number of a row.
pub(super) fn number(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or_default()
}

/// The first `limit` rows of an account that can be read, or as many as fill a page with their `bytes`: fewer are all. Those that
/// cannot be read take no other's place. `select` is given the account, the places that it goes from and to, and how many rows.
#[allow(clippy::too_many_arguments, reason = "what is read, of which rows, and how")]
pub(super) async fn between<T>(
    conn: &Client,
    select: &str,
    account: i64,
    (mut after, upto): (Place, Place),
    limit: u32,
    table: Table,
    read: impl Fn(&Row) -> Result<T>,
    bytes: impl Fn(&T) -> usize,
) -> Result<Vec<(Place, T)>> {
    let (mut found, mut sum, mut left_out) = (Vec::new(), 0, LeftOut::of(table));
    let rows = i64::from(limit);
    loop {
        let asked: Vec<Param<'_>> = vec![param(&account), param(&after), param(&upto), param(&rows)];
        let mut stream = pin!(conn.query_typed_raw(select, asked).await?);
        let mut came = 0;
        while let Some(row) = stream.try_next().await? {
            (came, after) = (came + 1, named(&row, "place")?);
            if let Some(one) = left_out.row(&row, &read)? {
                sum += bytes(&one);
                found.push((after, one));
                if sum >= PAGE_BYTES || found.len() >= limit as usize {
                    return Ok(found);
                }
            }
        }
        if came < limit {
            return Ok(found);
        }
    }
}

async fn position(conn: &Client, account: &AccountId) -> Result<Position> {
    // The newest may have been deleted.
    let last = "SELECT greatest((SELECT max(place) FROM events WHERE account = $1),
                                (SELECT event FROM cuts WHERE account = $1), 0),
                       greatest((SELECT max(place) FROM attempts WHERE account = $1),
                                (SELECT attempt FROM cuts WHERE account = $1), 0)";
    let row = sql::row(conn, last, params![number_or_none(conn, account).await?]).await?;
    let mut columns = Columns::of(&row);
    let (event, attempt) = (columns.count()?, columns.count()?);
    Ok(Position { event, attempt, capture: number(capture::last(conn, account).await?) })
}

async fn events(
    conn: &Client,
    account: &AccountId,
    span: (Place, Place),
    limit: u32,
) -> Result<Vec<EventNews>> {
    let account = number_or_none(conn, account).await?;
    let events = event::between(conn, account, span, limit).await?;
    let places: Vec<Place> = events.iter().map(|(place, _)| *place).collect();
    let mut deliveries = delivery::of_events(conn, account, &places).await?;
    let news = |(place, event)| EventNews {
        seq: number(place),
        event,
        deliveries: deliveries.remove(&place).unwrap_or_default(),
    };
    Ok(events.into_iter().map(news).collect())
}

async fn attempts(
    conn: &Client,
    account: &AccountId,
    span: (Place, Place),
    limit: u32,
) -> Result<Vec<AttemptNews>> {
    let account = number_or_none(conn, account).await?;
    let attempts = attempt::between(conn, account, span, limit).await?;
    let news = |(place, attempt, delivery)| AttemptNews { seq: number(place), attempt, delivery };
    Ok(attempts.into_iter().map(news).collect())
}

async fn captures(
    conn: &Client,
    account: &AccountId,
    span: (i64, i64),
    limit: u32,
) -> Result<Vec<CaptureNews>> {
    let captures = capture::between(conn, account, span, limit).await?;
    let news = |(seq, capture, inbox)| CaptureNews { seq: number(seq), capture, inbox };
    Ok(captures.into_iter().map(news).collect())
}

#[async_trait]
impl ChangeFeed for PostgresStore {
    fn tell_of_others(&self, told: Arc<dyn Fn(Elsewhere<'_>) + Send + Sync>) {
        self.database.notices.tell_of_others(told);
    }

    async fn position(&self, account: &AccountId) -> store::Result<Position> {
        self.snapshot_for(account, account.clone(), |conn, account| position(conn, account).boxed()).await
    }

    async fn events_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> store::Result<Vec<EventNews>> {
        let input = (account.clone(), (count(after), count(upto)), limit);
        self.snapshot_for(account, input, |conn, (account, span, limit)| {
            events(conn, account, *span, *limit).boxed()
        })
        .await
    }

    async fn attempts_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> store::Result<Vec<AttemptNews>> {
        let input = (account.clone(), (count(after), count(upto)), limit);
        self.snapshot_for(account, input, |conn, (account, span, limit)| {
            attempts(conn, account, *span, *limit).boxed()
        })
        .await
    }

    async fn captures_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> store::Result<Vec<CaptureNews>> {
        let input = (account.clone(), (count(after), count(upto)), limit);
        self.snapshot_for(account, input, |conn, (account, span, limit)| {
            captures(conn, account, *span, *limit).boxed()
        })
        .await
    }
}
