//! What a body of the vendor's may say of a user, and what it makes of one (wire contract, 11.2).

use crate::body::{RequestBody, VendorWords};
use crate::broken::Broken;
use crate::optional::Omittable;
use crate::schema::{value, words};
use crate::text::{Email, PersonName};
use crate::{id, word};
use deskbell_core::id::{TeamId, UserId};
use deskbell_core::policy::limit::TEAMS_PER_USER;
use deskbell_core::sandbox::{Availability, ExternalCalendarType, Provider, User, UserRole, UserStatus};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

/// A user to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"first_name": "Priya", "last_name": "Raman", "role_name": "Team Manager", "teams": []})))]
pub struct NewUser {
    /// E-mail address, which no other user of the account has.
    pub email: Email,
    /// 1 to 255 characters.
    pub first_name: PersonName,
    /// 1 to 255 characters.
    pub last_name: PersonName,
    /// `Administrator`, `Member` or `Team Manager`; `Member` when left out.
    pub role_name: Omittable<AssignedRole>,
    /// Ids of teams.
    pub teams: Omittable<UserTeams>,
}

impl RequestBody for NewUser {
    const VENDOR: Option<VendorWords> = Some(VendorWords {
        empty: None,
        unknown: "Unsupported fields",
        missing: &[
            (&["email"], "Required fields are missing."),
            (&["first_name"], "Required fields are missing."),
            (&["last_name"], "Required fields are missing."),
        ],
        malformed: &[
            ("first_name", "Invalid first_name: '…'"),
            ("last_name", "Invalid last_name: '…'"),
            ("role_name", "Invalid role name: '…'"),
            ("teams", "Must be an array of strings."),
        ],
    });
}

impl NewUser {
    /// The user that it asks for: a sandbox has nobody who would accept an invitation.
    pub fn user(&self, id: UserId) -> User {
        User {
            id,
            first_name: self.first_name.0.clone(),
            last_name: self.last_name.0.clone(),
            email: self.email.0.clone(),
            status: UserStatus::Active,
            role_name: self.role_name.0.as_ref().map_or(UserRole::Member, |role| role.0),
            time_zone: "UTC".into(),
            teams: self.teams.0.clone().map(|teams| teams.0).unwrap_or_default(),
            seat: true,
            providers: Provider::at_first(),
            external_calendar: ExternalCalendarType::default(),
            availability: Availability::default(),
        }
    }
}

/// A change to a user; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"first_name": "Priya", "last_name": "Raman"})))]
pub struct UserPatch {
    /// As in creation.
    pub first_name: Omittable<PersonName>,
    /// As in creation.
    pub last_name: Omittable<PersonName>,
    /// As in creation.
    pub role_name: Omittable<AssignedRole>,
    /// Ids of teams, which take the place of those that were there.
    pub teams: Omittable<UserTeams>,
}

impl RequestBody for UserPatch {
    const VENDOR: Option<VendorWords> = Some(VendorWords {
        empty: Some("At least one field must be provided to update."),
        unknown: "Unsupported field",
        missing: &[],
        malformed: &[
            ("first_name", "Invalid first name: '…'"),
            ("last_name", "Invalid last name: '…'"),
            ("role_name", "Invalid role name: '…'"),
            ("teams", "Must be an array of strings."),
        ],
    });
}

impl UserPatch {
    /// Changes `user` in what was given.
    pub fn apply(&self, user: &mut User) {
        set(&mut user.first_name, self.first_name.0.clone().map(String::from));
        set(&mut user.last_name, self.last_name.0.clone().map(String::from));
        set(&mut user.role_name, self.role_name.0.as_ref().map(|role| role.0));
        set(&mut user.teams, self.teams.0.clone().map(|teams| teams.0));
    }
}

/// Puts what was given in the place of what was there.
pub(super) fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

/// A role that a call can give.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "word::UserRole")]
pub struct AssignedRole(pub UserRole);

impl TryFrom<word::UserRole> for AssignedRole {
    type Error = Broken;

    fn try_from(word::Word(role): word::UserRole) -> Result<Self, Broken> {
        if role != UserRole::AccountOwner {
            return Ok(Self(role));
        }
        let message = "The 'Account Owner' role cannot be assigned directly via the API.";
        Err(Broken::new("role_unassignable", message))
    }
}

value!(
    AssignedRole,
    words([UserRole::Administrator, UserRole::Member, UserRole::TeamManager].map(UserRole::as_str))
);

/// The teams of one user, each once. Whether they are there, the store says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<id::given::Team>")]
pub struct UserTeams(pub Vec<TeamId>);

impl TryFrom<Vec<id::given::Team>> for UserTeams {
    type Error = Broken;

    fn try_from(given: Vec<id::given::Team>) -> Result<Self, Broken> {
        if given.len() > TEAMS_PER_USER {
            let message = format!("A user has at most {TEAMS_PER_USER} teams.");
            return Err(Broken::new("fields_too_many", message));
        }
        let mut teams = Vec::new();
        for id::Given(team) in given {
            if !teams.contains(&team) {
                teams.push(team);
            }
        }
        Ok(Self(teams))
    }
}

value!(
    UserTeams,
    ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String)).max_items(Some(TEAMS_PER_USER))
);
