//! Summary: what `make bench` tells. First the figures that have a goal, each beside it, then all of them; of two programs
//! their ratios.

use crate::measurement::{Measurement, Round, compare, medians};
use crate::report::Report;
use crate::scenario::{CONNECTIONS, is_noisy};

/// The rounds of a program that ours is compared with, and its name.
pub struct Base<'a> {
    /// As it was asked for.
    pub name: &'a str,
    /// Its rounds, which took turns with ours.
    pub rounds: &'a [Round],
}

/// Writes the summary of `rounds` into `report`.
pub fn write(report: &mut Report, rounds: &[Round], base: Option<&Base>) {
    report.say(&format!(
        "Callers, program and receiver share the machine; all traffic is on its loopback address. Bodies of 1,500 bytes (a booking, and random digits), \
         {CONNECTIONS} connections, default settings but for the guard and the limits on callers; each figure is the median \
         of its rounds ({}), each on a data folder of its own. An event counts when it is on disk (`synchronous=FULL`), and each was \
         delivered exactly once, or the run would have failed. The bare client is hyper alone: it posts the same signed \
         bodies to the same receiver over as many kept connections, before and after each round.",
        rounds.len()
    ));
    report.say(
        "Rates are those of a closed loop, latencies those of an open one: from the moment at which an event was meant to be \
         published to its first byte at the receiver, so that a program that stalls does not hide whom it kept waiting. A p99 \
         has a goal in milliseconds for a calm machine; on any other its ratio to the bare client's p99 stands in for it.",
    );
    let others = base.map(|base| base.rounds).unwrap_or_default();
    if rounds.iter().chain(others).any(is_noisy) {
        report.say(
            "**This run was noisy**: the bare client before and after a round differ by more than 25 %. Repeat it on a \
             calmer machine.",
        );
    }
    match base {
        None => tell(report, rounds),
        Some(base) => {
            let ours = medians(rounds);
            report.table(&goals(&ours));
            let theirs = medians(base.rounds);
            let beside: Vec<_> = compare(&ours, &theirs).collect();
            sections(report, &ours, &row(&["", "this", base.name, "this ÷ that"]), |figure| {
                let other = beside.iter().find(|(one, _)| *one == figure).and_then(|(_, other)| *other);
                let (value, ratio) = other.map_or_else(Default::default, |(value, ratio)| {
                    let ratio = if ratio.is_finite() { format!("{ratio:.2}") } else { String::new() };
                    (figure.unit.show(value), ratio)
                });
                vec![figure.unit.show(figure.value), value, ratio]
            });
        }
    }
}

/// The medians of `rounds`: first those that have a goal, then all, with their ranges.
pub fn tell(report: &mut Report, rounds: &[Round]) {
    let ours = medians(rounds);
    report.table(&goals(&ours));
    sections(report, &ours, &row(&["", "median", "lowest", "highest"]), |figure| {
        let (low, high) = range(rounds, figure);
        [figure.value, low, high].map(|value| figure.unit.show(value)).to_vec()
    });
}

fn goals(round: &Round) -> Vec<Vec<String>> {
    let mut rows = vec![row(&["", "measured", "goal", "met"])];
    rows.extend(round.iter().filter_map(|figure| {
        let goal = figure.goal?;
        Some(vec![
            format!("{}: {}", figure.section, figure.name),
            format!("**{}**", figure.unit.show(figure.value)),
            goal.show(figure.unit),
            if goal.is_met(figure.value) { "yes" } else { "no" }.to_owned(),
        ])
    }));
    rows
}

/// A table for each section, under `head`, with `cells` after each figure's name.
fn sections(
    report: &mut Report,
    round: &Round,
    head: &[String],
    cells: impl Fn(&Measurement) -> Vec<String>,
) {
    let mut names: Vec<_> = round.iter().map(|figure| figure.section).collect();
    names.dedup();
    for (index, section) in names.iter().enumerate() {
        if names[..index].contains(section) {
            continue;
        }
        let figures = round.iter().filter(|figure| figure.section == *section);
        let rows = figures.map(|figure| [vec![figure.name.clone()], cells(figure)].concat());
        report.say(&format!("## {section}"));
        report.table(&std::iter::once(head.to_vec()).chain(rows).collect::<Vec<_>>());
    }
}

fn range(rounds: &[Round], figure: &Measurement) -> (f64, f64) {
    let same = |one: &&Measurement| (one.section, &one.name) == (figure.section, &figure.name);
    let values = rounds.iter().filter_map(|round| round.iter().find(same)).map(|one| one.value);
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{Goal, Unit};

    fn round(share: f64) -> Round {
        let mut round = Round::default();
        round.aim("Rates", "one webhook", Unit::Share, share, Goal::AtLeast(0.25));
        round.add("CPU", "one webhook", Unit::Milliseconds, 30.0);
        round.add("Rates", "ten webhooks", Unit::PerSecond, 40_000.0);
        round
    }

    #[test]
    fn a_report_opens_with_the_goals_and_tells_each_section_once() {
        let mut report = Report::draft("speed", "Speed", "make bench");
        write(&mut report, &[round(0.2), round(0.3), round(0.31)], None);
        let text = report.text();
        assert!(text.contains("| Rates: one webhook | **30.0 %** | at least 25.0 % | yes |"), "{text}");
        assert!(text.contains("| one webhook | 30.0 % | 20.0 % | 31.0 % |"), "{text}");
        assert_eq!(text.matches("## Rates").count(), 1, "{text}");
        assert!(!text.contains("noisy"));
    }

    #[test]
    fn two_programs_are_told_as_ratios() {
        let mut report = Report::draft("speed", "Speed", "make bench BASE=v1");
        write(&mut report, &[round(0.3)], Some(&Base { name: "v1", rounds: &[round(0.1)] }));
        assert!(report.text().contains("| one webhook | 30.0 % | 10.0 % | 3.00 |"), "{}", report.text());
    }
}
