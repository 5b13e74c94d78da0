//! `expand` of conversations (wire contract, 9.3).

use crate::parameters::{Expand, Group};
use crate::word::Words;
use serde::Deserialize;
use utoipa::IntoParams;

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

/// What conversations are shown with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConversationExpand {
    /// `contact`, `owner`, `bot`, `website`, `actions`, with commas
    #[param(inline)]
    expand: Option<Expandable>,
}

impl Group for ConversationExpand {}

impl ConversationExpand {
    /// What is shown in full.
    pub fn expanded(&self) -> Expanded {
        Expanded {
            contact: self.has(Property::Contact),
            owner: self.has(Property::Owner),
            bot: self.has(Property::Bot),
            website: self.has(Property::Website),
        }
    }

    /// What can be done to it, too.
    pub fn actions(&self) -> bool {
        self.has(Property::Actions)
    }

    fn has(&self, property: Property) -> bool {
        self.expand.as_ref().is_some_and(|expand| expand.has(property))
    }
}

type Expandable = Expand<Property>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Contact,
    Owner,
    Bot,
    Website,
    Actions,
}

impl Words for Property {
    fn all() -> Vec<Self> {
        vec![Self::Contact, Self::Owner, Self::Bot, Self::Website, Self::Actions]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Owner => "owner",
            Self::Bot => "bot",
            Self::Website => "website",
            Self::Actions => "actions",
        }
    }
}
