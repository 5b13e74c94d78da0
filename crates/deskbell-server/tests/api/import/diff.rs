//! The guide's page about importing shows three events: the one that was imported, and how the next two differ from it.

use super::{SCHEDULED, data, import_text, rung, slot, step};
use crate::bell::{Bell, CLOSED};
use serde_json::json;

const PAGE: &str = include_str!("../../../../../docs/guide/import.md");

/// The lines of JSON, with fixed words for what is another each time.
fn lines(data: &str, start: &str, step: &str) -> Vec<String> {
    let text = serde_json::from_str::<Box<serde_json::value::RawValue>>(data).unwrap();
    let mut lines = indented(text.get());
    for line in &mut lines {
        let member = line.trim_start();
        if member.starts_with("\"last_updated_time\"") && !line.contains("2026-05-06") {
            *line = format!("  \"last_updated_time\": \"({step})\",");
        }
        *line = line.replace(start, "(an open slot)");
    }
    lines
}

/// JSON over several lines, its members in their order.
fn indented(text: &str) -> Vec<String> {
    let (mut lines, mut line, mut depth, mut in_string, mut escaped) =
        (Vec::new(), String::new(), 0, false, false);
    let mut end = |line: &mut String, depth: usize| {
        lines.push(std::mem::take(line));
        *line = "  ".repeat(depth);
    };
    for c in text.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            line.push(c);
            continue;
        }
        match c {
            '{' | '[' => {
                line.push(c);
                depth += 1;
                end(&mut line, depth);
            }
            '}' | ']' => {
                depth -= 1;
                end(&mut line, depth);
                line.push(c);
            }
            ',' => {
                line.push(c);
                end(&mut line, depth);
            }
            ':' => line.push_str(": "),
            c => {
                in_string = c == '"';
                line.push(c);
            }
        }
    }
    lines.push(line);
    lines
}

/// What becomes of one text in the other: a line behind `-` goes, one behind `+` comes, each beside the line before it.
fn diff(before: &[String], after: &[String]) -> String {
    let mut common = vec![vec![0; after.len() + 1]; before.len() + 1];
    for (at, old) in before.iter().enumerate().rev() {
        for (place, new) in after.iter().enumerate().rev() {
            common[at][place] = match old == new {
                true => common[at + 1][place + 1] + 1,
                false => common[at + 1][place].max(common[at][place + 1]),
            };
        }
    }
    let (mut at, mut place, mut text) = (0, 0, String::new());
    while at < before.len() || place < after.len() {
        match (before.get(at), after.get(place)) {
            (Some(old), Some(new)) if old == new => (at, place) = (at + 1, place + 1),
            (Some(old), _) if place == after.len() || common[at + 1][place] >= common[at][place + 1] => {
                text += &format!("-{old}\n");
                at += 1;
            }
            (_, Some(new)) => {
                text += &format!("+{new}\n");
                place += 1;
            }
            (_, None) => break,
        }
    }
    text
}

#[tokio::test]
async fn the_page_shows_how_the_next_events_differ() {
    let bell = Bell::start(CLOSED).await;
    import_text(&bell, SCHEDULED).await;
    let start = slot(&bell, "BKC-LM42X90PTR").await;
    step(&bell, "BKNG-Q8T2ZC4M6RVA", "reschedule", json!({"start_time": start})).await;
    step(&bell, "BKNG-Q8T2ZC4M6RVA", "cancel", json!({"cancellation_reason": "Conflict with an audit"}))
        .await;
    let rung = rung(&bell).await;
    let came = lines(&data(SCHEDULED), &start, "");
    let rescheduled = lines(&rung[0], &start, "when it was rescheduled");
    let canceled = lines(&rung[1], &start, "when it was canceled");
    for (what, text) in [
        ("event", format!("```json\n{SCHEDULED}```\n")),
        ("rescheduling", format!("```diff\n{}```\n", diff(&came, &rescheduled))),
        ("canceling", format!("```diff\n{}```\n", diff(&rescheduled, &canceled))),
    ] {
        assert!(PAGE.contains(&text), "docs/guide/import.md does not show the {what}:\n{text}");
    }
}
