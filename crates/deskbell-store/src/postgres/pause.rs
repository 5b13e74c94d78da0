//! The pause of a store that was restored, in PostgreSQL: a row, until somebody lets it go on.

use super::PostgresStore;
use super::client::Client;
use super::columns::Columns;
use super::fault::Result;
use super::sql::{execute, maybe_row, params};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::store::{self, Pause};
use futures::FutureExt as _;

/// When the copy was made, of one that is paused.
pub(super) async fn paused(conn: &Client) -> Result<Option<Timestamp>> {
    let row = maybe_row(conn, "SELECT copied FROM pause WHERE one = 1", params![]).await?;
    row.map(|row| Columns::of(&row).time()).transpose()
}

#[async_trait]
impl Pause for PostgresStore {
    async fn paused(&self) -> store::Result<Option<Timestamp>> {
        Ok(paused(&*self.read().await?).await?)
    }

    async fn resume(&self) -> store::Result<bool> {
        let resumed = self.write((), |tx, ()| {
            async move { execute(tx.conn, "DELETE FROM pause WHERE one = 1", params![]).await }.boxed()
        });
        Ok(resumed.await? > 0)
    }
}
