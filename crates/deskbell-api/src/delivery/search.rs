//! Search: the grammar of `q` in a list of deliveries.
//!
//! ```text
//! q      = token { white space token }          every token must hold
//! token  = [ "-" ] ( key ":" value | word )     a leading minus negates
//! value  = word | quoted                        quoted: "…", with \" and \\ inside
//! word   = characters without white space, or quoted; it is looked for in the payload's text
//! ```
//!
//! Case counts in no value. What a row of the list says is matched with the row; `header.`, `body.` and words need the
//! attempts or the payload, and are matched last.

mod matcher;
mod scan;

use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::explain::nearest::nearest;
use deskbell_core::id::{EventId, WebhookId};
use deskbell_core::store::DeliveryFilter;
use deskbell_core::trigger::Subscription;
use deskbell_wire::problem::{Problem, cut};
use deskbell_wire::time::GivenTime;

/// Characters of a search.
const SEARCH_CHARS: usize = 1_000;
/// Tokens of a search.
const TOKENS: usize = 20;

/// The keys, as a mistake lists them.
const KEYS: &[&str] = &[
    "type",
    "status",
    "outcome",
    "attempt",
    "webhook",
    "event",
    "subject",
    "after",
    "before",
    "header.NAME",
    "body.PATH",
];

/// A search as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Search(Vec<Token>);

/// One condition; a row is found when all of them hold.
#[derive(Debug, Clone, PartialEq)]
struct Token {
    negated: bool,
    want: Want,
}

/// What a row must be.
#[derive(Debug, Clone, PartialEq)]
enum Want {
    /// `type:`, a trigger or a composite.
    Type(Subscription),
    /// `status:` with a word.
    Status(Status),
    /// `status:` with the code of the last answer.
    Code(u16),
    /// `outcome:` of the last attempt.
    Outcome(Outcome),
    /// `attempt:`, how many were made: at least, at most.
    Attempts(u32, u32),
    /// `webhook:`, an id or a name; the ids it means.
    Webhook(String, Vec<WebhookId>),
    /// `event:`, an id.
    Event(EventId),
    /// `subject:`.
    Subject(String),
    /// `after:`.
    After(Timestamp),
    /// `before:`.
    Before(Timestamp),
    /// `header.NAME:`, a part of a header's value, sent or answered, in any attempt.
    Header(String, String),
    /// `body.PATH:`, a value of the payload.
    Body(String, String),
    /// A word of the payload.
    Word(String),
}

impl Search {
    /// Reads a search.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if text.chars().count() > SEARCH_CHARS {
            return Err(invalid(format!("The search is longer than {SEARCH_CHARS} characters.")));
        }
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (token, behind) = token(rest)?;
            tokens.push(token);
            rest = behind.trim_start();
        }
        if tokens.len() > TOKENS {
            return Err(invalid(format!("The search has more than {TOKENS} tokens.")));
        }
        Ok(Self(tokens))
    }

    /// The names of webhooks whose ids have to be found.
    fn webhook_names(&mut self) -> impl Iterator<Item = (&str, &mut Vec<WebhookId>)> {
        self.0.iter_mut().filter_map(|token| match &mut token.want {
            Want::Webhook(name, ids) if ids.is_empty() => Some((name.as_str(), ids)),
            _ => None,
        })
    }

    /// Tells the store what it can leave out by itself. The matcher asks for the same again, so nothing depends on it.
    fn narrow(&self, filter: &mut DeliveryFilter) {
        for token in self.0.iter().filter(|token| !token.negated) {
            match &token.want {
                Want::Type(Subscription::One(trigger)) => filter.trigger = filter.trigger.or(Some(*trigger)),
                Want::Status(status) => filter.status = filter.status.or(Some(*status)),
                Want::Code(code) => filter.last_status = filter.last_status.or(Some(*code)),
                Want::Outcome(outcome) => filter.outcome = filter.outcome.or(Some(*outcome)),
                Want::Attempts(min, max) => {
                    filter.attempts_min = filter.attempts_min.or(Some(*min));
                    filter.attempts_max = filter.attempts_max.or(Some(*max));
                }
                // A name that no webhook has is an id that none has.
                Want::Webhook(name, ids) if ids.len() < 2 => {
                    let id = || ids.first().cloned().unwrap_or_else(|| WebhookId::from_text(name.clone()));
                    filter.webhook = filter.webhook.take().or_else(|| Some(id()));
                }
                Want::Event(event) => filter.event = filter.event.take().or_else(|| Some(event.clone())),
                Want::After(at) => filter.created.after = filter.created.after.or(Some(*at)),
                Want::Before(at) => filter.created.before = filter.created.before.or(Some(*at)),
                _ => {}
            }
        }
    }
}

/// The first token of `text`, which does not begin with white space, and what stands behind it.
fn token(text: &str) -> Result<(Token, &str), Problem> {
    let bare = text.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| !c.is_whitespace()));
    let (negated, rest) = bare.map_or((false, text), |rest| (true, rest));
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let colon = rest[..end].find(':').filter(|_| !rest.starts_with('"'));
    let Some(colon) = colon else {
        let (word, behind) = value(rest)?;
        return Ok((Token { negated, want: Want::Word(word.to_lowercase()) }, behind));
    };
    let (key, rest) = (&rest[..colon], &rest[colon + 1..]);
    let (value, behind) = value(rest)?;
    let whole = &text[..text.len() - behind.len()];
    Ok((Token { negated, want: want(key, value, whole)? }, behind))
}

/// A word or a quoted text, and what stands behind it.
fn value(text: &str) -> Result<(String, &str), Problem> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            '"' if !escaped => return Ok((value, &quoted[at + 1..])),
            '\\' if !escaped => escaped = true,
            c => {
                value.push(c);
                escaped = false;
            }
        }
    }
    Err(invalid(format!("{}: the quotation mark is never closed.", cut(text))))
}

/// What `key:value` asks for; `token` is how it was written.
fn want(key: &str, value: String, token: &str) -> Result<Want, Problem> {
    let refuse = |rule: String| Err(invalid(format!("{}: {rule}", cut(token))));
    if let Some((kind @ ("header" | "body"), name)) = key.split_once('.') {
        return match (kind, name.is_empty() || value.is_empty()) {
            (_, true) => {
                refuse(format!("write {kind}.{}:value.", if kind == "body" { "PATH" } else { "NAME" }))
            }
            ("header", _) => Ok(Want::Header(name.to_ascii_lowercase(), value.to_lowercase())),
            _ => Ok(Want::Body(name.to_owned(), value.to_lowercase())),
        };
    }
    if !KEYS.contains(&key) {
        let meant = nearest(key, KEYS).map(|key| format!(" Did you mean {key}?")).unwrap_or_default();
        return refuse(format!(
            "there is no such key.{meant} Keys are {}. A text with a colon in it is looked for when it stands in quotation marks.",
            KEYS.join(", ")
        ));
    }
    if value.is_empty() {
        return refuse(format!("{key} needs a value right behind its colon."));
    }
    let one_of = |known: Vec<&str>| refuse(format!("{key} is one of {}.", known.join(", ")));
    match key {
        "type" => match Subscription::parse(&value) {
            Some(kind) => Ok(Want::Type(kind)),
            None => one_of(Subscription::names().collect()),
        },
        "status" => match (Status::parse(&value), code(&value)) {
            (Some(status), _) => Ok(Want::Status(status)),
            (None, Some(code)) => Ok(Want::Code(code)),
            _ => one_of(
                Status::ALL.map(Status::as_str).into_iter().chain(["a code from 100 to 999"]).collect(),
            ),
        },
        "outcome" => match Outcome::parse(&value) {
            Some(outcome) => Ok(Want::Outcome(outcome)),
            None => one_of(Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect()),
        },
        "attempt" => match attempts(&value) {
            Some((min, max)) => Ok(Want::Attempts(min, max)),
            None => refuse("attempt is a number, or >, >=, < or <= before one, as in attempt:>1.".into()),
        },
        "webhook" if value.starts_with(WebhookId::PREFIX) => {
            let id = WebhookId::from_text(value.clone());
            Ok(Want::Webhook(value, vec![id]))
        }
        "webhook" => Ok(Want::Webhook(value, Vec::new())),
        "event" => Ok(Want::Event(EventId::from_text(value))),
        "subject" => Ok(Want::Subject(value.to_lowercase())),
        _ => match GivenTime::try_from(value) {
            Ok(GivenTime(at)) => Ok(if key == "after" { Want::After(at) } else { Want::Before(at) }),
            Err(_) => refuse(format!(
                "{key} is a date, as in {key}:2026-05-06, or a time with its zone, as in {key}:2026-05-06T13:00:00Z."
            )),
        },
    }
}

fn code(text: &str) -> Option<u16> {
    text.parse().ok().filter(|code| text.len() == 3 && (100..=999).contains(code))
}

/// The bounds that `3`, `>3`, `>=3`, `<3` or `<=3` set, both included.
fn attempts(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| -> Option<u32> {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    };
    match text {
        _ if text.starts_with(">=") => Some((number(&text[2..])?, u32::MAX)),
        _ if text.starts_with("<=") => Some((0, number(&text[2..])?)),
        _ if text.starts_with('>') => Some((number(&text[1..])?.checked_add(1)?, u32::MAX)),
        _ if text.starts_with('<') => Some((0, number(&text[1..])?.checked_sub(1)?)),
        _ => number(text).map(|count| (count, count)),
    }
}

fn invalid(message: String) -> Problem {
    Problem::invalid("q", "search_invalid", message)
}

#[cfg(test)]
mod tests;
