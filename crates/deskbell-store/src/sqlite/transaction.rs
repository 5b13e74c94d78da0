//! What a job of the writer works with: what is remembered between jobs, the tables to read, and two ways to write.
//!
//! A step on the hot path [pushes](Transaction::push) what it did, which is on disk when it is in the redo log. Everything
//! else [settles](Transaction::settle) first: SQLite's transaction begins, the tables take in what is pending, and are written
//! from then on until the batch is committed.

use super::cache::{Cache, Known};
use super::due::Due;
use super::entry::Entry;
use super::fault::{Fault, Result};
use super::identity::Identity;
use super::newest::Newest;
use super::pending::Pending;
use super::places::Numbering;
use super::queue;
use super::quota;
use super::readiness::Readiness;
use super::settler::{Load, Settled};
use super::tables::{Returned, Tables};
use super::targets::Targets;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::id::WebhookId;
use deskbell_core::meter::{self, Meter, Tally};
use deskbell_core::policy::concurrency::{Crowd, Permit};
use deskbell_core::policy::fair_share;
use deskbell_core::store::{Handed, Hands};
use deskbell_core::time::{from_millis, millis};
use rusqlite::Connection;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// This machine, since it joined.
#[derive(Clone)]
pub(super) struct Machine {
    pub(super) epoch: Epoch,
    /// Since when there has been a machine.
    pub(super) since: Timestamp,
    /// Without another beat until then, it was not there: its process slept.
    pub(super) until: Timestamp,
    pub(super) hands: Arc<Hands>,
}

impl Machine {
    /// Since when there has been a machine without a pause.
    pub(super) fn there_since(&self, now: Timestamp) -> Timestamp {
        if self.until > now { self.since } else { now }
    }
}

/// What the writer remembers from one batch to the next.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) webhooks: Cache,
    /// Lent with the tables, and back when they have taken in what they were lent with.
    pub(super) targets: Targets,
    pub(super) due: Due,
    pub(super) emptying: BTreeSet<i64>,
    pub(super) places: Numbering,
    pub(super) newest: Newest,
    pub(super) kept: quota::Memory,
    pub(super) machine: Option<Machine>,
    pub(super) pending: Pending,
    /// What has to be true of the files before anything is written to them.
    pub(super) identity: Option<Identity>,
    pub(super) readiness: Arc<Readiness>,
}

/// What goes out when the batch is on disk.
#[derive(Default)]
pub(super) struct Outbox {
    /// New deliveries of this machine.
    pub(super) handed: Vec<Handed>,
    /// Something became due that was not handed over.
    pub(super) wake: bool,
    /// What stands before the last of what was accepted.
    pub(super) crowd: Option<Crowd>,
    /// Webhooks that were changed: what was handed over of them, and has not begun, goes back.
    pub(super) changed: Vec<WebhookId>,
    /// Deliveries that were made or changed and pages of what was captured, also by what was taken back: what the commit costs.
    pub(super) rows: usize,
    /// What is counted.
    pub(super) tally: Tally,
    /// SQLite's transaction was begun: what is done from then on is committed to the tables.
    pub(super) begun: bool,
    /// Another process held the file for as long as one waits for it: nobody waits for it again in this batch.
    pub(super) locked: bool,
}

/// How much was in an [`Outbox`]; to it [`Outbox::undo`] can go back.
pub(super) struct Mark {
    handed: usize,
    changed: usize,
    tally: meter::Mark,
}

/// What a job works with.
pub(super) struct Transaction<'c> {
    pub(super) tables: &'c Tables,
    /// Reads the tables. They may be behind what is [pending](Pending), and must not be written, before [`Transaction::settle`],
    /// after which this is another connection.
    pub(super) conn: &'c Connection,
    /// Where attempts were sent to. After [`Transaction::settle`].
    pub(super) targets: &'c mut Targets,
    /// Accounts and webhooks as they are now.
    pub(super) webhooks: &'c mut Cache,
    /// Who is due when.
    pub(super) due: &'c mut Due,
    /// Webhooks that are off, or were, whose queue is not cancelled whole yet. After a start it is, as it comes to be due.
    pub(super) emptying: &'c mut BTreeSet<i64>,
    /// The places of new rows.
    pub(super) places: &'c mut Numbering,
    /// Which ids of events the tables surely do not have.
    pub(super) newest: &'c mut Newest,
    /// What is kept of accounts.
    pub(super) kept: &'c mut quota::Memory,
    /// This machine, if it has joined.
    pub(super) machine: &'c mut Option<Machine>,
    /// What the tables do not know.
    pub(super) pending: &'c mut Pending,
    pub(super) outbox: &'c mut Outbox,
}

impl Memory {
    pub(super) fn transaction<'c>(
        &'c mut self,
        tables: &'c Tables,
        outbox: &'c mut Outbox,
    ) -> Transaction<'c> {
        let Self { webhooks, targets, due, emptying, places, newest, kept, machine, pending, .. } = self;
        let conn = tables.conn();
        Transaction {
            tables,
            conn,
            webhooks,
            targets,
            due,
            emptying,
            places,
            newest,
            kept,
            machine,
            pending,
            outbox,
        }
    }

    /// Lends the tables, with everything that they are to take in.
    pub(super) fn hand_over(&mut self, tables: &mut Tables) -> Result<()> {
        self.look_at_files(tables.conn())?;
        let Self { webhooks, targets, pending, newest, .. } = self;
        newest.take_in(pending.entries());
        tables.lend(|conn| Load {
            conn,
            targets: std::mem::take(targets),
            taken: pending.hand_over(),
            unwritten: webhooks.hand_over(),
        })
    }

    /// Sees that what is written now will be found again.
    ///
    /// # Errors
    /// [`Error::Displaced`](deskbell_core::store::Error::Displaced).
    pub(super) fn look_at_files(&mut self, conn: &Connection) -> Result<()> {
        if let Some(identity) = self.identity.as_mut().filter(|identity| identity.is_stale()) {
            identity.look(conn)?;
            self.pending.look_at_log();
        }
        Ok(())
    }

    /// Part of a batch was rolled back: what it left in memory is forgotten, and read again as needed. Who is due when, by the next
    /// claim.
    pub(super) fn take_back(&mut self, tables: &Tables, machine: Option<Machine>) {
        // What is handed over must not be forgotten. What became of it, the settler has told.
        let _ = self.transaction(tables, &mut Outbox::default()).bring_home(None);
        self.webhooks.clear();
        self.targets.forget();
        self.due.forget();
        self.kept.forget();
        self.machine = machine;
    }

    /// Learns from the entries in the log what the tables do not know, after all was forgotten.
    pub(super) fn learn(&mut self, conn: &Connection) -> Result<()> {
        for entry in self.pending.entries() {
            note(&mut self.webhooks, &mut self.due, conn, entry)?;
        }
        Ok(())
    }
}

/// Keeps what the tables will know only later: how webhooks do and when they are due, which is not before their rest ends.
///
/// Gives whether something of a webhook is due of which nothing was due before.
fn note(webhooks: &mut Cache, due: &mut Due, conn: &Connection, entry: &Entry) -> Result<bool> {
    if let Entry::Recorded(recorded) = entry {
        let (health, now) = (recorded.health.health(), from_millis(recorded.now));
        webhooks.note(conn, recorded.spot.webhook, health, recorded.score.as_ref(), now)?;
    }
    let mut news = false;
    for (spot, state) in entry.states() {
        if let Some(at) = state.due {
            let health = webhooks.health(conn, spot.webhook)?;
            let at = from_millis(at);
            news |= due.sooner(spot.webhook, at, fair_share::leaves(&health, at));
        }
    }
    Ok(news)
}

impl Transaction<'_> {
    /// Waits, for as long as that, until what was handed over is in the tables, which mostly are back then, or if it is, until they are. Gives
    /// whether any of it came to be.
    ///
    /// # Errors
    /// When the tables have not taken it in: it is pending again.
    pub(super) fn bring_home(&mut self, patience: Option<Duration>) -> Result<bool> {
        let Settled { targets, taken, unwritten, result, .. } = match self.tables.back(patience)? {
            Returned::Nothing => return Ok(false),
            Returned::Home => {
                self.conn = self.tables.conn();
                return Ok(true);
            }
            Returned::Settled(settled) => *settled,
        };
        self.conn = self.tables.conn();
        *self.targets = targets;
        if result.is_ok() {
            self.kept.taken_in(&self.pending.taken_in(&taken));
            self.webhooks.written();
        } else {
            self.targets.forget();
            self.pending.give_back(taken);
            self.webhooks.give_back(unwritten);
        }
        self.outbox.locked |= result.as_ref().is_err_and(Fault::is_locked);
        result.map(|()| true)
    }

    /// Begins SQLite's transaction, and brings the tables up to date. Whatever is done after it is committed to them.
    pub(super) fn settle(&mut self) -> Result<()> {
        if self.outbox.begun {
            return Ok(());
        }
        if self.outbox.locked {
            return Err(Fault::locked());
        }
        while self.tables.is_lent() {
            self.bring_home(None)?;
        }
        self.tables.end_snapshot()?;
        let conn = self.tables.writing()?;
        let begun = conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map_err(Fault::from);
        if begun.as_ref().is_err_and(Fault::is_locked) {
            self.outbox.locked = true;
            self.pending.refuse();
        }
        begun?;
        (self.conn, self.outbox.begun) = (conn, true);
        self.newest.take_in(self.pending.entries());
        self.kept.taken_in(&self.pending.apply(conn, self.targets)?);
        self.due.settled();
        self.webhooks.unwritten().write(conn)?;
        // Another process wrote: then nothing that is remembered is sure.
        if self.webhooks.check(conn)? {
            self.targets.forget();
            self.due.forget();
            // The next claim reads it again.
            self.outbox.wake = true;
            self.places.forget();
            self.newest.forget();
            self.kept.forget();
            if let Some(machine) = self.machine
                && !queue::lasts(conn, machine.epoch)?
            {
                *self.machine = None;
            }
        }
        Ok(())
    }

    /// Takes in what a step did.
    pub(super) fn push(&mut self, entry: Entry) -> Result<()> {
        self.outbox.rows += entry.states().count();
        // What comes behind something that is due already is no news: whoever claims that will see it.
        self.outbox.wake |= note(self.webhooks, self.due, self.conn, &entry)?;
        if !self.outbox.begun {
            self.pending.push(entry);
            return Ok(());
        }
        self.newest.take_in(std::slice::from_ref(&entry));
        entry.apply(self.conn, self.targets, &mut entry.states().collect())?;
        if let Entry::Accepted(accepted) = &entry {
            self.kept.forget_one(accepted.account);
            quota::add(self.conn, &HashMap::from([(accepted.account, accepted.body.len() as u64)]))?;
        }
        Ok(())
    }

    /// A place in this machine's hands for a new delivery to the webhook: none while something of it is due, which goes first.
    /// A sample passes it, as a retry by hand does.
    pub(super) fn permit(
        &mut self,
        webhook: i64,
        known: &Known,
        delivery: &Delivery,
        bytes: usize,
        now: Timestamp,
    ) -> Result<Option<Permit>> {
        if self.machine.is_none() || !delivery.is_sample() && self.is_waiting(webhook, now)? {
            return Ok(None);
        }
        let take = |machine: &Machine| {
            machine.hands.concurrency.take(
                &known.webhook.account,
                &known.webhook.id,
                &delivery.health(&known.health),
                bytes,
                now,
            )
        };
        Ok(self.machine.as_ref().and_then(take))
    }

    /// Whether something of the webhook is due at `now`, so that what is new has to wait behind it.
    fn is_waiting(&mut self, webhook: i64, now: Timestamp) -> Result<bool> {
        let behind = self.due.behind(webhook);
        if self.pending.turns_of(behind, millis(now), 1).next().is_some() {
            return Ok(true);
        }
        if !self.due.may_be(webhook, now) {
            return Ok(false);
        }
        let first = self.first_due(webhook)?;
        self.due.set(webhook, first);
        Ok(first.is_some_and(|first| first <= now))
    }

    /// When the first of the webhook's queue is due.
    pub(super) fn first_due(&self, webhook: i64) -> Result<Option<Timestamp>> {
        self.due.first_of(self.conn, self.pending, webhook)
    }

    /// Whether the epoch goes on.
    pub(super) fn lasts(&self, epoch: Epoch) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.epoch == epoch)
    }

    /// Does `work` wholly or, where `keep` does not hold of what it gives, not at all. After [`Transaction::settle`].
    pub(super) fn wholly<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T>,
        keep: impl FnOnce(&T) -> bool,
    ) -> Result<T> {
        self.conn.prepare_cached("SAVEPOINT whole")?.execute([])?;
        let mark = self.outbox.mark();
        let given = work(self)?;
        if !keep(&given) {
            self.conn.prepare_cached("ROLLBACK TO whole")?.execute([])?;
            self.outbox.undo(&mark);
        }
        self.conn.prepare_cached("RELEASE whole")?.execute([])?;
        Ok(given)
    }
}

impl Outbox {
    pub(super) fn mark(&self) -> Mark {
        Mark { handed: self.handed.len(), changed: self.changed.len(), tally: self.tally.mark() }
    }

    /// Takes back what was put in since. A wake-up for nothing does no harm.
    pub(super) fn undo(&mut self, mark: &Mark) {
        self.handed.truncate(mark.handed);
        self.changed.truncate(mark.changed);
        self.tally.undo(mark.tally);
    }

    /// Counts, withdraws, hands over and wakes.
    pub(super) fn send(self, machine: Option<&Machine>, meter: &Meter) {
        meter.add(&self.tally);
        let Some(Machine { hands, .. }) = machine else { return };
        hands.follow(&self.changed, self.handed, self.wake);
    }
}
