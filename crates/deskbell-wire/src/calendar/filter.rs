//! Which booking calendars a list has (wire contract, 10.1).

use crate::parameters::Group;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which booking calendars.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CalendarFilter {
    /// Only hosted by this user, or by a member of this team.
    #[param(example = "USR-4KD92MXQ7T")]
    pub host: Option<String>,
}

impl Group for CalendarFilter {}
