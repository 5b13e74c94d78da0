//! Table: what all ways told, as evidence.

use super::Told;
use super::told::{MEMORY_MB, RATIO};
use crate::measurement::{Goal, Unit};
use crate::report::Report;

/// Writes the tables of `all` into `report`.
pub fn tell(report: &mut Report, all: &[Told]) {
    report.table(&goals(all));
    let faults = all
        .iter()
        .flat_map(|told| told.faults().into_iter().map(|fault| format!("- {}: {fault}", told.name)));
    let faults: Vec<String> = faults.collect();
    report.say(&if faults.is_empty() {
        "None of the neighbour's events was refused, lost or delivered twice in any way.".to_owned()
    } else {
        format!("Beside these ways something was lost, refused or too large:\n\n{}", faults.join("\n"))
    });
    report.say("## What the mean one does, and what it was answered");
    for told in all {
        report.say(&format!("- **{}**: {} *{}*", told.name, told.does, told.answers));
    }
    report.say("## The neighbour's p95, alone before, beside, and alone after");
    report.table(&windows(all));
}

fn goals(all: &[Told]) -> Vec<Vec<String>> {
    let head = [
        "way",
        "publish ÷ alone",
        "met",
        "delivery ÷ alone",
        "met",
        "memory",
        "met",
        "on disk",
        "bare client ÷ alone",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for told in all {
        let mut row = vec![told.name.to_owned()];
        for (value, unit, goal) in [
            (told.publish.ratio(), Unit::Times, RATIO),
            (told.delivery.ratio(), Unit::Times, RATIO),
            (told.memory_mb, Unit::Megabytes, MEMORY_MB),
        ] {
            row.push(format!("**{}**", unit.show(value)));
            row.push(met(goal, value).to_owned());
        }
        row.push(Unit::Megabytes.show(told.disk_mb));
        row.push(Unit::Times.show(told.bare.ratio()));
        rows.push(row);
    }
    rows
}

fn met(goal: Goal, value: f64) -> &'static str {
    if goal.is_met(value) { "yes" } else { "no" }
}

fn windows(all: &[Told]) -> Vec<Vec<String>> {
    let mut rows = vec![["way", "publish", "delivery", "bare client"].map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|told| {
        let of = [told.publish, told.delivery, told.bare].map(|latency| {
            [latency.before, latency.beside, latency.after].map(|ms| Unit::Milliseconds.show(ms)).join(" · ")
        });
        std::iter::once(told.name.to_owned()).chain(of).collect()
    }));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Percentiles;
    use crate::neighbours::quiet::Window;
    use crate::tally::Tally;

    fn window(p95: f64, refused: u32) -> Window {
        let failed = Tally::default();
        (0..refused).for_each(|_| failed.count("events", 503));
        let latency = Percentiles { p95, ..Percentiles::default() };
        Window { publish: latency, delivery: latency, bare: latency, failed, lost: 0, twice: 0 }
    }

    fn told(beside: Window, memory_mb: f64) -> Told {
        let mut told =
            Told::new("writer", "It writes.", [memory_mb, 70.0], "events: 3 × 202".into(), Vec::new());
        told.compare(&window(2.0, 0), beside, &window(4.0, 0));
        told
    }

    fn text(told: Told) -> String {
        let mut report = Report::draft("neighbours", "Neighbours", "make neighbours");
        tell(&mut report, &[told]);
        report.text().to_owned()
    }

    #[test]
    fn a_neighbour_who_waits_longer_shows_and_so_does_memory() {
        let good = text(told(window(4.5, 0), 536.0));
        assert!(
            good.contains(
                "| writer | **1.50** | yes | **1.50** | yes | **536.0 MB** | yes | 70.0 MB | 1.50 |"
            ),
            "{good}"
        );
        assert!(good.contains("None of the neighbour's events"), "{good}");
        let bad = text(told(window(6.0, 2), 537.0));
        assert!(
            bad.contains("| writer | **2.00** | no | **2.00** | no | **537.0 MB** | no | 70.0 MB | 2.00 |"),
            "{bad}"
        );
        assert!(
            bad.contains("- writer: the neighbour's publishes were not accepted (events: 2 × 503)"),
            "{bad}"
        );
        assert!(
            bad.contains("- writer: 537 MB were resident") && bad.contains("2.00 ms · 6.00 ms · 4.00 ms"),
            "{bad}"
        );
    }
}
