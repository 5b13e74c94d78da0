//! Parts: what is asked for by name may be large. How large each row is is looked up first, and then as many are read at once as weigh
//! what a page may weigh, so that no more of them is in memory.

use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{self, params};
use deskbell_core::place::Place;
use deskbell_core::policy::limit::PAGE_BYTES;
use std::collections::HashMap;
use tokio_postgres::Row;

/// A row that was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sized {
    /// The how manieth of what was asked for it belongs to.
    pub(super) key: usize,
    pub(super) place: Place,
    pub(super) bytes: usize,
}

impl Sized {
    /// Of three columns.
    pub(super) fn read(row: &Row) -> Result<Self> {
        let mut columns = Columns::of(row);
        Ok(Self { key: columns.number()?, place: columns.number()?, bytes: columns.number()? })
    }
}

/// How many of them have as many bytes as a page, one at least.
fn part_of(sized: &[Sized]) -> usize {
    let mut bytes = 0;
    let fits = |one: &&Sized| {
        let fits = bytes < PAGE_BYTES;
        bytes += one.bytes;
        fits
    };
    sized.iter().take_while(fits).count()
}

/// Reads the account's rows at these places, by a `select` that is given the two, in their order, until `push` is `false`.
pub(super) async fn read(
    conn: &Client,
    select: &str,
    account: i64,
    mut sized: &[Sized],
    mut push: impl FnMut(usize, &Row) -> Result<bool>,
) -> Result<()> {
    while !sized.is_empty() {
        let (part, behind) = sized.split_at(part_of(sized));
        sized = behind;
        let places: Vec<Place> = part.iter().map(|one| one.place).collect();
        let rows = sql::rows(conn, select, params![account, places]).await?;
        let placed = rows.iter().map(|row| Ok((named(row, "place")?, row)));
        let placed = placed.collect::<Result<HashMap<Place, &Row>>>()?;
        for one in part {
            if let Some(row) = placed.get(&one.place)
                && !push(one.key, row)?
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_with_the_row_that_fills_a_page_and_has_one_at_least() {
        let sized = |bytes: &[usize]| {
            let one = |bytes: &usize| Sized { key: 0, place: 0, bytes: *bytes };
            part_of(&bytes.iter().map(one).collect::<Vec<_>>())
        };
        assert_eq!(sized(&[1, 2, 3]), 3);
        assert_eq!(sized(&[PAGE_BYTES - 1, 5, 5]), 2);
        assert_eq!(sized(&[PAGE_BYTES * 9, 5]), 1);
    }
}
