//! Members and their sessions, in PostgreSQL.

use super::PostgresStore;
use super::account::add_account;
use super::columns::Columns;
use super::fault::Result;
use super::sql::{execute, exists, maybe_row, params};
use super::sweep::AT_ONCE;
use super::transaction::Tx;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, folded};
use deskbell_core::id::{AccountId, MemberId};
use deskbell_core::member::{Member, PasswordHash, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::session::{IDLE, LIFE, Session};
use deskbell_core::store::{self, AccountCreated, LoginSet, Members};
use deskbell_core::time::{earlier, millis};
use deskbell_core::token::TokenHash;
use futures::FutureExt as _;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, account, email, password, role, created FROM members ", $rest)
    };
}

fn read(columns: &mut Columns<'_>) -> Result<Member> {
    Ok(Member {
        id: MemberId::from_text(columns.get::<&str>()?),
        account: AccountId::from_text(columns.get::<&str>()?),
        email: columns.get()?,
        password: columns.get::<Option<String>>()?.map(PasswordHash::from_text),
        role: columns.name(Role::parse)?,
        created: columns.time()?,
    })
}

async fn add(tx: &Tx<'_>, member: &Member) -> Result<()> {
    let insert = "INSERT INTO members (id, account, email, folded, password, role, created)
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let folded = member.email.as_deref().map(folded);
    execute(
        tx.conn,
        insert,
        params![
            member.id.as_str(),
            member.account.as_str(),
            member.email,
            folded,
            member.password.as_ref().map(PasswordHash::as_str),
            member.role.as_str(),
            millis(member.created),
        ],
    )
    .await?;
    Ok(())
}

/// Lets nobody else take an address meanwhile: it must be nobody's, be it an account's or a member's, and no index says so of both.
async fn hold_addresses(tx: &Tx<'_>) -> Result<()> {
    let hold = "SELECT 1 FROM changes WHERE kind = 'addresses' FOR UPDATE";
    exists(tx.conn, hold, params![]).await?;
    Ok(())
}

/// Whether the address is that of a member other than `id`, or of an account other than `account`.
async fn taken(tx: &Tx<'_>, folded: &str, id: &str, account: &str) -> Result<bool> {
    let taken = "SELECT 1 FROM members WHERE folded = $1 AND id <> $2
                 UNION ALL SELECT 1 FROM accounts WHERE folded = $1 AND id <> $3";
    exists(tx.conn, taken, params![folded, id, account]).await
}

async fn sign_up(
    tx: &Tx<'_>,
    account: &Account,
    sandbox: &Sandbox,
    owner: &Member,
) -> Result<AccountCreated> {
    hold_addresses(tx).await?;
    if taken(tx, &folded(&account.email), "", "").await? || !add_account(tx, account, sandbox).await? {
        return Ok(AccountCreated::EmailTaken);
    }
    add(tx, owner).await?;
    Ok(AccountCreated::Created)
}

async fn owner_or(tx: &Tx<'_>, fresh: &Member) -> Result<Member> {
    tx.lock_id(&fresh.account).await?;
    let owner = select!("WHERE account = $1 AND role = 'owner' ORDER BY seq LIMIT 1");
    match maybe_row(tx.conn, owner, params![fresh.account.as_str()]).await? {
        Some(row) => read(&mut Columns::of(&row)),
        None => add(tx, fresh).await.map(|()| fresh.clone()),
    }
}

/// A new e-mail address and password.
struct Login {
    member: MemberId,
    email: String,
    password: PasswordHash,
    /// The session that goes on.
    keep: TokenHash,
}

async fn set_login(tx: &Tx<'_>, login: &Login) -> Result<LoginSet> {
    let Login { member: id, email, password, keep } = login;
    hold_addresses(tx).await?;
    let known = maybe_row(tx.conn, select!("WHERE id = $1 FOR UPDATE"), params![id.as_str()]).await?;
    let Some(known) = known else { return Ok(LoginSet::NoMember) };
    let known = read(&mut Columns::of(&known))?;
    let folded = folded(email);
    if taken(tx, &folded, id.as_str(), known.account.as_str()).await? {
        return Ok(LoginSet::EmailTaken);
    }
    let update = "UPDATE members SET email = $2, folded = $3, password = $4 WHERE id = $1";
    execute(tx.conn, update, params![id.as_str(), email, folded, password.as_str()]).await?;
    let end = "DELETE FROM sessions WHERE member = $1 AND hash <> $2";
    execute(tx.conn, end, params![id.as_str(), keep.0.as_slice()]).await?;
    Ok(LoginSet::Set(Member { email: Some(email.clone()), password: Some(password.clone()), ..known }))
}

async fn create_session(tx: &Tx<'_>, session: &Session, max: u32) -> Result<()> {
    let member = session.member.as_str();
    // Two at once would not see each other, and leave one too many.
    exists(tx.conn, "SELECT 1 FROM members WHERE id = $1 FOR NO KEY UPDATE", params![member]).await?;
    let insert = "INSERT INTO sessions (hash, member, created, seen) VALUES ($1, $2, $3, $4)";
    let (created, seen) = (millis(session.created), millis(session.seen));
    execute(tx.conn, insert, params![session.hash.0.as_slice(), member, created, seen]).await?;
    let extra = "DELETE FROM sessions WHERE member = $1 AND seq <=
                 (SELECT seq FROM sessions WHERE member = $1 ORDER BY seq DESC OFFSET $2 LIMIT 1)";
    execute(tx.conn, extra, params![member, i64::from(max)]).await?;
    Ok(())
}

#[async_trait]
impl Members for PostgresStore {
    async fn sign_up(
        &self,
        account: Account,
        sandbox: Sandbox,
        owner: Member,
    ) -> store::Result<AccountCreated> {
        self.write((account, sandbox, owner), |tx, (account, sandbox, owner)| {
            sign_up(tx, account, sandbox, owner).boxed()
        })
        .await
    }

    async fn owner_or(&self, fresh: Member) -> store::Result<Member> {
        self.write(fresh, |tx, fresh| owner_or(tx, fresh).boxed()).await
    }

    async fn member_by_email(&self, email: &str) -> store::Result<Option<Member>> {
        let conn = self.read().await?;
        let row = maybe_row(&conn, select!("WHERE folded = $1"), params![folded(email)]).await?;
        Ok(row.map(|row| read(&mut Columns::of(&row))).transpose()?)
    }

    async fn set_login(
        &self,
        id: &MemberId,
        email: &str,
        password: PasswordHash,
        keep: &TokenHash,
    ) -> store::Result<LoginSet> {
        let login = Login { member: id.clone(), email: email.to_owned(), password, keep: keep.clone() };
        self.write(login, |tx, login| set_login(tx, login).boxed()).await
    }

    async fn create_session(&self, session: Session, max: u32) -> store::Result<()> {
        self.write((session, max), |tx, (session, max)| create_session(tx, session, *max).boxed()).await
    }

    async fn session(&self, hash: &TokenHash) -> store::Result<Option<(Session, Member)>> {
        let conn = self.read().await?;
        let select = "SELECT s.created, s.seen, m.id, m.account, m.email, m.password, m.role, m.created
                      FROM sessions s JOIN members m ON m.id = s.member WHERE s.hash = $1";
        let Some(row) = maybe_row(&conn, select, params![hash.0.as_slice()]).await? else { return Ok(None) };
        let mut columns = Columns::of(&row);
        let (created, seen) = (columns.time()?, columns.time()?);
        let member = read(&mut columns)?;
        Ok(Some((Session { hash: hash.clone(), member: member.id.clone(), created, seen }, member)))
    }

    async fn note_session(&self, hash: &TokenHash, now: Timestamp) -> store::Result<()> {
        let noted = self.write((hash.clone(), millis(now)), |tx, (hash, now)| {
            let update = "UPDATE sessions SET seen = greatest(seen, $2) WHERE hash = $1";
            async move { execute(tx.conn, update, params![hash.0.as_slice(), now]).await }.boxed()
        });
        noted.await.map(drop)
    }

    async fn end_session(&self, hash: &TokenHash) -> store::Result<bool> {
        let ended = self.write(hash.clone(), |tx, hash| {
            let end = "DELETE FROM sessions WHERE hash = $1";
            async move { execute(tx.conn, end, params![hash.0.as_slice()]).await }.boxed()
        });
        Ok(ended.await? > 0)
    }

    async fn sweep_sessions(&self, now: Timestamp) -> store::Result<u64> {
        // `Session::is_live`, turned round. One that calls meanwhile stays.
        let sweep = "DELETE FROM sessions WHERE (seen <= $1 OR created <= $2) AND hash = ANY (ARRAY (
                     (SELECT hash FROM sessions WHERE seen <= $1 ORDER BY seen LIMIT $3) UNION ALL
                     (SELECT hash FROM sessions WHERE created <= $2 ORDER BY created LIMIT $3)))";
        self.sweep(sweep, [millis(earlier(now, IDLE)), millis(earlier(now, LIFE)), AT_ONCE]).await
    }
}
