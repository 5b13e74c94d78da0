//! Who owns things, and the API keys that speak for them (wire contract, 1).

mod key;

pub use key::{ApiKey, KeyHash, KeyText};

use crate::Timestamp;
use crate::id::AccountId;
use serde::{Deserialize, Serialize};

/// An owner of webhooks, events, inboxes and a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, `ACC-` and 10 characters.
    pub id: AccountId,
    /// Its e-mail address, unique on the instance; compared without regard to case.
    pub email: String,
    /// When it was made.
    pub created: Timestamp,
    /// The shape of what its sandbox rings with.
    pub payload_style: PayloadStyle,
    /// It may see how the whole instance does; the first account may.
    pub operator: bool,
}

/// The shape of the sandbox's payloads: the vendor has changed it over the years (wire contract, 5.3 and 5.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadStyle {
    /// The newest: ids for a booking's owner and calendar, `null` for what is missing.
    #[default]
    Current,
    /// The older one: objects for a booking's owner and calendar, empty texts for what is missing.
    Expanded,
}

impl PayloadStyle {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Expanded => "expanded",
        }
    }

    /// The style of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Current, Self::Expanded].into_iter().find(|style| style.as_str() == text)
    }
}

/// Whether `email` can be an account's address: one `@` with something on both sides, no spaces, control characters or
/// characters that nobody sees, at most 254 characters. What a mailbox truly accepts, only a mail can tell.
pub fn is_email(email: &str) -> bool {
    let is_plain = |c: char| !(c.is_whitespace() || c.is_control() || is_invisible(c));
    let plain = email.len() <= 254 && email.chars().all(is_plain);
    plain
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// Whether nobody sees `c`, so that two addresses that differ in it look like one: what Unicode calls default-ignorable
/// (DerivedCoreProperties.txt), and the marks of interlinear annotation.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The form in which addresses are compared: without regard to case.
pub fn folded(email: &str) -> String {
    email.to_lowercase()
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_has_a_name_and_a_host() {
        for good in ["a@b", "ana.li+x@mail.example", "zoë@mail.example", "東京@mail.example"] {
            assert!(super::is_email(good), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "a b@c", "a@b@c", "a\n@b"] {
            assert!(!super::is_email(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_has_no_twin_that_looks_the_same() {
        for hidden in "\u{200b}\u{200d}\u{2060}\u{feff}\u{ad}\u{202e}\u{3164}\u{fe0f}\u{e0061}".chars() {
            assert!(!super::is_email(&format!("an{hidden}a@mail.example")), "{hidden:?}");
        }
    }
}
