//! Table: what all faults came to, as evidence.

use super::Told;
use super::told::Measured;
use crate::figures::{float, grouped};
use crate::report::Report;
use std::time::Duration;

const HEAD: [&str; 13] = [
    "fault",
    "kept",
    "longest without a delivery",
    "… without an accepted event",
    "not ready after",
    "ready again after",
    "acknowledged",
    "refused",
    "lost",
    "ghost",
    "early",
    "stuck",
    "duplicates, unexplained",
];

/// Writes the tables of `all` into `report`.
pub fn tell(report: &mut Report, all: &[Told]) {
    let head = HEAD.map(str::to_owned).to_vec();
    report.table(&std::iter::once(head).chain(all.iter().map(row)).collect::<Vec<_>>());
    let broken: Vec<_> = all
        .iter()
        .flat_map(|told| told.broken.iter().map(|broken| format!("- {}: {broken}", told.name)))
        .collect();
    report.say(&if broken.is_empty() {
        "No promise was broken by any fault that was put in.".to_owned()
    } else {
        format!("Promises were broken:\n\n{}", broken.join("\n"))
    });
    let missing = all.iter().filter_map(|told| Some(format!("- {}: {}", told.name, told.missing.as_ref()?)));
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        report.say(&format!("Not put in, so nothing is shown of them:\n\n{}", missing.join("\n")));
    }
    report.say("## What is put in, and what was said");
    for told in all {
        report.say(&format!("- **{}**: {}{}", told.name, told.does, rest(told)));
    }
}

/// What it said, and what else was seen.
fn rest(told: &Told) -> String {
    let reason = told.measured.as_ref().and_then(|measured| measured.unready.as_ref());
    let reason = reason.map(|(_, reason)| format!(" `readyz`: *{reason}*."));
    let note = told.note.as_ref().map(|note| format!(" *{note}*"));
    reason.unwrap_or_default() + &note.unwrap_or_default()
}

fn row(told: &Told) -> Vec<String> {
    let kept = match (&told.missing, told.kept()) {
        (Some(_), _) => "not run",
        (None, true) => "yes",
        (None, false) => "**no**",
    };
    let mut row = vec![told.name.clone(), kept.to_owned()];
    match &told.measured {
        Some(measured) => row.extend(figures(measured)),
        None => row.resize(HEAD.len(), "–".to_owned()),
    }
    row
}

fn figures(measured: &Measured) -> [String; 11] {
    let counts = &measured.counts;
    let count = |count: usize| grouped(float(count as u64));
    let none = || "–".to_owned();
    [
        seconds(measured.deliveries),
        seconds(measured.accepted),
        measured.unready.as_ref().map_or_else(none, |(after, _)| seconds(*after)),
        measured.ready_again.map_or_else(none, seconds),
        count(counts.acknowledged),
        count(counts.refused),
        count(counts.lost),
        count(counts.ghost),
        count(counts.early),
        count(counts.stuck),
        format!("{}, {}", count(counts.duplicates), count(measured.repeated)),
    ]
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Counts;

    fn told(broken: &[&str]) -> Told {
        let measured = Measured {
            deliveries: Duration::from_millis(21_040),
            accepted: Duration::from_millis(300),
            unready: Some((Duration::from_millis(900), "the disk is full".into())),
            ready_again: Some(Duration::from_millis(250)),
            counts: Counts { acknowledged: 1_900, refused: 12, duplicates: 3, ..Counts::default() },
            repeated: 1,
        };
        let broken = broken.iter().map(|one| (*one).to_owned()).collect();
        let note = Some("seen".into());
        Told {
            name: "disk full".into(),
            does: "It is filled.".into(),
            measured: Some(measured),
            broken,
            missing: None,
            note,
        }
    }

    fn text(all: &[Told]) -> String {
        let mut report = Report::draft("faults", "Faults", "make faults");
        tell(&mut report, all);
        report.text().to_owned()
    }

    #[test]
    fn a_fault_is_told_with_its_figures_its_reason_and_what_it_broke() {
        let good = text(&[told(&[])]);
        let row = "| disk full | yes | 21.0 s | 0.3 s | 0.9 s | 0.2 s | 1,900 | 12 | 0 | 0 | 0 | 0 | 3, 1 |";
        assert!(good.contains(row), "{good}");
        assert!(good.contains("No promise was broken"), "{good}");
        assert!(
            good.contains("- **disk full**: It is filled. `readyz`: *the disk is full*. *seen*"),
            "{good}"
        );
        let bad = text(&[told(&["lost: 1"])]);
        assert!(bad.contains("| disk full | **no** |") && bad.contains("- disk full: lost: 1"), "{bad}");
    }

    #[test]
    fn what_was_not_put_in_is_no_pass() {
        let missing =
            Told::missing("clock back".into(), "It is set.".into(), "libfaketime is not here".into());
        assert!(!missing.kept());
        let text = text(&[missing]);
        assert!(
            text.contains("| clock back | not run | – | – | – | – | – | – | – | – | – | – | – |"),
            "{text}"
        );
        assert!(text.contains("- clock back: libfaketime is not here"), "{text}");
    }
}
