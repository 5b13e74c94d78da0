//! The objects of sandboxes, in PostgreSQL: one a row, as JSON; a deleted one keeps its row and its id, and nothing else.

use super::columns::{Columns, json};
use super::fault::Result;
use super::sql::{execute, params, rows};
use super::unreadable::{self, Table};
use deskbell_core::id::AccountId;
use deskbell_core::sandbox::{
    BookingPage, Bot, Calendar, Contact, EventType, Identifier, MasterPage, Object, ObjectKind, Sandbox,
    Settings, Team, User, Website,
};
use tokio_postgres::{Client, Row};

const TABLE: Table = Table("sandbox", &["seq"]);

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

/// Adds an object; `false`, and nothing happens, when its id is taken.
pub(super) async fn add(conn: &Client, account: &AccountId, object: &Object) -> Result<bool> {
    let insert = "INSERT INTO sandbox (account, kind, id, document, email, mobile_phone) VALUES ($1, $2, $3, $4, $5, $6)
                  ON CONFLICT (account, kind, id) DO NOTHING";
    let [email, mobile_phone] = Identifier::ALL.map(|by| object.identified(by));
    let (kind, id, document) = (object.kind().as_str(), object.id(), document(object)?);
    let added =
        execute(conn, insert, params![account.as_str(), kind, id, document, email, mobile_phone]).await?;
    Ok(added > 0)
}

/// All that the account's sandbox holds.
pub(super) async fn whole(conn: &Client, account: &AccountId) -> Result<Sandbox> {
    let select = "SELECT kind, document, seq FROM sandbox WHERE account = $1 AND NOT deleted ORDER BY seq";
    let rows = rows(conn, select, params![account.as_str()]).await?;
    Ok(Sandbox::of(unreadable::all(&rows, TABLE, read)?))
}
