//! A master page of the vendor's classic product: one address that leads guests to booking pages.

use crate::id::MasterPageId;
use serde::{Deserialize, Serialize};

/// One address for several booking pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterPage {
    /// Its id, `MP-` and 10 characters.
    pub id: MasterPageId,
    /// What guests see.
    pub name: String,
    /// What users call it.
    pub label: String,
    /// Whether guests can book on it.
    pub active: bool,
}
