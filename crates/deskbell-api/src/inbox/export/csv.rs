//! CSV: captured requests as records that a spreadsheet opens and never runs (RFC 4180).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskbell_core::inbox::Capture;
use deskbell_core::policy::sign;
use deskbell_core::time::wire;

const COLUMNS: [&str; 13] = [
    "number",
    "id",
    "received_time",
    "method",
    "path",
    "remote_address",
    "answered_status",
    "event",
    "signature",
    "content_type",
    "body_bytes",
    "body",
    "note",
];

/// The record of the columns' names.
pub(super) fn head() -> String {
    written(COLUMNS.map(str::to_owned))
}

/// The record of a request; a body that is not text stands in base 64.
pub(super) fn line(capture: &Capture) -> String {
    let header = |name: &str| {
        capture.header(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    let body =
        std::str::from_utf8(&capture.body).map_or_else(|_| STANDARD.encode(&capture.body), str::to_owned);
    written([
        capture.number.to_string(),
        capture.id.to_string(),
        wire(capture.received),
        capture.method.clone(),
        capture.path.clone(),
        capture.remote.map(|address| address.to_string()).unwrap_or_default(),
        Some(capture.answered)
            .filter(|status| *status > 0)
            .map(|status| status.to_string())
            .unwrap_or_default(),
        capture.event.as_ref().map(ToString::to_string).unwrap_or_default(),
        header(sign::HEADER),
        header("content-type"),
        capture.body.len().to_string(),
        body,
        capture.note.clone().unwrap_or_default(),
    ])
}

fn written(cells: [String; COLUMNS.len()]) -> String {
    let mut line = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // A record of this width into memory cannot fail; an empty line would be seen at once.
    let _ = line.write_record(cells.map(harmless).iter());
    String::from_utf8(line.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe.
fn harmless(cell: String) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{cell}"),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula.into()), format!("'{formula}"));
        }
        assert_eq!(harmless("a=1".into()), "a=1");
    }
}
