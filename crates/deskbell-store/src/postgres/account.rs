//! Accounts, their keys and their sandboxes, in PostgreSQL.

use super::PostgresStore;
use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::generation;
use super::quota;
use super::sandbox;
use super::sql::{execute, exists, maybe_row, params, row, rows};
use super::transaction::Tx;
use super::unreadable::{self, Table};
use crate::encoding::value::at;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, ApiKey, KeyHash, PayloadStyle, folded};
use deskbell_core::id::{AccountId, KeyId};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::quota::UNBOUNDED;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{self, AccountCreated, Accounts, KeyCreated};
use deskbell_core::time::millis;
use futures::FutureExt as _;
use tokio_postgres::Row;

const ACCOUNTS: Table = Table("accounts", &["id"]);
const KEYS: Table = Table("keys", &["id"]);

macro_rules! account {
    ($rest:literal) => {
        concat!("SELECT id, email, created, payload_style, operator FROM accounts ", $rest)
    };
}

macro_rules! key {
    ($rest:literal) => {
        concat!("SELECT id, account, name, hash, created, expires, revoked, last_used FROM keys ", $rest)
    };
}

fn read_account(row: &Row) -> Result<Account> {
    let mut columns = Columns::of(row);
    Ok(Account {
        id: AccountId::from_text(columns.get::<&str>()?),
        email: columns.get()?,
        created: columns.time()?,
        // A style of a newer release is the current one until then.
        payload_style: PayloadStyle::parse(columns.get()?).unwrap_or(PayloadStyle::Current),
        operator: columns.get()?,
    })
}

fn read_key(row: &Row) -> Result<ApiKey> {
    let mut columns = Columns::of(row);
    Ok(ApiKey {
        id: KeyId::from_text(columns.get::<&str>()?),
        account: AccountId::from_text(columns.get::<&str>()?),
        name: columns.get()?,
        hash: KeyHash(columns.array()?),
        created: columns.time()?,
        expires: columns.maybe_time()?,
        revoked: columns.maybe_time()?,
        last_used: columns.maybe_time()?,
    })
}

/// The account's number for a read: that of an account that is not there finds nothing.
pub(super) async fn number_or_none(conn: &Client, account: &AccountId) -> Result<i64> {
    let found = maybe_row(conn, "SELECT seq FROM accounts WHERE id = $1", params![account.as_str()]).await?;
    found.map_or(Ok(0), |row| named(&row, "seq"))
}

/// Adds an account with its sandbox and takes its lock; `false`, and nothing happens, when its address is taken.
pub(super) async fn add_account(tx: &Tx<'_>, account: &Account, sandbox: &Sandbox) -> Result<bool> {
    let insert = "INSERT INTO accounts (id, email, folded, created, payload_style, operator, quota)
                  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (folded) DO NOTHING RETURNING seq";
    let (id, email, folded) = (account.id.as_str(), &account.email, folded(&account.email));
    let (created, style) = (millis(account.created), account.payload_style.as_str());
    let quota = quota::column(account.operator.then_some(UNBOUNDED));
    let row = params![id, email, folded, created, style, account.operator, quota];
    let Some(row) = maybe_row(tx.conn, insert, row).await? else { return Ok(false) };
    let number: i64 = named(&row, "seq")?;
    execute(tx.conn, "INSERT INTO places (account, last) VALUES ($1, 0)", params![number]).await?;
    sandbox::add_all(tx, &account.id, &sandbox.clone().into_objects()).await?;
    Ok(true)
}

async fn create_key(tx: &Tx<'_>, key: &ApiKey, max_active: u32) -> Result<KeyCreated> {
    if tx.maybe_lock(&key.account).await?.is_none() {
        return Ok(KeyCreated::NoAccount);
    }
    let account = key.account.as_str();
    // `ApiKey::is_active`, counted by the index.
    let active = "SELECT count(*) AS active FROM keys
                  WHERE account = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)";
    let active = row(tx.conn, active, params![account, millis(key.created)]).await?;
    if is_reached(Columns::of(&active).count()?, max_active) {
        return Ok(KeyCreated::TooMany);
    }
    let insert = "INSERT INTO keys (id, account, name, hash, created, expires, revoked, last_used)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (id, hash, created) = (key.id.as_str(), key.hash.0.as_slice(), millis(key.created));
    let [expires, revoked, last_used] = [key.expires, key.revoked, key.last_used].map(at);
    let row = params![id, account, key.name, hash, created, expires, revoked, last_used];
    execute(tx.conn, insert, row).await?;
    Ok(KeyCreated::Created)
}

async fn revoke_key(tx: &Tx<'_>, id: &KeyId, now: Timestamp) -> Result<bool> {
    let update = "UPDATE keys SET revoked = $2 WHERE id = $1 AND revoked IS NULL";
    let revoked = execute(tx.conn, update, params![id.as_str(), millis(now)]).await? > 0;
    if revoked {
        generation::advance(tx).await?;
    }
    Ok(revoked)
}

async fn set_payload_style(tx: &Tx<'_>, id: &AccountId, style: PayloadStyle) -> Result<Option<Account>> {
    let update = "UPDATE accounts SET payload_style = $2 WHERE id = $1";
    execute(tx.conn, update, params![id.as_str(), style.as_str()]).await?;
    generation::advance(tx).await?;
    find(tx.conn, id).await
}

async fn find(conn: &Client, id: &AccountId) -> Result<Option<Account>> {
    let found = maybe_row(conn, account!("WHERE id = $1"), params![id.as_str()]).await?;
    found.as_ref().map(read_account).transpose()
}

async fn master(tx: &Tx<'_>, fingerprint: &[u8; 32]) -> Result<[u8; 32]> {
    let insert = "INSERT INTO master (one, fingerprint) VALUES (1, $1) ON CONFLICT DO NOTHING";
    execute(tx.conn, insert, params![fingerprint.as_slice()]).await?;
    Columns::of(&row(tx.conn, "SELECT fingerprint FROM master", params![]).await?).array()
}

#[async_trait]
impl Accounts for PostgresStore {
    async fn create_account(&self, account: Account, sandbox: Sandbox) -> store::Result<AccountCreated> {
        let add = |added| if added { AccountCreated::Created } else { AccountCreated::EmailTaken };
        self.write((account, sandbox), |tx, (account, sandbox)| add_account(tx, account, sandbox).boxed())
            .await
            .map(add)
    }

    async fn account(&self, id: &AccountId) -> store::Result<Option<Account>> {
        let conn = self.read().await?;
        Ok(find(&conn, id).await?)
    }

    async fn first_account(&self) -> store::Result<Option<Account>> {
        let found = maybe_row(&*self.read().await?, account!("ORDER BY seq LIMIT 1"), params![]).await?;
        Ok(found.as_ref().map(read_account).transpose()?)
    }

    async fn accounts(&self) -> store::Result<Vec<Account>> {
        let all = rows(&*self.read().await?, account!("ORDER BY seq"), params![]).await?;
        Ok(unreadable::all(&all, ACCOUNTS, read_account)?)
    }

    async fn account_by_email(&self, email: &str) -> store::Result<Option<Account>> {
        let (conn, select) = (self.read().await?, account!("WHERE folded = $1"));
        let found = maybe_row(&conn, select, params![folded(email)]).await?;
        Ok(found.as_ref().map(read_account).transpose()?)
    }

    async fn set_payload_style(&self, id: &AccountId, style: PayloadStyle) -> store::Result<Option<Account>> {
        self.write((id.clone(), style), |tx, (id, style)| set_payload_style(tx, id, *style).boxed()).await
    }

    async fn sandbox(&self, account: &AccountId) -> store::Result<Option<Sandbox>> {
        let conn = self.read_for(account).await?;
        if !exists(&conn, "SELECT 1 FROM accounts WHERE id = $1", params![account.as_str()]).await? {
            return Ok(None);
        }
        Ok(Some(sandbox::whole(&conn, account).await?))
    }

    async fn create_key(&self, key: ApiKey, max_active: u32) -> store::Result<KeyCreated> {
        let account = key.account.clone();
        self.write_for(&account, (key, max_active), |tx, (key, max)| create_key(tx, key, *max).boxed()).await
    }

    async fn key(&self, id: &KeyId) -> store::Result<Option<ApiKey>> {
        let found = maybe_row(&*self.read().await?, key!("WHERE id = $1"), params![id.as_str()]).await?;
        Ok(found.as_ref().map(read_key).transpose()?)
    }

    async fn keys(&self, account: &AccountId) -> store::Result<Vec<ApiKey>> {
        let (conn, select) = (self.read_for(account).await?, key!("WHERE account = $1 ORDER BY seq"));
        Ok(unreadable::all(&rows(&conn, select, params![account.as_str()]).await?, KEYS, read_key)?)
    }

    async fn revoke_key(&self, id: &KeyId, now: Timestamp) -> store::Result<bool> {
        self.write((id.clone(), now), |tx, (id, now)| revoke_key(tx, id, *now).boxed()).await
    }

    async fn note_key(&self, id: &KeyId, now: Timestamp) -> store::Result<()> {
        let update = "UPDATE keys SET last_used = greatest(last_used, $2) WHERE id = $1";
        execute(&*self.read().await?, update, params![id.as_str(), millis(now)]).await?;
        Ok(())
    }

    fn generation(&self) -> Option<i64> {
        self.database.generation.read()
    }

    async fn master_fingerprint(&self, fingerprint: [u8; 32]) -> store::Result<[u8; 32]> {
        self.write(fingerprint, |tx, fingerprint| master(tx, fingerprint).boxed()).await
    }
}
