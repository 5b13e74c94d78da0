//! Retention, in PostgreSQL: a look finds what is too old, account by account, along the account's own index; then each account is locked
//! in turn, and what is still too old is deleted. The oldest of an account come first, so what is kept is never walked.
//!
//! The event's row goes first: everything else is found through it. An event with more rows than a step may delete leaves them for
//! the next steps, under its number in `leftovers`.

use super::PostgresStore;
use super::account::number_or_none;
use super::change_feed::number;
use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{self, params};
use super::transaction::Tx;
use crate::encoding::body;
use crate::encoding::value::code;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Status;
use deskbell_core::id::AccountId;
use deskbell_core::place::{self, Place};
use deskbell_core::retention::{FOR_EVER, OwnKeep};
use deskbell_core::store::{self, Cut, Expire, Expired, Position, Reached, Retention};
use deskbell_core::time::later;
use futures::FutureExt as _;
use std::time::Duration;
use tokio_postgres::{Client, Row};

/// Accounts that one part looks at.
const ACCOUNTS: i64 = 500;
/// Rows that one part looks at and finds that they have to stay, for each that it may delete.
const LOOKED: usize = 4;
/// Events that one statement looks at, with all that hangs on them.
const EVENTS: i64 = 100;
/// Events of one account that were not over when their bytes came into the age, and that one look at it sees again.
const OPEN: i64 = 1_000;
/// Bytes of events that one part deletes.
const BYTES: usize = 4 << 20;

/// An account of which something is too old.
struct Old {
    account: i64,
    /// Events that go whole, oldest first, and what has to be older than this.
    events: Vec<Place>,
    before: Place,
    /// Events that stay, whose bytes go, and what has to be older than this.
    payloads: Vec<Place>,
    payloads_before: Place,
}

/// An event, and what hangs on it.
struct Hanging {
    event: Place,
    /// Of its body as it is kept.
    bytes: usize,
    /// Its deliveries and attempts.
    rows: usize,
    /// The last attempt; 0 when there is none.
    attempt: Place,
    /// Whether one of its deliveries is not over.
    open: bool,
}

/// What hangs on the events of `e`: `Delivery::is_over`, without reading the rows' other columns.
macro_rules! hanging {
    ($events:literal) => {
        concat!(
            "SELECT e.place, e.bytes, d.rows + a.rows, a.last, d.open FROM (",
            $events,
            ") e CROSS JOIN LATERAL
             (SELECT count(*) AS rows, coalesce(bool_or(status = $2 OR due IS NOT NULL OR leased > 0), false) AS open
              FROM deliveries WHERE account = $1 AND event = e.place) d
             CROSS JOIN LATERAL (SELECT count(*) AS rows, coalesce(max(place), 0) AS last
              FROM attempts WHERE account = $1 AND event = e.place) a"
        )
    };
}

impl Hanging {
    /// Those of the rows, oldest first.
    fn all(rows: &[Row]) -> Result<Vec<Self>> {
        let mut all = rows.iter().map(Self::read).collect::<Result<Vec<_>>>()?;
        all.sort_by_key(|one| one.event);
        Ok(all)
    }

    fn read(row: &Row) -> Result<Self> {
        let mut columns = Columns::of(row);
        Ok(Self {
            event: columns.number()?,
            bytes: columns.number()?,
            rows: columns.number()?,
            attempt: columns.number()?,
            open: columns.get()?,
        })
    }

    /// The first of the account's events of places behind the first and before the second, oldest first.
    async fn first(
        conn: &Client,
        account: i64,
        (after, before): (Place, Place),
        limit: i64,
    ) -> Result<Vec<Self>> {
        let select = hanging!(
            "SELECT place, octet_length(body)::bigint AS bytes FROM events
             WHERE account = $1 AND place > $3 AND place < $4 ORDER BY place LIMIT $5"
        );
        let pending = code(&Status::ALL, &Status::Pending);
        let rows = sql::rows(conn, select, params![account, pending, after, before, limit]).await?;
        Self::all(&rows)
    }

    /// Those of the account's events at these places that are there.
    async fn at(conn: &Client, account: i64, places: &[Place]) -> Result<Vec<Self>> {
        let select = hanging!(
            "SELECT place, octet_length(body)::bigint AS bytes FROM events WHERE account = $1 AND place = ANY ($3)"
        );
        let pending = code(&Status::ALL, &Status::Pending);
        let rows = sql::rows(conn, select, params![account, pending, places]).await?;
        Self::all(&rows)
    }

    /// Whether all of it is over and older than that.
    fn is_older(&self, before: Place) -> bool {
        !self.open && self.attempt < before
    }
}

/// An account whose turn it is.
struct Turn {
    account: i64,
    /// Its own times, in milliseconds.
    own: OwnKeep,
    /// The last event whose bytes were looked at.
    payload: Place,
    /// The first of its events, if it has any.
    first: Option<Place>,
}

impl Turn {
    fn read(row: &Row) -> Result<Self> {
        let mut columns = Columns::of(row);
        Ok(Self {
            account: columns.number()?,
            own: OwnKeep { events: span(columns.get()?), payloads: span(columns.get()?) },
            payload: columns.number()?,
            first: columns.get()?,
        })
    }
}

/// The next accounts from that number on.
async fn turns(conn: &Client, from: i64) -> Result<Vec<Turn>> {
    let select = "SELECT a.seq, a.keep_events, a.keep_payloads, coalesce(c.payload, 0),
                         (SELECT min(place) FROM events WHERE account = a.seq)
                  FROM accounts a LEFT JOIN cuts c ON c.account = a.seq WHERE a.seq >= $1 ORDER BY a.seq LIMIT $2";
    sql::rows(conn, select, params![from, ACCOUNTS]).await?.iter().map(Turn::read).collect()
}

/// What a look found.
struct Found {
    /// In the order in which it is to go.
    old: Vec<Old>,
    /// Rows of events that are gone wait: they go first.
    leftovers: bool,
    next: Option<Reached>,
    rows: usize,
    looked: usize,
    bytes: usize,
}

impl Found {
    fn is_full(&self, part: &Expire) -> bool {
        self.rows >= part.rows || self.looked >= part.rows * LOOKED || self.bytes >= BYTES
    }
}

async fn find(conn: &Client, part: &Expire) -> Result<Found> {
    let mut from = part.from.unwrap_or(Reached { account: 0, place: 0 });
    let leftovers = sql::exists(conn, "SELECT 1 FROM leftovers LIMIT 1", params![]).await?;
    let mut found = Found { old: Vec::new(), leftovers, next: Some(from), rows: 0, looked: 0, bytes: 0 };
    if found.leftovers {
        return Ok(found);
    }
    let turns = turns(conn, from.account).await?;
    for turn in &turns {
        if turn.account != from.account {
            from = Reached { account: turn.account, place: 0 };
        }
        let keep = part.keep.of(turn.own);
        let [before, payloads_before] =
            [keep.events_since(part.now), keep.payloads_since(part.now)].map(place::first_at);
        let last = before.max(payloads_before);
        if turn.first.is_some_and(|first| first < last) {
            let mut old = Old {
                account: turn.account,
                events: Vec::new(),
                before,
                payloads: Vec::new(),
                payloads_before,
            };
            find_events(conn, part, &mut from, &mut old, &mut found).await?;
            if payloads_before > before && !found.is_full(part) {
                find_payloads(conn, part, turn, &mut old, &mut found).await?;
            }
            found.old.push(old);
            if found.is_full(part) {
                return Ok(Found { next: Some(from), ..found });
            }
        }
        from = Reached { account: turn.account + 1, place: 0 };
    }
    let all = i64::try_from(turns.len()).is_ok_and(|count| count < ACCOUNTS);
    Ok(Found { next: (!all).then_some(from), ..found })
}

/// The account's events that can go, as many as find place; `from` moves along.
async fn find_events(
    conn: &Client,
    part: &Expire,
    from: &mut Reached,
    old: &mut Old,
    found: &mut Found,
) -> Result<()> {
    loop {
        let some = Hanging::first(conn, old.account, (from.place, old.before), EVENTS).await?;
        let all = i64::try_from(some.len()).is_ok_and(|count| count < EVENTS);
        for hanging in some {
            if found.is_full(part) {
                return Ok(());
            }
            found.looked += 1 + hanging.rows;
            if hanging.is_older(old.before) {
                found.rows += 1 + hanging.rows;
                found.bytes += hanging.bytes;
                old.events.push(hanging.event);
            }
            from.place = hanging.event;
        }
        if all {
            return Ok(());
        }
    }
}

/// The account's events whose bytes can go, as many as find place: those that come into the age, and those that were not over when they
/// came.
async fn find_payloads(
    conn: &Client,
    part: &Expire,
    turn: &Turn,
    old: &mut Old,
    found: &mut Found,
) -> Result<()> {
    let open = "SELECT event FROM open_payloads WHERE account = $1 ORDER BY event LIMIT $2";
    let open = sql::rows(conn, open, params![turn.account, OPEN]).await?;
    let open = open.iter().map(|row| named(row, "event")).collect::<Result<Vec<Place>>>()?;
    for hanging in Hanging::at(conn, turn.account, &open).await? {
        if hanging.event < old.payloads_before && hanging.is_older(old.payloads_before) {
            found.rows += 1;
            old.payloads.push(hanging.event);
        }
    }
    let oldest = "SELECT place, octet_length(body)::bigint AS bytes FROM events
                  WHERE account = $1 AND place > $2 AND place < $3 ORDER BY place LIMIT $4";
    let limit = i64::try_from(part.rows).unwrap_or(i64::MAX);
    let rows =
        sql::rows(conn, oldest, params![turn.account, turn.payload, old.payloads_before, limit]).await?;
    for row in &rows {
        if found.is_full(part) {
            break;
        }
        let mut columns = Columns::of(row);
        old.payloads.push(columns.number()?);
        (found.looked, found.rows) = (found.looked + 1, found.rows + 1);
        found.bytes += columns.number::<usize>()?;
    }
    Ok(())
}

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
                      events AS (DELETE FROM events WHERE account = $1 AND place = ANY ($3) RETURNING 1)
                      SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM deliveries),
                             (SELECT count(*) FROM attempts)";
        let row = sql::row(tx.conn, delete, params![old.account, whole, gone]).await?;
        let mut columns = Columns::of(&row);
        done.events = columns.count()?;
        done.deliveries = columns.count()?;
        done.attempts = columns.count()?;
    }
    let mut cut = (gone.last().copied().unwrap_or_default(), attempt, 0);
    if ended.is_none() && !old.payloads.is_empty() {
        done.payloads = delete_payloads(tx.conn, old).await?;
        cut.2 = old.payloads.iter().copied().max().unwrap_or_default();
    }
    note_cut(tx.conn, old.account, cut).await?;
    Ok(Deleted { done, ended, left })
}

/// Deletes the events' bytes, or notes that they have to be looked at again; gives how many had any.
async fn delete_payloads(conn: &Client, old: &Old) -> Result<u64> {
    let all = Hanging::at(conn, old.account, &old.payloads).await?;
    let (older, open): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.is_older(old.payloads_before));
    let [older, open] = [older, open].map(|some| some.iter().map(|one| one.event).collect::<Vec<Place>>());
    let note = "INSERT INTO open_payloads (account, event) SELECT $1, event FROM unnest($2) AS o (event)
                ON CONFLICT DO NOTHING";
    sql::execute(conn, note, params![old.account, open]).await?;
    let forget = "DELETE FROM open_payloads WHERE account = $1 AND event = ANY ($2)";
    sql::execute(conn, forget, params![old.account, older]).await?;
    let delete = "UPDATE events SET body = $3 WHERE account = $1 AND place = ANY ($2)
                  AND octet_length(body) > octet_length($3)";
    sql::execute(conn, delete, params![old.account, older, &body::DELETED[..]]).await
}

async fn later_rows(conn: &Client, account: i64, event: Place) -> Result<()> {
    let later = "INSERT INTO leftovers (account, event) VALUES ($1, $2)";
    sql::execute(conn, later, params![account, event]).await.map(drop)
}

/// Deletes what is left of events that are gone, as much as is `left`. What another process is at, it leaves to it.
async fn delete_leftovers(tx: &Tx<'_>, mut left: usize) -> Result<Deleted> {
    let mut done = Expired::default();
    while left > 0 {
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

#[async_trait]
impl Retention for PostgresStore {
    async fn expire(&self, part: Expire) -> store::Result<Expired> {
        let found = self.snapshot(part, |conn, part| find(conn, part).boxed()).await?;
        let (mut sum, mut left) = (Expired { next: found.next, ..Expired::default() }, part.rows);
        if found.leftovers {
            let deleted = self.write(left, |tx, left| delete_leftovers(tx, *left).boxed()).await?;
            add(&mut sum, &deleted.done);
        }
        for old in found.old {
            let account = old.account;
            let deleted = self.write((old, left), |tx, (old, left)| delete(tx, old, *left).boxed()).await?;
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
