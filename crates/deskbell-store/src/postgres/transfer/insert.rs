//! Rows of a batch as one statement. Where the database refuses one of them, halves are tried, so that it stops nothing but itself.

use crate::postgres::client::Client;
use crate::postgres::fault::{Fault, Result};
use crate::postgres::sql::execute;
use crate::transfer::tables::Table;
use crate::transfer::value::{Key, Kind, Value};
use std::iter;
use std::ops::Range;
use tokio_postgres::types::{ToSql, Type};

/// Inserts the rows, within a transaction; gives which of them the database refuses, and why.
pub(super) async fn insert(
    conn: &Client,
    table: &Table,
    rows: &[(Key, Vec<Value>)],
) -> Result<Vec<(usize, String)>> {
    let statement = statement(table);
    let mut refused = Vec::new();
    let mut parts: Vec<Range<usize>> = iter::once(0..rows.len()).collect();
    while let Some(part) = parts.pop() {
        let some = rows.get(part.clone()).unwrap_or_default();
        if some.is_empty() {
            continue;
        }
        match try_to(conn, &statement, table, some).await? {
            None => {}
            Some(why) if part.len() == 1 => refused.push((part.start, why)),
            Some(_) => {
                let middle = part.start + part.len() / 2;
                parts.extend([middle..part.end, part.start..middle]);
            }
        }
    }
    Ok(refused)
}

/// Inserts all of the rows, or says why one of them is refused.
async fn try_to(
    conn: &Client,
    statement: &str,
    table: &Table,
    rows: &[(Key, Vec<Value>)],
) -> Result<Option<String>> {
    let columns: Vec<(Box<dyn ToSql + Sync + Send + '_>, Type)> =
        table.columns.iter().enumerate().map(|(at, column)| list(column.kind, at, rows)).collect();
    let columns: Vec<(&(dyn ToSql + Sync), Type)> =
        columns.iter().map(|(list, kind)| (list.as_ref() as &(dyn ToSql + Sync), kind.clone())).collect();
    conn.batch_execute("SAVEPOINT part").await?;
    match execute(conn, statement, &columns).await {
        Ok(_) => {
            conn.batch_execute("RELEASE SAVEPOINT part").await?;
            Ok(None)
        }
        Err(fault) if is_about_a_row(&fault) => {
            conn.batch_execute("ROLLBACK TO SAVEPOINT part").await?;
            Ok(Some(fault.to_string()))
        }
        Err(fault) => Err(fault),
    }
}

fn statement(table: &Table) -> String {
    let names: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let lists: Vec<String> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let (name, names, lists) = (table.name, names.join(", "), lists.join(", "));
    format!("INSERT INTO {name} ({names}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest({lists})")
}

/// The values of one column.
fn list<'r>(
    kind: Kind,
    at: usize,
    rows: &'r [(Key, Vec<Value>)],
) -> (Box<dyn ToSql + Sync + Send + 'r>, Type) {
    fn all<'r, T: ToSql + Sync + Send + 'r>(
        at: usize,
        rows: &'r [(Key, Vec<Value>)],
        of: impl Fn(&'r Value) -> Option<T>,
    ) -> Box<dyn ToSql + Sync + Send + 'r> {
        Box::new(rows.iter().map(|(_, row)| row.get(at).and_then(&of)).collect::<Vec<Option<T>>>())
    }
    match kind {
        Kind::Integer => {
            let of = |value: &'r Value| if let Value::Integer(number) = value { Some(*number) } else { None };
            (all(at, rows, of), Type::INT8_ARRAY)
        }
        Kind::Flag => {
            let of = |value: &'r Value| if let Value::Flag(flag) = value { Some(*flag) } else { None };
            (all(at, rows, of), Type::BOOL_ARRAY)
        }
        Kind::Text | Kind::EventId => {
            let of =
                |value: &'r Value| if let Value::Text(text) = value { Some(text.as_str()) } else { None };
            (all(at, rows, of), Type::TEXT_ARRAY)
        }
        Kind::Bytes => {
            let of = |value: &'r Value| {
                if let Value::Bytes(bytes) = value { Some(bytes.as_slice()) } else { None }
            };
            (all(at, rows, of), Type::BYTEA_ARRAY)
        }
    }
}

/// Whether it is the fault of what is inserted: of a value (22), of a rule of the table (23), of a limit of the database (54).
fn is_about_a_row(fault: &Fault) -> bool {
    let Fault::Sql(error) = fault else { return false };
    error.code().is_some_and(|state| ["22", "23", "54"].iter().any(|class| state.code().starts_with(class)))
}
