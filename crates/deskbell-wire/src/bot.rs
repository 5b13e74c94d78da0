//! Chatbots that a conversation can name (wire contract, 6.1).

use crate::list::Identified;
use crate::{fixed, id};
use deskbell_core::sandbox;
use serde::Serialize;
use utoipa::ToSchema;

/// A bot (wire contract, 6.1).
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"object": "bot"})))]
pub struct Bot {
    /// Always `bot`.
    object: fixed::Bot,
    id: id::Bot,
    #[schema(example = "Pricing helper")]
    name: String,
}

impl Identified for Bot {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl From<sandbox::Bot> for Bot {
    fn from(bot: sandbox::Bot) -> Self {
        Self { object: fixed::Bot, id: bot.id.into(), name: bot.name }
    }
}
