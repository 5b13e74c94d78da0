//! `expand` of conversations (wire contract, 9.3).

use crate::parameters::expands;

/// Which of its references a conversation shows as objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The visitor.
    pub contact: bool,
    /// The owner of the visitor's contact.
    pub owner: bool,
    /// The chatbot.
    pub bot: bool,
    /// The website.
    pub website: bool,
}

impl Expanded {
    /// All of them, as in events.
    pub const ALL: Self = Self { contact: true, owner: true, bot: true, website: true };
}

expands! {
    /// What conversations are shown with.
    ConversationExpand: " `contact`, `owner`, `bot`, `website`, `actions`, with commas";
    /// The visitor in full.
    contact,
    /// The owner of the visitor's contact in full.
    owner,
    /// The chatbot in full.
    bot,
    /// The website in full.
    website,
    /// What can be done to it, too.
    actions
}

impl ConversationExpand {
    /// What is shown in full.
    pub fn expanded(&self) -> Expanded {
        Expanded { contact: self.contact(), owner: self.owner(), bot: self.bot(), website: self.website() }
    }
}
