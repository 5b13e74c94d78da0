//! Conversations, in SQLite.

use super::SqliteStore;
use super::columns::{Columns, json};
use super::event::{accept, is_taken};
use super::fault::{Fault, Result};
use super::list::List;
use super::quota;
use super::transaction::Transaction;
use super::unreadable::{self, PUT_OFF, Swept, Table};
use crate::encoding::body;
use crate::encoding::value::count;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::conversation::Conversation;
use deskbell_core::id::{AccountId, ConversationId};
use deskbell_core::policy::revision;
use deskbell_core::quota::Full;
use deskbell_core::store::{
    self, Accepted, ConversationChange, ConversationFilter, Conversations, ConversationsSaved, Error,
    Listing, Page,
};
use deskbell_core::time::{later, millis};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashSet;

const TABLE: Table = Table("conversations", &["id"]);

fn read(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Columns::of(row).json()
}

pub(super) fn save(
    tx: &mut Transaction<'_>,
    changes: &[ConversationChange],
    now: Timestamp,
) -> Result<ConversationsSaved> {
    // All is looked at before anything is written: what this gives back is kept.
    if let Some(hindrance) = hindrance(tx.conn, changes)? {
        return Ok(hindrance);
    }
    for ConversationChange { conversation, event } in changes {
        if let Some(event) = event {
            let accepted = accept(tx, event, body::keep(&event.event.body), now)?;
            if !matches!(accepted, Accepted::New { .. }) {
                let why = format!("an event of a conversation was not stored: {accepted:?}");
                return Err(Fault::Store(Error::Unavailable(why)));
            }
        }
        write(tx.conn, conversation)?;
    }
    Ok(ConversationsSaved::Saved)
}

/// What keeps the events of the changes, all together, out.
fn refusal(tx: &mut Transaction<'_>, changes: &[ConversationChange]) -> Result<Option<Full>> {
    let mut more = 0;
    for new in changes.iter().filter_map(|change| change.event.as_ref()) {
        more += body::keep(&new.event.body).len();
        let account = tx.webhooks.number(tx.conn, &new.event.account)?;
        let refusal = quota::refusal(tx, account, new, more)?;
        if refusal.is_some() {
            return Ok(refusal);
        }
    }
    Ok(None)
}

/// What keeps one of the changes out.
fn hindrance(conn: &Connection, changes: &[ConversationChange]) -> Result<Option<ConversationsSaved>> {
    let mut ids = HashSet::new();
    for ConversationChange { conversation, event } in changes {
        let select = "SELECT account, revision FROM conversations WHERE id = ?1";
        let select = &mut conn.prepare_cached(select)?;
        let stored = select.query_row([conversation.id.as_str()], read_revision).optional()?;
        let stored = stored.as_ref().map(|(account, revision)| (account, *revision));
        let conflict = revision::conflict(&conversation.account, conversation.revision, stored);
        if let Some(conflict) = conflict {
            return Ok(Some(conflict.into()));
        }
        if conversation.revision == 0 && goes_on(conn, conversation, changes)? {
            return Ok(Some(ConversationsSaved::Changed));
        }
        if let Some(new) = event {
            let id = &new.event.id;
            if is_taken(conn, id)? || !ids.insert(id) {
                return Ok(Some(ConversationsSaved::IdTaken));
            }
        }
    }
    Ok(None)
}

/// Account and revision of a stored object.
pub(super) fn read_revision(row: &Row<'_>) -> rusqlite::Result<(AccountId, u64)> {
    let mut columns = Columns::of(row);
    Ok((AccountId::from_text(columns.get::<String>()?), columns.count()?))
}

/// Whether a conversation that `new` [ends](deskbell_core::conversation::is_ended_by) is not ended by `changes`.
fn goes_on(conn: &Connection, new: &Conversation, changes: &[ConversationChange]) -> Result<bool> {
    let mut select = conn.prepare_cached(
        "SELECT id FROM conversations WHERE account = ?1 AND contact = ?2 AND status = 'started' AND bot <> ?3",
    )?;
    let key = (new.account.as_str(), new.contact.id.as_str(), new.bot.id.as_str());
    let id = |row: &Row<'_>| row.get(0).map(|id: String| ConversationId::from_text(id));
    let open = select.query_map(key, id)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(!open.iter().all(|id| changes.iter().any(|change| change.ends(id))))
}

/// The conversation of that id, whoever has it.
pub(super) fn of_any_account(conn: &Connection, id: &ConversationId) -> Result<Option<Conversation>> {
    let select = "SELECT document FROM conversations WHERE id = ?1";
    Ok(conn.prepare_cached(select)?.query_row([id.as_str()], read).optional()?)
}

pub(super) fn write(conn: &Connection, conversation: &Conversation) -> Result<()> {
    let upsert =
        "INSERT INTO conversations (id, account, contact, bot, status, created, last_interacted, revision,
                  document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                  ON CONFLICT (id) DO UPDATE SET contact = ?3, bot = ?4, status = ?5, created = ?6,
                  last_interacted = ?7, revision = ?8, document = ?9";
    conn.prepare_cached(upsert)?.execute(params![
        conversation.id.as_str(),
        conversation.account.as_str(),
        conversation.contact.id.as_str(),
        conversation.bot.id.as_str(),
        conversation.status.as_str(),
        millis(conversation.created),
        millis(conversation.silent_since()),
        count(conversation.revision),
        json(conversation)?,
    ])?;
    Ok(())
}

#[async_trait]
impl Conversations for SqliteStore {
    async fn save_conversations(
        &self,
        changes: Vec<ConversationChange>,
        now: Timestamp,
    ) -> store::Result<ConversationsSaved> {
        let Some(account) = changes.first().map(|change| change.conversation.account.clone()) else {
            return Ok(ConversationsSaved::Saved);
        };
        let work = move |tx: &mut Transaction<'_>| match refusal(tx, &changes)? {
            Some(full) => Ok(Err(full)),
            None => save(tx, &changes, now).map(Ok),
        };
        Ok(self.main.write_for(&account, work).await??)
    }

    async fn conversation(
        &self,
        account: &AccountId,
        id: &ConversationId,
    ) -> store::Result<Option<Conversation>> {
        let (of, id) = (account.clone(), id.clone());
        let work = move |conn: &Connection| {
            let select = "SELECT document FROM conversations WHERE id = ?1 AND account = ?2";
            let mut select = conn.prepare_cached(select)?;
            Ok(select.query_row((id.as_str(), of.as_str()), read).optional()?)
        };
        self.main.read_for(account, work).await
    }

    async fn conversations(
        &self,
        account: &AccountId,
        filter: &ConversationFilter,
        page: &Page,
    ) -> store::Result<Listing<Conversation>> {
        let (of, filter, page) = (account.clone(), filter.clone(), page.clone());
        let work = move |conn: &Connection| {
            let cursor = "SELECT seq FROM conversations WHERE id = ?1 AND account = ?2";
            List::of(TABLE, "SELECT document, id FROM conversations", "account =", of.as_str().to_owned())
                .only("status =", filter.status.map(|status| status.as_str().to_owned()))
                .only("contact =", filter.contact.map(|contact| contact.as_str().to_owned()))
                .within("created >", "created <", &filter.created)
                .page(conn, &page, cursor, "seq", read, |one| one.id.as_str())
        };
        self.main.read_for(account, work).await
    }

    async fn silent_conversations(
        &self,
        silent_since: Timestamp,
        limit: u32,
    ) -> store::Result<Vec<Conversation>> {
        let work = move |conn: &Connection| {
            let mut select = conn.prepare_cached(
                "SELECT document, id, seq FROM conversations WHERE status = 'started' AND last_interacted < ?1
                 ORDER BY last_interacted, seq",
            )?;
            unreadable::sweep(select.query([millis(silent_since)])?, limit, TABLE, read)
        };
        let Swept { found, unreadable } = self.main.read(work).await?;
        if !unreadable.is_empty() {
            // The column is for this look alone: what is shown stands in the document.
            let update = "UPDATE conversations SET last_interacted = ?2 WHERE seq = ?1";
            let until = later(silent_since, PUT_OFF);
            self.main.write(move |tx| unreadable::put_off(tx.conn, update, &unreadable, until)).await?;
        }
        Ok(found)
    }
}
