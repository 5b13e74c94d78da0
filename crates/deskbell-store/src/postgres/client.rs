//! Client: a connection to the database, and the statements that it knows by name.
//!
//! A statement with a name is parsed once, and planned until a plan is as good for all of its uses; without a name that takes longer
//! than most of them do. But names are a session's, and a pooler may hand a transaction to another session, where the same name is another
//! statement's. So **names are used only in a transaction that begins with the proof that it is in the session of the names**: a mark which
//! the session got with the connection. Where it is not there, this divides by zero, and nothing that was sent behind that is done. Once that
//! happened, or a name was gone or another's in spite of it, this process names nothing more.

use super::sql::Param;
use deadpool::managed::{self, Metrics, RecycleResult};
use deadpool_postgres::ClientWrapper;
use futures::{TryStreamExt as _, join, poll};
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Error, RowStream, SimpleQueryMessage, SimpleQueryStream};

/// Statements that one connection knows by name at most: more than there are. Were some made anew each time, none would have one.
const NAMES: usize = 256;

/// A connection that was in use so lately is taken to be there: to ask costs a round trip, and whoever had it would have noticed.
const FRESH: Duration = Duration::from_secs(1);

/// The connections of a process that are idle, or in use.
pub(super) type Pool = managed::Pool<Manager>;
/// One of them, until it is dropped.
pub(super) type Object = managed::Object<Manager>;

/// Makes connections, and looks whether they are still there.
#[derive(Debug)]
pub(super) struct Manager {
    inner: deadpool_postgres::Manager,
    /// Whether each transaction has come to the session of its connection so far.
    names: Arc<AtomicBool>,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Client {
    inner: ClientWrapper,
    names: Arc<AtomicBool>,
    /// What proves that a transaction is in the session in which this connection began.
    proof: Option<String>,
    /// Whether the transaction under way begins with it.
    is_proven: AtomicBool,
}

impl Manager {
    pub(super) fn of(inner: deadpool_postgres::Manager) -> Self {
        Self { inner, names: Arc::new(AtomicBool::new(true)) }
    }
}

impl managed::Manager for Manager {
    type Type = Client;
    type Error = Error;

    async fn create(&self) -> Result<Client, Error> {
        let inner = self.inner.create().await?;
        let proof = match self.names.load(Ordering::Relaxed) {
            true => proof(&inner.simple_query(MARK).await?),
            false => None,
        };
        Ok(Client { inner, names: Arc::clone(&self.names), proof, is_proven: AtomicBool::new(false) })
    }

    async fn recycle(&self, client: &mut Client, metrics: &Metrics) -> RecycleResult<Error> {
        if metrics.last_used() < FRESH && !client.is_closed() {
            return Ok(());
        }
        self.inner.recycle(&mut client.inner, metrics).await
    }

    fn detach(&self, client: &mut Client) {
        self.inner.detach(&mut client.inner);
    }
}

/// Marks the session. Whoever else comes to it marks it anew, and a session that is made clean for others has no mark.
const MARK: &str = "SELECT set_config('deskbell.session', gen_random_uuid()::text, false)";

/// One more of what a transaction selects as it begins: its `COMMIT` is answered before it is on disk.
const LATER: &str = ", set_config('synchronous_commit', 'off', true)";
/// Writes something of no meaning, so that there is something to be committed: behind everything else that was, which has to be on
/// disk before it.
macro_rules! flush {
    () => {
        "SELECT pg_logical_emit_message(true, 'deskbell', '')"
    };
}
pub(super) use flush;

/// What is on its way to the disk.
pub(super) struct Flush(SimpleQueryStream);

impl Flush {
    /// Waits until it is there.
    ///
    /// # Errors
    /// Nobody knows whether it is: the connection is gone, or a pooler has handed what was sent to another session.
    pub(super) async fn done(self) -> Result<(), Error> {
        pin!(self.0).try_for_each(async |_| Ok(())).await
    }
}

/// A statement that fails in any session but the one which gave this answer.
fn proof(answers: &[SimpleQueryMessage]) -> Option<String> {
    answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(format!(
            "; SELECT 1 / coalesce(current_setting('deskbell.session', true) = '{}', false)::int",
            row.get(0)?
        )),
        _ => None,
    })
}

impl Client {
    /// Sends what begins a transaction, and the proof behind it. Until [`end`](Self::end) statements go out by name. With `later` its `COMMIT`
    /// is answered before it is on disk, where the proof is: then [`flush`](Self::flush) goes behind it.
    ///
    /// # Errors
    /// Nothing begins, or nothing comes of it: [`DIVISION_BY_ZERO`](SqlState::DIVISION_BY_ZERO) says that it came to another session.
    pub(super) async fn begin(&self, begin: &str, later: bool) -> Result<Vec<SimpleQueryMessage>, Error> {
        let proof = self.proof.as_deref().filter(|_| self.names.load(Ordering::Relaxed));
        self.is_proven.store(proof.is_some(), Ordering::Relaxed);
        let later = if later && proof.is_some() { LATER } else { "" };
        let begun = self.simple_query(&[begin, later, proof.unwrap_or_default()].concat()).await;
        if let Err(error) = &begun {
            self.look(error);
        }
        begun
    }

    /// Sends, in its first poll, what is answered when all that this session committed before is on disk: a commit of its own that waits for that.
    /// `None` where the transaction under way is not proven to be in the session: then it waits itself.
    pub(super) async fn flush(&self) -> Result<Option<Flush>, Error> {
        let Some(proof) = self.proof.as_deref().filter(|_| self.is_proven.load(Ordering::Relaxed)) else {
            return Ok(None);
        };
        Ok(Some(Flush(self.simple_query_raw(&[flush!(), proof].concat()).await?)))
    }

    /// The transaction is over.
    pub(super) fn end(&self) {
        self.is_proven.store(false, Ordering::Relaxed);
    }

    /// Sends a statement, in its first poll: so it comes behind whatever was sent before.
    pub(super) async fn send(&self, sql: &str, params: &[Param<'_>]) -> Result<RowStream, Error> {
        let unnamed = || self.query_typed_raw(sql, params.iter().map(|(value, of)| (*value, of.clone())));
        if !self.is_proven.load(Ordering::Relaxed) || self.statement_cache.size() >= NAMES {
            return unnamed().await;
        }
        let types: Vec<Type> = params.iter().map(|(_, of)| of.clone()).collect();
        let mut named = pin!(self.prepare_typed_cached(sql, &types));
        let answer = match poll!(&mut named) {
            Poll::Ready(Ok(statement)) => {
                self.query_raw(&statement, params.iter().map(|(value, _)| *value)).await
            }
            Poll::Ready(Err(error)) => Err(error),
            // It has just been sent to be named. Its first use does not wait for that. Where the first fails, the second knows only that something did.
            Poll::Pending => {
                let (named, answer) = join!(named, unnamed());
                named.and(answer)
            }
        };
        answer.inspect_err(|error| self.look(error))
    }

    /// Names nothing more, if the error says that a name is not what it was given for.
    pub(super) fn look(&self, error: &Error) {
        if error.code().is_some_and(is_of_names) && self.names.swap(false, Ordering::Relaxed) {
            tracing::info!(
                "a pooler hands transactions from session to session: statements go out without names"
            );
        }
    }
}

/// Whether it says that a session is not the one in which statements got their names.
pub(super) fn is_of_names(state: &SqlState) -> bool {
    let of_names =
        [SqlState::DIVISION_BY_ZERO, SqlState::DUPLICATE_PSTATEMENT, SqlState::INVALID_SQL_STATEMENT_NAME];
    of_names.contains(state)
}

impl Deref for Client {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.inner
    }
}
