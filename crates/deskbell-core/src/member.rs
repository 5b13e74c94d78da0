//! Who signs in to the dashboard: a person of an account. What the sandbox calls a user only hosts bookings.

mod device;
mod password;

pub use device::{DeviceToken, LIFE as DEVICE_LIFE};
pub use password::{HashMemory, NotHashed, Password, PasswordHash, PasswordRule};

use crate::Timestamp;
use crate::id::{AccountId, MemberId};

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id, `MBR-` and 10 characters.
    pub id: MemberId,
    /// The account it acts for.
    pub account: AccountId,
    /// Its e-mail address, unique on the instance, compared without regard to case; `None` until it chose one.
    pub email: Option<String>,
    /// The hash of its password; `None` until it chose one: then no password signs it in.
    pub password: Option<PasswordHash>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
}

/// What a member may do in its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything, also to see a signing secret again.
    Owner,
    /// Everything but to see a signing secret again (T-50).
    Member,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Owner, Self::Member];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
