//! Users: the hosts of the sandbox, as the vendor has them (wire contract, 11.2).

mod fields;
mod filter;
mod sandbox;

pub use fields::{AssignedRole, NewUser, UserPatch, UserTeams};
pub use filter::UserFilter;
pub use sandbox::{Providers, SandboxUser, SandboxUserPatch};

use crate::deleted::or_deleted;
use crate::list::Identified;
use crate::{fixed, id, word};
use deskbell_core::sandbox::User as Host;
use serde::Serialize;
use utoipa::ToSchema;

/// A user (wire contract, 11.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "user", "status": "active", "role_name": "Team Manager"})))]
pub struct User {
    /// Always `user`.
    object: fixed::User,
    id: id::User,
    #[schema(example = "Priya")]
    first_name: String,
    #[schema(example = "Raman")]
    last_name: String,
    #[schema(example = "priya.raman@northwind.example")]
    email: String,
    /// `active` or `invited`.
    status: word::UserStatus,
    /// `Account Owner`, `Administrator`, `Member` or `Team Manager`.
    role_name: word::UserRole,
    /// IANA time zone.
    #[schema(example = "Europe/Dublin")]
    timezone: String,
    /// Ids of the user's teams.
    #[schema(value_type = Vec<String>, example = json!(["TM-81QZ6VNHA3CE"]))]
    teams: Vec<id::Team>,
}

impl Identified for User {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<Host> for User {
    fn from(user: Host) -> Self {
        Self {
            object: fixed::User,
            id: user.id.into(),
            first_name: user.first_name,
            last_name: user.last_name,
            email: user.email,
            status: user.status.into(),
            role_name: user.role_name.into(),
            timezone: user.time_zone,
            teams: user.teams.into_iter().map(id::Id).collect(),
        }
    }
}

or_deleted!(User, DeletedUser, UserOrDeleted);
