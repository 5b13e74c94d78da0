//! Which contacts a list has (wire contract, 11.1).

use crate::parameters::{Created, Group, LastUpdated};
use deskbell_core::store::ObjectFilter;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactFilter {
    /// Only with this e-mail address, in any case.
    #[param(example = "tomas.healy@corrib.example")]
    email: Option<String>,
}

impl Group for ContactFilter {}

impl ContactFilter {
    /// What the store is asked for.
    pub fn within(self, created: Created, updated: LastUpdated) -> ObjectFilter {
        ObjectFilter::Contacts { email: self.email, created: created.0, updated: updated.0 }
    }
}
