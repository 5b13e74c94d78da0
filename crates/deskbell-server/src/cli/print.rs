//! Printing: answers on standard output, everything said beside them on standard error.

use std::io::{self, Write as _};

/// Prints an answer.
pub(super) fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Says something that is not the answer.
pub(super) fn note(text: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{text}")
}

/// Prints rows under headings, in columns as wide as their longest cell.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: Vec<[String; N]>) -> io::Result<()> {
    let head = headings.map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    answer(&lines.collect::<Vec<_>>().join("\n"))
}
