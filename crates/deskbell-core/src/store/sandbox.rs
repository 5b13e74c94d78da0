//! The objects of a sandbox, kept one by one.

use super::{Listing, Page, Result, Span};
use crate::account::folded;
use crate::id::{AccountId, EventTypeId, MasterPageId, TeamId, UserId};
use crate::sandbox::{Identifier, Object, ObjectKind};
use async_trait::async_trait;
use std::collections::BTreeSet;

/// What an id leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The object as it is now.
    There(Box<Object>),
    /// There was one, and it was deleted: nothing but its id is left (wire contract, 1).
    Deleted,
    /// There never was one.
    Unknown,
}

/// What became of a new object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectAdded {
    /// It is there.
    Added,
    /// The account has as many of that kind as it may have.
    TooMany,
    /// The account has or had an object of that id: try again with a fresh one.
    IdTaken,
    /// Another object of its kind has what identifies it in that way.
    Known(Identifier),
}

/// What became of a changed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectChanged {
    /// It is as given.
    Changed,
    /// It was not as it was said to be: read it again.
    Stale,
    /// Another object of its kind has what identifies it now in that way.
    Known(Identifier),
}

/// Which objects of a kind; everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ObjectFilter {
    /// All of them.
    #[default]
    All,
    /// Users.
    Users {
        /// With this e-mail address, in any case.
        email: String,
    },
    /// Users who are members of a team.
    Members {
        /// This one.
        team: TeamId,
    },
    /// Contacts.
    Contacts {
        /// With this e-mail address, in any case.
        email: Option<String>,
        /// Made in this span.
        created: Span,
        /// Last changed in this span.
        updated: Span,
    },
    /// Booking calendars.
    Calendars {
        /// With one of these hosts.
        hosts: BTreeSet<UserId>,
    },
    /// Booking pages.
    BookingPages {
        /// That this master page leads to.
        master_page: Option<MasterPageId>,
        /// On which this event type can be booked.
        event_type: Option<EventTypeId>,
        /// Of this user.
        owner: Option<UserId>,
    },
    /// Teams.
    Teams {
        /// One of these.
        ids: BTreeSet<TeamId>,
    },
}

impl ObjectFilter {
    /// The e-mail address that all of them have, in the form in which it is compared.
    pub fn email(&self) -> Option<String> {
        match self {
            Self::Users { email } => Some(folded(email)),
            Self::Contacts { email, .. } => email.as_deref().map(folded),
            _ => None,
        }
    }

    /// Whether `object` is wanted; one of another kind never is.
    pub fn holds(&self, object: &Object) -> bool {
        match (self, object) {
            (Self::All, _) => true,
            (Self::Users { email }, Object::User(user)) => folded(&user.email) == folded(email),
            (Self::Members { team }, Object::User(user)) => user.teams.contains(team),
            (Self::Contacts { email, created, updated }, Object::Contact(contact)) => {
                let is_own = |email| contact.email.as_deref().is_some_and(|own| folded(own) == folded(email));
                email.as_deref().is_none_or(is_own)
                    && created.holds(contact.created)
                    && updated.holds(contact.updated)
            }
            (Self::Calendars { hosts }, Object::Calendar(calendar)) => hosts.contains(&calendar.host),
            (Self::BookingPages { master_page, event_type, owner }, Object::BookingPage(page)) => {
                master_page.as_ref().is_none_or(|id| page.master_pages.contains(id))
                    && event_type.as_ref().is_none_or(|id| page.event_types.contains(id))
                    && owner.as_ref().is_none_or(|id| page.owner == *id)
            }
            (Self::Teams { ids }, Object::Team(team)) => ids.contains(&team.id),
            _ => false,
        }
    }
}

/// The objects of accounts' sandboxes. [`Accounts::sandbox`](super::Accounts::sandbox) gives all of one at once.
#[async_trait]
pub trait Sandboxes: Send + Sync {
    /// Adds an object to the account's sandbox, if it has fewer than `max` of that kind and none with an identifier of it.
    /// One step.
    async fn add_object(&self, account: &AccountId, object: Object, max: u32) -> Result<ObjectAdded>;

    /// What the id leads to among the account's objects of `kind`.
    async fn object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> Result<Found>;

    /// What each of `ids` leads to among the account's objects of `kind`, in their order and in one read. One that cannot be read
    /// is as if there were none.
    async fn objects_by_id(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        ids: Vec<String>,
    ) -> Result<Vec<Found>>;

    /// The account's object of `kind` that is identified in that way by `value`, of several of the time before the oldest.
    async fn object_by(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        by: Identifier,
        value: &str,
    ) -> Result<Option<Object>>;

    /// A page of the account's objects of `kind` for which `filter` holds; deleted ones are left out.
    async fn objects(
        &self,
        account: &AccountId,
        kind: ObjectKind,
        filter: &ObjectFilter,
        page: &Page,
    ) -> Result<Listing<Object>>;

    /// Puts `new` in the place of `old`, which has the same kind and id, if it still is as given: of two callers who
    /// read the same, one changes it. What identifies it now and did not before, no other object of its kind may have.
    async fn change_object(&self, account: &AccountId, old: &Object, new: Object) -> Result<ObjectChanged>;

    /// Deletes an object and wipes what was kept of it but its id. `false` when there is none.
    async fn delete_object(&self, account: &AccountId, kind: ObjectKind, id: &str) -> Result<bool>;
}
