//! Statements. Each says the types of its parameters: so it is one round trip also the first time, and it works behind a pooler that hands
//! connections on between transactions. By name they go out where that is [proven](super::client) to be right.

use super::client::Client;
use super::fault;
use bytes::{Bytes, BytesMut};
use deskbell_core::store::Error;
use futures::TryStreamExt as _;
use futures::future::try_join_all;
use std::pin::pin;
use tokio_postgres::Row;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A value with its type.
pub(super) type Param<'p> = (&'p (dyn ToSql + Sync), Type);

/// The same, kept.
type OwnParam = (Box<dyn ToSql + Sync + Send>, Type);

/// What has one type in the database.
pub(super) trait Typed: ToSql + Sync {
    /// That type.
    const TYPE: Type;

    /// Whether it is a text that the database cannot hold.
    fn is_unheld(&self) -> bool {
        false
    }
}

/// In the place of a text that the database cannot hold, and therefore holds nowhere: nothing, which equals nothing.
#[derive(Debug)]
struct Nothing;

impl ToSql for Nothing {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

macro_rules! typed {
    ($($rust:ty = $sql:ident),+ $(,)?) => {
        $(impl Typed for $rust {
            const TYPE: Type = Type::$sql;
        })+
    };
}

typed! {
    bool = BOOL,
    i16 = INT2,
    i32 = INT4,
    i64 = INT8,
    &[u8] = BYTEA,
    Vec<u8> = BYTEA,
    &[bool] = BOOL_ARRAY,
    Vec<bool> = BOOL_ARRAY,
    &[i64] = INT8_ARRAY,
    Vec<i64> = INT8_ARRAY,
    &[Option<i64>] = INT8_ARRAY,
    Vec<Option<i64>> = INT8_ARRAY,
    &[&str] = TEXT_ARRAY,
    Vec<&str> = TEXT_ARRAY,
    &[String] = TEXT_ARRAY,
    Vec<String> = TEXT_ARRAY,
    Vec<Option<&str>> = TEXT_ARRAY,
    Vec<Option<String>> = TEXT_ARRAY,
    &[&[u8]] = BYTEA_ARRAY,
    Vec<&[u8]> = BYTEA_ARRAY,
    Vec<Vec<u8>> = BYTEA_ARRAY,
    Vec<Option<&[u8]>> = BYTEA_ARRAY,
    Vec<Blob> = BYTEA_ARRAY,
}

/// Bytes that are shared with others.
#[derive(Debug)]
pub(super) struct Blob(pub(super) Bytes);

impl ToSql for Blob {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.0.as_ref().to_sql(of, out)
    }

    fn accepts(of: &Type) -> bool {
        <&[u8]>::accepts(of)
    }

    to_sql_checked!();
}

impl Typed for &str {
    const TYPE: Type = Type::TEXT;

    fn is_unheld(&self) -> bool {
        self.contains('\0')
    }
}

impl Typed for String {
    const TYPE: Type = Type::TEXT;

    fn is_unheld(&self) -> bool {
        self.as_str().is_unheld()
    }
}

impl<T: Typed> Typed for &T {
    const TYPE: Type = T::TYPE;

    fn is_unheld(&self) -> bool {
        T::is_unheld(self)
    }
}

impl<T: Typed> Typed for Option<T> {
    const TYPE: Type = T::TYPE;

    fn is_unheld(&self) -> bool {
        self.as_ref().is_some_and(T::is_unheld)
    }
}

/// A value as a parameter. A text with a zero in it is in no row, and looking for it is no fault of the database's.
pub(super) fn param<T: Typed>(value: &T) -> Param<'_> {
    if value.is_unheld() { (&Nothing, T::TYPE) } else { (value, T::TYPE) }
}

/// The parameters of a statement: `$1`, `$2` and so on.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::postgres::sql::param(&$value)),*]
    };
}
pub(super) use params;

/// All rows of the statement: for those whose number is bounded.
pub(super) async fn rows(conn: &Client, sql: &str, params: &[Param<'_>]) -> fault::Result<Vec<Row>> {
    Ok(conn.send(sql, params).await?.try_collect().await?)
}

/// The first row, if there is one.
pub(super) async fn maybe_row(conn: &Client, sql: &str, params: &[Param<'_>]) -> fault::Result<Option<Row>> {
    Ok(rows(conn, sql, params).await?.into_iter().next())
}

/// The one row that is there.
///
/// # Errors
/// [`Error::Damaged`] when there is none: another one names it.
pub(super) async fn row(conn: &Client, sql: &str, params: &[Param<'_>]) -> fault::Result<Row> {
    let missing = || Error::Damaged("a row that another one names is not there".into());
    Ok(maybe_row(conn, sql, params).await?.ok_or_else(missing)?)
}

/// Whether the statement gives a row.
pub(super) async fn exists(conn: &Client, sql: &str, params: &[Param<'_>]) -> fault::Result<bool> {
    Ok(maybe_row(conn, sql, params).await?.is_some())
}

/// Does what the statement says; gives how many rows it touched.
pub(super) async fn execute(conn: &Client, sql: &str, params: &[Param<'_>]) -> fault::Result<u64> {
    let mut answer = pin!(conn.send(sql, params).await?);
    while answer.try_next().await?.is_some() {}
    Ok(answer.rows_affected().unwrap_or_default())
}

/// A statement with all that it is given, to be sent when its transaction [ends](super::transaction::Tx::last).
pub(super) struct Statement {
    sql: &'static str,
    params: Vec<OwnParam>,
}

impl Statement {
    pub(super) fn of(sql: &'static str, params: Vec<OwnParam>) -> Self {
        Self { sql, params }
    }

    /// Does what it says; gives how many rows it touched.
    pub(super) async fn execute(&self, conn: &Client) -> fault::Result<u64> {
        let params: Vec<Param<'_>> =
            self.params.iter().map(|(value, of)| (&**value as _, of.clone())).collect();
        execute(conn, self.sql, &params).await
    }
}

/// So many futures are joined in their order, each polled at once: of more, some may be sent only when others were answered.
const IN_ORDER: usize = 30;

/// Sends all of them in their order, before whatever is sent behind.
pub(super) async fn execute_all(conn: &Client, statements: &[Statement]) -> fault::Result<()> {
    let some =
        async |some: &[Statement]| try_join_all(some.iter().map(|one| one.execute(conn))).await.map(drop);
    try_join_all(statements.chunks(IN_ORDER).map(some)).await.map(drop)
}

/// A value as a parameter of a [`Statement`].
pub(super) fn own<T: Typed + Send + 'static>(value: T) -> OwnParam {
    (Box::new(value), T::TYPE)
}

/// A [`Statement`]: its text, and `$1`, `$2` and so on.
macro_rules! statement {
    ($sql:expr, $($value:expr),* $(,)?) => {
        $crate::postgres::sql::Statement::of($sql, vec![$($crate::postgres::sql::own($value)),*])
    };
}
pub(super) use statement;
