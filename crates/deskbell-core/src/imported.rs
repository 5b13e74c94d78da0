//! Imported: the form in which a booking or a conversation came, which its later events keep.

use crate::Timestamp;
use crate::account::PayloadStyle;
use serde::{Deserialize, Serialize};

/// The form in which something came. What has changed since is laid over it: everything else, whatever we know of it, is
/// sent again as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// When it was imported. What the clock alone would have done before is not done any more.
    pub at: Timestamp,
    /// The `data` of its event, as JSON without insignificant white space.
    pub data: String,
    /// The same as we wrote it then: what is written otherwise today has changed.
    pub written: String,
    /// Whether it came with objects or with ids, whatever the account's own style is.
    pub style: PayloadStyle,
}
