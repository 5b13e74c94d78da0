//! Teams of the sandbox (wire contract, 5.2).

use crate::list::Identified;
use crate::parameters::Group;
use crate::{fixed, id};
use deskbell_core::sandbox;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A team (wire contract, 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "team"})))]
pub struct Team {
    /// Always `team`.
    object: fixed::Team,
    id: id::Team,
    #[schema(example = "Front desk")]
    name: String,
}

impl Identified for Team {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<sandbox::Team> for Team {
    fn from(team: sandbox::Team) -> Self {
        Self { object: fixed::Team, id: team.id.into(), name: team.name }
    }
}

/// Which teams.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TeamFilter {
    /// Only those that this user is a member of.
    #[param(inline)]
    pub user: Option<id::given::User>,
}

impl Group for TeamFilter {}
