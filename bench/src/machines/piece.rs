//! Piece: a run of a drill that is a part of a longer one. Each adds a line to a file, and the evidence is of all its lines.

use crate::figures::grouped;
use crate::report::Report;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// What one run counted.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// What must be 0, by its name. Summed.
    pub faults: Vec<(String, f64)>,
    /// What else was counted. Summed.
    pub seen: Vec<(String, f64)>,
    /// What is told by the most of all runs.
    pub worst: Vec<(String, f64)>,
}

impl Piece {
    /// Whether nothing went wrong.
    pub fn clean(&self) -> bool {
        self.faults.iter().all(|(_, count)| *count == 0.0)
    }

    /// Adds this one to those in the file at `path`; gives how many they are, and what they come to together.
    ///
    /// # Errors
    /// When the file cannot be read or written, or has pieces of another drill.
    pub fn add_to(&self, path: &Path) -> anyhow::Result<(usize, Self)> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        writeln!(file, "{}", serde_json::to_string(self)?)?;
        let text = std::fs::read_to_string(path)?;
        let pieces: Vec<Self> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let all = pieces.iter().cloned().reduce(Self::and).context("no piece")?;
        Ok((pieces.len(), all))
    }

    fn and(self, other: Self) -> Self {
        let merged = |ours: Vec<(String, f64)>, theirs: Vec<(String, f64)>, merge: fn(f64, f64) -> f64| {
            let mut all = ours;
            for (name, count) in theirs {
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, sum)) => *sum = merge(*sum, count),
                    None => all.push((name, count)),
                }
            }
            all
        };
        Self {
            faults: merged(self.faults, other.faults, |one, other| one + other),
            seen: merged(self.seen, other.seen, |one, other| one + other),
            worst: merged(self.worst, other.worst, f64::max),
        }
    }

    /// Tells all of it.
    pub fn tell(&self, report: &mut Report) {
        let table = |head: &str, of: &[(String, f64)], number: fn(f64) -> String| {
            let mut rows = vec![vec![head.to_owned(), "count".to_owned()]];
            rows.extend(of.iter().map(|(name, count)| vec![name.clone(), number(*count)]));
            rows
        };
        report.table(&table("must be 0", &self.faults, grouped));
        report.table(&table("seen", &self.seen, grouped));
        let mut worst = table("longest, seconds", &self.worst, |seconds| format!("{seconds:.1}"));
        worst[0][1] = "all runs".into();
        report.table(&worst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pieces");
        let of = |count: f64| {
            let named = |name: &str| vec![(name.to_owned(), count)];
            Piece { faults: named("lost"), seen: named("kills"), worst: named("take-over") }
        };
        assert_eq!(of(2.0).add_to(&path).unwrap(), (1, of(2.0)));
        let (count, all) = of(3.0).add_to(&path).unwrap();
        assert_eq!((count, all.faults[0].1, all.seen[0].1, all.worst[0].1), (2, 5.0, 5.0, 3.0));
        assert!(!all.clean() && of(0.0).clean());
    }
}
