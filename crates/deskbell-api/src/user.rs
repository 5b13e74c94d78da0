//! `/v2/users`: the hosts of the sandbox. List and get are the vendor's (wire contract, 11.2); creating and changing are
//! ours, so that a sandbox can look like the integrator's own account.

use super::auth::Caller;
use super::path::PathId;
use super::sandbox::empty_change;
use crate::app::{App, Shared};
use crate::body::ObjectBody;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::{TeamId, UserId};
use deskbell_core::sandbox::{Team, User, UserStatus};
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::problem::Problem;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A user (wire contract, 11.2).
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserObject {
    /// Always `user`.
    #[schema(example = "user")]
    object: &'static str,
    #[schema(example = "USR-4KD92MXQ7T")]
    id: String,
    #[schema(example = "Priya")]
    first_name: String,
    #[schema(example = "Raman")]
    last_name: String,
    #[schema(example = "priya.raman@northwind.example")]
    email: String,
    /// `active` or `invited`.
    #[schema(example = "active")]
    status: &'static str,
    /// `Account Owner`, `Administrator`, `Member` or `Team Manager`.
    #[schema(example = "Team Manager")]
    role_name: String,
    /// IANA time zone.
    #[schema(example = "Europe/Dublin")]
    timezone: String,
    /// Ids of the user's teams.
    #[schema(example = json!(["TM-81QZ6VNHA3CE"]))]
    teams: Vec<String>,
}

impl UserObject {
    /// The user as it is now.
    pub fn new(user: &User) -> Self {
        Self {
            object: "user",
            id: user.id.to_string(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            email: user.email.clone(),
            status: user.status.as_str(),
            role_name: user.role_name.clone(),
            timezone: user.time_zone.clone(),
            teams: user.teams.iter().map(ToString::to_string).collect(),
        }
    }
}

impl pagination::Identified for UserObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A user to create.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// 1 to 255 characters.
    #[schema(example = "Priya")]
    pub first_name: String,
    /// 1 to 255 characters.
    #[schema(example = "Raman")]
    pub last_name: String,
    /// E-mail address.
    #[schema(example = "priya.raman@northwind.example")]
    pub email: String,
    /// `active` or `invited`; `active` when left out.
    #[schema(example = "active")]
    pub status: Option<String>,
    /// `Account Owner`, `Administrator`, `Member` or `Team Manager`; `Member` when left out.
    #[schema(example = "Team Manager")]
    pub role_name: Option<String>,
    /// IANA time zone; working hours are in it. `UTC` when left out.
    #[schema(example = "Europe/Dublin")]
    pub timezone: Option<String>,
    /// Ids of teams.
    #[schema(example = json!([]))]
    pub teams: Option<Vec<String>>,
}

/// A change to a user; what is left out stays.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// As in creation.
    pub first_name: Option<String>,
    /// As in creation.
    pub last_name: Option<String>,
    /// As in creation.
    pub email: Option<String>,
    /// As in creation.
    pub status: Option<String>,
    /// As in creation.
    pub role_name: Option<String>,
    /// As in creation. Slots from now on are in it.
    #[schema(example = "Europe/Dublin")]
    pub timezone: Option<String>,
    /// As in creation.
    pub teams: Option<Vec<String>>,
}

/// List users, newest first.
#[utoipa::path(get, path = "/v2/users", operation_id = "list_users", tag = "People", params(pagination::Paging),
    responses((status = 200, body = List<UserObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let found = app.sandbox.page::<User>(&account, &query).await?;
    Ok(app.pagination.list("/v2/users", &query, found.map(|user| UserObject::new(&user))))
}

/// Get a user.
#[utoipa::path(get, path = "/v2/users/{id}", operation_id = "get_user", tag = "People", params(("id" = String, Path)),
    responses((status = 200, body = UserObject), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<UserObject>, Problem> {
    let user: User = app.sandbox.find(&account, &id).await?;
    Ok(Json(UserObject::new(&user)))
}

/// Create a user in the sandbox. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/users", operation_id = "create_user", tag = "People", request_body = NewUser,
    responses((status = 201, body = UserObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    Caller(account): Caller,
    body: ObjectBody,
) -> Result<(StatusCode, Json<UserObject>), Problem> {
    let fields = Fields::new(&body.0);
    let change = app.user_change(&account, &fields).await?;
    for field in ["first_name", "last_name", "email"] {
        fields.required_text(field)?;
    }
    let made = app.sandbox.add(&account, |random| {
        let mut user = User {
            id: UserId::new(random),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            status: UserStatus::Active,
            role_name: "Member".into(),
            time_zone: "UTC".into(),
            teams: Vec::new(),
        };
        change.apply(&mut user);
        user
    });
    Ok((StatusCode::CREATED, Json(UserObject::new(&made.await?))))
}

/// Change a user of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/users/{id}", operation_id = "change_user", tag = "People", params(("id" = String, Path)),
    request_body = UserPatch,
    responses((status = 200, body = UserObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<UserObject>, Problem> {
    let fields = Fields::new(&body.0);
    let change = app.user_change(&account, &fields).await?;
    if fields.is_empty() {
        return Err(empty_change());
    }
    let changed = app.sandbox.change(&account, &id, |user: &mut User| {
        change.apply(user);
        Ok(())
    });
    Ok(Json(UserObject::new(&changed.await?)))
}

/// What a body says of a user.
struct Change {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    status: Option<UserStatus>,
    role_name: Option<String>,
    time_zone: Option<String>,
    teams: Option<Vec<TeamId>>,
}

impl Change {
    fn apply(&self, user: &mut User) {
        fn set<T: Clone>(field: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
        set(&mut user.first_name, self.first_name.as_ref());
        set(&mut user.last_name, self.last_name.as_ref());
        set(&mut user.email, self.email.as_ref());
        set(&mut user.status, self.status.as_ref());
        set(&mut user.role_name, self.role_name.as_ref());
        set(&mut user.time_zone, self.time_zone.as_ref());
        set(&mut user.teams, self.teams.as_ref());
    }
}

/// The vendor's roles (wire contract, 5.2).
const ROLES: [&str; 4] = ["Account Owner", "Administrator", "Member", "Team Manager"];
/// Teams of one user.
const TEAMS: usize = 100;

impl App {
    /// Reads a body and judges it; the teams it names must be there.
    async fn user_change(&self, account: &Account, fields: &Fields<'_>) -> Result<Change, Problem> {
        fields.read_only(&["id", "object"])?;
        fields.only(&["first_name", "last_name", "email", "status", "role_name", "timezone", "teams"])?;
        fields.no_nulls()?;
        let role = |name: &str| ROLES.into_iter().find(|role| *role == name).map(str::to_owned);
        let teams = fields.texts("teams")?;
        for (at, team) in teams.iter().flatten().enumerate() {
            if at == TEAMS {
                let message = format!("A user has at most {TEAMS} teams.");
                return Err(Problem::invalid("teams", "fields_too_many", message));
            }
            self.sandbox.find_in::<Team>(account, "teams", team).await?;
        }
        let name = |field| fields.has(field).then(|| fields.name(field)).transpose();
        Ok(Change {
            first_name: name("first_name")?,
            last_name: name("last_name")?,
            email: fields.email("email")?,
            status: fields.choice("status", UserStatus::parse, &["active", "invited"])?,
            role_name: fields.choice("role_name", role, &ROLES)?,
            time_zone: fields.time_zone("timezone")?,
            teams: teams.map(|teams| teams.into_iter().map(TeamId::from_text).collect()),
        })
    }
}
