//! `expand=actions` of a booking: what can be done to it, and what that would ring. An addition to the vendor's object.

use crate::word;
use deskbell_core::booking::Action;
use serde::Serialize;
use utoipa::ToSchema;

/// A call that takes a booking a step further, and what it would come to. An addition to the vendor's API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    example = json!({"name": "cancel", "allowed": true, "reason": null, "rings": ["booking.canceled"]}),
    examples(json!({"name": "cancel"})),
)]
pub struct BookingAction {
    /// The last part of the call's path.
    name: word::BookingActionName,
    /// Whether its state allows it now.
    allowed: bool,
    /// Why it would be refused; null when it is allowed.
    #[schema(example = "Only a requested booking can be approved. This one is scheduled.", required)]
    reason: Option<String>,
    /// The triggers that it would ring, in order. A move is taken to be one on the same calendar.
    rings: Vec<word::Trigger>,
}

impl From<Action> for BookingAction {
    fn from(Action { name, outcome }: Action) -> Self {
        let (rings, reason) = outcome.map_or_else(|reason| (Vec::new(), Some(reason)), |rings| (rings, None));
        Self {
            name: name.into(),
            allowed: reason.is_none(),
            reason,
            rings: rings.into_iter().map(Into::into).collect(),
        }
    }
}
