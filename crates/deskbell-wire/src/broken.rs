//! Broken: the rule that a value breaks, on its way through serde to the [`Problem`] that tells of it.

use crate::problem::{CODES, Problem};
use std::fmt;

/// The rule that a value breaks. A type with bounds says `D::Error::custom(broken)` in its `Deserialize`, and so can be
/// read by any deserializer: others print the message alone, and a [`Problem`] takes the code from the alternate form
/// (`{:#}`), which is all that [`serde::de::Error::custom`] leaves of an error.
///
/// A message that begins with a small letter lacks its subject: whoever knows the field puts its name there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    code: &'static str,
    /// Where it is no field by itself that is at fault.
    param: Option<&'static str>,
    message: String,
}

impl Broken {
    /// The rule `code`, one of [`CODES`]. The message names the limit.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, param: None, message: message.into() }
    }

    /// The same, blaming `param`: for rules between two fields.
    #[must_use]
    pub fn blaming(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }

    /// The refusal of `param`, for a value that was not read by serde.
    pub fn of(self, param: &str) -> Problem {
        Problem::from(self).blame(param)
    }
}

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        let problem = Self::bad_request(broken.code, broken.message);
        match broken.param {
            Some(param) => problem.param(param),
            None => problem,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (f.alternate(), self.param) {
            (true, Some(param)) => write!(f, "{} {param}: {}", self.code, self.message),
            (true, None) => write!(f, "{}: {}", self.code, self.message),
            (false, _) => f.write_str(&self.message),
        }
    }
}

/// Reads the alternate form back; a text that is none is a message of its own.
pub(crate) fn read(text: &str) -> Problem {
    let parts = text.split_once(": ").and_then(|(head, message)| {
        let (code, param) = head.split_once(' ').map_or((head, None), |(code, param)| (code, Some(param)));
        let (code, _) = CODES.iter().find(|(known, _)| *known == code)?;
        let problem = Problem::bad_request(code, message);
        Some(param.map_or(problem.clone(), |param| problem.param(param)))
    });
    parts.unwrap_or_else(|| Problem::bad_request("value_invalid", text))
}
