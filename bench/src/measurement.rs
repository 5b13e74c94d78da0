//! Measurement: one figure of a run, with its unit, and with the goal that it has to meet if it has one.

use crate::figures::{grouped, median};

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// What it belongs to: the heading of its table.
    pub section: &'static str,
    /// What it is.
    pub name: String,
    /// What it is counted in.
    pub unit: Unit,
    /// How much.
    pub value: f64,
    /// What it has to be.
    pub goal: Option<Goal>,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things a second.
    PerSecond,
    /// Milliseconds.
    Milliseconds,
    /// A part of something, 1 being all of it.
    Share,
    /// A ratio.
    Times,
    /// Bytes.
    Bytes,
    /// Millions of bytes.
    Megabytes,
    /// Things.
    Count,
}

impl Unit {
    /// `value` as people read it.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::PerSecond => format!("{}/s", grouped(value)),
            Self::Milliseconds if value < 100.0 => format!("{value:.2} ms"),
            Self::Milliseconds => format!("{} ms", grouped(value)),
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Times => format!("{value:.2}"),
            Self::Bytes => format!("{} B", grouped(value)),
            Self::Megabytes => format!("{value:.1} MB"),
            Self::Count => grouped(value),
        }
    }
}

/// What a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Goal {
    /// Whether `value` meets it.
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }

    /// It as people read it.
    pub fn show(self, unit: Unit) -> String {
        match self {
            Self::AtLeast(least) => format!("at least {}", unit.show(least)),
            Self::AtMost(most) => format!("at most {}", unit.show(most)),
        }
    }
}

/// The measurements of one round, in the order in which they are reported.
#[derive(Debug, Clone, Default)]
pub struct Round(Vec<Measurement>);

impl Round {
    /// Adds a figure.
    pub fn add(&mut self, section: &'static str, name: impl Into<String>, unit: Unit, value: f64) {
        self.0.push(Measurement { section, name: name.into(), unit, value, goal: None });
    }

    /// Adds a figure that has a goal.
    pub fn aim(
        &mut self,
        section: &'static str,
        name: impl Into<String>,
        unit: Unit,
        value: f64,
        goal: Goal,
    ) {
        self.0.push(Measurement { section, name: name.into(), unit, value, goal: Some(goal) });
    }

    /// Its figures.
    pub fn iter(&self) -> impl Iterator<Item = &Measurement> {
        self.0.iter()
    }

    fn find(&self, like: &Measurement) -> Option<&Measurement> {
        self.0.iter().find(|one| (one.section, &one.name) == (like.section, &like.name))
    }
}

/// Each figure of the first round as the median of all `rounds` that have it. A goal that came of each round's own
/// circumstances is a median too.
pub fn medians(rounds: &[Round]) -> Round {
    let Some(first) = rounds.first() else { return Round::default() };
    let of = |figure: &Measurement, pick: &dyn Fn(&Measurement) -> Option<f64>| {
        median(rounds.iter().filter_map(|round| round.find(figure)).filter_map(pick).collect())
    };
    let bound = |figure: &Measurement| {
        let bound = |goal| match goal {
            Goal::AtLeast(bound) | Goal::AtMost(bound) => bound,
        };
        of(figure, &|one| one.goal.map(bound))
    };
    let middle = |figure: &Measurement| Measurement {
        value: of(figure, &|one| Some(one.value)),
        goal: figure.goal.map(|goal| match goal {
            Goal::AtLeast(_) => Goal::AtLeast(bound(figure)),
            Goal::AtMost(_) => Goal::AtMost(bound(figure)),
        }),
        ..figure.clone()
    };
    Round(first.iter().map(middle).collect())
}

/// Each figure of `ours`, with its value in `base` if it is there too, and ours ÷ theirs.
pub fn compare<'a>(
    ours: &'a Round,
    base: &'a Round,
) -> impl Iterator<Item = (&'a Measurement, Option<(f64, f64)>)> {
    ours.iter().map(|one| (one, base.find(one).map(|other| (other.value, one.value / other.value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(value: f64, limit: f64) -> Round {
        let mut round = Round::default();
        round.aim("rates", "one webhook", Unit::Share, value, Goal::AtLeast(0.25));
        round.aim("latency", "p99", Unit::Milliseconds, value * 10.0, Goal::AtMost(limit));
        round
    }

    #[test]
    fn a_figure_is_the_median_of_its_rounds_and_meets_its_goal_or_not() {
        let middle = medians(&[round(0.3, 1.0), round(0.2, 4.0), round(0.1, 2.0)]);
        let seen: Vec<_> = middle.iter().map(|one| (one.value, one.goal)).collect();
        assert_eq!(seen, [(0.2, Some(Goal::AtLeast(0.25))), (2.0, Some(Goal::AtMost(2.0)))]);
        let met: Vec<_> = seen.iter().map(|(value, goal)| goal.unwrap().is_met(*value)).collect();
        assert_eq!(met, [false, true]);
        assert!(medians(&[]).iter().next().is_none());
    }

    #[test]
    fn two_programs_are_compared_figure_by_figure() {
        let (ours, mut base) = (round(0.3, 1.0), Round::default());
        base.add("rates", "one webhook", Unit::Share, 0.1);
        let ratios: Vec<_> = compare(&ours, &base).map(|(_, beside)| beside).collect();
        assert!((ratios[0].unwrap().1 - 3.0).abs() < 1e-9);
        assert_eq!(ratios[1], None);
    }

    #[test]
    fn units_as_people_read_them() {
        assert_eq!(Unit::Share.show(0.314), "31.4 %");
        assert_eq!(Unit::PerSecond.show(72_213.4), "72,213/s");
        assert_eq!(Unit::Milliseconds.show(0.666), "0.67 ms");
        assert_eq!(Goal::AtMost(1900.0).show(Unit::Bytes), "at most 1,900 B");
    }
}
