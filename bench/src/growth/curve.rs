//! Curve: the points of one range, and whether it is flat.

use super::measure::{Costs, Measure};
use super::range::Range;
use crate::figures::grouped;

/// How much more the same work may cost beside many than beside few.
pub const FLAT: f64 = 1.3;

/// The points of one range, from few to many.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Of what there is more and more.
    pub range: Range,
    /// Its points.
    pub points: Vec<Point>,
}

/// What everything costs beside so many.
#[derive(Debug, Clone)]
pub struct Point {
    /// How many.
    pub size: u32,
    /// Each measure in microseconds: beside none, and here.
    costs: Vec<(Measure, f64, f64)>,
}

impl Point {
    /// The point of what was seen in turn beside none and beside `size`.
    pub fn new(size: u32, [few, many]: &[Costs; 2]) -> Self {
        let of = |measure| (measure, few.of(measure), many.of(measure));
        Self { size, costs: Measure::ALL.map(of).to_vec() }
    }

    /// Each measure with its cost here ÷ its cost beside none.
    pub fn ratios(&self) -> impl Iterator<Item = (Measure, f64)> {
        self.costs.iter().map(|(measure, few, many)| (*measure, many / few))
    }

    /// The ratio of `measure`.
    pub fn ratio(&self, measure: Measure) -> f64 {
        self.ratios().find(|(one, _)| *one == measure).map_or(f64::NAN, |(_, ratio)| ratio)
    }

    /// The measure that grows most, and by how much.
    pub fn steepest(&self) -> (Measure, f64) {
        self.ratios().max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or((Measure::Start, f64::NAN))
    }

    fn millis(&self, measure: Measure) -> [f64; 2] {
        let found = self.costs.iter().find(|(one, ..)| *one == measure);
        found.map_or([f64::NAN; 2], |(_, few, many)| [few / 1000.0, many / 1000.0])
    }
}

impl Curve {
    /// The point with the measure that grows most.
    pub fn steepest(&self) -> Option<(&Point, Measure, f64)> {
        let all = self.points.iter().map(|point| (point, point.steepest()));
        all.max_by(|(_, one), (_, other)| one.1.total_cmp(&other.1))
            .map(|(point, (measure, ratio))| (point, measure, ratio))
    }

    /// A table: a row for each measure, the ratio at each size, and the medians at the last one.
    pub fn table(&self) -> Vec<Vec<String>> {
        let mut head = vec![String::new()];
        head.extend(self.points.iter().map(|point| format!("{} ÷ 0", grouped(f64::from(point.size)))));
        head.extend(["beside 0".to_owned(), "beside the most".to_owned()]);
        let mut rows = vec![head];
        for measure in Measure::ALL {
            let mut row = vec![measure.name().to_owned()];
            row.extend(self.points.iter().map(|point| shown(point.ratio(measure))));
            let last = self.points.last().map_or([f64::NAN; 2], |point| point.millis(measure));
            row.extend(last.map(|millis| format!("{millis:.2} ms")));
            rows.push(row);
        }
        rows
    }
}

/// A ratio; one that is not flat stands out.
fn shown(ratio: f64) -> String {
    if ratio <= FLAT { format!("{ratio:.2}") } else { format!("**{ratio:.2}**") }
}

#[cfg(test)]
mod tests {
    use super::super::measure::tests::costs;
    use super::*;

    fn point(size: u32, search: u64) -> Point {
        Point::new(size, &[costs(Measure::Search, 2_000), costs(Measure::Search, search)])
    }

    #[test]
    fn the_steepest_point_is_found_and_stands_out() {
        let curve = Curve { range: Range::Attempts, points: vec![point(10, 2_000), point(100, 3_000)] };
        let (at, measure, ratio) = curve.steepest().unwrap();
        assert_eq!((at.size, measure), (100, Measure::Search));
        assert!((ratio - 1.5).abs() < 1e-9);
        let table = curve.table();
        assert_eq!(table[0], ["", "10 ÷ 0", "100 ÷ 0", "beside 0", "beside the most"]);
        assert_eq!(table[1], ["page of deliveries", "1.00", "1.00", "1.00 ms", "1.00 ms"]);
        assert_eq!(table[6], ["search in bodies", "1.00", "**1.50**", "2.00 ms", "3.00 ms"]);
    }
}
