//! The contract on PostgreSQL, for several machines and for more than one disk holds.

mod accept;
mod account;
mod address;
mod attempt;
mod booking;
mod capture;
mod change_feed;
mod claim;
mod columns;
mod conversation;
mod delivery;
mod event;
mod fault;
mod generation;
mod import;
mod inbox;
mod known;
mod list;
mod machine;
mod member;
mod migrate;
mod one_time_link;
mod part;
mod pause;
mod quarter;
mod queue;
mod queues;
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
mod transaction;
mod unreadable;
mod webhook;

use crate::admission::Admission;
use address::Address;
use deadpool_postgres::{Object, Pool};
use deskbell_core::meter::Meter;
use fault::Fault;
use generation::Generation;
use machine::Joined;
use readiness::Readiness;
use std::sync::Arc;

/// A machine's view of a store in a PostgreSQL database. To be opened and used within one runtime of tokio's.
pub struct PostgresStore {
    database: Arc<Database>,
    /// As what the machine has joined.
    joined: Arc<Joined>,
    /// Of the events that wait to be written.
    admission: Admission,
}

/// The database, as this process uses it.
struct Database {
    pool: Pool,
    generation: Arc<Generation>,
    /// Counts what this process does in it.
    meter: Arc<Meter>,
    readiness: Arc<Readiness>,
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

impl PostgresStore {
    /// Opens the store in the database at that URL, making and migrating what is not there yet.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        let pool = Address::parse(url)?.pool()?;
        let (generation, meter) = (Generation::new(), Arc::default());
        let database = Arc::new(Database { pool, generation, meter, readiness: Arc::default() });
        let conn = database.connection().await?;
        migrate::check(&conn).await?;
        migrate::migrate(&conn).await?;
        drop(conn);
        tokio::spawn(Arc::clone(&database.generation).watch(Arc::downgrade(&database)));
        database.generation.look(&database).await?;
        Ok(Self { database, joined: Arc::default(), admission: Admission::default() })
    }

    /// The same store as another machine sees it, which joins for itself: two processes on one database. For tests.
    #[cfg(feature = "memory")]
    #[must_use]
    pub fn machine(&self) -> Self {
        Self { database: Arc::clone(&self.database), joined: Arc::default(), admission: Admission::default() }
    }

    /// A connection for statements that stand alone.
    async fn read(&self) -> Result<Object, Fault> {
        self.database.connection().await
    }
}

impl Database {
    async fn connection(&self) -> Result<Object, Fault> {
        Ok(self.pool.get().await?)
    }
}
