//! Members and their sessions, in SQLite.

use super::SqliteStore;
use super::account::add_account;
use super::columns::Columns;
use super::fault::Result;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, folded};
use deskbell_core::id::{AccountId, MemberId};
use deskbell_core::member::{Member, PasswordHash, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::session::{IDLE, LIFE, Session};
use deskbell_core::store::{self, AccountCreated, LoginSet, Members};
use deskbell_core::time::millis;
use deskbell_core::token::TokenHash;
use rusqlite::{Connection, OptionalExtension, Row};

const MEMBER: &str = "SELECT id, account, email, password, role, created FROM members";

fn read_member(columns: &mut Columns<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: MemberId::from_text(columns.get::<String>()?),
        account: AccountId::from_text(columns.get::<String>()?),
        email: columns.get()?,
        password: columns.get::<Option<String>>()?.map(PasswordHash::from_text),
        role: columns.name(Role::parse)?,
        created: columns.time()?,
    })
}

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    read_member(&mut Columns::of(row))
}

fn add_member(conn: &Connection, member: &Member) -> Result<()> {
    let insert = "INSERT INTO members (id, account, email, folded, password, role, created)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(insert)?.execute((
        member.id.as_str(),
        member.account.as_str(),
        &member.email,
        member.email.as_deref().map(folded),
        member.password.as_ref().map(PasswordHash::as_str),
        member.role.as_str(),
        millis(member.created),
    ))?;
    Ok(())
}

/// Whether the address is that of a member other than `id`, or of an account other than `account`.
fn taken(conn: &Connection, folded: &str, id: &str, account: &str) -> Result<bool> {
    let taken = "SELECT 1 FROM members WHERE folded = ?1 AND id <> ?2
                 UNION ALL SELECT 1 FROM accounts WHERE folded = ?1 AND id <> ?3";
    Ok(conn.prepare_cached(taken)?.exists([folded, id, account])?)
}

#[async_trait]
impl Members for SqliteStore {
    async fn sign_up(
        &self,
        account: Account,
        sandbox: Sandbox,
        owner: Member,
    ) -> store::Result<AccountCreated> {
        let work = move |conn: &Connection| {
            if taken(conn, &folded(&account.email), "", "")? {
                return Ok(AccountCreated::EmailTaken);
            }
            add_account(conn, &account, sandbox)?;
            add_member(conn, &owner)?;
            Ok(AccountCreated::Created)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn owner_or(&self, fresh: Member) -> store::Result<Member> {
        let work = move |conn: &Connection| {
            let select = format!("{MEMBER} WHERE account = ?1 AND role = 'owner' ORDER BY seq LIMIT 1");
            let found =
                conn.prepare_cached(&select)?.query_row([fresh.account.as_str()], member).optional()?;
            match found {
                Some(owner) => Ok(owner),
                None => add_member(conn, &fresh).map(|()| fresh.clone()),
            }
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn member_by_email(&self, email: &str) -> store::Result<Option<Member>> {
        let email = folded(email);
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(&format!("{MEMBER} WHERE folded = ?1"))?;
            Ok(select.query_row([email], member).optional()?)
        };
        self.main.read(work).await
    }

    async fn set_login(
        &self,
        id: &MemberId,
        email: &str,
        password: PasswordHash,
        keep: &TokenHash,
    ) -> store::Result<LoginSet> {
        let (id, email, keep) = (id.clone(), email.to_owned(), keep.0);
        let work = move |conn: &Connection| {
            let select = format!("{MEMBER} WHERE id = ?1");
            let Some(known) = conn.prepare_cached(&select)?.query_row([id.as_str()], member).optional()?
            else {
                return Ok(LoginSet::NoMember);
            };
            let folded = folded(&email);
            if taken(conn, &folded, id.as_str(), known.account.as_str())? {
                return Ok(LoginSet::EmailTaken);
            }
            let update = "UPDATE members SET email = ?2, folded = ?3, password = ?4 WHERE id = ?1";
            conn.prepare_cached(update)?.execute((id.as_str(), &email, &folded, password.as_str()))?;
            let end = "DELETE FROM sessions WHERE member = ?1 AND hash <> ?2";
            conn.prepare_cached(end)?.execute((id.as_str(), keep))?;
            Ok(LoginSet::Set(Member {
                email: Some(email.clone()),
                password: Some(password.clone()),
                ..known
            }))
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn create_session(&self, session: Session, max: u32) -> store::Result<()> {
        let work = move |conn: &Connection| -> Result<()> {
            let insert = "INSERT INTO sessions (hash, member, created, seen) VALUES (?1, ?2, ?3, ?4)";
            let member = session.member.as_str();
            let row = (session.hash.0, member, millis(session.created), millis(session.seen));
            conn.prepare_cached(insert)?.execute(row)?;
            let extra = "DELETE FROM sessions WHERE seq IN
                         (SELECT seq FROM sessions WHERE member = ?1 ORDER BY seq DESC LIMIT -1 OFFSET ?2)";
            conn.prepare_cached(extra)?.execute((member, max))?;
            Ok(())
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn session(&self, hash: &TokenHash) -> store::Result<Option<(Session, Member)>> {
        let hash = hash.clone();
        let work = move |conn: &Connection| {
            let select = "SELECT s.created, s.seen, m.id, m.account, m.email, m.password, m.role, m.created
                          FROM sessions s JOIN members m ON m.id = s.member WHERE s.hash = ?1";
            let read = |row: &Row<'_>| {
                let mut columns = Columns::of(row);
                let (created, seen) = (columns.time()?, columns.time()?);
                let member = read_member(&mut columns)?;
                Ok((Session { hash: hash.clone(), member: member.id.clone(), created, seen }, member))
            };
            Ok(conn.prepare_cached(select)?.query_row([hash.0], read).optional()?)
        };
        self.main.read(work).await
    }

    async fn note_session(&self, hash: &TokenHash, now: Timestamp) -> store::Result<()> {
        let hash = hash.0;
        let work = move |conn: &Connection| -> Result<()> {
            let update = "UPDATE sessions SET seen = max(seen, ?2) WHERE hash = ?1";
            conn.prepare_cached(update)?.execute((hash, millis(now)))?;
            Ok(())
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn end_session(&self, hash: &TokenHash) -> store::Result<bool> {
        let hash = hash.0;
        let work = move |conn: &Connection| -> Result<bool> {
            Ok(conn.prepare_cached("DELETE FROM sessions WHERE hash = ?1")?.execute([hash])? > 0)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn sweep_sessions(&self, now: Timestamp) -> store::Result<u64> {
        // `Session::is_live`, turned round.
        let before = |life| millis(now.saturating_sub(life).unwrap_or(Timestamp::MIN));
        let (idle, old) = (before(IDLE), before(LIFE));
        let work = move |conn: &Connection| -> Result<u64> {
            let sweep = "DELETE FROM sessions WHERE seen <= ?1 OR created <= ?2";
            Ok(conn.prepare_cached(sweep)?.execute((idle, old))? as u64)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }
}
