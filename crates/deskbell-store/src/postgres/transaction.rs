//! Transactions: a step wholly or not at all.
//!
//! **An account is written by one transaction at a time.** Whatever changes something of an account takes its lock first, the account's
//! row in `places`, before it reads what it decides on; several in the order of their numbers. So no two stand in each other's way
//! further on, and a step may read, decide and write as if it were alone. The same row numbers what is appended: the order of
//! places is that of commits.
//!
//! **Statements that do not need each other's answers go out together**, and the database does them in the order in which they came: each
//! round trip that is saved is a time for which nobody else has the account. `BEGIN` goes with the first of a step, and `COMMIT` with
//! what was only noted, of which are the rows that a step adds. A `COMMIT` that comes behind a statement which failed ends the transaction without a trace.

mod durable;
mod keeping;
mod lock;
mod outbox;

pub(super) use durable::Durable;
pub(super) use keeping::Keeping;
pub(super) use outbox::Outbox;

use super::client::{Client, Flush};
use super::connections::{Held, Side};
use super::doubt::Doubted;
use super::fault::{Fault, Result};
use super::machine::{self, Joined, Machine};
use super::spot::Spot;
use super::sql::{self, Statement, execute, params};
use super::{Database, PostgresStore, queues};
use deskbell_core::delivery::LeaseToken;
use deskbell_core::id::AccountId;
use deskbell_core::store::{self, Error};
use deskbell_core::usage::Resource;
use durable::Ending;
use futures::future::BoxFuture;
use futures::{FutureExt as _, try_join};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_postgres::SimpleQueryMessage;

/// How often a transaction is done again that met another one.
const TRIES: u32 = 3;

/// What no statement here is better for, whatever the database believes of its tables: all find their rows by an index, a few at a
/// time, and join tables in the order in which they are written. It believes much until it has looked at them, and what was true of an empty
/// table for hours after. Where it finds no way but one that is off, it believes that to be so dear that it would compile the statement, for
/// 30 ms.
macro_rules! plainly {
    () => {
        "set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
         set_config('enable_mergejoin', 'off', true), set_config('enable_material', 'off', true),
         set_config('join_collapse_limit', '1', true), set_config('jit', 'off', true),
         set_config('idle_in_transaction_session_timeout', '3s', true)"
    };
}

/// Nothing of the session's: a pooler may give the connection to others in between. The transaction's number is for whoever has to find
/// out whether it was committed. All in one statement, for each would cost as much.
const BEGIN: &str = concat!(
    "BEGIN; SELECT pg_current_xact_id()::text, set_config('lock_timeout', '2s', true), set_config('statement_timeout', '5s', true), ",
    plainly!()
);
/// Pages are read in the order of an index, which ends with the page.
const BEGIN_READ: &str = concat!(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
     SELECT set_config('statement_timeout', '10s', true), set_config('enable_sort', 'off', true), ",
    plainly!()
);

/// A transaction that is being done.
pub(super) struct Tx<'t> {
    /// Where its statements run.
    pub(super) conn: &'t Client,
    /// This machine, if it has joined.
    machine: Option<Machine>,
    /// The same, and what it remembers.
    pub(super) joined: &'t Joined,
    /// The quota of the instance.
    pub(super) quota: u64,
    places: Mutex<BTreeMap<i64, lock::Numbering>>,
    /// Webhooks whose queue is another one now.
    requeued: Mutex<BTreeSet<i64>>,
    outbox: Mutex<Outbox>,
    /// What is written when nothing more is read.
    last: Mutex<Vec<Statement>>,
    taken_back: Mutex<bool>,
    /// Shares of accounts in a transaction that is no account's.
    shares: Mutex<Vec<(AccountId, u32)>>,
    /// What this machine will hold with the commit.
    leases: Mutex<Vec<(Spot, LeaseToken)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'t> Tx<'t> {
    fn new(conn: &'t Client, joined: &'t Joined, quota: u64) -> Self {
        Self {
            conn,
            quota,
            machine: joined.machine(),
            joined,
            places: Mutex::default(),
            requeued: Mutex::default(),
            outbox: Mutex::default(),
            last: Mutex::default(),
            taken_back: Mutex::new(false),
            shares: Mutex::default(),
            leases: Mutex::default(),
        }
    }

    /// What goes out with the commit.
    pub(super) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        locked(&self.outbox)
    }

    /// Notes a statement that goes out with the `COMMIT`: while it is done, nobody waits here, nor keeps the account for that long. Nothing
    /// that is read in this transaction may depend on it.
    pub(super) fn last(&self, statement: Option<Statement>) {
        locked(&self.last).extend(statement);
    }

    /// Sends what was noted.
    pub(super) async fn write_last(&self) -> Result<()> {
        let noted = std::mem::take(&mut *locked(&self.last));
        sql::execute_all(self.conn, &noted).await
    }

    /// The answer stands, but nothing is to be changed after all.
    pub(super) fn take_back(&self) {
        *locked(&self.taken_back) = true;
    }

    /// Of the transaction's time so many parts were this account's.
    pub(super) fn share(&self, account: &AccountId, parts: usize) {
        locked(&self.shares).push((account.clone(), u32::try_from(parts).unwrap_or(u32::MAX)));
    }

    /// With the commit this machine holds that delivery.
    pub(super) fn lease(&self, spot: Spot, token: LeaseToken) {
        locked(&self.leases).push((spot, token));
    }

    /// The transaction is on disk before anybody sees anything of it, and keeps its locks until then.
    pub(super) async fn wait_for_disk(&self) -> Result<()> {
        execute(self.conn, "SET LOCAL synchronous_commit TO DEFAULT", params![]).await.map(drop)
    }

    /// This machine, if its epoch goes on: nobody ends it before the transaction is over. Before any account is locked, where both are.
    pub(super) async fn fenced(&self) -> Result<Option<&Machine>> {
        match &self.machine {
            Some(joined) if machine::lasts(self.conn, joined.epoch).await? => Ok(Some(joined)),
            _ => Ok(None),
        }
    }

    /// The queue of the webhook, or the end of its rest, is another one now.
    pub(super) fn requeue(&self, webhook: i64) {
        locked(&self.requeued).insert(webhook);
    }

    /// Brings what is known of queues up to date.
    pub(super) async fn settle_queues(&self) -> Result<()> {
        let requeued: Vec<i64> = std::mem::take(&mut *locked(&self.requeued)).into_iter().collect();
        if requeued.is_empty() { Ok(()) } else { queues::settle(self.conn, &requeued).await }
    }

    /// Writes what was only noted.
    async fn settle(&self) -> Result<()> {
        let (mut accounts, mut lasts, mut mores) = (Vec::new(), Vec::new(), Vec::new());
        for (account, numbering) in &*locked(&self.places) {
            let more = numbering.keeping.as_ref().map_or(0, Keeping::more);
            if numbering.last.is_some() || more != 0 {
                accounts.push(*account);
                lasts.push(numbering.last.unwrap_or_default());
                mores.push(more);
            }
        }
        let places = async {
            if accounts.is_empty() {
                return Ok(());
            }
            let update =
                "UPDATE places p SET last = greatest(p.last, u.last), bytes = greatest(0, p.bytes + u.more)
                          FROM unnest($1, $2, $3) AS u (account, last, more) WHERE p.account = u.account";
            execute(self.conn, update, params![accounts, lasts, mores]).await.map(drop)
        };
        try_join!(self.write_last(), places, self.settle_queues()).map(drop)
    }

    /// Commits, if all that was only noted is written; gives what is on its way to the disk, where that is not waited for.
    async fn commit(&self, later: bool) -> Result<Option<Flush>> {
        let commit = async { Ok(self.conn.simple_query("COMMIT").await?) };
        let flush = async { if later { Ok(self.conn.flush().await?) } else { Ok(None) } };
        try_join!(self.settle(), commit, flush).map(|((), _, flush)| flush)
    }
}

/// Does `work` on `input` in one transaction, wholly or not at all, when the turn of its account has come. It is done again when it met
/// another one, and goes on when the caller has gone away.
pub(super) async fn write<I, T, F>(
    database: &Arc<Database>,
    joined: &Arc<Joined>,
    turn: (Side, Option<AccountId>),
    input: I,
    work: F,
) -> store::Result<T>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
    F: for<'t> Fn(&'t Tx<'t>, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
{
    let (given, durable) = write_early(database, joined, turn, input, work).await?;
    durable.wait().await?;
    Ok(given)
}

/// The same, as soon as it is committed: others may write the account again. Nobody may be told before it is durable.
pub(super) async fn write_early<I, T, F>(
    database: &Arc<Database>,
    joined: &Arc<Joined>,
    (side, account): (Side, Option<AccountId>),
    input: I,
    work: F,
) -> store::Result<(T, Durable)>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
    F: for<'t> Fn(&'t Tx<'t>, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
{
    let (database, joined) = (Arc::clone(database), Arc::clone(joined));
    let step = tokio::spawn(async move {
        let mut tries = 1..TRIES;
        loop {
            let done = database.step(&joined, (side, account.as_ref()), &input, &work).await;
            if let Err(fault) = &done {
                database.failed(fault);
            }
            match done {
                Err(fault) if fault.is_passing() && tries.next().is_some() => {}
                given => return given.map_err(Error::from),
            }
        }
    });
    step.await.unwrap_or_else(|error| Err(Error::Unavailable(error.to_string())))
}

impl PostgresStore {
    /// Does `work` on `input` in one transaction: see [`write()`].
    pub(super) async fn write<I, T, F>(&self, input: I, work: F) -> store::Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t Tx<'t>, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        write(&self.database, &self.joined, (Side::Main, None), input, work).await
    }

    /// The same, as soon as it is committed: see [`write_early()`].
    pub(super) async fn write_early<I, T, F>(&self, input: I, work: F) -> store::Result<(T, Durable)>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t Tx<'t>, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        write_early(&self.database, &self.joined, (Side::Main, None), input, work).await
    }

    /// The same for an account, when its turn has come.
    pub(super) async fn write_for<I, T, F>(&self, account: &AccountId, input: I, work: F) -> store::Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t Tx<'t>, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        write(&self.database, &self.joined, (Side::Main, Some(account.clone())), input, work).await
    }

    /// The same of the tester.
    pub(super) async fn write_tester<I, T, F>(
        &self,
        account: Option<&AccountId>,
        input: I,
        work: F,
    ) -> store::Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t Tx<'t>, &'t I) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        write(&self.database, &self.joined, (Side::Tester, account.cloned()), input, work).await
    }

    /// Does `work`, which only reads, on `input` as everything was at one moment.
    pub(super) async fn snapshot<I, T, F>(&self, input: I, work: F) -> store::Result<T>
    where
        F: for<'t> FnOnce(&'t Client, &'t I) -> BoxFuture<'t, Result<T>>,
    {
        Ok(self.database.snapshot(None, &input, work).await?)
    }

    /// The same for an account, when its turn has come.
    pub(super) async fn snapshot_for<I, T, F>(
        &self,
        account: &AccountId,
        input: I,
        work: F,
    ) -> store::Result<T>
    where
        F: for<'t> FnOnce(&'t Client, &'t I) -> BoxFuture<'t, Result<T>>,
    {
        Ok(self.database.snapshot(Some(account), &input, work).await?)
    }
}

impl Database {
    async fn snapshot<I, T, F>(&self, account: Option<&AccountId>, input: &I, work: F) -> Result<T>
    where
        F: for<'t> FnOnce(&'t Client, &'t I) -> BoxFuture<'t, Result<T>>,
    {
        let _turn = self.connections.read(account).await?;
        let held = Held::of(self.connection().await?);
        let conn = held.conn()?;
        let began = Instant::now();
        conn.batch_execute(BEGIN_READ).await?;
        let given = work(conn, input).await;
        self.meter.usage().note_time(Resource::Readers, account, began.elapsed());
        conn.batch_execute("ROLLBACK").await?;
        held.free();
        given
    }

    async fn step<I, T, F>(
        self: &Arc<Self>,
        joined: &Arc<Joined>,
        (side, account): (Side, Option<&AccountId>),
        input: &I,
        work: &F,
    ) -> Result<(T, Durable)>
    where
        F: for<'t> Fn(&'t Tx<'t>, &'t I) -> BoxFuture<'t, Result<T>>,
    {
        let _turn = self.connections.write(side, account).await?;
        let place = self.connections.flush(side).await;
        let held = Held::of(self.connection().await?);
        let conn = held.conn()?;
        let run = self.run.current();
        let tx = Tx::new(conn, joined, self.quota.bytes());
        let began = Instant::now();
        // Where nothing begins, nothing of it is done.
        let begun = async { Ok::<_, Fault>(conn.begin(BEGIN, place.is_some()).await?) };
        let (begun, given) = try_join!(begun, work(&tx, input).map(Ok))?;
        let number = number(&begun)?;
        if given.is_err() || *locked(&tx.taken_back) {
            self.note_writing(account, began.elapsed(), &locked(&tx.shares));
            // A connection that is going, or on which even that fails, is closed, and the transaction with it.
            let is_going = |fault: &Fault| fault.is_silence() || fault.is_of_old_plan();
            let going = given.as_ref().is_err_and(is_going);
            if !going && conn.batch_execute("ROLLBACK").await.is_ok() {
                held.free();
            }
            return given.map(|given| (given, Durable::default()));
        }
        // What is handed over, and what goes back for its webhook was changed, comes in the order of the commits.
        let ordered = { tx.outbox().is_ordered() };
        let worked = began.elapsed();
        let order = if ordered { Some(joined.order().await) } else { None };
        let sent = Instant::now();
        let committed = tx.commit(place.is_some()).await;
        self.note_writing(account, worked + sent.elapsed(), &locked(&tx.shares));
        let Tx { outbox, machine, leases, .. } = tx;
        let mut outbox = outbox.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ending = Ending {
            database: Arc::clone(self),
            joined: Arc::clone(joined),
            machine,
            doubted: Doubted { number, run, witness: outbox.witness.take() },
            leases: leases.into_inner().unwrap_or_else(PoisonError::into_inner),
            outbox,
            line: ordered.then(|| joined.stand()),
            sent,
        };
        drop(order);
        let durable = match committed {
            Ok(Some(flush)) => ending.follow(flush, held, place),
            Ok(None) => {
                held.free();
                ending.answered(Ok(())).await?
            }
            Err(fault) => {
                // Who asks what became of it needs a connection, in the place of this one.
                drop(held);
                ending.answered(Err(fault)).await?
            }
        };
        given.map(|given| (given, durable))
    }

    /// Takes notice of a failure.
    fn failed(&self, fault: &Fault) {
        self.readiness.failed(fault);
        if fault.is_demoted() {
            // All of them lead there, and the next ones to whoever writes now.
            self.pool.retain(|_, _| false);
        }
    }

    /// Notes what a transaction took as the time of those who shared it, or else of whoever had the turn.
    fn note_writing(&self, turn: Option<&AccountId>, took: Duration, shares: &[(AccountId, u32)]) {
        let usage = self.meter.usage();
        let all: u32 = shares.iter().map(|(_, parts)| *parts).fold(0, u32::saturating_add);
        if all == 0 {
            usage.note_time(Resource::Writer, turn, took);
        }
        for (account, parts) in shares.iter().filter(|(_, parts)| *parts > 0) {
            usage.note_time(
                Resource::Writer,
                Some(account),
                took.mul_f64(f64::from(*parts) / f64::from(all)),
            );
        }
    }
}

/// The number of the transaction that has just begun.
fn number(answers: &[SimpleQueryMessage]) -> Result<String> {
    let found = answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    found.ok_or_else(|| Fault::damaged("a transaction without a number"))
}
