//! Which users a list has (wire contract, 11.2).

use crate::parameters::Group;
use deskbell_core::store::ObjectFilter;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which users.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// Only with this e-mail address, in any case.
    #[param(example = "priya.raman@northwind.example")]
    email: Option<String>,
}

impl Group for UserFilter {}

impl From<UserFilter> for ObjectFilter {
    fn from(filter: UserFilter) -> Self {
        filter.email.map_or(Self::All, |email| Self::Users { email })
    }
}
