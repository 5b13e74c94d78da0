//! The queue, in SQLite: accept, finish and give back. [`super::claim`] hands out.

use super::SqliteStore;
use super::claim;
use super::delivery::{Placed, find, save};
use super::fault::Result;
use super::writer::Transaction;
use super::{attempt, event, quarter, webhook};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::LeaseToken;
use deskbell_core::event::NewEvent;
use deskbell_core::id::DeliveryId;
use deskbell_core::meter::Meter;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{self, Accepted, Claim, Claimed, Finished, Queue, Recorded};
use deskbell_core::time::millis;
use deskbell_core::webhook::{Quarter, Webhook};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The quarters of the webhooks that one call has attempts of.
type Quarters = BTreeMap<i64, Quarter>;

fn finish(
    tx: &mut Transaction<'_>,
    finished: &Finished,
    rules: &Rules,
    now: Timestamp,
    quarters: &mut Quarters,
) -> Result<Recorded> {
    let Finished { token, attempt, randomness } = finished;
    let held = find(tx.conn, &attempt.delivery)?.filter(|placed| placed.delivery.is_held_by(*token));
    let Some(Placed { mut delivery, seq, webhook: webhook_seq, .. }) = held else {
        return Ok(Recorded::Stale);
    };
    let known = tx.webhooks.get(tx.conn, webhook_seq)?;
    let mut webhook = Webhook::clone(&known);
    let before = delivery.status;
    let disabled = delivery.conclude(&mut webhook, attempt, rules, *randomness, now);
    save(tx.conn, seq, &delivery)?;
    attempt::insert(tx.conn, attempt, seq)?;
    if webhook != *known {
        webhook::save(tx, webhook_seq, webhook, now)?;
    }
    let quarter = quarters.entry(webhook_seq).or_insert_with(|| Quarter::of(now));
    quarter.note(attempt, delivery.gave_up_since(before));
    tx.tally.recorded(attempt, &delivery);
    Ok(Recorded::Recorded { delivery: Box::new(delivery), disabled })
}

fn finish_all(
    tx: &mut Transaction<'_>,
    finished: &[Finished],
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<Recorded>> {
    let mut quarters = Quarters::new();
    let recorded: Vec<Recorded> =
        finished.iter().map(|one| finish(tx, one, rules, now, &mut quarters)).collect::<Result<_>>()?;
    for (webhook, quarter) in quarters.iter().filter(|(_, quarter)| quarter.attempts() > 0) {
        quarter::add(tx.conn, *webhook, quarter)?;
    }
    Ok(recorded)
}

fn release(conn: &Connection, id: &DeliveryId, token: LeaseToken) -> Result<()> {
    if let Some(mut placed) = find(conn, id)?.filter(|placed| placed.delivery.is_held_by(token)) {
        placed.delivery.release();
        save(conn, placed.seq, &placed.delivery)?;
    }
    Ok(())
}

#[async_trait]
impl Queue for SqliteStore {
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> store::Result<Vec<Accepted>> {
        self.main.write(move |tx| events.iter().map(|event| event::accept(tx, event, now)).collect()).await
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> store::Result<Claimed> {
        let rules = rules.clone();
        self.main.write(move |tx| claim::claim(tx, &claim, &rules)).await
    }

    async fn finish(
        &self,
        finished: Vec<Finished>,
        rules: &Rules,
        now: Timestamp,
    ) -> store::Result<Vec<Recorded>> {
        let rules = rules.clone();
        self.main.write(move |tx| finish_all(tx, &finished, &rules, now)).await
    }

    async fn release(&self, leases: Vec<(DeliveryId, LeaseToken)>) -> store::Result<()> {
        self.main
            .write(move |tx| leases.iter().try_for_each(|(id, token)| release(tx.conn, id, *token)))
            .await
    }

    async fn end_leases(&self, now: Timestamp) -> store::Result<()> {
        let work = move |conn: &Connection| -> Result<()> {
            let update = "UPDATE deliveries SET due = ?1 WHERE due IS NOT NULL AND leased = 1";
            conn.prepare_cached(update)?.execute([millis(now)])?;
            Ok(())
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }
}
