//! Those whom conversations name and who were deleted since: a conversation keeps them as they were, and must not show them.

use crate::sandbox::Targets;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::conversation::Conversation;
use deskbell_core::sandbox::{Contact, User};
use deskbell_wire::conversation::Expanded;
use deskbell_wire::problem::Problem;
use deskbell_wire::reference::Target;

/// What became of the people whom conversations name and who are to be shown in full.
pub struct People {
    contacts: Targets<Conversation, Contact>,
    owners: Targets<Conversation, User>,
    expanded: Expanded,
}

impl People {
    /// Those of `talks`, of whom the `expanded` ones matter.
    pub async fn of(
        store: &dyn Store,
        account: &Account,
        talks: &[Conversation],
        expanded: Expanded,
    ) -> Result<Self, Problem> {
        let (visitors, owning) = (expanded.contact != Target::Id, expanded.owner != Target::Id);
        let visitor: fn(&Conversation) -> Option<&str> = |talk| Some(talk.contact.id.as_str());
        let owner: fn(&Conversation) -> Option<&str> = |talk| Some(talk.owner.id.as_str());
        Ok(Self {
            contacts: Targets::read(store, account, talks, visitors, visitor).await?,
            owners: Targets::read(store, account, talks, owning, owner).await?,
            expanded,
        })
    }

    /// How `talk` shows them now.
    pub fn shown_in(&self, talk: &Conversation) -> Expanded {
        let mut expanded = self.expanded;
        if let Target::Deleted = self.contacts.of(talk) {
            expanded.contact = Target::Deleted;
        }
        if let Target::Deleted = self.owners.of(talk) {
            expanded.owner = Target::Deleted;
        }
        expanded
    }
}
