//! Of how much time the operator wants to see what was done.

use crate::parameters::Group;
use crate::word::{Word, Words};
use serde::Deserialize;
use std::time::Duration;
use utoipa::IntoParams;

/// Of how much time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ranged {
    /// `hour`, `day` or `week`; `hour` when left out
    #[param(inline, example = "day")]
    range: Option<RangeWord>,
}

impl Group for Ranged {}

impl Ranged {
    /// The span of time.
    pub fn range(&self) -> Range {
        self.range.map_or(Range::Hour, |word| word.0)
    }
}

/// A range, by its word.
pub type RangeWord = Word<Range>;

/// A span of time that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// An hour, of the process that answers.
    Hour,
    /// 24 hours, of all processes.
    Day,
    /// Seven days, of all processes.
    Week,
}

impl Range {
    /// How long it is, and how long its steps are, where all processes are asked; `None` of the hour, which each has in memory.
    pub fn spans(self) -> Option<[Duration; 2]> {
        match self {
            Self::Hour => None,
            Self::Day => Some([24 * 3_600, 900].map(Duration::from_secs)),
            Self::Week => Some([7 * 24 * 3_600, 2 * 3_600].map(Duration::from_secs)),
        }
    }
}

impl Words for Range {
    fn all() -> Vec<Self> {
        vec![Self::Hour, Self::Day, Self::Week]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }
}
