//! Shares and what they froze, in PostgreSQL.

use super::PostgresStore;
use super::columns::{Columns, named};
use super::fault::Result;
use super::list::List;
use super::sql::{execute, maybe_row, params, row};
use super::sweep::AT_ONCE;
use super::transaction::Tx;
use super::unreadable::Table;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, DeliveryId, ShareId};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::share::Share;
use deskbell_core::store::{self, Listing, Page, ShareCreated, Shares};
use deskbell_core::time::millis;
use deskbell_core::token::TokenHash;
use deskbell_core::vault::Sealed;
use futures::FutureExt as _;
use tokio_postgres::Row;

const TABLE: Table = Table("shares", &["id"]);

macro_rules! select {
    ($more:literal, $rest:literal) => {
        concat!("SELECT id, account, delivery, hash, created, expires, ", $more, " FROM shares ", $rest)
    };
}

fn read(row: &Row) -> Result<Share> {
    let mut columns = Columns::of(row);
    Ok(Share {
        id: ShareId::from_text(columns.get::<&str>()?),
        account: AccountId::from_text(columns.get::<&str>()?),
        delivery: DeliveryId::from_text(columns.get::<&str>()?),
        hash: TokenHash(columns.array()?),
        created: columns.time()?,
        expires: columns.time()?,
    })
}

async fn create(tx: &Tx<'_>, share: &Share, frozen: &Sealed, max: u32) -> Result<ShareCreated> {
    tx.lock_id(&share.account).await?;
    // `Share::is_live`, counted by the index.
    let live = "SELECT count(*) FROM shares WHERE account = $1 AND expires > $2";
    let live = row(tx.conn, live, params![share.account.as_str(), millis(share.created)]).await?;
    if is_reached(Columns::of(&live).count()?, max) {
        return Ok(ShareCreated::TooMany);
    }
    let insert = "INSERT INTO shares (id, account, delivery, hash, created, expires, frozen)
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    execute(
        tx.conn,
        insert,
        params![
            share.id.as_str(),
            share.account.as_str(),
            share.delivery.as_str(),
            share.hash.0.as_slice(),
            millis(share.created),
            millis(share.expires),
            frozen.0,
        ],
    )
    .await?;
    Ok(ShareCreated::Created)
}

#[async_trait]
impl Shares for PostgresStore {
    async fn create_share(&self, share: Share, frozen: Sealed, max: u32) -> store::Result<ShareCreated> {
        let account = share.account.clone();
        self.write_for(&account, (share, frozen, max), |tx, (share, frozen, max)| {
            create(tx, share, frozen, *max).boxed()
        })
        .await
    }

    async fn shares(&self, account: &AccountId, page: &Page) -> store::Result<Listing<Share>> {
        let conn = self.read_for(account).await?;
        let cursor = "SELECT seq FROM shares WHERE id = $1 AND account = $2";
        let list = List::of(TABLE, select!("seq", ""), "account =", account.as_str());
        Ok(list.page(&conn, page, cursor, "seq", read, |one| one.id.as_str()).await?)
    }

    async fn shared(&self, hash: &TokenHash, now: Timestamp) -> store::Result<Option<(Share, Sealed)>> {
        let conn = self.read().await?;
        let select = select!("frozen", "WHERE hash = $1 AND expires > $2");
        let found = maybe_row(&conn, select, params![hash.0.as_slice(), millis(now)]).await?;
        let whole = |row: Row| Ok((read(&row)?, Sealed(named(&row, "frozen")?)));
        found.map(whole).transpose()
    }

    async fn revoke_share(&self, account: &AccountId, id: &ShareId) -> store::Result<bool> {
        let revoked = self.write_for(account, (account.clone(), id.clone()), |tx, (account, id)| {
            let delete = "DELETE FROM shares WHERE id = $1 AND account = $2";
            async move { execute(tx.conn, delete, params![id.as_str(), account.as_str()]).await }.boxed()
        });
        Ok(revoked.await? > 0)
    }

    async fn sweep_shares(&self, before: Timestamp) -> store::Result<u64> {
        let sweep = "DELETE FROM shares WHERE id = ANY (ARRAY (
                     SELECT id FROM shares WHERE expires < $1 ORDER BY expires LIMIT $2))";
        self.sweep(sweep, [millis(before), AT_ONCE]).await
    }
}
