//! Printing: answers on standard output, everything said beside them on standard error. The one way to either, and nothing
//! that is not printable goes by it, whoever wrote it (T-43).

use deskbell_core::printable::{escape, is_printable};
use serde_json::Value;
use std::io::{self, Write as _};

/// How an answer is printed.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Form {
    /// Print JSON, for machines
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Prints an answer.
pub fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", lines(text))?;
    out.flush()
}

/// Says something that is not the answer.
pub fn note(text: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{}", lines(text))
}

/// Prints rows under headings, in columns as wide as their longest cell.
pub fn table<const N: usize>(headings: [&str; N], rows: Vec<[String; N]>) -> io::Result<()> {
    columns(&headings, rows.into_iter().map(|row| row.map(|cell| safe(&cell)).into()).collect())
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

/// `text` on one line: what others wrote must not begin one of its own (T-43).
pub fn safe(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) { c } else { '\u{fffd}' }).collect()
}

/// JSON over several lines, the same for a machine and harmless for a terminal: JSON itself escapes fewer control characters than a
/// terminal obeys.
pub(crate) fn pretty(value: &Value) -> String {
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    json.lines().map(escape).collect::<Vec<_>>().join("\n")
}

/// Prints an answer for machines.
pub fn json(value: &Value) -> io::Result<()> {
    answer(&pretty(value))
}

/// The same of a text that is JSON: numbers keep their digits, and names their order, as they came.
pub(crate) fn indented(json: &str) -> String {
    const STEP: &str = "  ";
    let mut text = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut is_escaped, mut opened) = (0_usize, false, false, false);
    for c in json.chars() {
        if in_string {
            in_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            text.push(c);
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(c, '}' | ']');
        if closes {
            depth = depth.saturating_sub(1);
        }
        // What is empty stays on its line.
        if opened != closes && (opened || closes) {
            text.push('\n');
            text.push_str(&STEP.repeat(depth));
        }
        opened = matches!(c, '{' | '[');
        if opened {
            depth += 1;
        }
        in_string = c == '"';
        text.push(c);
        match c {
            ',' => {
                text.push('\n');
                text.push_str(&STEP.repeat(depth));
            }
            ':' => text.push(' '),
            _ => {}
        }
    }
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

/// `text` with the lines and tabs that we gave it.
fn lines(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) || matches!(c, '\n' | '\t') { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_lines_and_tabs_of_our_own_are_printed_beside_ink() {
        let every: String = (char::MIN..=char::MAX).collect();
        let wrong = |c: &char| !is_printable(*c) && !matches!(c, '\n' | '\t');
        assert_eq!(lines(&every).chars().find(wrong), None, "T-43");
        assert_eq!(safe(&every).chars().find(|c| !is_printable(*c)), None, "T-43");
        assert_eq!(safe("a\u{9b}b\u{202e}c\nd"), "a\u{fffd}b\u{fffd}c\u{fffd}d", "T-43");
    }

    #[test]
    fn json_is_indented_as_it_came() {
        let value = json!({"a": [1, {"b": []}, "x: {y}, \"z\""], "c": {}, "d": [[null]]});
        assert_eq!(indented(&value.to_string()), pretty(&value));
        let digits = r#"{"z": 154284075601887489123, "a":12.0,"m":1E+5,"\u00e9":"\u009b"}"#;
        let shown = indented(digits);
        let digits: String = digits.split_whitespace().collect();
        assert_eq!(shown.split_whitespace().collect::<String>(), digits);
        assert_eq!(
            indented("{\"name\":\"\u{9b}\"}").chars().find(|c| !is_printable(*c) && *c != '\n'),
            None,
            "T-43"
        );
    }

    #[test]
    fn json_is_printable_and_reads_as_it_was() {
        let every: String = (char::MIN..=char::MAX).collect();
        let value = json!({"name\u{9b}": every, "list": ["\u{202e}", "Zoë"]});
        let shown = pretty(&value);
        assert_eq!(shown.chars().find(|c| !is_printable(*c) && *c != '\n'), None, "T-43");
        assert!(serde_json::from_str::<Value>(&shown).unwrap() == value, "a character changed");
    }
}
