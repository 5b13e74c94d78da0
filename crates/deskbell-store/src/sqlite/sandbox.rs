//! The objects of sandboxes, in SQLite: one a row, as JSON; a deleted one keeps its row and its id, and nothing else.

use super::SqliteStore;
use super::columns::{Columns, json};
use super::fault::Result;
use super::list::List;
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::is_reached;
use deskbell_core::sandbox::{Bot, Calendar, Contact, Object, ObjectKind, Sandbox, Team, User, Website};
use deskbell_core::store::{self, Found, Listing, ObjectAdded, Page, Sandboxes};
use rusqlite::{Connection, OptionalExtension, Row};

/// Reads the columns `kind` and `document` of a row that is not deleted.
fn read(row: &Row<'_>) -> rusqlite::Result<Object> {
    let mut columns = Columns::of(row);
    let kind = columns.name(|name| ObjectKind::ALL.into_iter().find(|kind| kind.as_str() == name))?;
    match kind {
        ObjectKind::User => columns.json::<User>().map(Object::from),
        ObjectKind::Calendar => columns.json::<Calendar>().map(Object::from),
        ObjectKind::Team => columns.json::<Team>().map(Object::from),
        ObjectKind::Contact => columns.json::<Contact>().map(Object::from),
        ObjectKind::Bot => columns.json::<Bot>().map(Object::from),
        ObjectKind::Website => columns.json::<Website>().map(Object::from),
    }
}

fn document(object: &Object) -> rusqlite::Result<String> {
    match object {
        Object::User(user) => json(user),
        Object::Calendar(calendar) => json(calendar),
        Object::Team(team) => json(team),
        Object::Contact(contact) => json(contact),
        Object::Bot(bot) => json(bot),
        Object::Website(website) => json(website),
    }
}

/// Adds an object; `false`, and nothing happens, when its id is taken.
pub(super) fn add(conn: &Connection, account: &AccountId, object: &Object) -> Result<bool> {
    let insert = "INSERT INTO sandbox (account, kind, id, document) VALUES (?1, ?2, ?3, ?4)
                  ON CONFLICT (account, kind, id) DO NOTHING";
    let row = (account.as_str(), object.kind().as_str(), object.id(), document(object)?);
    Ok(conn.prepare_cached(insert)?.execute(row)? > 0)
}

/// All that the account's sandbox holds.
pub(super) fn whole(conn: &Connection, account: &AccountId) -> Result<Sandbox> {
    let select = "SELECT kind, document FROM sandbox WHERE account = ?1 AND deleted = 0 ORDER BY seq";
    let mut select = conn.prepare_cached(select)?;
    let objects = select.query_map([account.as_str()], read)?;
    Ok(Sandbox::of(objects.collect::<rusqlite::Result<Vec<_>>>()?))
}

fn find(conn: &Connection, account: &AccountId, kind: ObjectKind, id: &str) -> Result<Found> {
    let select = "SELECT kind, document, deleted FROM sandbox WHERE account = ?1 AND kind = ?2 AND id = ?3";
    let found = |row: &Row<'_>| match row.get("deleted")? {
        true => Ok(Found::Deleted),
        false => read(row).map(|object| Found::There(Box::new(object))),
    };
    let key = (account.as_str(), kind.as_str(), id);
    Ok(conn.prepare_cached(select)?.query_row(key, found).optional()?.unwrap_or(Found::Unknown))
}

#[async_trait]
impl Sandboxes for SqliteStore {
    async fn add_object(&self, account: &AccountId, object: Object, max: u32) -> store::Result<ObjectAdded> {
        let account = account.clone();
        let work = move |conn: &Connection| -> Result<ObjectAdded> {
            let count = "SELECT count(*) FROM sandbox WHERE account = ?1 AND kind = ?2 AND deleted = 0";
            let key = (account.as_str(), object.kind().as_str());
            let count: u32 = conn.prepare_cached(count)?.query_row(key, |row| row.get(0))?;
            if is_reached(count.into(), max) {
                return Ok(ObjectAdded::TooMany);
            }
            Ok(if add(conn, &account, &object)? { ObjectAdded::Added } else { ObjectAdded::IdTaken })
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> store::Result<Found> {
        let (account, id) = (account.clone(), id.to_owned());
        self.main.read(move |conn| find(conn, &account, kind, &id)).await
    }

    async fn objects(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        page: &Page,
    ) -> store::Result<Listing<Object>> {
        let (account, page) = (account.clone(), page.clone());
        let work = move |conn: &Connection| {
            let cursor = format!(
                "SELECT seq FROM sandbox WHERE id = ?1 AND account = ?2 AND kind = '{}' AND deleted = 0",
                kind.as_str()
            );
            let select = "SELECT kind, document FROM sandbox";
            List::of(select, "deleted = 0 AND account =", account.as_str().to_owned())
                .seek("kind =", Some(kind.as_str().to_owned()))
                .page(conn, &page, &cursor, "seq", read, Object::id)
        };
        self.main.read(work).await
    }

    async fn change_object(&self, account: &AccountId, old: &Object, new: Object) -> store::Result<bool> {
        let (account, old) = (account.clone(), old.clone());
        let work = move |conn: &Connection| -> Result<bool> {
            if find(conn, &account, old.kind(), old.id())? != Found::There(Box::new(old)) {
                return Ok(false);
            }
            let update = "UPDATE sandbox SET document = ?4 WHERE account = ?1 AND kind = ?2 AND id = ?3";
            let row = (account.as_str(), new.kind().as_str(), new.id(), document(&new)?);
            Ok(conn.prepare_cached(update)?.execute(row)? > 0)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }

    async fn delete_object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> store::Result<bool> {
        let (account, id) = (account.clone(), id.to_owned());
        let work = move |conn: &Connection| -> Result<bool> {
            let update = "UPDATE sandbox SET deleted = 1, document = '{}'
                          WHERE account = ?1 AND kind = ?2 AND id = ?3 AND deleted = 0";
            Ok(conn.prepare_cached(update)?.execute((account.as_str(), kind.as_str(), &id))? > 0)
        };
        self.main.write(move |tx| work(tx.conn)).await
    }
}
