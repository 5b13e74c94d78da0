//! The tables that are transferred: each with the key by which it is walked, and each of its columns with how it becomes
//! PostgreSQL's. A test fails when a table or a column of either store stands in no list here.

use super::value::Kind::{self, Bytes, EventId, Flag, Integer, Text};

/// In which of the store's two files a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {
    /// The main one.
    Main,
    /// The tester's.
    Tester,
}

/// A column of PostgreSQL's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What it is in SQLite, of the row `t`; nothing is the column of the same name. `BEGAN` stands for when the transfer began.
    pub(crate) from: Option<&'static str>,
}

/// A table: it has the same name on both sides.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) file: File,
    pub(crate) name: &'static str,
    /// Columns that tell its rows apart in SQLite, in the order of its primary key.
    pub(crate) key: &'static [&'static str],
    pub(crate) columns: &'static [Column],
}

/// The number of the account that is named.
const ACCOUNT: &str = "(SELECT a.seq FROM accounts a WHERE a.id = t.account)";
/// By so many characters PostgreSQL finds an object.
const EMAIL: &str = "substr(t.email, 1, 500)";
const MOBILE_PHONE: &str = "substr(t.mobile_phone, 1, 500)";
/// No machine comes along: what one held is due, as where a machine died, and its attempt counts as lost.
const DUE: &str = "CASE WHEN t.leased > 0 AND t.epoch > 0 THEN BEGAN ELSE t.due END";
const EPOCH: &str = "CASE WHEN t.leased > 0 THEN 0 ELSE t.epoch END";
/// In SQLite a capture is its inbox's alone.
const CAPTURED_FOR: &str = "(SELECT i.account FROM inboxes i WHERE i.seq = t.inbox)";

macro_rules! tables {
    ($($file:ident $name:literal [$($key:literal)+] { $($column:ident: $kind:ident $(= $from:ident)?),+ $(,)? })+) => {
        &[$(Table {
            file: File::$file,
            name: $name,
            key: &[$($key),+],
            columns: &[$(Column { name: stringify!($column), kind: $kind, from: tables!(@from $($from)?) }),+],
        }),+]
    };
    (@from) => { None };
    (@from $from:ident) => { Some($from) };
}

/// All of them, in the order in which they are transferred: a row comes behind those that it names.
pub(crate) const TABLES: &[Table] = tables! {
    Main "master" ["one"] { one: Integer, fingerprint: Bytes }
    Main "accounts" ["seq"] {
        seq: Integer, id: Text, email: Text, folded: Text, created: Integer, payload_style: Text, operator: Flag, keep_events: Integer,
        keep_payloads: Integer, quota: Integer,
    }
    Main "keys" ["seq"] {
        seq: Integer, id: Text, account: Text, name: Text, hash: Bytes, created: Integer, expires: Integer, revoked: Integer,
        last_used: Integer,
    }
    Main "members" ["seq"] {
        seq: Integer, id: Text, account: Text, email: Text, folded: Text, password: Text, role: Text, created: Integer,
    }
    Main "sessions" ["seq"] { seq: Integer, hash: Bytes, member: Text, created: Integer, seen: Integer }
    Main "sandbox" ["seq"] {
        seq: Integer, account: Text, kind: Text, id: Text, deleted: Flag, document: Text, email: Text = EMAIL,
        mobile_phone: Text = MOBILE_PHONE,
    }
    Main "webhooks" ["seq"] {
        seq: Integer, id: Text, account: Integer = ACCOUNT, name: Text, url: Text, events: Text, created: Integer, secret: Bytes,
        status: Text, status_reason: Text, status_at: Integer, last_success: Integer, failures_in_a_row: Integer, rest_until: Integer,
        rests_in_a_row: Integer, overloads: Integer,
    }
    Main "events" ["place"] {
        place: Integer, account: Integer, id: EventId, trigger: Integer, subject: Text, created: Integer, origin: Integer, body: Bytes,
    }
    Main "traces" ["event"] { account: Integer, event: Integer, context: Bytes }
    Main "idempotency" ["account" "key"] { account: Integer, key: Text, digest: Bytes, event: Integer }
    Main "deliveries" ["account" "event" "webhook"] {
        account: Integer, event: Integer, webhook: Integer, created: Integer, status: Integer, attempts: Integer, tries: Integer,
        lost: Integer, manual: Integer, first_attempt: Integer, last_outcome: Integer, last_status: Integer, scheduled: Integer,
        due: Integer = DUE, leased: Integer, epoch: Integer = EPOCH, leases: Integer, settled: Integer, away: Integer,
    }
    Main "targets" ["seq"] { seq: Integer, webhook: Integer, url: Text, agent: Text }
    Main "attempts" ["account" "place"] {
        account: Integer, place: Integer, event: Integer, webhook: Integer, number: Integer, started: Integer, outcome: Integer,
        target: Integer, record: Bytes,
    }
    Main "quarters" ["webhook" "start"] {
        webhook: Integer, start: Integer, delivered: Integer, first_try: Integer, failed: Integer, gave_up: Integer, latencies: Bytes,
    }
    Main "history" ["webhook" "number"] { webhook: Integer, number: Integer, at: Integer, changes: Text }
    Main "throughput" ["start" "kind"] { start: Integer, kind: Integer, value: Integer }
    Main "bookings" ["seq"] {
        seq: Integer, id: Text, account: Text, owner: Text, contact: Text, calendar: Text, status: Text, created: Integer,
        updated: Integer, starts: Integer, ends: Integer, completes: Integer, active: Flag, revision: Integer, document: Text,
        booking_page: Text, master_page: Text, event_type: Text,
    }
    Main "one_time_links" ["seq"] { id: Text, account: Text, created: Integer, spent: Flag, document: Text }
    Main "conversations" ["seq"] {
        seq: Integer, id: Text, account: Text, contact: Text, bot: Text, status: Text, created: Integer, last_interacted: Integer,
        revision: Integer, document: Text,
    }
    Main "cuts" ["account"] { account: Integer, event: Integer, attempt: Integer, payload: Integer }
    Main "open_payloads" ["account" "event"] { account: Integer, event: Integer }
    Main "leftovers" ["event"] { account: Integer, event: Integer }
    Tester "inboxes" ["seq"] {
        seq: Integer, id: Text, account: Text, token: Text, name: Text, script: Text, relay: Flag, created: Integer, expires: Integer,
        captured: Integer, script_from: Integer, minute_began: Integer, minute_taken: Integer, kept_bytes: Integer, secret: Bytes,
    }
    Tester "captures" ["seq"] {
        seq: Integer, account: Text = CAPTURED_FOR, id: Text, inbox: Integer, number: Integer, received: Integer, method: Text,
        path: Text, remote: Text, answered: Integer, event: Text, headers: Bytes, body: Bytes, bytes: Integer,
        note: Text,
    }
    Tester "shares" ["seq"] {
        seq: Integer, id: Text, account: Text, delivery: Text, hash: Bytes, created: Integer, expires: Integer, frozen: Bytes,
    }
};

/// Tables of SQLite's, and columns as `table.column`, that stay behind.
#[cfg(feature = "memory")]
pub(crate) const STAY: &[&str] = &[
    // Of the file itself.
    "migrations",
    "redo",
    // Of processes that have it open: each store counts its own.
    "changes",
    // No machine comes along; the next one gets a number behind theirs.
    "epochs",
    // Whatever is transferred is paused.
    "pause",
    // Counted anew.
    "kept",
    // The order of their making is nowhere asked for.
    "one_time_links.seq",
];

/// Tables of PostgreSQL's that are made there.
#[cfg(feature = "memory")]
pub(crate) const MADE: &[&str] = &[
    "migrations",
    "changes",
    // Of the transfer.
    "pause",
    "transfer",
    "transfers",
    // Worked out of what was transferred.
    "places",
    "testers",
    "queues",
    // Of the machines that come.
    "machines",
    "presence",
    "nodes",
    "pulse",
    "run",
];

/// The tables and columns that stand in the lists, as `table.column` or `table`: of SQLite's two files together, and of PostgreSQL.
/// For tests.
#[cfg(feature = "memory")]
#[must_use]
pub fn transferred() -> [Vec<String>; 2] {
    let all = |of: fn(&Column) -> bool| {
        let columns = move |table: &'static Table| {
            let named = move |column: &Column| format!("{}.{}", table.name, column.name);
            table.columns.iter().filter(move |column| of(column)).map(named)
        };
        TABLES.iter().flat_map(columns)
    };
    let listed = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let is_there = |column: &Column| column.from != Some(CAPTURED_FOR);
    [all(is_there).chain(listed(STAY)).collect(), all(|_| true).chain(listed(MADE)).collect()]
}
