//! The objects of sandboxes, in SQLite: one a row, as JSON; a deleted one keeps its row and its id, and nothing else.

use super::SqliteStore;
use super::columns::{Columns, json};
use super::fault::Result;
use super::list::{Key, List, Order};
use super::unreadable::{self, LeftOut, Table};
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::is_reached;
use deskbell_core::sandbox::{
    BookingPage, Bot, Calendar, Contact, EventType, Identifier, MasterPage, Object, ObjectKind, Sandbox,
    Settings, Team, User, Website,
};
use deskbell_core::store::{self, Found, Listing, ObjectAdded, ObjectChanged, ObjectFilter, Page, Sandboxes};
use rusqlite::{Connection, OptionalExtension, Row};

const TABLE: Table = Table("sandbox", &["seq"]);

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
        ObjectKind::Settings => columns.json::<Settings>().map(Object::from),
        ObjectKind::MasterPage => columns.json::<MasterPage>().map(Object::from),
        ObjectKind::EventType => columns.json::<EventType>().map(Object::from),
        ObjectKind::BookingPage => columns.json::<BookingPage>().map(Object::from),
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
        Object::Settings(settings) => json(settings),
        Object::MasterPage(page) => json(page),
        Object::EventType(kind) => json(kind),
        Object::BookingPage(page) => json(page),
    }
}

/// Adds an object; `false`, and nothing happens, when its id is taken.
pub(super) fn add(conn: &Connection, account: &AccountId, object: &Object) -> Result<bool> {
    let insert = "INSERT INTO sandbox (account, kind, id, document, email, mobile_phone) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                  ON CONFLICT (account, kind, id) DO NOTHING";
    let [email, mobile_phone] = Identifier::ALL.map(|by| object.identified(by));
    let row = (account.as_str(), object.kind().as_str(), object.id(), document(object)?, email, mobile_phone);
    Ok(conn.prepare_cached(insert)?.execute(row)? > 0)
}

/// Adds an object, if the account has fewer than `max` of its kind and none that is identified alike.
pub(super) fn add_new(
    conn: &Connection,
    account: &AccountId,
    object: &Object,
    max: u32,
) -> Result<ObjectAdded> {
    if let Some(by) = known(conn, account, None, object)? {
        return Ok(ObjectAdded::Known(by));
    }
    let count = "SELECT count(*) FROM sandbox WHERE account = ?1 AND kind = ?2 AND deleted = 0";
    let key = (account.as_str(), object.kind().as_str());
    let count: u32 = conn.prepare_cached(count)?.query_row(key, |row| row.get(0))?;
    if is_reached(count.into(), max) {
        return Ok(ObjectAdded::TooMany);
    }
    Ok(if add(conn, account, object)? { ObjectAdded::Added } else { ObjectAdded::IdTaken })
}

/// All that the account's sandbox holds.
pub(super) fn whole(conn: &Connection, account: &AccountId) -> Result<Sandbox> {
    let select = "SELECT kind, document, seq FROM sandbox WHERE account = ?1 AND deleted = 0 ORDER BY seq";
    let mut select = conn.prepare_cached(select)?;
    Ok(Sandbox::of(unreadable::all(select.query([account.as_str()])?, TABLE, read)?))
}

pub(super) fn find(conn: &Connection, account: &AccountId, kind: ObjectKind, id: &str) -> Result<Found> {
    let select = "SELECT kind, document, deleted FROM sandbox WHERE account = ?1 AND kind = ?2 AND id = ?3";
    let found = |row: &Row<'_>| match row.get("deleted")? {
        true => Ok(Found::Deleted),
        false => read(row).map(|object| Found::There(Box::new(object))),
    };
    let key = (account.as_str(), kind.as_str(), id);
    Ok(conn.prepare_cached(select)?.query_row(key, found).optional()?.unwrap_or(Found::Unknown))
}

/// The object that is identified in that way by `value`, in the form in which it is compared.
fn find_by(
    conn: &Connection,
    account: &AccountId,
    kind: ObjectKind,
    by: Identifier,
    value: &str,
) -> Result<Option<Object>> {
    let select = match by {
        Identifier::Email => {
            "SELECT kind, document, seq FROM sandbox WHERE account = ?1 AND kind = ?2 AND email = ?3 ORDER BY seq LIMIT 1"
        }
        Identifier::MobilePhone => {
            "SELECT kind, document, seq FROM sandbox WHERE account = ?1 AND kind = ?2 AND mobile_phone = ?3 ORDER BY seq LIMIT 1"
        }
    };
    let mut select = conn.prepare_cached(select)?;
    let rows = select.query((account.as_str(), kind.as_str(), value))?;
    Ok(unreadable::all(rows, TABLE, read)?.into_iter().next())
}

/// By what another object has `new` already, of what `old` was not identified by.
fn known(
    conn: &Connection,
    account: &AccountId,
    old: Option<&Object>,
    new: &Object,
) -> Result<Option<Identifier>> {
    for (by, value) in new.newly_identified(old) {
        let found = find_by(conn, account, new.kind(), by, &value)?;
        if found.is_some_and(|other| other.id() != new.id()) {
            return Ok(Some(by));
        }
    }
    Ok(None)
}

#[async_trait]
impl Sandboxes for SqliteStore {
    async fn add_object(&self, account: &AccountId, object: Object, max: u32) -> store::Result<ObjectAdded> {
        let of = account.clone();
        self.main.write_for(account, move |tx| add_new(tx.conn, &of, &object, max)).await
    }

    async fn object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> store::Result<Found> {
        let (of, id) = (account.clone(), id.to_owned());
        self.main.read_for(account, move |conn| find(conn, &of, kind, &id)).await
    }

    async fn objects_by_id(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        ids: Vec<String>,
    ) -> store::Result<Vec<Found>> {
        let of = account.clone();
        let work = move |conn: &Connection| {
            let mut left_out = LeftOut::of(TABLE);
            let mut found =
                |id: &String| Ok(left_out.sift(id, find(conn, &of, kind, id))?.unwrap_or(Found::Unknown));
            ids.iter().map(&mut found).collect::<Result<Vec<Found>>>()
        };
        self.main.read_for(account, work).await
    }

    async fn objects(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        filter: &ObjectFilter,
        page: &Page,
    ) -> store::Result<Listing<Object>> {
        let (of, filter, page) = (account.clone(), filter.clone(), page.clone());
        let work = move |conn: &Connection| {
            let find = |id: &str| -> Result<Option<Key>> {
                let select =
                    "SELECT seq FROM sandbox WHERE id = ?1 AND account = ?2 AND kind = ?3 AND deleted = 0";
                let key = (id, of.as_str(), kind.as_str());
                let seq = conn.prepare_cached(select)?.query_row(key, |row| row.get(0)).optional()?;
                Ok(seq.map(|seq| vec![seq]))
            };
            let select = "SELECT kind, document, seq FROM sandbox";
            List::of(TABLE, select, "deleted = 0 AND account =", of.as_str().to_owned())
                .seek("kind =", Some(kind.as_str().to_owned()))
                .seek("email =", filter.email())
                .page_where(conn, &page, &Order { columns: &["seq"], find, id: Object::id }, read, |object| {
                    filter.holds(object)
                })
        };
        self.main.read_for(account, work).await
    }

    async fn object_by(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        by: Identifier,
        value: &str,
    ) -> store::Result<Option<Object>> {
        let (of, value) = (account.clone(), by.compared(value));
        self.main.read_for(account, move |conn| find_by(conn, &of, kind, by, &value)).await
    }

    async fn change_object(
        &self,
        account: &AccountId,
        old: &Object,
        new: Object,
    ) -> store::Result<ObjectChanged> {
        let (of, old) = (account.clone(), old.clone());
        let work = move |conn: &Connection| -> Result<ObjectChanged> {
            if find(conn, &of, old.kind(), old.id())? != Found::There(Box::new(old.clone())) {
                return Ok(ObjectChanged::Stale);
            }
            if let Some(by) = known(conn, &of, Some(&old), &new)? {
                return Ok(ObjectChanged::Known(by));
            }
            let update = "UPDATE sandbox SET document = ?4, email = ?5, mobile_phone = ?6
                          WHERE account = ?1 AND kind = ?2 AND id = ?3";
            let [email, mobile_phone] = Identifier::ALL.map(|by| new.identified(by));
            let row = (of.as_str(), new.kind().as_str(), new.id(), document(&new)?, email, mobile_phone);
            conn.prepare_cached(update)?.execute(row)?;
            Ok(ObjectChanged::Changed)
        };
        self.main.write_for(account, move |tx| work(tx.conn)).await
    }

    async fn delete_object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> store::Result<bool> {
        let (of, id) = (account.clone(), id.to_owned());
        let work = move |conn: &Connection| -> Result<bool> {
            let update = "UPDATE sandbox SET deleted = 1, document = '{}', email = NULL, mobile_phone = NULL
                          WHERE account = ?1 AND kind = ?2 AND id = ?3 AND deleted = 0";
            Ok(conn.prepare_cached(update)?.execute((of.as_str(), kind.as_str(), &id))? > 0)
        };
        self.main.write_for(account, move |tx| work(tx.conn)).await
    }
}
