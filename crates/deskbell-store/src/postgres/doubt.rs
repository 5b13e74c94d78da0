//! Doubt: a commit whose answer was lost, or of which nobody knows whether it is on disk. The database is asked what became of it; where it cannot say, the caller is told nothing, and
//! what this machine may hold since then without knowing it, is due again.
//!
//! A transaction is known by its number. A database that crashed, or another one that took its place, gives numbers again that were not
//! on its disk: so the number counts only within one [run](Run) of the database. In another one a transaction that accepted is known by an event
//! of its own.

use super::Database;
use super::client::{Client, Object, flush};
use super::columns::named;
use super::connections::Side;
use super::fault::{Fault, Result};
use super::known;
use super::machine::Joined;
use super::spot::{self, Spot};
use super::sql::{execute, maybe_row, params, row};
use super::transaction::{Tx, write};
use deskbell_core::delivery::LeaseToken;
use deskbell_core::id::EventId;
use deskbell_core::place::Place;
use deskbell_core::{Clock as _, Timestamp};
use futures::FutureExt as _;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// For how long it is asked what became of a commit: for as long as a standby may take until it is promoted. And after how long it is asked again.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long to wait until what may be held is given back again.
const GIVE_AGAIN: Duration = Duration::from_secs(1);

/// A run of the database: since it was made, lost what was not on its disk, or took another's place. It is named in a table that is emptied
/// by that (`UNLOGGED`).
#[derive(Debug, Default)]
pub(super) struct Run(Mutex<Option<Arc<str>>>);

impl Run {
    /// The one that was seen last.
    pub(super) fn current(&self) -> Option<Arc<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks which one it is now, and names a new one.
    pub(super) async fn look(&self, conn: &Client) -> Result<()> {
        let name = "INSERT INTO run (one, name) VALUES (1, gen_random_uuid()::text) ON CONFLICT DO NOTHING";
        execute(conn, name, params![]).await?;
        let row = row(conn, "SELECT name FROM run", params![]).await?;
        let name = named::<&str>(&row, "name")?.into();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(name);
        Ok(())
    }
}

/// A transaction whose commit is in doubt.
pub(super) struct Doubted {
    /// Its number.
    pub(super) number: String,
    /// The run in which it began.
    pub(super) run: Option<Arc<str>>,
    /// An event that is there if it was committed, and only then.
    pub(super) witness: Option<(i64, Place, EventId)>,
}

/// Goes on after a failure that leaves a transaction in doubt with which this machine would hold these leases.
///
/// # Errors
/// The failure, unless it was committed all the same, and is on disk.
pub(super) async fn resolve(
    database: &Arc<Database>,
    joined: &Arc<Joined>,
    doubted: &Doubted,
    leases: Vec<(Spot, LeaseToken)>,
    failure: Fault,
) -> Result<()> {
    if was_committed(database, doubted).await {
        return Ok(());
    }
    give_back(database, joined, leases);
    Err(failure)
}

/// Whether it is on disk: what asks is a commit of its own, behind it in the log. `false` when nobody can say.
async fn was_committed(database: &Database, Doubted { number, run, witness }: &Doubted) -> bool {
    let (account, place) = witness.as_ref().map(|(account, place, _)| (*account, *place)).unzip();
    let event = witness.as_ref().map(|(_, _, event)| event.as_str());
    let (number, run) = (number.as_str(), run.as_deref().unwrap_or_default());
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        sleep(LOOK_AGAIN).await;
        let Ok(conn) = database.connection().await else { continue };
        // Of a number that was not given yet there is no status, but an error: so the run is looked at first.
        let select = concat!(
            flush!(),
            ", CASE WHEN EXISTS (SELECT 1 FROM run WHERE name = $2)
                    THEN coalesce(pg_xact_status($1::text::xid8), 'forgotten')
                    WHEN EXISTS (SELECT 1 FROM events WHERE account = $3 AND place = $4 AND id = $5)
                    THEN 'there' ELSE 'of another run' END AS status"
        );
        let asked = params![number, run, account, place, event];
        let Ok(answer) = timeout_at(end, maybe_row(&conn, select, asked)).await else {
            // It still waits for the disk: it is closed.
            drop(Object::take(conn));
            break;
        };
        let Ok(Some(row)) = answer else { continue };
        match named::<&str>(&row, "status") {
            Ok("committed") => return true,
            Ok("in progress") => {}
            Ok(status @ ("there" | "of another run")) => {
                // The next doubt is about this one. Who cannot name it now does so then.
                let _ = database.run.look(&conn).await;
                return status == "there";
            }
            _ => return false,
        }
    }
    false
}

/// Makes due again what this machine holds by these leases, if it does: it will never hear of them. Until that is written, or its epoch
/// is another one, it is tried again.
fn give_back(database: &Arc<Database>, joined: &Arc<Joined>, leases: Vec<(Spot, LeaseToken)>) {
    let Some((_, LeaseToken { epoch, .. })) = leases.first().copied() else { return };
    let (database, joined) = (Arc::clone(database), Arc::clone(joined));
    let leases: Arc<[_]> = leases.into();
    tokio::spawn(async move {
        while joined.machine().is_some_and(|machine| machine.epoch == epoch) {
            let (turn, input) = ((Side::Main, None), (Arc::clone(&leases), database.clock.now()));
            let given =
                write(&database, &joined, turn, input, |tx, (leases, now)| release(tx, leases, *now).boxed())
                    .await;
            match given {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "what may be held cannot be given back yet"),
            }
            sleep(GIVE_AGAIN).await;
        }
    });
}

/// Under the locks of their accounts, the transaction that is in doubt is over.
async fn release(tx: &Tx<'_>, leases: &[(Spot, LeaseToken)], now: Timestamp) -> Result<()> {
    tx.lock(&spot::accounts(leases.iter().map(|(spot, _)| spot))).await?;
    let spots: Vec<Spot> = leases.iter().map(|(spot, _)| *spot).collect();
    let seqs: Vec<i64> = spots.iter().map(|spot| spot.webhook).collect();
    let known: HashMap<_, _> =
        known::all_at(tx.conn, &seqs).await?.into_iter().map(|known| (known.seq, known.webhook)).collect();
    let there: Vec<Spot> =
        spot::states(tx.conn, &spots).await?.into_iter().map(|(at, _)| spots[at]).collect();
    let tokens: HashMap<Spot, LeaseToken> = leases.iter().copied().collect();
    let mut read = spot::read_all(tx.conn, &there).await?;
    let readable: HashSet<Spot> = read.iter().map(|(spot, _)| *spot).collect();
    read.retain_mut(|(spot, delivery)| {
        let Some(leased) = delivery.leased.filter(|_| delivery.is_held_by(tokens[spot])) else {
            return false;
        };
        let taken = known.get(&spot.webhook).is_some_and(|webhook| webhook.takes(delivery.is_sample()));
        delivery.release(taken, leased);
        true
    });
    tx.outbox().wake |= !read.is_empty();
    spot::save_all(tx, &read).await?;
    let aside: Vec<Spot> = there.into_iter().filter(|spot| !readable.contains(spot)).collect();
    // Nobody would look at them again while the epoch lasts.
    spot::set_aside(tx, &aside, now).await
}
