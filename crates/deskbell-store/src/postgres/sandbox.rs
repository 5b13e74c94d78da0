//! The objects of sandboxes, in PostgreSQL: one a row, as JSON; a deleted one keeps its row and its id, and nothing else.

use super::PostgresStore;
use super::client::Client;
use super::columns::{Columns, json, named};
use super::fault::Result;
use super::list::{List, Order, cursor};
use super::sql::{execute, maybe_row, params, row, rows};
use super::transaction::Tx;
use super::unreadable::{self, LeftOut, Table};
use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::policy::limit::is_reached;
use deskbell_core::sandbox::{
    BookingPage, Bot, Calendar, Contact, EventType, Identifier, MasterPage, Object, ObjectKind, Sandbox,
    Settings, Team, User, Website,
};
use deskbell_core::store::{self, Found, Listing, ObjectAdded, ObjectChanged, ObjectFilter, Page, Sandboxes};
use futures::FutureExt as _;
use std::collections::HashMap;
use tokio_postgres::Row;

const TABLE: Table = Table("sandbox", &["seq"]);

/// Characters of an address or a number by which it is looked up: of four bytes each, they fit into an index.
const KEY_CHARS: usize = 500;

/// Reads the columns `kind` and `document` of a row that is not deleted.
fn read(row: &Row) -> Result<Object> {
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

/// The same, or that it is deleted: the third column says so.
fn read_found(row: &Row) -> Result<Found> {
    match named(row, "deleted")? {
        true => Ok(Found::Deleted),
        false => read(row).map(|object| Found::There(Box::new(object))),
    }
}

fn document(object: &Object) -> Result<String> {
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

/// By what an object is looked up that is identified by `value`.
fn key(value: &str) -> String {
    value.chars().take(KEY_CHARS).collect()
}

/// By what the object is looked up, for each way of identifying it.
fn keys(object: &Object) -> [Option<String>; 2] {
    Identifier::ALL.map(|by| object.identified(by).as_deref().map(key))
}

/// Adds the objects of a new sandbox, in their order.
pub(super) async fn add_all(tx: &Tx<'_>, account: &AccountId, objects: &[Object]) -> Result<()> {
    let documents = objects.iter().map(document).collect::<Result<Vec<_>>>()?;
    let keys: Vec<_> = objects.iter().map(keys).collect();
    let (kinds, ids): (Vec<&str>, Vec<&str>) =
        objects.iter().map(|object| (object.kind().as_str(), object.id())).unzip();
    let [emails, phones] = [0, 1].map(|by| keys.iter().map(|keys| keys[by].as_deref()).collect::<Vec<_>>());
    let insert = "INSERT INTO sandbox (account, kind, id, document, email, mobile_phone)
                  SELECT $1, u.kind, u.id, u.document, u.email, u.mobile_phone
                  FROM unnest($2, $3, $4, $5, $6) WITH ORDINALITY
                    AS u (kind, id, document, email, mobile_phone, n) ORDER BY u.n
                  ON CONFLICT (account, kind, id) DO NOTHING";
    execute(tx.conn, insert, params![account.as_str(), kinds, ids, documents, emails, phones]).await?;
    Ok(())
}

/// Adds an object, if the account has fewer than `max` of its kind and none that is identified alike. The account is locked.
pub(super) async fn add_new(
    tx: &Tx<'_>,
    account: &AccountId,
    object: &Object,
    max: u32,
) -> Result<ObjectAdded> {
    if let Some(by) = known(tx.conn, account, None, object).await? {
        return Ok(ObjectAdded::Known(by));
    }
    let count = "SELECT count(*) FROM sandbox WHERE account = $1 AND kind = $2 AND NOT deleted";
    let count = row(tx.conn, count, params![account.as_str(), object.kind().as_str()]).await?;
    if is_reached(Columns::of(&count).count()?, max) {
        return Ok(ObjectAdded::TooMany);
    }
    let insert = "INSERT INTO sandbox (account, kind, id, document, email, mobile_phone)
                  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, kind, id) DO NOTHING";
    let ([email, phone], kind) = (keys(object), object.kind().as_str());
    let added = execute(
        tx.conn,
        insert,
        params![account.as_str(), kind, object.id(), document(object)?, email, phone],
    )
    .await?;
    Ok(if added > 0 { ObjectAdded::Added } else { ObjectAdded::IdTaken })
}

/// All that the account's sandbox holds.
pub(super) async fn whole(conn: &Client, account: &AccountId) -> Result<Sandbox> {
    let select = "SELECT kind, document, seq FROM sandbox WHERE account = $1 AND NOT deleted ORDER BY seq";
    let rows = rows(conn, select, params![account.as_str()]).await?;
    Ok(Sandbox::of(unreadable::all(&rows, TABLE, read)?))
}

pub(super) async fn find(conn: &Client, account: &AccountId, kind: ObjectKind, id: &str) -> Result<Found> {
    let select = "SELECT kind, document, deleted FROM sandbox WHERE account = $1 AND kind = $2 AND id = $3";
    let found = maybe_row(conn, select, params![account.as_str(), kind.as_str(), id]).await?;
    Ok(found.map(|row| read_found(&row)).transpose()?.unwrap_or(Found::Unknown))
}

/// The object that is identified in that way by `value`, in the form in which it is compared.
async fn find_by(
    conn: &Client,
    account: &AccountId,
    kind: ObjectKind,
    by: Identifier,
    value: &str,
) -> Result<Option<Object>> {
    let select = match by {
        Identifier::Email => {
            "SELECT kind, document, seq FROM sandbox WHERE account = $1 AND kind = $2 AND email = $3 ORDER BY seq"
        }
        Identifier::MobilePhone => {
            "SELECT kind, document, seq FROM sandbox WHERE account = $1 AND kind = $2 AND mobile_phone = $3 ORDER BY seq"
        }
    };
    let rows = rows(conn, select, params![account.as_str(), kind.as_str(), key(value)]).await?;
    let is_so = |object: &Object| object.identified(by).as_deref() == Some(value);
    Ok(unreadable::all(&rows, TABLE, read)?.into_iter().find(is_so))
}

/// By what another object has `new` already, of what `old` was not identified by.
async fn known(
    conn: &Client,
    account: &AccountId,
    old: Option<&Object>,
    new: &Object,
) -> Result<Option<Identifier>> {
    for (by, value) in new.newly_identified(old) {
        let found = find_by(conn, account, new.kind(), by, &value).await?;
        if found.is_some_and(|other| other.id() != new.id()) {
            return Ok(Some(by));
        }
    }
    Ok(None)
}

/// Where the object stands in lists, unless it is deleted.
async fn place(conn: &Client, account: &AccountId, kind: ObjectKind, id: &str) -> Result<Option<i64>> {
    let select = "SELECT seq FROM sandbox WHERE account = $1 AND kind = $2 AND id = $3 AND NOT deleted";
    let found = maybe_row(conn, select, params![account.as_str(), kind.as_str(), id]).await?;
    found.map(|row| named(&row, "seq")).transpose()
}

async fn change(tx: &Tx<'_>, account: &AccountId, old: &Object, new: &Object) -> Result<ObjectChanged> {
    tx.lock_id(account).await?;
    if find(tx.conn, account, old.kind(), old.id()).await? != Found::There(Box::new(old.clone())) {
        return Ok(ObjectChanged::Stale);
    }
    if let Some(by) = known(tx.conn, account, Some(old), new).await? {
        return Ok(ObjectChanged::Known(by));
    }
    let update = "UPDATE sandbox SET document = $4, email = $5, mobile_phone = $6
                  WHERE account = $1 AND kind = $2 AND id = $3";
    let ([email, phone], kind) = (keys(new), new.kind().as_str());
    execute(tx.conn, update, params![account.as_str(), kind, new.id(), document(new)?, email, phone]).await?;
    Ok(ObjectChanged::Changed)
}

async fn delete(tx: &Tx<'_>, account: &AccountId, kind: ObjectKind, id: &str) -> Result<bool> {
    tx.maybe_lock(account).await?;
    let update = "UPDATE sandbox SET deleted = true, document = '{}', email = NULL, mobile_phone = NULL
                  WHERE account = $1 AND kind = $2 AND id = $3 AND NOT deleted";
    Ok(execute(tx.conn, update, params![account.as_str(), kind.as_str(), id]).await? > 0)
}

#[async_trait]
impl Sandboxes for PostgresStore {
    async fn add_object(&self, account: &AccountId, object: Object, max: u32) -> store::Result<ObjectAdded> {
        let added = self.write_for(account, (account.clone(), object, max), |tx, (account, object, max)| {
            async move {
                tx.lock_id(account).await?;
                add_new(tx, account, object, *max).await
            }
            .boxed()
        });
        added.await
    }

    async fn object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> store::Result<Found> {
        Ok(find(&*self.read_for(account).await?, account, kind, id).await?)
    }

    async fn objects_by_id(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        ids: Vec<String>,
    ) -> store::Result<Vec<Found>> {
        let conn = self.read_for(account).await?;
        let select = "SELECT kind, document, deleted, id, seq FROM sandbox
                      WHERE account = $1 AND kind = $2 AND id = ANY($3)";
        let rows = rows(&conn, select, params![account.as_str(), kind.as_str(), ids]).await?;
        let (mut found, mut left_out) = (HashMap::new(), LeftOut::of(TABLE));
        for row in &rows {
            if let Some(one) = left_out.row(row, read_found)? {
                found.insert(named::<String>(row, "id")?, one);
            }
        }
        Ok(ids.iter().map(|id| found.get(id).cloned().unwrap_or(Found::Unknown)).collect())
    }

    async fn object_by(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        by: Identifier,
        value: &str,
    ) -> store::Result<Option<Object>> {
        let conn = self.read_for(account).await?;
        Ok(find_by(&conn, account, kind, by, &by.compared(value)).await?)
    }

    async fn objects(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        filter: &ObjectFilter,
        page: &Page,
    ) -> store::Result<Listing<Object>> {
        let conn = self.read_for(account).await?;
        let key = match cursor(page) {
            Some(id) => place(&conn, account, kind, id).await?.map(|seq| vec![seq]),
            None => None,
        };
        let select = "SELECT kind, document, seq FROM sandbox";
        let list = List::of(TABLE, select, "NOT deleted AND account =", account.as_str())
            .seek("kind =", Some(kind.as_str()))
            .seek("email =", filter.email().as_deref().map(self::key));
        let order = Order { columns: &["seq"], key, id: Object::id };
        Ok(list.page_where(&conn, page, order, read, |object| filter.holds(object)).await?)
    }

    async fn change_object(
        &self,
        account: &AccountId,
        old: &Object,
        new: Object,
    ) -> store::Result<ObjectChanged> {
        self.write_for(account, (account.clone(), old.clone(), new), |tx, (account, old, new)| {
            change(tx, account, old, new).boxed()
        })
        .await
    }

    async fn delete_object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> store::Result<bool> {
        self.write_for(account, (account.clone(), kind, id.to_owned()), |tx, (account, kind, id)| {
            delete(tx, account, *kind, id).boxed()
        })
        .await
    }
}
