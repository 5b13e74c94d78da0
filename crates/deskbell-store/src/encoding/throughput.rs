//! Throughput as it is kept: a row for each thing that was counted in a span.

use super::value::{code, count};
use deskbell_core::attempt::Outcome;
use deskbell_core::throughput::Throughput;
use deskbell_core::time::{from_millis, millis};
use std::time::Duration;

/// Events accepted: a span has this row even when there were none.
const ACCEPTED: i64 = 0;
/// The longest wait of the oldest due delivery, in milliseconds: of this one the larger is kept, of all others the sum.
pub(crate) const OLDEST_DUE: i64 = 1;
/// Attempts of the outcome with that number behind this one.
const OUTCOMES: i64 = 100;
/// Attempts whose time fell into the bucket with that number behind this one.
const LATENCIES: i64 = 1_000;

/// What was counted, by its kind, in the order of the kinds.
pub(crate) fn rows(of: &Throughput) -> Vec<(i64, i64)> {
    let waited = of.oldest_due.map(|waited| i64::try_from(waited.as_millis()).unwrap_or(i64::MAX));
    let attempts =
        of.attempts.iter().map(|(outcome, many)| (OUTCOMES + code(Outcome::ALL, outcome), count(*many)));
    let latencies = (LATENCIES..).zip(of.latencies.0).filter(|(_, many)| *many > 0);
    let mut rows = vec![(ACCEPTED, count(of.accepted))];
    rows.extend(waited.map(|waited| (OLDEST_DUE, waited)));
    rows.extend(attempts);
    rows.extend(latencies.map(|(kind, many)| (kind, count(many))));
    rows
}

/// The spans of rows, each its start, its kind and what was counted, in the order of the starts. What a newer release counts is left
/// out.
pub(crate) fn gathered(rows: impl IntoIterator<Item = (i64, i64, i64)>) -> Vec<Throughput> {
    let mut spans: Vec<Throughput> = Vec::new();
    for (start, kind, value) in rows {
        if spans.last().is_none_or(|last| millis(last.start) != start) {
            spans.push(Throughput::new(from_millis(start)));
        }
        let Some((span, value)) = spans.last_mut().zip(u64::try_from(value).ok()) else { continue };
        let within = |first: i64| kind.checked_sub(first).and_then(|at| usize::try_from(at).ok());
        match kind {
            ACCEPTED => span.accepted = value,
            OLDEST_DUE => span.oldest_due = Some(Duration::from_millis(value)),
            LATENCIES.. => {
                let bucket = within(LATENCIES).and_then(|at| span.latencies.0.get_mut(at));
                bucket.into_iter().for_each(|bucket| *bucket = value);
            }
            _ => {
                let outcome = within(OUTCOMES).and_then(|at| Outcome::ALL.get(at));
                outcome.into_iter().for_each(|outcome| span.count(*outcome, value));
            }
        }
    }
    spans
}
