//! The sandbox that an event is imported into: whom it knows already, and by which ids.

use crate::problem::Problem;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, ContactId};
use deskbell_core::sandbox::{Contact, Object, Sandbox, Team, User};

/// The sandbox that an event is imported into.
#[derive(Debug)]
pub struct Ground {
    /// Whose it is.
    pub account: AccountId,
    /// What is in it; also what the events before brought.
    pub sandbox: Sandbox,
    /// The time of the import.
    pub now: Timestamp,
}

impl Ground {
    /// The user as the sandbox has it, or as `told`, which is then among the `new` objects.
    ///
    /// # Errors
    /// Somebody else has the address: an account has no two users of one.
    pub(super) fn user(&self, told: User, place: &str, new: &mut Vec<Object>) -> Result<User, Problem> {
        let brought = new.iter().filter_map(|object| match object {
            Object::User(user) => Some(user),
            _ => None,
        });
        let users: Vec<&User> = self.sandbox.users.iter().chain(brought).collect();
        if let Some(known) = users.iter().find(|known| known.id == told.id) {
            return Ok((*known).clone());
        }
        if let Some(other) = users.iter().find(|other| other.email.eq_ignore_ascii_case(&told.email)) {
            let message = format!(
                "The user {} has the e-mail address of {}; change it, and import again.",
                other.id, told.id
            );
            return Err(Problem::conflict(place, "email_taken", message));
        }
        for team in told.teams.iter().filter(|team| self.sandbox.teams.iter().all(|known| known.id != **team))
        {
            new.push(Team { id: team.clone(), name: team.to_string() }.into());
        }
        new.push(told.clone().into());
        Ok(told)
    }

    /// The id under which the sandbox knows the guest: the one of the contact with that id, that address, or that number. A
    /// guest whom it does not know is added as `told`.
    pub(super) fn contact(&self, told: Contact, new: &mut Vec<Object>) -> ContactId {
        let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        };
        let is_reached_alike = |known: &&Contact| same(&known.email, &told.email);
        let has_number = |known: &&Contact| same(&known.mobile_phone, &told.mobile_phone);
        let known = &self.sandbox.contacts;
        let by_id = known.iter().find(|known| known.id == told.id);
        let found =
            by_id.or_else(|| known.iter().find(is_reached_alike)).or_else(|| known.iter().find(has_number));
        if let Some(known) = found {
            return known.id.clone();
        }
        let id = told.id.clone();
        new.push(told.into());
        id
    }

    /// Takes what an event brought, for those behind it.
    pub(super) fn take(&mut self, new: &[Object]) {
        let sandbox = std::mem::take(&mut self.sandbox);
        self.sandbox = Sandbox::of(sandbox.into_objects().into_iter().chain(new.iter().cloned()));
    }
}
