//! Query: a query string, each parameter known, each with one value. An empty one is left out.

use crate::problem::{Problem, cut};
use url::form_urlencoded;

/// A query string, decoded.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind `?`. Refuses parameters that are not `allowed`, that have two values, and bytes that are
    /// not UTF-8. An empty parameter is one left out, for clients that are generated from the vendor's document send its
    /// default, which is empty; some send one twice (wire contract, 9.2).
    pub(super) fn parse(raw: Option<&str>, allowed: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            if !allowed.contains(&name.as_str()) {
                return Err(unknown(&name));
            }
            let value = decode(value).map_err(|problem| problem.param(&name))?;
            if value.contains('\0') {
                let message = format!("{name} holds U+0000.");
                return Err(Problem::invalid(name, "nul_character", message));
            }
            if value.is_empty() {
                continue;
            }
            match pairs.iter().find(|(seen, _)| *seen == name) {
                None => pairs.push((name, value)),
                Some((_, first)) if *first == value => {}
                Some(_) => {
                    let message = format!("The parameter {name} stands twice, with two values.");
                    return Err(Problem::invalid(name, "parameter_repeated", message));
                }
            }
        }
        Ok(Self(pairs))
    }

    /// The value of `name`, if it was given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
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
