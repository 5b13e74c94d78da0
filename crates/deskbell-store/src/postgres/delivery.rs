//! Deliveries, in PostgreSQL: their rows, and what is read of them.

use super::PostgresStore;
use super::account::number_or_none;
use super::client::Client;
use super::fault::Result;
use super::known;
use super::list::{self, List, Order};
use super::spot::{self, Keys, Spot};
use super::sql::{self, params};
use super::transaction::Tx;
use super::unreadable;
use super::{attempt, event};
use crate::encoding::value::code;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId};
use deskbell_core::place::{Place, least_since};
use deskbell_core::store::{
    self, AttemptFilter, Cancellation, Deliveries, DeliveryFilter, Listing, Page, Retried,
};
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::Webhook;
use futures::FutureExt as _;
use std::collections::HashMap;
use tokio_postgres::Row;

/// Statuses behind this one are bad ends: *delivered*, as it is kept.
const ENDED: i64 = 1;

/// The deliveries at those of these spots where there is one that can be read.
pub(super) async fn at(conn: &Client, spots: &[Spot]) -> Result<HashMap<Spot, Delivery>> {
    let select = spot::select!(at "true");
    let Keys { accounts, events, webhooks } = Keys::of(spots.iter());
    let rows = sql::rows(conn, select, params![accounts, events, webhooks]).await?;
    let all = unreadable::all(&rows, spot::TABLE, |row| Ok((Spot::read(row)?, spot::read(row)?)))?;
    Ok(all.into_iter().collect())
}

/// The account's deliveries of the events at these places that can be read; of each event in the order in which they were made.
pub(super) async fn of_events(
    conn: &Client,
    account: i64,
    events: &[Place],
) -> Result<HashMap<Place, Vec<Delivery>>> {
    let select = spot::select!("WHERE d.account = $1 AND d.event = ANY ($2)");
    let rows = sql::rows(conn, select, params![account, events]).await?;
    let placed = |row: &Row| Ok((Spot::read(row)?, spot::read(row)?));
    let mut all = unreadable::all(&rows, spot::TABLE, placed)?;
    all.sort_by_key(|(spot, _)| *spot);
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for (spot, delivery) in all {
        found.entry(spot.event).or_default().push(delivery);
    }
    Ok(found)
}

async fn retry(tx: &Tx<'_>, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
    let Some(number) = tx.maybe_lock(account).await? else { return Ok(Retried::Unknown) };
    let Some(spot) = spot::find(tx.conn, number, id).await? else { return Ok(Retried::Unknown) };
    if !event::has_body(tx.conn, spot).await? {
        return Ok(Retried::PayloadDeleted);
    }
    let mut delivery = spot::read_at(tx.conn, spot).await?;
    let before = known::at(tx.conn, spot.webhook).await?;
    let mut webhook = Webhook::clone(&before.webhook);
    let retried = delivery.retry_by_hand(&mut webhook, now);
    if let Retried::Queued(_) = retried {
        spot::save(tx, spot, &delivery).await?;
        if webhook.health != before.webhook.health {
            known::save(tx, &before, &webhook, now).await?;
        }
        tx.outbox().wake = true;
    }
    Ok(retried)
}

async fn cancel(tx: &Tx<'_>, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Cancellation> {
    let Some(number) = tx.maybe_lock(account).await? else { return Ok(Cancellation::Unknown) };
    let Some(spot) = spot::find(tx.conn, number, id).await? else { return Ok(Cancellation::Unknown) };
    let mut delivery = spot::read_at(tx.conn, spot).await?;
    let cancelled = delivery.cancel_by_hand(now);
    if let Cancellation::Cancelled(_) = cancelled {
        spot::save(tx, spot, &delivery).await?;
    }
    Ok(cancelled)
}

#[async_trait]
impl Deliveries for PostgresStore {
    async fn retry_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> store::Result<Retried> {
        let input = (account.clone(), id.clone(), now);
        self.write_for(account, input, |tx, (account, id, now)| retry(tx, account, id, *now).boxed()).await
    }

    async fn cancel_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> store::Result<Cancellation> {
        let input = (account.clone(), id.clone(), now);
        self.write_for(account, input, |tx, (account, id, now)| cancel(tx, account, id, *now).boxed()).await
    }

    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> store::Result<Option<Delivery>> {
        let conn = self.read_for(account).await?;
        let Some((event, webhook)) = id.pair() else { return Ok(None) };
        let select = spot::select!("WHERE c.id = $1 AND e.id = $2 AND w.id = $3");
        Ok(sql::maybe_row(&conn, select, params![account.as_str(), event.as_str(), webhook.as_str()])
            .await?
            .as_ref()
            .map(spot::read)
            .transpose()?)
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> store::Result<Listing<Delivery>> {
        let input = (account.clone(), filter.clone(), page.clone());
        self.snapshot_for(account, input, |conn, (account, filter, page)| {
            list(conn, account, filter, page).boxed()
        })
        .await
    }

    async fn attempts_of(
        &self,
        account: &AccountId,
        deliveries: &[DeliveryId],
        each: u32,
    ) -> store::Result<Vec<Vec<Attempt>>> {
        let input = (account.clone(), deliveries.to_vec(), each);
        self.snapshot_for(account, input, |conn, (account, ids, each)| {
            attempt::of(conn, account, ids, *each).boxed()
        })
        .await
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> store::Result<Option<Attempt>> {
        let conn = self.read_for(account).await?;
        Ok(attempt::find(&conn, account, id).await?)
    }

    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> store::Result<Listing<Attempt>> {
        let input = (account.clone(), filter.clone(), page.clone());
        self.snapshot_for(account, input, |conn, (account, filter, page)| {
            attempt::list(conn, account, filter, page).boxed()
        })
        .await
    }
}

fn id_of(delivery: &Delivery) -> &str {
    delivery.id.as_str()
}

/// A list is read in the order of the key, from whichever index serves the filter.
async fn list(
    conn: &Client,
    account: &AccountId,
    filter: &DeliveryFilter,
    page: &Page,
) -> Result<Listing<Delivery>> {
    let number = number_or_none(conn, account).await?;
    let key = match list::cursor(page) {
        Some(id) => spot::find(conn, number, &DeliveryId::from_text(id)).await?,
        None => None,
    };
    let key = key.map(|spot| vec![spot.event, spot.webhook]);
    let order = Order { columns: &["d.event", "d.webhook"], key, id: id_of };
    let event = match &filter.event {
        Some(event) => Some(event::place_or_none(conn, number, event).await?),
        None => None,
    };
    let webhook = match &filter.webhook {
        Some(webhook) => Some(known::number(conn, number, webhook).await?),
        None => None,
    };
    let status = filter.status.map(|status| code(&Status::ALL, &status));
    // What came to a bad end has an index of its own.
    let ended = status.filter(|status| *status > ENDED && event.is_none() && webhook.is_none());
    let list = List::of(spot::TABLE, spot::select!(""), "d.account =", number)
        .seek("d.event =", event)
        .seek("d.webhook =", webhook)
        .seek("d.event >=", filter.created.after.map(least_since))
        .only("e.trigger =", filter.trigger.map(|trigger| code(Trigger::ALL, &trigger)))
        .only("e.subject =", filter.subject.clone())
        .only("d.last_outcome =", filter.outcome.map(|outcome| code(Outcome::ALL, &outcome)))
        .only("d.last_status =", filter.last_status.map(i64::from))
        .only("d.attempts >=", filter.attempts_min.map(i64::from))
        .only("d.attempts <=", filter.attempts_max.map(i64::from))
        .within("d.created >", "d.created <", &filter.created);
    let list = match ended {
        Some(status) => list.seek("d.status > 1 AND d.status =", Some(status)),
        None => list.only("d.status =", status),
    };
    list.page_by(conn, page, order, spot::read).await
}
