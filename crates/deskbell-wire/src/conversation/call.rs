//! What the calls of conversations take.

use crate::body::RequestBody;
use crate::parameters::Group;
use crate::text::{Name, Text};
use crate::{id, word};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Who talks to which bot; what is left out is the first of the sandbox's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// The visitor.
    pub contact: Option<id::given::Contact>,
    /// The chatbot.
    pub bot: Option<id::given::Bot>,
    /// The website it sits on.
    pub website: Option<id::given::Website>,
    /// The name of the audience that the visitor belongs to, 1 to 255 characters; in none when left out. The same name has the
    /// same id.
    pub audience: Option<Name>,
}

impl RequestBody for NewConversation {}

/// An answer of the visitor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"question": "What is your name?", "value": "Tomás Healy", "internal_label": "full_name"})))]
pub struct NewAnswer {
    /// The question as it was asked, 1 to 2,000 characters.
    pub question: Text<1, 2_000>,
    /// The answer, 1 to 2,000 characters.
    pub value: Text<1, 2_000>,
    /// What the account calls the question, 1 to 255 characters.
    pub internal_label: Option<Text<1, 255>>,
}

impl RequestBody for NewAnswer {}

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConversationFilter {
    /// `started`, `closed` or `abandoned`
    #[param(inline)]
    pub status: Option<word::ConversationStatus>,
    /// Only of this visitor
    #[param(inline)]
    pub contact: Option<id::given::Contact>,
}

impl Group for ConversationFilter {}
