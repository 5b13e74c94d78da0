//! An event type of the vendor's classic product: what guests book.

use crate::id::EventTypeId;
use serde::{Deserialize, Serialize};

/// A kind of meeting that booking pages offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventType {
    /// Its id, `ET-` and 10 characters.
    pub id: EventTypeId,
    /// What guests see.
    pub name: String,
    /// What users call it.
    pub label: String,
    /// What guests read about it.
    pub description: String,
}
