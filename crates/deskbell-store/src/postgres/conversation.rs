//! Conversations, in PostgreSQL.

use super::PostgresStore;
use super::accept;
use super::client::Client;
use super::columns::{Columns, json};
use super::fault::Result;
use super::list::List;
use super::sql::{execute, maybe_row, params, rows};
use super::sweep::Look;
use super::transaction::Tx;
use super::unreadable::Table;
use crate::encoding::value::count;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::conversation::Conversation;
use deskbell_core::event::NewEvent;
use deskbell_core::id::{AccountId, ConversationId};
use deskbell_core::policy::revision;
use deskbell_core::store::{
    self, Accepted, ConversationChange, ConversationFilter, Conversations, ConversationsSaved, Error,
    Listing, Page,
};
use deskbell_core::time::millis;
use futures::FutureExt as _;
use tokio_postgres::Row;

const TABLE: Table = Table("conversations", &["id"]);

fn read(row: &Row) -> Result<Conversation> {
    Columns::of(row).json()
}

/// Stores all of the changes with their events; whoever is told otherwise takes the transaction back. Their accounts are locked.
async fn save_all(tx: &Tx<'_>, changes: &[ConversationChange], now: Timestamp) -> Result<ConversationsSaved> {
    lock(tx, changes.iter().map(|change| &change.conversation.account)).await?;
    let saved = save(tx, changes).await?;
    if saved != ConversationsSaved::Saved {
        return Ok(saved);
    }
    let events: Vec<&NewEvent> = changes.iter().filter_map(|change| change.event.as_ref()).collect();
    Ok(if ring(tx, &events, now).await? { ConversationsSaved::Saved } else { ConversationsSaved::IdTaken })
}

/// Accepts the events of what was stored; `false` when one of them is kept out: what rings must not be without its event.
pub(super) async fn ring(tx: &Tx<'_>, events: &[&NewEvent], now: Timestamp) -> Result<bool> {
    for event in events {
        match accept::one(tx, event, now).await? {
            Accepted::New { .. } => {}
            Accepted::OverQuota(full) => return Err(Error::OverQuota(full).into()),
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Takes the locks of these accounts.
pub(super) async fn lock(tx: &Tx<'_>, accounts: impl Iterator<Item = &AccountId>) -> Result<()> {
    let ids: Vec<&str> = accounts.map(AccountId::as_str).collect();
    let found = rows(tx.conn, "SELECT seq FROM accounts WHERE id = ANY($1)", params![ids]).await?;
    let numbers = found.iter().map(|row| Columns::of(row).get()).collect::<Result<Vec<i64>>>()?;
    tx.lock(&numbers).await
}

/// Stores the changes without their events, or nothing. Their accounts are locked.
pub(super) async fn save(tx: &Tx<'_>, changes: &[ConversationChange]) -> Result<ConversationsSaved> {
    for ConversationChange { conversation, .. } in changes {
        let select = "SELECT account, revision FROM conversations WHERE id = $1";
        let stored = maybe_row(tx.conn, select, params![conversation.id.as_str()]).await?;
        let stored = stored.as_ref().map(read_revision).transpose()?;
        let stored = stored.as_ref().map(|(account, revision)| (account, *revision));
        if let Some(conflict) = revision::conflict(&conversation.account, conversation.revision, stored) {
            return Ok(conflict.into());
        }
        if conversation.revision == 0 && goes_on(tx, conversation, changes).await? {
            return Ok(ConversationsSaved::Changed);
        }
    }
    for ConversationChange { conversation, .. } in changes {
        if !write(tx, conversation).await? {
            return Ok(ConversationsSaved::IdTaken);
        }
    }
    Ok(ConversationsSaved::Saved)
}

/// Account and revision of a stored object.
pub(super) fn read_revision(row: &Row) -> Result<(AccountId, u64)> {
    let mut columns = Columns::of(row);
    Ok((AccountId::from_text(columns.get::<&str>()?), columns.count()?))
}

/// Whether a conversation that `new` [ends](deskbell_core::conversation::is_ended_by) is not ended by `changes`.
async fn goes_on(tx: &Tx<'_>, new: &Conversation, changes: &[ConversationChange]) -> Result<bool> {
    let open = "SELECT id FROM conversations WHERE account = $1 AND contact = $2 AND status = 'started' AND bot <> $3";
    for row in
        rows(tx.conn, open, params![new.account.as_str(), new.contact.id.as_str(), new.bot.id.as_str()])
            .await?
    {
        let id = ConversationId::from_text(Columns::of(&row).get::<&str>()?);
        if !changes.iter().any(|change| change.ends(&id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The conversation of that id, whoever has it.
pub(super) async fn of_any_account(conn: &Client, id: &ConversationId) -> Result<Option<Conversation>> {
    let select = "SELECT document FROM conversations WHERE id = $1";
    maybe_row(conn, select, params![id.as_str()]).await?.as_ref().map(read).transpose()
}

/// Stores it in the place of its account's one of that id, if there is any; `false` when another account has that id.
pub(super) async fn write(tx: &Tx<'_>, conversation: &Conversation) -> Result<bool> {
    let upsert =
        "INSERT INTO conversations AS c (id, account, contact, bot, status, created, last_interacted,
                    revision, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                  ON CONFLICT (id) DO UPDATE SET contact = $3, bot = $4, status = $5, created = $6,
                    last_interacted = $7, revision = $8, document = $9 WHERE c.account = $2";
    Ok(execute(
        tx.conn,
        upsert,
        params![
            conversation.id.as_str(),
            conversation.account.as_str(),
            conversation.contact.id.as_str(),
            conversation.bot.id.as_str(),
            conversation.status.as_str(),
            millis(conversation.created),
            millis(conversation.silent_since()),
            count(conversation.revision),
            json(conversation)?,
        ],
    )
    .await?
        > 0)
}

#[async_trait]
impl Conversations for PostgresStore {
    async fn save_conversations(
        &self,
        changes: Vec<ConversationChange>,
        now: Timestamp,
    ) -> store::Result<ConversationsSaved> {
        let Some(account) = changes.first().map(|change| change.conversation.account.clone()) else {
            return Ok(ConversationsSaved::Saved);
        };
        let saved = self.write_for(&account, (changes, now), |tx, (changes, now)| {
            async move {
                let saved = save_all(tx, changes, *now).await?;
                if saved != ConversationsSaved::Saved {
                    tx.take_back();
                }
                Ok(saved)
            }
            .boxed()
        });
        saved.await
    }

    async fn conversation(
        &self,
        account: &AccountId,
        id: &ConversationId,
    ) -> store::Result<Option<Conversation>> {
        let (conn, select) = (
            self.read_for(account).await?,
            "SELECT document FROM conversations WHERE id = $1 AND account = $2",
        );
        let found = maybe_row(&conn, select, params![id.as_str(), account.as_str()]).await?;
        Ok(found.as_ref().map(read).transpose()?)
    }

    async fn conversations(
        &self,
        account: &AccountId,
        filter: &ConversationFilter,
        page: &Page,
    ) -> store::Result<Listing<Conversation>> {
        let conn = self.read_for(account).await?;
        let cursor = "SELECT seq FROM conversations WHERE id = $1 AND account = $2";
        let select = "SELECT document, id FROM conversations";
        let list = List::of(TABLE, select, "account =", account.as_str())
            .only("status =", filter.status.map(|status| status.as_str()))
            .only("contact =", filter.contact.as_ref().map(|contact| contact.as_str()))
            .within("created >", "created <", &filter.created);
        Ok(list.page(&conn, page, cursor, "seq", read, |one| one.id.as_str()).await?)
    }

    async fn silent_conversations(
        &self,
        silent_since: Timestamp,
        limit: u32,
    ) -> store::Result<Vec<Conversation>> {
        let look = Look {
            table: TABLE,
            select: "SELECT document, id, last_interacted AS at, seq FROM conversations
                     WHERE status = 'started' AND last_interacted < $1 AND (last_interacted, seq) > ($2, $3)
                     ORDER BY last_interacted, seq LIMIT $4",
            // The column is for this look alone: what is shown stands in the document.
            put_off: "UPDATE conversations SET last_interacted = $2 WHERE id = ANY($1) AND last_interacted < $3",
        };
        self.look(look, silent_since, limit).await
    }
}
