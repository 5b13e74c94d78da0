//! `expand` of conversations (wire contract, 9.3).

use crate::parameters::expands;
use crate::reference::Target;

/// How a conversation shows those that it names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The visitor.
    pub contact: Target<()>,
    /// The owner of the visitor's contact.
    pub owner: Target<()>,
    /// The chatbot.
    pub bot: Target<()>,
    /// The website.
    pub website: Target<()>,
    /// The audience.
    pub audience: Target<()>,
}

impl Expanded {
    /// All of them in full, as in events.
    pub const ALL: Self = Self {
        contact: Target::Object(()),
        owner: Target::Object(()),
        bot: Target::Object(()),
        website: Target::Object(()),
        audience: Target::Object(()),
    };
}

expands! {
    /// What conversations are shown with.
    ConversationExpand: " `contact`, `owner`, `bot`, `website`, `audience`, `actions`, with commas";
    /// The visitor in full.
    contact = "contact";
    /// The owner of the visitor's contact in full.
    owner = "owner";
    /// The chatbot in full.
    bot = "bot";
    /// The website in full.
    website = "website";
    /// The audience in full.
    audience = "audience";
    /// What can be done to it, too.
    actions = "actions";
}

impl ConversationExpand {
    /// What is shown in full.
    pub fn expanded(&self) -> Expanded {
        Expanded {
            contact: Target::when(self.contact()),
            owner: Target::when(self.owner()),
            bot: Target::when(self.bot()),
            website: Target::when(self.website()),
            audience: Target::when(self.audience()),
        }
    }
}
