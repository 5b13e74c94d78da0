//! The campaign that brought a guest (wire contract, 5.2).

use serde::{Deserialize, Serialize};

/// What the guest's link said of the campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UtmParams {
    /// Where the link stood.
    pub source: Option<String>,
    /// In what kind of place, such as e-mail.
    pub medium: Option<String>,
    /// For which campaign.
    pub campaign: Option<String>,
    /// What was searched for.
    pub term: Option<String>,
    /// Which of several links it was.
    pub content: Option<String>,
}
