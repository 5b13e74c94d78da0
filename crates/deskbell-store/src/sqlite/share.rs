//! Shares and what they froze, in the tester's own file.

use super::SqliteStore;
use super::columns::Columns;
use super::fault::Result;
use super::list::List;
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
use rusqlite::{Connection, OptionalExtension, Row, params};

const TABLE: Table = Table("shares", &["id"]);

macro_rules! select {
    ($more:literal, $rest:literal) => {
        concat!("SELECT id, account, delivery, hash, created, expires, ", $more, " FROM shares ", $rest)
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<Share> {
    let mut columns = Columns::of(row);
    Ok(Share {
        id: ShareId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        delivery: DeliveryId::from_text(columns.get::<String>()?),
        hash: TokenHash(columns.get()?),
        created: columns.time()?,
        expires: columns.time()?,
    })
}

fn create(conn: &Connection, share: &Share, frozen: &Sealed, max: u32) -> Result<ShareCreated> {
    // `Share::is_live`, counted by the index.
    let live = "SELECT count(*) FROM shares WHERE account = ?1 AND expires > ?2";
    let key = (share.account.as_str(), millis(share.created));
    let live: u32 = conn.prepare_cached(live)?.query_row(key, |row| row.get(0))?;
    if is_reached(live.into(), max) {
        return Ok(ShareCreated::TooMany);
    }
    let insert = "INSERT INTO shares (id, account, delivery, hash, created, expires, frozen)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(insert)?.execute(params![
        share.id.as_str(),
        share.account.as_str(),
        share.delivery.as_str(),
        share.hash.0.as_slice(),
        millis(share.created),
        millis(share.expires),
        frozen.0,
    ])?;
    Ok(ShareCreated::Created)
}

#[async_trait]
impl Shares for SqliteStore {
    async fn create_share(&self, share: Share, frozen: Sealed, max: u32) -> store::Result<ShareCreated> {
        let account = share.account.clone();
        self.tester.write_for(&account, move |tx| create(tx.conn, &share, &frozen, max)).await
    }

    async fn shares(&self, account: &AccountId, page: &Page) -> store::Result<Listing<Share>> {
        let (of, page) = (account.clone(), page.clone());
        let work = move |conn: &Connection| {
            let cursor = "SELECT seq FROM shares WHERE id = ?1 AND account = ?2";
            let list = List::of(TABLE, select!("seq", ""), "account =", of.as_str().to_owned());
            list.page(conn, &page, cursor, "seq", read, |one| one.id.as_str())
        };
        self.tester.read_for(account, work).await
    }

    async fn shared(&self, hash: &TokenHash, now: Timestamp) -> store::Result<Option<(Share, Sealed)>> {
        let hash = hash.0;
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(select!("frozen", "WHERE hash = ?1 AND expires > ?2"))?;
            let whole = |row: &Row<'_>| Ok((read(row)?, Sealed(row.get("frozen")?)));
            Ok(select.query_row((hash.as_slice(), millis(now)), whole).optional()?)
        };
        self.tester.read(work).await
    }

    async fn revoke_share(&self, account: &AccountId, id: &ShareId) -> store::Result<bool> {
        let (of, id) = (account.clone(), id.clone());
        let work = move |conn: &Connection| -> Result<bool> {
            let mut delete = conn.prepare_cached("DELETE FROM shares WHERE id = ?1 AND account = ?2")?;
            Ok(delete.execute((id.as_str(), of.as_str()))? > 0)
        };
        self.tester.write_for(account, move |tx| work(tx.conn)).await
    }

    async fn sweep_shares(&self, before: Timestamp) -> store::Result<u64> {
        let work = move |conn: &Connection| -> Result<u64> {
            let mut delete = conn.prepare_cached("DELETE FROM shares WHERE expires < ?1")?;
            Ok(delete.execute([millis(before)])? as u64)
        };
        self.tester.write(move |tx| work(tx.conn)).await
    }
}
