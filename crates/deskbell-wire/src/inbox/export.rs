//! The export of an inbox: which kind of file.

use crate::parameters::Group;
use crate::word::{Word, Words};
use serde::Deserialize;
use utoipa::IntoParams;

/// How to save what an inbox keeps.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Export {
    /// `json`, `har` or `csv`; `json` when left out
    #[param(inline, example = "har")]
    format: Option<FormatWord>,
}

impl Group for Export {}

impl Export {
    /// The kind of file.
    pub fn format(&self) -> Format {
        self.format.map_or(Format::Json, |word| word.0)
    }
}

type FormatWord = Word<Format>;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An array of the objects that the list shows.
    Json,
    /// HAR 1.2.
    Har,
    /// Lines of a spreadsheet.
    Csv,
}

impl Words for Format {
    fn all() -> Vec<Self> {
        vec![Self::Json, Self::Har, Self::Csv]
    }

    /// The end of a file's name, too.
    fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Har => "har",
            Self::Csv => "csv",
        }
    }
}
