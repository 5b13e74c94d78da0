//! Shape: objects of the API as cells, rows and lines that a terminal can show.

use crate::print::{pretty, safe};
use deskbell_core::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// How a column reads an object: each names a JSON pointer.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    /// As it is; a list with commas.
    Text(&'static str),
    /// A time, in the zone of whoever reads it.
    Time(&'static str),
    /// Microseconds, as milliseconds.
    Millis(&'static str),
    /// Seconds since something happened.
    Ago(&'static str),
    /// One of two words.
    Either(&'static str, [&'static str; 2]),
}

/// The object's cells.
pub(super) fn row(object: &Value, columns: &[(&'static str, Cell)]) -> Vec<String> {
    columns.iter().map(|(_, cell)| safe(&cell.read(object))).collect()
}

impl Cell {
    fn read(self, object: &Value) -> String {
        match self {
            Self::Text(pointer) => object.pointer(pointer).map_or_else(dash, text),
            Self::Time(pointer) => object.pointer(pointer).and_then(Value::as_str).map_or_else(dash, local),
            Self::Millis(pointer) => {
                let micros = object.pointer(pointer).and_then(Value::as_u64);
                micros.map_or_else(dash, |micros| format!("{}.{}", micros / 1000, micros % 1000 / 100))
            }
            Self::Ago(pointer) => {
                let seconds = object.pointer(pointer).and_then(Value::as_f64);
                seconds.map_or_else(dash, |seconds| format!("{seconds:.1} s ago"))
            }
            Self::Either(pointer, [yes, no]) => match object.pointer(pointer).and_then(Value::as_bool) {
                Some(true) => yes.into(),
                Some(false) => no.into(),
                None => dash(),
            },
        }
    }
}

fn dash() -> String {
    "-".into()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => dash(),
        Value::String(text) if text.is_empty() => dash(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => dash(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// A time of the API in the reader's zone; what is none stays as it is.
pub(super) fn local(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(
        |_| text.to_owned(),
        |time| time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// An object's fields, one a line.
pub(super) fn fields(object: &Value) -> String {
    let Some(fields) = object.as_object() else { return pretty(object) };
    let width = fields.keys().map(|name| name.chars().count()).max().unwrap_or_default();
    let line = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Array(items) if !items.iter().all(Value::is_string) => value.to_string(),
            Value::Object(_) => value.to_string(),
            plain => text(plain),
        };
        format!("{:width$}  {}", safe(name), safe(&value))
    };
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_shows_what_there_is() {
        let object = json!({"a": "x\u{1b}[2Jy", "b": ["p", "q"], "c": null, "d": 12_345, "e": false, "f": {"g": ""}, "h": 0.75});
        let columns = [
            ("A", Cell::Text("/a")),
            ("B", Cell::Text("/b")),
            ("C", Cell::Text("/c")),
            ("D", Cell::Millis("/d")),
            ("E", Cell::Either("/e", ["on", "off"])),
            ("F", Cell::Text("/f/g")),
            ("G", Cell::Time("/nothing")),
            ("H", Cell::Ago("/h")),
        ];
        let cells = row(&object, &columns);
        assert_eq!(cells, ["x\u{fffd}[2Jy", "p,q", "-", "12.3", "off", "-", "-", "0.8 s ago"], "T-43");
    }

    #[test]
    fn an_object_is_shown_a_field_a_line() {
        let shown =
            fields(&json!({"id": "X-1", "list": ["a", "b"], "nested": {"k": 1}, "objects": [{"k": 1}]}));
        assert_eq!(shown, "id       X-1\nlist     a,b\nnested   {\"k\":1}\nobjects  [{\"k\":1}]");
    }
}
