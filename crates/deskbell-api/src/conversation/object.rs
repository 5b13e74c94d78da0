//! How a conversation stands in the document of the API; [`deskbell_core::conversation`] renders it.

use serde_json::Value;
use utoipa::ToSchema;

/// A conversation (wire contract, 6.1). Of `contact`, `owner`, `bot` and `website` it has the ids, and the objects of those
/// that were expanded.
#[derive(ToSchema)]
#[schema(as = Conversation)]
pub struct ConversationObject {
    /// Always `conversation`.
    pub object: String,
    /// Its id.
    #[schema(example = "CVR-5B0E77C1D4")]
    pub id: String,
    /// When it began.
    pub creation_time: String,
    /// `contact`: the visitor began.
    pub initiated_by: String,
    /// When it last changed.
    pub last_updated_time: String,
    /// The visitor's last input.
    pub last_interacted_time: String,
    /// The visitor.
    #[schema(example = "CTC-7W3PLX90DK")]
    pub contact: Value,
    /// The user who owns the visitor's contact.
    #[schema(example = "USR-4KD92MXQ7T")]
    pub owner: Value,
    /// `started`, `closed` or `abandoned`.
    pub status: String,
    /// The chatbot.
    #[schema(example = "BOT-19AF03C77E")]
    pub bot: Value,
    /// The website it sits on.
    #[schema(example = "WEB-C40D8812FA")]
    pub website: Value,
    /// Always null.
    pub audience: Option<String>,
    /// In the order they were given.
    pub answers: Vec<GivenAnswer>,
    /// Ids of the bookings made in it.
    pub bookings: Vec<String>,
}

/// An answer of the visitor.
#[derive(ToSchema)]
#[schema(as = ConversationAnswer)]
pub struct GivenAnswer {
    /// Its id.
    #[schema(example = "INT-7E21A0B94C")]
    pub id: String,
    /// What the account calls the question.
    #[schema(example = "full_name")]
    pub internal_label: Option<String>,
    /// The question as it was asked.
    #[schema(example = "What is your name?")]
    pub question: String,
    /// The answer.
    #[schema(example = "Tomás Healy")]
    pub value: String,
}
