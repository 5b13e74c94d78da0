//! The vendor's words: what it says of a body that breaks a rule, where it has a text of its own.

use crate::json::Object;
use crate::problem::{Problem, cut};

/// What the vendor says of one body, in the order in which it looks: at what is there, at what is missing, at each value.
#[derive(Debug)]
pub struct VendorWords {
    /// Of a body without any field, if that is a mistake.
    pub empty: Option<&'static str>,
    /// Of a field that the call does not have.
    pub unknown: &'static str,
    /// Fields of which one is needed, and what is said where none of them has a value. The first is to blame.
    pub missing: &'static [(&'static [&'static str], &'static str)],
    /// Of a field whose value has not the form it should have; `'…'` is that value.
    pub malformed: &'static [(&'static str, &'static str)],
}

/// The codes of what has not the form it should have. Bounds of ours are told in our own words.
const MALFORMED: [&str; 6] =
    ["email_invalid", "phone_invalid", "text_invalid", "time_zone_unknown", "type_mismatch", "value_invalid"];

impl VendorWords {
    /// What was `read` of `object`, or what the vendor says first.
    pub(super) fn judge<T>(&self, object: &Object, read: Result<T, Problem>) -> Result<T, Problem> {
        if let Some(words) = self.empty.filter(|_| object.iter().next().is_none()) {
            return Err(Problem::invalid("body", "body_required", words));
        }
        match read {
            Err(problem) if problem.code == "unknown_field" && given(object, &problem).is_some() => {
                Err(Problem { message: self.unknown.to_owned(), ..problem })
            }
            read => match self.missing(object) {
                Some(problem) => Err(problem),
                None => read.map_err(|problem| self.malformed(object, problem)),
            },
        }
    }

    fn missing(&self, object: &Object) -> Option<Problem> {
        let has_value =
            |field: &&str| object.get(field).is_some_and(|raw| !matches!(raw.get(), "null" | "\"\""));
        let (fields, words) = self.missing.iter().find(|(fields, _)| !fields.iter().any(has_value))?;
        Some(Problem { message: (*words).to_owned(), ..Problem::required(fields[0]) })
    }

    fn malformed(&self, object: &Object, problem: Problem) -> Problem {
        let words = self.malformed.iter().find(|(field, _)| problem.param.as_deref() == Some(*field));
        match (words, given(object, &problem)) {
            (Some((_, words)), Some(given)) if MALFORMED.contains(&problem.code) => {
                Problem { message: words.replace('…', &cut(&given)), ..problem }
            }
            _ => problem,
        }
    }
}

/// What stands in the field of the body that the problem blames: the text itself, or the JSON of what is none. `None` where the
/// blame is not on a field of the body itself: within an object our own words stay.
fn given(object: &Object, problem: &Problem) -> Option<String> {
    let blamed = |(name, raw)| (problem.param == Some(cut(name))).then_some(raw);
    let raw: &serde_json::value::RawValue = object.iter().find_map(blamed)?;
    Some(serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned()))
}
