//! Query: the parameters of a path, each known, each once.

use super::timestamp;
use crate::problem::{Problem, cut};
use deskbell_core::Timestamp;
use deskbell_core::policy::limit::{PAGE_DEFAULT, PAGE_MAX};
use deskbell_core::store::{Cursor, Page, Span};
use std::ops::RangeInclusive;
use url::form_urlencoded;

/// A query string, decoded.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind `?`. Refuses parameters that are not `allowed`, that repeat, and bytes that are not
    /// UTF-8.
    pub fn parse(raw: Option<&str>, allowed: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            if !allowed.contains(&name.as_str()) {
                return Err(unknown(&name));
            }
            if pairs.iter().any(|(seen, _)| *seen == name) {
                let message = format!("The parameter {name} stands twice.");
                return Err(Problem::invalid(name, "parameter_repeated", message));
            }
            let value = decode(value).map_err(|problem| problem.param(&name))?;
            if value.contains('\0') {
                let message = format!("{name} holds U+0000.");
                return Err(Problem::invalid(name, "nul_character", message));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// The value of `name`, if it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The same, as an owned text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Whether `name` was given.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The query string of a neighbouring page: `cursor` (`after` or `before`) is `id`, everything else stays.
    pub fn with_cursor(&self, cursor: &str, id: &str) -> String {
        let kept = self.0.iter().filter(|(name, _)| name != "after" && name != "before");
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair(cursor, id).finish()
    }

    /// A whole number in `range`; the refusal has the vendor's words (wire contract, 9.1).
    pub fn integer(&self, name: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && range.contains(number));
        number.map(Some).ok_or_else(|| {
            let code = if name == "limit" { "limit_out_of_range" } else { "integer_out_of_range" };
            let (from, to, given) = (range.start(), range.end(), cut(text));
            let message =
                format!("Out of range value: {given}. Please provide a number between {from} and {to}.");
            Problem::invalid(name, code, message)
        })
    }

    /// `limit`, `after` and `before` (wire contract, 9.2; ).
    pub fn page(&self) -> Result<Page, Problem> {
        let limit = match self.integer("limit", 1..=u64::from(PAGE_MAX))? {
            Some(limit) => u32::try_from(limit).unwrap_or(PAGE_MAX),
            None => PAGE_DEFAULT,
        };
        let cursor = match (self.get("after"), self.get("before")) {
            (Some(_), Some(_)) => {
                let message = "Received both before and after parameters. Please provide only one.";
                return Err(Problem::bad_request("range_invalid", message));
            }
            (Some(after), None) => Some(Cursor::After(after.to_owned())),
            (None, Some(before)) => Some(Cursor::Before(before.to_owned())),
            (None, None) => None,
        };
        Ok(Page { limit, cursor })
    }

    /// A date, or a time with its zone.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        self.get(name).map(|text| timestamp(name, text)).transpose()
    }

    /// `<field>.gt` and `<field>.lt` (wire contract, 9.1; A-104).
    pub fn span(&self, field: &str) -> Result<Span, Problem> {
        let (gt, lt) = (format!("{field}.gt"), format!("{field}.lt"));
        let span = Span { after: self.time(&gt)?, before: self.time(&lt)? };
        match (span.after, span.before) {
            (Some(after), Some(before)) if after > before => {
                let message = format!("{gt} cannot be later than {lt}");
                Err(Problem::invalid(gt, "range_invalid", message))
            }
            _ => Ok(span),
        }
    }

    /// What `parse` makes of a word, one of `known`; the refusal has the vendor's form (wire contract, 9.1).
    pub fn choice<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        known: &[&str],
    ) -> Result<Option<T>, Problem> {
        let Some(given) = self.get(name) else { return Ok(None) };
        parse(given).map(Some).ok_or_else(|| {
            let message = format!("Invalid string: {}. Known are: {}.", cut(given), known.join(", "));
            Problem::invalid(name, "value_invalid", message)
        })
    }

    /// `expand`: comma-separated properties of `allowed`, with or without the `data.` of lists (wire contract, 9.3).
    pub fn expand<'k>(&self, allowed: &[&'k str]) -> Result<Vec<&'k str>, Problem> {
        let given =
            self.get("expand").unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
        let known = |word: &str| {
            let bare = word.strip_prefix("data.").unwrap_or(word);
            allowed.iter().find(|name| **name == bare).copied().ok_or_else(|| {
                let message = format!("This property cannot be expanded: {}", cut(word));
                Problem::invalid("expand", "expand_invalid", message)
            })
        };
        given.map(known).collect()
    }
}

fn unknown(name: &str) -> Problem {
    let message = format!("Received unknown parameter: {}", cut(name));
    Problem::invalid(name, "parameter_unknown", message)
}

/// `%41` and `+` decoded; what is not UTF-8, or not two hexadecimal digits, is refused.
fn decode(text: &str) -> Result<String, Problem> {
    let refuse = || Problem::bad_request("query_encoding", "The query string is not percent-encoded UTF-8.");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || rest.next().and_then(|hex| char::from(hex).to_digit(16)).ok_or_else(refuse);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).map_err(|_| refuse())?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| refuse())
}

#[cfg(test)]
mod tests;
