//! Events, in PostgreSQL: what is read of them. [`super::queue`] adds them.

use super::PostgresStore;
use super::account::number_or_none;
use super::change_feed;
use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::known;
use super::list::{self, List, Order};
use super::part::{self, Sized};
use super::spot::Spot;
use super::sql::{self, params};
use super::unreadable::{LeftOut, Table};
use crate::encoding::body;
use crate::encoding::value::code;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::place::{Place, least_since};
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::store::{self, EventFilter, Events, Listing, Page, Weight as _};
use deskbell_core::trigger::Trigger;
use futures::FutureExt as _;
use tokio_postgres::Row;

pub(super) const TABLE: Table = Table("events", &["place"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, c.id, e.trigger, e.subject, e.created, e.origin, e.body, e.place FROM events e ",
            "JOIN accounts c ON c.seq = e.account ",
            $rest
        )
    };
}

/// One whose bytes are damaged has none, and keeps nobody from seeing the others.
fn read(row: &Row) -> Result<Event> {
    let mut columns = Columns::of(row);
    let event = Event {
        id: columns.event_id()?,
        account: AccountId::from_text(columns.get::<&str>()?),
        trigger: columns.coded(Trigger::ALL)?,
        subject: columns.get()?,
        created: columns.time()?,
        origin: columns.coded(Origin::ALL)?,
        payload_deleted: false,
        body: Bytes::new(),
    };
    let damaged = |error: &_| tracing::error!(event = %event.id, ?error, "the bytes of an event are damaged");
    let body = columns.maybe_body().inspect_err(damaged).unwrap_or_else(|_| Some(Bytes::new()));
    Ok(Event { payload_deleted: body.is_none(), body: body.unwrap_or_default(), ..event })
}

/// Whether the event's bytes are there.
pub(super) async fn has_body(conn: &Client, spot: Spot) -> Result<bool> {
    // Their length alone: long ones are not read.
    let select =
        "SELECT 1 FROM events WHERE account = $1 AND place = $2 AND octet_length(body) > octet_length($3)";
    sql::exists(conn, select, params![spot.account, spot.event, &body::DELETED[..]]).await
}

/// The place of that event for a filter: that of one which is not there finds nothing.
pub(super) async fn place_or_none(conn: &Client, account: i64, id: &EventId) -> Result<Place> {
    Ok(place(conn, account, id).await?.unwrap_or_default())
}

async fn place(conn: &Client, account: i64, id: &EventId) -> Result<Option<Place>> {
    let select = "SELECT place FROM events WHERE account = $1 AND id = $2";
    let row = sql::maybe_row(conn, select, params![account, id.as_str()]).await?;
    row.map(|row| named(&row, "place")).transpose()
}

/// The account's events of places behind the first and up to the second, with their places, oldest first.
pub(super) async fn between(
    conn: &Client,
    account: i64,
    span: (Place, Place),
    limit: u32,
) -> Result<Vec<(Place, Event)>> {
    let select = select!("WHERE e.account = $1 AND e.place > $2 AND e.place <= $3 ORDER BY e.place LIMIT $4");
    change_feed::between(conn, select, account, span, limit, TABLE, read, Event::bytes).await
}

/// The account's events of those ids, as far as they fill a page.
async fn of(conn: &Client, account: &AccountId, ids: &[EventId]) -> Result<Vec<Option<Event>>> {
    let number = number_or_none(conn, account).await?;
    let texts: Vec<&str> = ids.iter().map(EventId::as_str).collect();
    let sizes = "SELECT j.key - 1, e.place, octet_length(e.body)::bigint
                 FROM unnest($2) WITH ORDINALITY AS j (id, key) JOIN events e ON e.account = $1 AND e.id = j.id
                 ORDER BY j.key";
    let sized = sql::rows(conn, sizes, params![number, texts]).await?;
    let sized = sized.iter().map(Sized::read).collect::<Result<Vec<_>>>()?;
    let (mut found, mut bytes, mut left_out) = (vec![None; ids.len()], 0, LeftOut::of(TABLE));
    let select = select!("WHERE e.account = $1 AND e.place = ANY ($2)");
    let mut end = ids.len();
    let push = |key: usize, row: &Row| {
        let event = left_out.row(row, read)?;
        bytes += event.bytes();
        if let Some(place) = found.get_mut(key) {
            *place = event;
        }
        let more = bytes < PAGE_BYTES;
        if !more {
            end = key + 1;
        }
        Ok(more)
    };
    part::read(conn, select, number, &sized, push).await?;
    found.truncate(end);
    Ok(found)
}

async fn find(conn: &Client, account: &AccountId, id: &EventId) -> Result<Option<Event>> {
    let select = select!("WHERE c.id = $1 AND e.id = $2");
    let row = sql::maybe_row(conn, select, params![account.as_str(), id.as_str()]).await?;
    row.as_ref().map(read).transpose()
}

fn id_of(event: &Event) -> &str {
    event.id.as_str()
}

async fn list(
    conn: &Client,
    account: &AccountId,
    filter: &EventFilter,
    page: &Page,
) -> Result<Listing<Event>> {
    let number = number_or_none(conn, account).await?;
    let key = match list::cursor(page) {
        Some(id) => place(conn, number, &EventId::from_text(id)).await?,
        None => None,
    };
    let webhook = match &filter.webhook {
        Some(webhook) => Some(known::number(conn, number, webhook).await?),
        None => None,
    };
    let owed = "EXISTS (SELECT 1 FROM deliveries d WHERE d.account = e.account AND d.event = e.place
                AND d.webhook =";
    let order = Order { columns: &["e.place"], key: key.map(|place| vec![place]), id: id_of };
    List::of(TABLE, select!(""), "e.account =", number)
        .seek("e.subject =", filter.subject.clone())
        .seek("e.place >=", filter.created.after.map(least_since))
        .only("e.trigger =", filter.trigger.map(|trigger| code(Trigger::ALL, &trigger)))
        .only(owed, webhook)
        .within("e.created >", "e.created <", &filter.created)
        .page_by(conn, page, order, read)
        .await
}

#[async_trait]
impl Events for PostgresStore {
    async fn event(&self, account: &AccountId, id: &EventId) -> store::Result<Option<Event>> {
        Ok(find(&*self.read_for(account).await?, account, id).await?)
    }

    async fn events_of(&self, account: &AccountId, ids: &[EventId]) -> store::Result<Vec<Option<Event>>> {
        let input = (account.clone(), ids.to_vec());
        self.snapshot_for(account, input, |conn, (account, ids)| of(conn, account, ids).boxed()).await
    }

    async fn events(
        &self,
        account: &AccountId,
        filter: &EventFilter,
        page: &Page,
    ) -> store::Result<Listing<Event>> {
        let input = (account.clone(), filter.clone(), page.clone());
        self.snapshot_for(account, input, |conn, (account, filter, page)| {
            list(conn, account, filter, page).boxed()
        })
        .await
    }
}
