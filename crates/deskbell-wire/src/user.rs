//! Users: the hosts of the sandbox (wire contract, 11.2). Creating and changing them are ours.

use crate::body::RequestBody;
use crate::broken::Broken;
use crate::list::Identified;
use crate::optional::Omittable;
use crate::schema::value;
use crate::text::{Email, Name, TimeZone};
use crate::{fixed, id, word};
use deskbell_core::id::{TeamId, UserId};
use deskbell_core::policy::limit::TEAMS_PER_USER;
use deskbell_core::sandbox::{self, UserRole, UserStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

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

impl From<sandbox::User> for User {
    fn from(user: sandbox::User) -> Self {
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

/// A user to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"first_name": "Priya", "last_name": "Raman", "status": "active", "role_name": "Team Manager", "teams": []})))]
pub struct NewUser {
    /// 1 to 255 characters.
    pub first_name: Name,
    /// 1 to 255 characters.
    pub last_name: Name,
    /// E-mail address.
    pub email: Email,
    /// `active` or `invited`; `active` when left out.
    pub status: Omittable<word::UserStatus>,
    /// `Account Owner`, `Administrator`, `Member` or `Team Manager`; `Member` when left out.
    pub role_name: Omittable<word::UserRole>,
    /// IANA time zone; working hours are in it. `UTC` when left out.
    pub timezone: Omittable<TimeZone>,
    /// Ids of teams.
    pub teams: Omittable<UserTeams>,
}

impl RequestBody for NewUser {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl NewUser {
    /// The user that it asks for.
    pub fn user(&self, id: UserId) -> sandbox::User {
        sandbox::User {
            id,
            first_name: self.first_name.0.clone(),
            last_name: self.last_name.0.clone(),
            email: self.email.0.clone(),
            status: self.status.0.map_or(UserStatus::Active, |status| status.0),
            role_name: self.role_name.0.map_or(UserRole::Member, |role| role.0),
            time_zone: self.timezone.0.clone().map_or_else(|| "UTC".into(), String::from),
            teams: self.teams.0.clone().map(|teams| teams.0).unwrap_or_default(),
        }
    }
}

/// A change to a user; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"first_name": "Priya", "last_name": "Raman"})))]
pub struct UserPatch {
    /// As in creation.
    pub first_name: Omittable<Name>,
    /// As in creation.
    pub last_name: Omittable<Name>,
    /// As in creation.
    pub email: Omittable<Email>,
    /// As in creation.
    pub status: Omittable<word::UserStatus>,
    /// As in creation.
    pub role_name: Omittable<word::UserRole>,
    /// As in creation. Slots from now on are in it.
    pub timezone: Omittable<TimeZone>,
    /// As in creation.
    pub teams: Omittable<UserTeams>,
}

impl RequestBody for UserPatch {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl UserPatch {
    /// Changes `user` in what was given.
    pub fn apply(&self, user: &mut sandbox::User) {
        fn set<T>(field: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *field = given;
            }
        }
        set(&mut user.first_name, self.first_name.0.clone().map(String::from));
        set(&mut user.last_name, self.last_name.0.clone().map(String::from));
        set(&mut user.email, self.email.0.clone().map(String::from));
        set(&mut user.status, self.status.0.map(|status| status.0));
        set(&mut user.role_name, self.role_name.0.map(|role| role.0));
        set(&mut user.time_zone, self.timezone.0.clone().map(String::from));
        set(&mut user.teams, self.teams.0.clone().map(|teams| teams.0));
    }
}

const READ_ONLY: &[&str] = &["id", "object"];

/// The teams of one user. Whether they are there, the store says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<id::given::Team>")]
pub struct UserTeams(pub Vec<TeamId>);

impl TryFrom<Vec<id::given::Team>> for UserTeams {
    type Error = Broken;

    fn try_from(teams: Vec<id::given::Team>) -> Result<Self, Broken> {
        if teams.len() > TEAMS_PER_USER {
            let message = format!("A user has at most {TEAMS_PER_USER} teams.");
            return Err(Broken::new("fields_too_many", message));
        }
        Ok(Self(teams.into_iter().map(|team| team.0).collect()))
    }
}

value!(
    UserTeams,
    ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String)).max_items(Some(TEAMS_PER_USER))
);
