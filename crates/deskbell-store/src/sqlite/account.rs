//! Accounts, their keys and their sandboxes, in SQLite.

use super::SqliteStore;
use super::columns::Columns;
use super::fault::Result;
use super::generation;
use super::quota;
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
use rusqlite::{Connection, OptionalExtension, Row};

const ACCOUNTS: Table = Table("accounts", &["id"]);
const KEYS: Table = Table("keys", &["id"]);
const ACCOUNT: &str = "SELECT id, email, created, payload_style, operator FROM accounts";
const KEY: &str = "SELECT id, account, name, hash, created, expires, revoked, last_used FROM keys";

fn read_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let mut columns = Columns::of(row);
    Ok(Account {
        id: AccountId::from_text(columns.get::<String>()?),
        email: columns.get()?,
        created: columns.time()?,
        // A style of a newer release is the current one until then.
        payload_style: PayloadStyle::parse(&columns.get::<String>()?).unwrap_or(PayloadStyle::Current),
        operator: columns.get()?,
    })
}

fn read_key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let mut columns = Columns::of(row);
    Ok(ApiKey {
        id: KeyId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        name: columns.get()?,
        hash: KeyHash(columns.get()?),
        created: columns.time()?,
        expires: columns.maybe_time()?,
        revoked: columns.maybe_time()?,
        last_used: columns.maybe_time()?,
    })
}

/// Adds an account with its sandbox. Whether its address is free was asked before.
pub(super) fn add_account(conn: &Connection, account: &Account, sandbox: Sandbox) -> Result<()> {
    let insert = "INSERT INTO accounts (id, email, folded, created, payload_style, operator, quota)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (folded, created) = (folded(&account.email), millis(account.created));
    let style = account.payload_style.as_str();
    let quota = quota::column(account.operator.then_some(UNBOUNDED));
    let row = (account.id.as_str(), &account.email, &folded, created, style, account.operator, quota);
    conn.prepare_cached(insert)?.execute(row)?;
    save_sandbox(conn, &account.id, sandbox)
}

/// Stores the sandbox's objects one by one, so that single ones can be listed and changed.
fn save_sandbox(conn: &Connection, account: &AccountId, sandbox: Sandbox) -> Result<()> {
    for object in sandbox.into_objects() {
        super::sandbox::add(conn, account, &object)?;
    }
    Ok(())
}

fn read_sandbox(conn: &Connection, account: &AccountId) -> Result<Option<Sandbox>> {
    let known = "SELECT 1 FROM accounts WHERE id = ?1";
    let known = conn.prepare_cached(known)?.exists([account.as_str()])?;
    known.then(|| super::sandbox::whole(conn, account)).transpose()
}

#[async_trait]
impl Accounts for SqliteStore {
    async fn create_account(&self, account: Account, sandbox: Sandbox) -> store::Result<AccountCreated> {
        let work = move |conn: &Connection| {
            let taken = "SELECT 1 FROM accounts WHERE folded = ?1";
            if conn.prepare_cached(taken)?.exists([folded(&account.email)])? {
                return Ok(AccountCreated::EmailTaken);
            }
            add_account(conn, &account, sandbox)?;
            Ok(AccountCreated::Created)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn account(&self, id: &AccountId) -> store::Result<Option<Account>> {
        let id = id.clone();
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(&format!("{ACCOUNT} WHERE id = ?1"))?;
            Ok(select.query_row([id.as_str()], read_account).optional()?)
        };
        self.main.read(work).await
    }

    async fn first_account(&self) -> store::Result<Option<Account>> {
        let work = |conn: &Connection| {
            let mut select = conn.prepare_cached(&format!("{ACCOUNT} ORDER BY seq LIMIT 1"))?;
            Ok(select.query_row([], read_account).optional()?)
        };
        self.main.read(work).await
    }

    async fn accounts(&self) -> store::Result<Vec<Account>> {
        let work = |conn: &Connection| {
            let mut select = conn.prepare_cached(&format!("{ACCOUNT} ORDER BY seq"))?;
            unreadable::all(select.query([])?, ACCOUNTS, read_account)
        };
        self.main.read(work).await
    }

    async fn account_by_email(&self, email: &str) -> store::Result<Option<Account>> {
        let email = folded(email);
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(&format!("{ACCOUNT} WHERE folded = ?1"))?;
            Ok(select.query_row([email], read_account).optional()?)
        };
        self.main.read(work).await
    }

    async fn set_payload_style(&self, id: &AccountId, style: PayloadStyle) -> store::Result<Option<Account>> {
        let id = id.clone();
        let work = move |conn: &Connection| {
            let update = "UPDATE accounts SET payload_style = ?2 WHERE id = ?1";
            conn.prepare_cached(update)?.execute((id.as_str(), style.as_str()))?;
            generation::advance(conn)?;
            let mut select = conn.prepare_cached(&format!("{ACCOUNT} WHERE id = ?1"))?;
            Ok(select.query_row([id.as_str()], read_account).optional()?)
        };
        let changed = self.main.write(move |tx| work(tx.conn)).await;
        self.generation.moved().await;
        changed
    }

    async fn sandbox(&self, account: &AccountId) -> store::Result<Option<Sandbox>> {
        let of = account.clone();
        self.main.read_for(account, move |conn| read_sandbox(conn, &of)).await
    }

    async fn create_key(&self, key: ApiKey, max_active: u32) -> store::Result<KeyCreated> {
        let work = move |conn: &Connection| {
            let account = key.account.as_str();
            if !conn.prepare_cached("SELECT 1 FROM accounts WHERE id = ?1")?.exists([account])? {
                return Ok(KeyCreated::NoAccount);
            }
            // `ApiKey::is_active`, counted by the index.
            let active = "SELECT count(*) FROM keys
                          WHERE account = ?1 AND revoked IS NULL AND (expires IS NULL OR expires > ?2)";
            let made = (account, millis(key.created));
            let active: u32 = conn.prepare_cached(active)?.query_row(made, |row| row.get(0))?;
            if is_reached(active.into(), max_active) {
                return Ok(KeyCreated::TooMany);
            }
            let insert = "INSERT INTO keys (id, account, name, hash, created, expires, revoked, last_used)
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            conn.prepare_cached(insert)?.execute((
                key.id.as_str(),
                account,
                &key.name,
                key.hash.0.as_slice(),
                millis(key.created),
                at(key.expires),
                at(key.revoked),
                at(key.last_used),
            ))?;
            Ok(KeyCreated::Created)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn key(&self, id: &KeyId) -> store::Result<Option<ApiKey>> {
        let id = id.clone();
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(&format!("{KEY} WHERE id = ?1"))?;
            Ok(select.query_row([id.as_str()], read_key).optional()?)
        };
        self.main.read(work).await
    }

    async fn keys(&self, account: &AccountId) -> store::Result<Vec<ApiKey>> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(&format!("{KEY} WHERE account = ?1 ORDER BY seq"))?;
            unreadable::all(select.query([of.as_str()])?, KEYS, read_key)
        };
        self.main.read_for(account, work).await
    }

    async fn revoke_key(&self, id: &KeyId, now: Timestamp) -> store::Result<bool> {
        let id = id.clone();
        let work = move |conn: &Connection| -> Result<bool> {
            let update = "UPDATE keys SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL";
            let revoked = conn.prepare_cached(update)?.execute((id.as_str(), millis(now)))? > 0;
            if revoked {
                generation::advance(conn)?;
            }
            Ok(revoked)
        };
        let revoked = self.main.write(move |tx| work(tx.conn)).await;
        if !matches!(revoked, Ok(false)) {
            self.generation.moved().await;
        }
        revoked
    }

    async fn note_key(&self, id: &KeyId, now: Timestamp) -> store::Result<()> {
        let id = id.clone();
        let work = move |conn: &Connection| -> Result<()> {
            let update = "UPDATE keys SET last_used = max(coalesce(last_used, ?2), ?2) WHERE id = ?1";
            conn.prepare_cached(update)?.execute((id.as_str(), millis(now)))?;
            Ok(())
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    fn generation(&self) -> Option<i64> {
        self.generation.read()
    }

    async fn master_fingerprint(&self, fingerprint: [u8; 32]) -> store::Result<[u8; 32]> {
        let work = move |conn: &Connection| -> Result<[u8; 32]> {
            let insert = "INSERT INTO master (one, fingerprint) VALUES (1, ?1) ON CONFLICT DO NOTHING";
            conn.prepare_cached(insert)?.execute([fingerprint.as_slice()])?;
            let select = "SELECT fingerprint FROM master";
            Ok(conn.prepare_cached(select)?.query_row([], |row| row.get(0))?)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }
}
