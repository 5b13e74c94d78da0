//! Settings of a sandbox, one document an account: states of an account that no call of the vendor makes.

use crate::policy::limit::USERS_PER_ACCOUNT;
use serde::{Deserialize, Serialize};

/// What a tester has decided of the account. An account that has decided nothing has the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What the account pays for.
    pub plan: Plan,
    /// Users that it may have, at most [`USERS_PER_ACCOUNT`].
    pub user_limit: u32,
    /// Names of the custom fields that contacts may be given.
    pub custom_field_library: Vec<String>,
    /// The call that fails, until this says otherwise.
    pub fault: Option<Fault>,
}

impl Settings {
    /// The id of the document: an account has one.
    pub const ID: &'static str = "settings";
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            plan: Plan::Full,
            user_limit: USERS_PER_ACCOUNT,
            custom_field_library: ["crm_id", "tier"].map(str::to_owned).into(),
            fault: None,
        }
    }
}

/// What an account pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Everything.
    Full,
    /// Bookings keep their host.
    BelowRoute,
    /// Nor is there an API.
    NoApi,
}

impl Plan {
    /// All of them, the largest first.
    pub const ALL: [Self; 3] = [Self::Full, Self::BelowRoute, Self::NoApi];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::BelowRoute => "below_route",
            Self::NoApi => "no_api",
        }
    }

    /// Whether the API is part of it. The vendor says so on two calls; the others go on answering.
    pub fn has_api(self) -> bool {
        self != Self::NoApi
    }

    /// Whether a booking can get another host: on the vendor's plan "Route" and above.
    pub fn has_reassignment(self) -> bool {
        self == Self::Full
    }
}

/// A call of which the vendor documents that it may fail by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A user is created.
    CreateUser,
    /// A contact is changed.
    ChangeContact,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::CreateUser, Self::ChangeContact];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateUser => "create_user",
            Self::ChangeContact => "change_contact",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_before_have_the_defaults_of_what_they_lack() {
        let read: Settings = serde_json::from_str(r#"{"user_limit": 30}"#).unwrap();
        assert_eq!(read, Settings { user_limit: 30, ..Settings::default() });
    }

    #[test]
    fn a_smaller_plan_has_less() {
        let has = Plan::ALL.map(|plan| (plan.has_api(), plan.has_reassignment()));
        assert_eq!(has, [(true, true), (true, false), (false, false)]);
    }
}
