//! What a user or a contact is found by, and no other of its kind in the account may have.

use super::Object;
use crate::account::folded;

/// What identifies an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identifier {
    /// Of users and contacts. Addresses compare without regard to case.
    Email,
    /// Of contacts.
    MobilePhone,
}

impl Identifier {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Email, Self::MobilePhone];

    /// The form in which a value is compared.
    pub fn compared(self, value: &str) -> String {
        match self {
            Self::Email => folded(value),
            Self::MobilePhone => value.to_owned(),
        }
    }
}

impl Object {
    /// What identifies it in that way, in the form in which it is compared.
    pub fn identified(&self, by: Identifier) -> Option<String> {
        let value = match (self, by) {
            (Self::User(user), Identifier::Email) => Some(&user.email),
            (Self::Contact(contact), Identifier::Email) => contact.email.as_ref(),
            (Self::Contact(contact), Identifier::MobilePhone) => contact.mobile_phone.as_ref(),
            _ => None,
        };
        value.map(|value| by.compared(value))
    }

    /// By what it is identified and `old` was not: what another object may have by now. Those of the time before may share what
    /// they have, and can still be changed.
    pub fn newly_identified(&self, old: Option<&Self>) -> Vec<(Identifier, String)> {
        let new = |by| {
            let value = self.identified(by)?;
            (old.and_then(|old| old.identified(by)).as_ref() != Some(&value)).then_some((by, value))
        };
        Identifier::ALL.into_iter().filter_map(new).collect()
    }
}
