//! What is too old, found account by account along the account's own index. The oldest of an account come first, so what is kept is
//! never walked.

use super::super::columns::{Columns, named};
use super::super::fault::Result;
use super::super::sql::{self, params};
use super::span;
use crate::encoding::value::code;
use crate::postgres::client::Client;
use deskbell_core::delivery::Status;
use deskbell_core::place::{self, Place};
use deskbell_core::retention::OwnKeep;
use deskbell_core::store::{Expire, Reached};
use tokio_postgres::Row;

/// Accounts that one part looks at.
pub(super) const ACCOUNTS: i64 = 500;
/// Rows that one part looks at and finds that they have to stay, for each that it may delete.
const LOOKED: usize = 4;
/// Events that one statement looks at, with all that hangs on them.
const EVENTS: i64 = 100;
/// Events of one account that were not over when their bytes came into the age, and that one look at it sees again.
const OPEN: i64 = 1_000;
/// Bytes of events that one part deletes.
const BYTES: usize = 4 << 20;

/// An account of which something is too old.
pub(super) struct Old {
    pub(super) account: i64,
    /// Events that go whole, oldest first, and what has to be older than this.
    pub(super) events: Vec<Place>,
    pub(super) before: Place,
    /// Events that stay, whose bytes go, and what has to be older than this.
    pub(super) payloads: Vec<Place>,
    pub(super) payloads_before: Place,
}

/// An event, and what hangs on it.
pub(super) struct Hanging {
    pub(super) event: Place,
    /// Of its body as it is kept.
    bytes: usize,
    /// Its deliveries and attempts.
    pub(super) rows: usize,
    /// The last attempt; 0 when there is none.
    pub(super) attempt: Place,
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
    pub(super) async fn at(conn: &Client, account: i64, places: &[Place]) -> Result<Vec<Self>> {
        let select = hanging!(
            "SELECT place, octet_length(body)::bigint AS bytes FROM events WHERE account = $1 AND place = ANY ($3)"
        );
        let pending = code(&Status::ALL, &Status::Pending);
        let rows = sql::rows(conn, select, params![account, pending, places]).await?;
        Self::all(&rows)
    }

    /// Whether all of it is over and older than that.
    pub(super) fn is_older(&self, before: Place) -> bool {
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
async fn turns(conn: &Client, from: i64, limit: i64) -> Result<Vec<Turn>> {
    let select = "SELECT a.seq, a.keep_events, a.keep_payloads, coalesce(c.payload, 0),
                         (SELECT min(place) FROM events WHERE account = a.seq)
                  FROM accounts a LEFT JOIN cuts c ON c.account = a.seq WHERE a.seq >= $1 ORDER BY a.seq LIMIT $2";
    sql::rows(conn, select, params![from, limit]).await?.iter().map(Turn::read).collect()
}

/// What a look found.
pub(super) struct Found {
    /// In the order in which it is to go.
    pub(super) old: Vec<Old>,
    /// Rows of events that are gone wait: they go first.
    pub(super) leftovers: bool,
    pub(super) next: Option<Reached>,
    rows: usize,
    looked: usize,
    bytes: usize,
}

impl Found {
    pub(super) fn nothing(next: Option<Reached>) -> Self {
        Self { old: Vec::new(), leftovers: false, next, rows: 0, looked: 0, bytes: 0 }
    }

    fn is_full(&self, part: &Expire) -> bool {
        self.rows >= part.rows || self.looked >= part.rows * LOOKED || self.bytes >= BYTES
    }
}

/// Looks at so many accounts at most.
pub(super) async fn find(conn: &Client, part: &Expire, accounts: i64) -> Result<Found> {
    let mut from = part.from.unwrap_or(Reached { account: 0, place: 0 });
    let leftovers = sql::exists(conn, "SELECT 1 FROM leftovers LIMIT 1", params![]).await?;
    let mut found = Found::nothing(Some(from));
    if leftovers {
        return Ok(Found { leftovers, ..found });
    }
    let turns = turns(conn, from.account, accounts).await?;
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
    let all = i64::try_from(turns.len()).is_ok_and(|count| count < accounts);
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
