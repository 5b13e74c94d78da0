//! One-time links, in PostgreSQL.

use super::PostgresStore;
use super::client::Client;
use super::columns::{Columns, json};
use super::fault::Result;
use super::sql::{execute, maybe_row, params, row};
use super::transaction::Tx;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::id::OneTimeLinkId;
use deskbell_core::one_time_link::{OneTimeLink, Standing};
use deskbell_core::policy::limit::{ONE_TIME_LINK_LIFE, is_reached};
use deskbell_core::store::{self, ObjectAdded, OneTimeLinks};
use deskbell_core::time::{earlier, millis};
use futures::FutureExt as _;

async fn add(tx: &Tx<'_>, link: &OneTimeLink, max: u32) -> Result<ObjectAdded> {
    tx.maybe_lock(&link.account).await?;
    // `OneTimeLink::standing`, counted by the index.
    let open = "SELECT count(*) FROM one_time_links WHERE account = $1 AND NOT spent AND created > $2";
    let since = millis(earlier(link.created, ONE_TIME_LINK_LIFE));
    let open = row(tx.conn, open, params![link.account.as_str(), since]).await?;
    if is_reached(Columns::of(&open).count()?, max) {
        return Ok(ObjectAdded::TooMany);
    }
    let insert =
        "INSERT INTO one_time_links (id, account, created, spent, document) VALUES ($1, $2, $3, $4, $5)
                  ON CONFLICT (id) DO NOTHING";
    let (account, created) = (link.account.as_str(), millis(link.created));
    let added =
        execute(tx.conn, insert, params![link.id.as_str(), account, created, link.spent, json(link)?])
            .await?;
    Ok(if added > 0 { ObjectAdded::Added } else { ObjectAdded::IdTaken })
}

async fn find(conn: &Client, id: &OneTimeLinkId) -> Result<Option<OneTimeLink>> {
    let select = "SELECT document FROM one_time_links WHERE id = $1";
    let row = maybe_row(conn, select, params![id.as_str()]).await?;
    row.map(|row| Columns::of(&row).json()).transpose()
}

/// Spends the link that a new `booking` names; `false`, and nothing happens, when its account cannot book with it.
pub(super) async fn spend(tx: &Tx<'_>, booking: &Booking, now: Timestamp) -> Result<bool> {
    let Some(id) = &booking.one_time_link else { return Ok(true) };
    let open = |link: &OneTimeLink| link.account == booking.account && link.standing(now) == Standing::Open;
    let Some(link) = find(tx.conn, id).await?.filter(open) else { return Ok(false) };
    let spent = OneTimeLink { spent: true, ..link };
    let update = "UPDATE one_time_links SET spent = true, document = $2 WHERE id = $1 AND NOT spent";
    Ok(execute(tx.conn, update, params![id.as_str(), json(&spent)?]).await? > 0)
}

#[async_trait]
impl OneTimeLinks for PostgresStore {
    async fn add_one_time_link(&self, link: OneTimeLink, max: u32) -> store::Result<ObjectAdded> {
        let account = link.account.clone();
        self.write_for(&account, (link, max), |tx, (link, max)| add(tx, link, *max).boxed()).await
    }

    async fn one_time_link(&self, id: &OneTimeLinkId) -> store::Result<Option<OneTimeLink>> {
        Ok(find(&*self.read().await?, id).await?)
    }

    async fn sweep_one_time_links(&self, before: Timestamp, limit: u32) -> store::Result<u64> {
        let swept = self.write((millis(before), i64::from(limit)), |tx, (before, limit)| {
            let delete = "DELETE FROM one_time_links WHERE id = ANY (ARRAY (
                          SELECT id FROM one_time_links WHERE created < $1 ORDER BY created LIMIT $2))";
            async move { execute(tx.conn, delete, params![before, limit]).await }.boxed()
        });
        swept.await
    }
}
