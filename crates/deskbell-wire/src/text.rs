//! Texts with bounds: names, lines, addresses. Each refuses by itself, and says in the document what it takes.

mod texts;

pub(crate) use texts::TEXT_OR_TEXTS;
pub use texts::TextOrTexts;

use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::{text, value};
use deskbell_core::account::is_email;
use deskbell_core::policy::limit;
use deskbell_core::policy::ssrf_guard;
use jiff::tz;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// Characters of an e-mail address, as [`is_email`] counts them.
pub const EMAIL_CHARS: usize = 254;

/// Types around one text each: what reads it, and its schema.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $read:expr, $schema:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(pub String);

        impl TryFrom<String> for $name {
            type Error = Broken;

            fn try_from(text: String) -> Result<Self, Broken> {
                $read(text).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        value!($name, $schema);
    )*};
}

texts! {
    /// A name: 1 to 255 characters, a letter or digit among them, nothing invisible (A-158, A-161).
    Name: |given: String| name(&given, limit::NAME_CHARS),
        text("CRM sync").min_length(Some(1)).max_length(Some(limit::NAME_CHARS));
    /// A name of a user: as any name, and of ASCII's signs it has `'`, `,`, `-`, `.` and brackets alone, which names have.
    PersonName: |given: String| person_name(&given),
        text("Priya")
            .pattern(Some(r"^[^!-&*+/:-@\[-`{-~]+$"))
            .min_length(Some(1))
            .max_length(Some(limit::NAME_CHARS));
    /// A text of at most 255 characters on one line, nothing invisible among them (A-161).
    Line: |given: String| line(&given, limit::NAME_CHARS),
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(limit::NAME_CHARS));
    /// A note, of one line or more, trimmed: at most 500 characters, nothing invisible among them but the ends of lines (A-161). Empty
    /// is none.
    Note: |given: String| note(&given),
        text("the one that came twice").max_length(Some(limit::NOTE_CHARS));
    /// An e-mail address.
    Email: email,
        text("priya.raman@northwind.example")
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .max_length(Some(EMAIL_CHARS));
    /// What an event happened to.
    Subject: subject,
        text("BKNG-Q8T2ZC4M6RVA").min_length(Some(1)).max_length(Some(limit::SUBJECT_CHARS));
    /// What makes a repeat of a call harmless (A-111). An HTTP library leaves nothing in it but visible characters.
    IdempotencyKey: idempotency_key,
        text("booking-8841-scheduled").min_length(Some(1)).max_length(Some(limit::IDEMPOTENCY_KEY_CHARS));
    /// An IANA time zone, under its proper name.
    TimeZone: |given: String| time_zone(&given), text("Europe/Dublin");
    /// A URL that can be read in one way only (A-001 to A-019). Whether it may be called, the SSRF guard says.
    Url: url, text("https://hooks.northwind.example/in/bookings")
        .pattern(Some("^https?://"))
        .max_length(Some(limit::URL_CHARS));
}

/// A text of `MIN` to `MAX` characters, kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Text<const MIN: usize, const MAX: usize>(pub String);

impl<const MIN: usize, const MAX: usize> TryFrom<String> for Text<MIN, MAX> {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        if (MIN..=MAX).contains(&text.chars().count()) {
            return Ok(Self(text));
        }
        Err(Broken::new("text_too_long", format!("must have {MIN} to {MAX} characters.")))
    }
}

value!([const MIN: usize, const MAX: usize] Text<MIN, MAX>, {
    let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX));
    if MIN > 0 { text.min_length(Some(MIN)) } else { text }
});

/// `text` as a name, trimmed: 1 to `most` characters, a letter or digit among them, no control character and none that
/// reorders what a reader sees (A-158, A-161; wire contract, decision 3).
pub(crate) fn name(text: &str, most: usize) -> Result<String, Broken> {
    let text = line(text, most)?;
    if text.chars().any(char::is_alphanumeric) {
        return Ok(text);
    }
    Err(Broken::new("text_invalid", "must have at least one letter or digit."))
}

fn person_name(text: &str) -> Result<String, Broken> {
    let name = name(text, limit::NAME_CHARS)?;
    let is_strange = |c: char| c.is_ascii_punctuation() && !"',-.()".contains(c);
    if name.contains(is_strange) {
        return Err(Broken::new("text_invalid", "holds a sign that no name has."));
    }
    Ok(name)
}

/// `text` as one line, trimmed: at most `most` characters, no control character and none that reorders what a reader
/// sees (A-161).
pub(crate) fn line(text: &str, most: usize) -> Result<String, Broken> {
    let text = bounded(text, most)?;
    if text.chars().any(|c| c.is_control() || reorders(c)) {
        return Err(Broken::new("text_invalid", "holds a control or bidirectional character."));
    }
    Ok(text.to_owned())
}

fn note(text: &str) -> Result<String, Broken> {
    let text = bounded(text, limit::NOTE_CHARS)?;
    if text.chars().any(|c| c != '\n' && (c.is_control() || reorders(c))) {
        let message = "holds a control or bidirectional character other than the end of a line.";
        return Err(Broken::new("text_invalid", message));
    }
    Ok(text.to_owned())
}

/// `text`, trimmed, if it has at most so many characters.
fn bounded(text: &str, most: usize) -> Result<&str, Broken> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Broken::new("text_too_long", format!("is longer than {most} characters.")));
    }
    Ok(text)
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9), and the two separators that end a
/// line without being controls.
fn reorders(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn email(text: String) -> Result<String, Broken> {
    if is_email(&text) { Ok(text) } else { Err(invalid("email_invalid", &text)) }
}

fn subject(text: String) -> Result<String, Broken> {
    if (1..=limit::SUBJECT_CHARS).contains(&text.chars().count()) {
        return Ok(text);
    }
    let message = format!("The subject must have 1 to {} characters.", limit::SUBJECT_CHARS);
    Err(Broken::new("text_too_long", message))
}

fn idempotency_key(text: String) -> Result<String, Broken> {
    if (1..=limit::IDEMPOTENCY_KEY_CHARS).contains(&text.len()) {
        return Ok(text);
    }
    let message = format!(
        "Give one Idempotency-Key of 1 to {} visible ASCII characters.",
        limit::IDEMPOTENCY_KEY_CHARS
    );
    Err(Broken::new("idempotency_key_invalid", message))
}

/// An IANA time zone under its proper name: the database's, whatever the case in which it was given.
pub(crate) fn time_zone(text: &str) -> Result<String, Broken> {
    let zone = tz::TimeZone::get(text).ok();
    let name = zone.as_ref().and_then(tz::TimeZone::iana_name).map(str::to_owned);
    name.ok_or_else(|| invalid("time_zone_unknown", text))
}

fn url(text: String) -> Result<String, Broken> {
    match ssrf_guard::parse(&text) {
        Ok(_) => Ok(text),
        Err(refusal) => Err(Broken::new(refusal.code, refusal.message)),
    }
}

/// The vendor's words for a text that is not what it should be (wire contract, 9.1).
fn invalid(code: &'static str, text: &str) -> Broken {
    Broken::new(code, format!("Invalid string: {}", cut(text)))
}

#[cfg(test)]
mod tests;
