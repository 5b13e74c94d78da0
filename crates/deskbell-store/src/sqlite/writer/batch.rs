//! One batch of the writer's: the jobs that find place in a commit, and the commit.

use super::job::{Job, Ticket};
use super::waiting::{Turns, Waiting};
use super::{BATCH, HELD};
use crate::sqlite::fault::{Fault, Result};
use crate::sqlite::tables::Tables;
use crate::sqlite::transaction::{Memory, Outbox};
use deskbell_core::meter::Meter;
use deskbell_core::usage::Usage;
use tokio::time::Instant;

/// Brings to disk what finds place in one commit, and leaves it in `batch`; gives whether the tables were written, and not the redo log alone.
/// An error means that nothing of it was kept. When the tables were just found to be `locked`, nobody waits for that again.
pub(super) fn commit(
    tables: &Tables,
    memory: &mut Memory,
    waiting: &mut Waiting,
    batch: &mut Vec<Box<dyn Job>>,
    locked: bool,
    meter: &Meter,
) -> Result<bool> {
    let (mut outbox, machine) = (Outbox { locked, ..Outbox::default() }, memory.machine.clone());
    let done = jobs(tables, memory, waiting, batch, &mut outbox, meter);
    let done = done.and(tables.end_snapshot()).and_then(|()| sync(tables, memory, &mut outbox, meter));
    match done {
        Ok(written) => {
            outbox.send(memory.machine.as_ref(), meter);
            Ok(written)
        }
        Err(fault) => {
            memory.readiness.failed(&fault);
            if batch.is_empty() {
                // It failed before the first: nobody is to wait for another try.
                batch.extend(std::iter::from_fn(|| Some(waiting.next(Turns::All)?.job)).take(BATCH));
            }
            memory.take_back(tables, machine);
            memory.pending.take_back();
            let conn = tables.conn();
            if !conn.is_autocommit() {
                conn.prepare_cached("ROLLBACK")?.execute([])?;
            }
            if let Some(machine) = &memory.machine {
                // Who is due when is forgotten; the next claim reads it again.
                (machine.hands.wake)();
            }
            memory.learn(conn).and(Err(fault))
        }
    }
}

/// The end of a batch: one sync of one file. Gives whether it was that of the tables.
fn sync(tables: &Tables, memory: &mut Memory, outbox: &mut Outbox, meter: &Meter) -> Result<bool> {
    if !outbox.begun {
        if !memory.pending.is_new() || log(memory, meter)? {
            return Ok(false);
        }
        if tables.is_lent() {
            // When they have taken in what they were lent with, there is room.
            memory.transaction(tables, outbox).bring_home(None)?;
            if log(memory, meter)? {
                return Ok(false);
            }
        }
        memory.transaction(tables, outbox).settle()?;
    }
    let (conn, began) = (tables.conn(), Instant::now());
    memory.webhooks.unwritten().write(conn)?;
    conn.prepare_cached("COMMIT")?.execute([])?;
    memory.pending.committed();
    meter.committed(began.elapsed());
    Ok(true)
}

/// Brings what is new to disk in the redo log; `false` when there is no room.
fn log(memory: &mut Memory, meter: &Meter) -> Result<bool> {
    let began = Instant::now();
    let logged = memory.pending.log()?;
    if logged {
        memory.readiness.logged();
        meter.committed(began.elapsed());
    }
    Ok(logged)
}

fn jobs(
    tables: &Tables,
    memory: &mut Memory,
    waiting: &mut Waiting,
    batch: &mut Vec<Box<dyn Job>>,
    outbox: &mut Outbox,
    meter: &Meter,
) -> Result<()> {
    memory.look_at_files(tables.conn())?;
    if !memory.pending.is_ours() && memory.pending.open(tables.conn())? {
        memory.learn(tables.conn())?;
    }
    tables.begin_snapshot()?;
    // Looked at in the snapshot: what is read after it is of that state.
    while tables.have_changed()? {
        memory.transaction(tables, outbox).bring_home(None)?;
        tables.begin_snapshot()?;
    }
    if waiting.is_empty() || (!tables.is_lent() && memory.webhooks.is_old(tables.conn())?) {
        memory.transaction(tables, outbox).settle()?;
    }
    waiting.begin();
    let mut of_accounts = 0;
    while batch.len() < BATCH {
        let (most, most_of_accounts) = waiting.rows();
        if outbox.rows >= most || of_accounts >= most_of_accounts {
            break;
        }
        let (before, pending) = (outbox.rows, memory.pending.rows());
        let Some(mut ticket) = waiting.next(who(tables, memory)) else { break };
        let run = if ticket.job.is_step() { step } else { guarded };
        let done = run(tables, memory, &mut ticket, outbox, meter.usage());
        batch.push(ticket.job);
        done?;
        let rows = outbox.rows - before;
        match ticket.account {
            Some(account) => {
                of_accounts += rows;
                waiting.brought(account, memory.pending.rows().saturating_sub(pending));
            }
            None if rows == 0 => waiting.again(),
            None => {}
        }
    }
    Ok(())
}

/// Who may have a turn now.
pub(in crate::sqlite) fn who(tables: &Tables, memory: &Memory) -> Turns {
    match tables.lent_for() {
        None => Turns::All,
        Some(lent) if lent < HELD && memory.pending.falls_behind() => Turns::StepsOfFew,
        Some(_) => Turns::Steps,
    }
}

/// A job of the hot path.
fn step(
    tables: &Tables,
    memory: &mut Memory,
    ticket: &mut Ticket,
    outbox: &mut Outbox,
    usage: &Usage,
) -> Result<()> {
    // Of the connection that writes, once the transaction is begun.
    let state = || (tables.conn().total_changes(), tables.conn().is_autocommit());
    let (begun, before, entries) = (outbox.begun, state(), memory.pending.mark());
    let (mark, machine) = (outbox.mark(), memory.machine.clone());
    if ticket.run(&mut memory.transaction(tables, outbox), usage) {
        return Ok(());
    }
    if outbox.begun != begun || (begun && state() != before) {
        // It failed in the midst of writing, or SQLite has ended the transaction, which only a disk or a file that is broken
        // brings about.
        return Err(Fault::Spoiled);
    }
    outbox.undo(&mark);
    if memory.pending.undo(entries) {
        memory.take_back(tables, machine);
        outbox.wake = true;
        memory.learn(tables.conn())?;
    }
    Ok(())
}

/// Any other job, in a savepoint of its own, so that one which fails cannot spoil the others.
fn guarded(
    tables: &Tables,
    memory: &mut Memory,
    ticket: &mut Ticket,
    outbox: &mut Outbox,
    usage: &Usage,
) -> Result<()> {
    let begun = outbox.begun;
    if let Err(fault) = memory.transaction(tables, outbox).settle() {
        // Another process holds the file: steps can go on without it.
        memory.readiness.failed(&fault);
        ticket.job.refuse(fault);
        return if outbox.begun != begun { Err(Fault::Spoiled) } else { Ok(()) };
    }
    let conn = tables.conn();
    // What the jobs before it left to be written is theirs.
    memory.webhooks.unwritten().write(conn)?;
    conn.prepare_cached("SAVEPOINT job")?.execute([])?;
    let (mark, machine) = (outbox.mark(), memory.machine.clone());
    if !ticket.run(&mut memory.transaction(tables, outbox), usage) {
        memory.take_back(tables, machine);
        outbox.undo(&mark);
        // The next claim reads again who is due when.
        outbox.wake = true;
        // Fails when the error was so grave that SQLite itself ended the transaction: then all is lost.
        conn.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    conn.prepare_cached("RELEASE job")?.execute([])?;
    Ok(())
}
