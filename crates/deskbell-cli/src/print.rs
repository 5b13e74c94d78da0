//! Printing: answers on standard output, everything said beside them on standard error.

use std::io::{self, Write as _};

/// Prints an answer.
pub fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Says something that is not the answer.
pub fn note(text: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{text}")
}

/// Prints rows under headings, in columns as wide as their longest cell.
pub fn table<const N: usize>(headings: [&str; N], rows: Vec<[String; N]>) -> io::Result<()> {
    columns(&headings, rows.into_iter().map(Vec::from).collect())
}

/// As [`table`], for columns whose number is not known here.
pub fn columns(headings: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
    let head = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let widest = |column: usize| cells(column).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..headings.len()).map(widest).collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:0$}", *width));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    answer(&lines.collect::<Vec<_>>().join("\n"))
}

/// `text` without what could move a cursor or begin a line: others may have written it (T-43).
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
