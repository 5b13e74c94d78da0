//! Retention, in PostgreSQL: a look finds what is too old, account by account, along the account's own index; then each account is locked
//! in turn, and what is still too old is deleted. An account whose rows are damaged, or that somebody else writes all the time, is
//! passed over: it keeps nothing of the others.
//!
//! The event's row goes first: everything else is found through it. An event with more rows than a step may delete leaves them for
//! the next steps, under its number in `leftovers`.

mod look;

use super::PostgresStore;
use super::account::number_or_none;
use super::change_feed::number;
use super::client::Client;
use super::columns::{Columns, named};
use super::fault::{Fault, Result};
use super::sql::{self, params};
use super::transaction::Tx;
use super::unreadable::{LeftOut, Table};
use crate::encoding::body;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::AccountId;
use deskbell_core::place::{self, Place};
use deskbell_core::retention::{FOR_EVER, OwnKeep};
use deskbell_core::store::{self, Cut, Error, Expire, Expired, Position, Reached, Retention};
use deskbell_core::time::later;
use futures::FutureExt as _;
use look::{ACCOUNTS, Found, Hanging, Old, find};
use std::time::Duration;

const TABLE: Table = Table("accounts", &["seq"]);

/// What became of an account's part.
struct Deleted {
    done: Expired,
    /// The event that the part ended with before it had come to all.
    ended: Option<Place>,
    /// Rows that may still go.
    left: usize,
}

/// Deletes what was found of an account, as far as that is still true: it may have been retried meanwhile, or another process may
/// have been at it.
async fn delete(tx: &Tx<'_>, old: &Old, mut left: usize) -> Result<Deleted> {
    tx.lock(&[old.account]).await?;
    let (mut whole, mut gone, mut ended) = (Vec::new(), Vec::new(), None);
    let mut attempt = 0;
    for hanging in Hanging::at(tx.conn, old.account, &old.events).await? {
        if !hanging.is_older(old.before) {
            continue;
        }
        attempt = attempt.max(hanging.attempt);
        gone.push(hanging.event);
        if hanging.rows > left {
            // Its rows go with the next parts.
            later_rows(tx.conn, old.account, hanging.event).await?;
            ended = Some(hanging.event);
            break;
        }
        left -= hanging.rows;
        whole.push(hanging.event);
    }
    let mut done = Expired::default();
    if !gone.is_empty() {
        let delete = "WITH attempts AS (DELETE FROM attempts WHERE account = $1 AND event = ANY ($2) RETURNING 1),
                      deliveries AS (DELETE FROM deliveries WHERE account = $1 AND event = ANY ($2) RETURNING 1),
                      open AS (DELETE FROM open_payloads WHERE account = $1 AND event = ANY ($3)),
                      traces AS (DELETE FROM traces WHERE account = $1 AND event = ANY ($3)),
                      events AS (DELETE FROM events WHERE account = $1 AND place = ANY ($3) RETURNING place, octet_length(body) AS size)
                      SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM deliveries),
                             (SELECT count(*) FROM attempts),
                             (SELECT coalesce(sum(size), 0)::bigint FROM events WHERE place <= $4 OR place > $5)";
        let (counted, upto) = tx.keeping(old.account, |keeping| keeping.uncounted())?;
        let row = sql::row(tx.conn, delete, params![old.account, whole, gone, counted, upto]).await?;
        let mut columns = Columns::of(&row);
        done.events = columns.count()?;
        done.deliveries = columns.count()?;
        done.attempts = columns.count()?;
        let less = columns.count()?;
        tx.keeping(old.account, |keeping| keeping.free(less))?;
    }
    let mut cut = (gone.last().copied().unwrap_or_default(), attempt, 0);
    if ended.is_none() && !old.payloads.is_empty() {
        done.payloads = delete_payloads(tx, old).await?;
        cut.2 = old.payloads.iter().copied().max().unwrap_or_default();
    }
    note_cut(tx.conn, old.account, cut).await?;
    Ok(Deleted { done, ended, left })
}

/// Deletes the events' bytes, or notes that they have to be looked at again; gives how many had any.
async fn delete_payloads(tx: &Tx<'_>, old: &Old) -> Result<u64> {
    let conn = tx.conn;
    let all = Hanging::at(conn, old.account, &old.payloads).await?;
    let (older, open): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.is_older(old.payloads_before));
    let [older, open] = [older, open].map(|some| some.iter().map(|one| one.event).collect::<Vec<Place>>());
    let note = "INSERT INTO open_payloads (account, event) SELECT $1, event FROM unnest($2) AS o (event)
                ON CONFLICT DO NOTHING";
    sql::execute(conn, note, params![old.account, open]).await?;
    let forget = "DELETE FROM open_payloads WHERE account = $1 AND event = ANY ($2)";
    sql::execute(conn, forget, params![old.account, older]).await?;
    let delete = "WITH before AS (SELECT place, octet_length(body) AS size FROM events
                  WHERE account = $1 AND place = ANY ($2) AND octet_length(body) > octet_length($3)),
                  deleted AS (UPDATE events e SET body = $3 FROM before b WHERE e.account = $1 AND e.place = b.place
                  RETURNING b.place, b.size - octet_length($3) AS less)
                  SELECT count(*), coalesce(sum(less) FILTER (WHERE place <= $4 OR place > $5), 0)::bigint FROM deleted";
    let (counted, upto) = tx.keeping(old.account, |keeping| keeping.uncounted())?;
    let row = sql::row(conn, delete, params![old.account, older, &body::DELETED[..], counted, upto]).await?;
    let mut columns = Columns::of(&row);
    let (deleted, less) = (columns.count()?, columns.count()?);
    tx.keeping(old.account, |keeping| keeping.free(less))?;
    Ok(deleted)
}

async fn later_rows(conn: &Client, account: i64, event: Place) -> Result<()> {
    let later = "INSERT INTO leftovers (account, event) VALUES ($1, $2)";
    sql::execute(conn, later, params![account, event]).await.map(drop)
}

/// Deletes what is left of so many events that are gone, as much as is `left`. What another process is at, it leaves to it.
async fn delete_leftovers(tx: &Tx<'_>, mut left: usize, events: usize) -> Result<Deleted> {
    let (mut done, mut events) = (Expired::default(), 0..events);
    while left > 0 && events.next().is_some() {
        let first =
            "SELECT account, event FROM leftovers ORDER BY account, event LIMIT 1 FOR UPDATE SKIP LOCKED";
        let Some(row) = sql::maybe_row(tx.conn, first, params![]).await? else { break };
        let (account, event): (i64, Place) = (named(&row, "account")?, named(&row, "event")?);
        let attempts = "DELETE FROM attempts WHERE (account, place) IN
                        (SELECT account, place FROM attempts WHERE account = $1 AND event = $2 LIMIT $3)";
        let deliveries = "DELETE FROM deliveries WHERE (account, event, webhook) IN
                          (SELECT account, event, webhook FROM deliveries WHERE account = $1 AND event = $2 LIMIT $3)";
        for (delete, deleted) in [(attempts, &mut done.attempts), (deliveries, &mut done.deliveries)] {
            let limit = i64::try_from(left).unwrap_or(i64::MAX);
            let rows = sql::execute(tx.conn, delete, params![account, event, limit]).await?;
            left -= usize::try_from(rows).unwrap_or(left);
            *deleted += rows;
        }
        if left > 0 {
            let delete = "DELETE FROM leftovers WHERE account = $1 AND event = $2";
            sql::execute(tx.conn, delete, params![account, event]).await?;
        }
    }
    Ok(Deleted { done, ended: None, left })
}

/// Notes the last event, attempt and bytes of the account that are gone; 0 is none.
async fn note_cut(
    conn: &Client,
    account: i64,
    (event, attempt, payload): (Place, Place, Place),
) -> Result<()> {
    let note = "INSERT INTO cuts (account, event, attempt, payload) VALUES ($1, $2, $3, $4)
                ON CONFLICT (account) DO UPDATE SET event = greatest(cuts.event, $2),
                attempt = greatest(cuts.attempt, $3), payload = greatest(cuts.payload, $4)";
    sql::execute(conn, note, params![account, event, attempt, payload]).await.map(drop)
}

/// A span of time as it is kept, in milliseconds; longer ones are for ever.
fn span(kept: Option<i64>) -> Option<Duration> {
    let millis = kept.map(|kept| u64::try_from(kept).unwrap_or_default())?;
    Some(if millis == i64::MAX.unsigned_abs() { FOR_EVER } else { Duration::from_millis(millis) })
}

fn kept(span: Option<Duration>) -> Option<i64> {
    span.map(|span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

async fn cut(conn: &Client, account: &AccountId) -> Result<Cut> {
    let select = "SELECT event, attempt, payload FROM cuts WHERE account = $1";
    let account = number_or_none(conn, account).await?;
    let Some(row) = sql::maybe_row(conn, select, params![account]).await? else { return Ok(Cut::default()) };
    let mut columns = Columns::of(&row);
    let (event, attempt, payload): (Place, Place, Place) = (columns.get()?, columns.get()?, columns.get()?);
    // Before the next millisecond.
    let time = |place| (place > 0).then(|| later(place::time_of(place), Duration::from_millis(1)));
    let last = Position { event: number(event), attempt: number(attempt), capture: 0 };
    Ok(Cut { events: time(event), payloads: time(payload), last })
}

fn add(sum: &mut Expired, more: &Expired) {
    sum.events += more.events;
    sum.deliveries += more.deliveries;
    sum.attempts += more.attempts;
    sum.payloads += more.payloads;
}

impl PostgresStore {
    async fn find_old(&self, part: Expire, accounts: i64) -> store::Result<Found> {
        self.snapshot((part, accounts), |conn, (part, accounts)| find(conn, part, *accounts).boxed()).await
    }

    /// The same for the first account alone, after rows of one could not be read; of one that has them there is nothing to find.
    async fn find_old_apart(&self, part: Expire, error: Error) -> store::Result<Found> {
        let alone = self.find_old(part, 1).await.map_err(Fault::from);
        let from = part.from.map_or(0, |from| from.account);
        let conn = self.read().await?;
        let select = "SELECT seq FROM accounts WHERE seq >= $1 ORDER BY seq LIMIT 1";
        let Some(row) = sql::maybe_row(&conn, select, params![from]).await? else { return Err(error) };
        let account: i64 = named(&row, "seq")?;
        let next = Some(Reached { account: account + 1, place: 0 });
        Ok(LeftOut::of(TABLE).sift(account, alone)?.unwrap_or_else(|| Found::nothing(next)))
    }

    /// Deletes the first of the leftovers alone, after one of them could not be read; one that cannot be is forgotten, and stays.
    async fn delete_leftover(&self, left: usize) -> store::Result<Deleted> {
        let first = self.write(left, |tx, left| delete_leftovers(tx, *left, 1).boxed()).await;
        let error = match first {
            Err(error @ Error::Damaged(_)) => error,
            first => return first,
        };
        let forget = "DELETE FROM leftovers WHERE (account, event) IN
                      (SELECT account, event FROM leftovers ORDER BY account, event LIMIT 1 FOR UPDATE SKIP LOCKED)
                      RETURNING account";
        let forgotten = self.write((), |tx, ()| sql::maybe_row(tx.conn, forget, params![]).boxed()).await?;
        if let Some(row) = forgotten {
            let account: i64 = named(&row, "account")?;
            LeftOut::of(TABLE).sift::<()>(account, Err(error.into()))?;
        }
        Ok(Deleted { done: Expired::default(), ended: None, left: 0 })
    }
}

#[async_trait]
impl Retention for PostgresStore {
    async fn expire(&self, part: Expire) -> store::Result<Expired> {
        let found = match self.find_old(part, ACCOUNTS).await {
            Err(error @ Error::Damaged(_)) => self.find_old_apart(part, error).await?,
            found => found?,
        };
        let (mut sum, mut left) = (Expired { next: found.next, ..Expired::default() }, part.rows);
        if found.leftovers {
            let all = self.write(left, |tx, left| delete_leftovers(tx, *left, usize::MAX).boxed()).await;
            let deleted = match all {
                Err(Error::Damaged(_)) => self.delete_leftover(left).await?,
                all => all?,
            };
            add(&mut sum, &deleted.done);
        }
        let mut left_out = LeftOut::of(TABLE);
        for old in found.old {
            let account = old.account;
            let deleted = self.write((old, left), |tx, (old, left)| delete(tx, old, *left).boxed()).await;
            // The next pass comes to one that is busy again.
            if matches!(deleted, Err(Error::Busy { .. })) {
                continue;
            }
            let Some(deleted) = left_out.sift(account, deleted.map_err(Fault::from))? else { continue };
            add(&mut sum, &deleted.done);
            left = deleted.left;
            if let Some(place) = deleted.ended {
                sum.next = Some(Reached { account, place });
                break;
            }
        }
        Ok(sum)
    }

    async fn forget_keys(&self, before: Timestamp, limit: u32) -> store::Result<u64> {
        let input = (place::first_at(before), i64::from(limit));
        self.write(input, |tx, (before, limit)| forget_keys(tx, *before, *limit).boxed()).await
    }

    /// The database keeps what deletions left free for new rows, and gives back what it can by itself.
    async fn give_back(&self, _: u64) -> store::Result<u64> {
        Ok(0)
    }

    async fn own_keep(&self, account: &AccountId) -> store::Result<OwnKeep> {
        let conn = self.read_for(account).await?;
        let select = "SELECT keep_events, keep_payloads FROM accounts WHERE id = $1";
        let Some(row) = sql::maybe_row(&conn, select, params![account.as_str()]).await? else {
            return Ok(OwnKeep::default());
        };
        let mut columns = Columns::of(&row);
        Ok(OwnKeep { events: span(columns.get()?), payloads: span(columns.get()?) })
    }

    async fn set_own_keep(&self, account: &AccountId, own: OwnKeep) -> store::Result<bool> {
        self.write_for(account, (account.clone(), own), |tx, (account, own)| {
            set_own_keep(tx, account, *own).boxed()
        })
        .await
    }

    async fn cut(&self, account: &AccountId) -> store::Result<Cut> {
        self.snapshot_for(account, account.clone(), |conn, account| cut(conn, account).boxed()).await
    }
}

async fn forget_keys(tx: &Tx<'_>, before: Place, limit: i64) -> Result<u64> {
    // One that is being used again is left to the next call.
    let delete = "DELETE FROM idempotency WHERE (account, key) IN
                  (SELECT account, key FROM idempotency WHERE event < $1 ORDER BY event LIMIT $2 FOR UPDATE SKIP LOCKED)";
    sql::execute(tx.conn, delete, params![before, limit]).await
}

async fn set_own_keep(tx: &Tx<'_>, account: &AccountId, own: OwnKeep) -> Result<bool> {
    let set = "UPDATE accounts SET keep_events = $2, keep_payloads = $3 WHERE id = $1";
    Ok(sql::execute(tx.conn, set, params![account.as_str(), kept(own.events), kept(own.payloads)]).await? > 0)
}
