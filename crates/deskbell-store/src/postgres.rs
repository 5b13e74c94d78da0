//! The contract on PostgreSQL, for several machines and for more than one disk holds.

mod accept;
mod account;
mod address;
mod attempt;
mod booking;
mod capture;
mod change_feed;
mod claim;
mod client;
mod clock;
mod columns;
mod connections;
mod conversation;
mod delivery;
mod doubt;
mod event;
mod fault;
mod generation;
mod group;
mod history;
mod import;
mod inbox;
mod known;
mod list;
mod machine;
mod member;
mod migrate;
mod node;
mod notice;
mod numbers;
mod one_time_link;
mod part;
mod pause;
mod quarter;
mod queue;
mod queues;
mod quota;
mod readiness;
mod record;
mod retention;
mod sandbox;
mod set_back;
mod share;
mod spot;
mod sql;
mod statistics;
mod sweep;
mod throughput;
mod transaction;
pub(crate) mod transfer;
mod unreadable;
mod webhook;

use crate::admission::Admission;
use crate::sqlite::Missing;
use address::Address;
use client::{Object, Pool};
use clock::DatabaseClock;
use connections::{Connections, Reading};
use deskbell_core::Clock;
use deskbell_core::id::AccountId;
use deskbell_core::meter::Meter;
use deskbell_core::store;
use doubt::Run;
use fault::Fault;
use generation::Generation;
use group::Group;
use machine::Joined;
use notice::Notices;
use quota::InstanceQuota;
use readiness::Readiness;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Of the turns of writes, so many at most are taken by what records.
const RECORDING: usize = 2;

/// A machine's view of a store in a PostgreSQL database. To be opened and used within one runtime of tokio's.
pub struct PostgresStore {
    database: Arc<Database>,
    /// As what the machine has joined.
    joined: Arc<Joined>,
    /// Of the events that wait to be written.
    admission: Admission,
    group: Group,
    /// Steps that record at the same time: they may wait for accounts that others write, and leave turns to what accepts.
    recording: Semaphore,
}

/// The database, as this process uses it.
struct Database {
    address: Arc<Address>,
    pool: Pool,
    connections: Connections,
    generation: Arc<Generation>,
    /// Counts what this process does in it.
    meter: Arc<Meter>,
    readiness: Arc<Readiness>,
    notices: Arc<Notices>,
    run: Run,
    clock: Arc<DatabaseClock>,
    quota: InstanceQuota,
}

/// Why a database does not open.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL, or a file that it names, makes no sense.
    #[error("the database's URL is not usable: {0}")]
    Address(String),
    /// It cannot be reached, or does not answer.
    #[error("the database does not answer: {0}")]
    Silent(String),
    /// It is not one that can be used.
    #[error("the database cannot be used: {0}")]
    Unfit(String),
    /// A newer release has changed its tables.
    #[error("the database has migration {0}, which this release does not know: it was used by a newer one")]
    Newer(i64),
}

/// Whether a URL names a database in a way that can be used. Nothing is connected.
///
/// # Errors
/// [`DatabaseError::Address`].
pub fn check_url(url: &str) -> Result<(), DatabaseError> {
    Address::parse(url)?.pool().map(drop)
}

/// What a start would do to the database at that URL. With `apply` it is done, as a start does it.
///
/// # Errors
/// [`DatabaseError`].
pub async fn database_migrations(url: &str, apply: bool) -> Result<Vec<Missing>, DatabaseError> {
    let conn = connect(url).await?;
    let missing = migrate::missing(&conn).await?;
    if apply {
        migrate::migrate(&conn).await?;
    }
    // Each makes new tables, or is quick on what is there.
    let told =
        |one: &migrate::Migration| Missing { file: None, number: one.number, name: one.name, quick: true };
    Ok(missing.iter().map(told).collect())
}

/// What there is to say about a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFound {
    /// Its release.
    pub version: String,
    /// Settings under which what is committed may be lost, as `name=value`.
    pub unsafe_settings: Vec<String>,
    /// Migrations that it does not have yet.
    pub missing: usize,
}

/// Looks at the database at that URL, and changes nothing.
///
/// # Errors
/// [`DatabaseError`].
pub async fn look_at_database(url: &str) -> Result<DatabaseFound, DatabaseError> {
    let conn = connect(url).await?;
    let (version, unsafe_settings) = migrate::settings(&conn).await?;
    Ok(DatabaseFound { version, unsafe_settings, missing: migrate::missing(&conn).await?.len() })
}

/// A connection to a database that can be used.
async fn connect(url: &str) -> Result<Object, DatabaseError> {
    let conn = Address::parse(url)?.pool()?.get().await.map_err(Fault::from)?;
    migrate::check(&conn).await?;
    Ok(conn)
}

impl PostgresStore {
    /// Opens the store in the database at that URL, making and migrating what is not there yet.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        let address = Arc::new(Address::parse(url)?);
        let pool = address.pool()?;
        let notices = Notices::new();
        let (generation, meter) = (Generation::new(), Arc::default());
        let connections = Connections::new();
        let (readiness, run) = Default::default();
        let clock = Arc::new(DatabaseClock::new());
        let quota = InstanceQuota::default();
        let database =
            Database { address, pool, connections, generation, meter, readiness, notices, run, clock, quota };
        let database = Arc::new(database);
        let conn = database.connection().await?;
        migrate::check(&conn).await?;
        migrate::migrate(&conn).await?;
        transfer::check_whole(&conn).await?;
        database.run.look(&conn).await?;
        drop(conn);
        let first = database.generation.look(&database).await?;
        tokio::spawn(Arc::clone(&database.generation).watch(Arc::downgrade(&database), first));
        tokio::spawn(notice::keep(Arc::clone(&database.notices), Arc::downgrade(&database)));
        Ok(Self::of(database))
    }

    /// One that has not joined.
    fn of(database: Arc<Database>) -> Self {
        let joined = Arc::default();
        database.notices.wake(&joined);
        let group = Group::start(&database, &joined);
        Self {
            database,
            joined,
            admission: Admission::default(),
            group,
            recording: Semaphore::new(RECORDING),
        }
    }

    /// Whether anybody used it before: it remembers the fingerprint of a master key.
    ///
    /// # Errors
    /// Those of any read.
    pub async fn is_made(&self) -> store::Result<bool> {
        let conn = self.read().await?;
        Ok(sql::exists(&conn, "SELECT 1 FROM master", sql::params![]).await?)
    }

    /// The database's clock: that of every machine that uses it.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::<DatabaseClock>::clone(&self.database.clock)
    }

    /// The same store as another machine sees it, which joins for itself: two processes on one database. For tests.
    #[cfg(feature = "memory")]
    #[must_use]
    pub fn machine(&self) -> Self {
        Self::of(Arc::clone(&self.database))
    }

    /// A connection for statements that stand alone and are for no account.
    async fn read(&self) -> Result<Reading, Fault> {
        self.database.read(None).await
    }

    /// The same for an account, when its turn has come.
    async fn read_for(&self, account: &AccountId) -> Result<Reading, Fault> {
        self.database.read(Some(account)).await
    }
}

impl Database {
    async fn connection(&self) -> Result<Object, Fault> {
        Ok(self.pool.get().await?)
    }
}
