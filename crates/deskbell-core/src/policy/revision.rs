//! Revision: optimistic concurrency. What was read and changed is stored only over the revision that it was made from, so
//! that of two callers who read the same, one wins.

use crate::id::AccountId;

/// What keeps a new or changed object out of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Somebody changed it first, or it is not there: read again.
    Changed,
    /// Its id is taken: try again with a fresh one.
    IdTaken,
}

/// What keeps the account's object of this revision from being stored over the `stored` one of its id, whose account and
/// revision are given. Revision 0 is a new object; any other replaces the one before it.
pub fn conflict(account: &AccountId, revision: u64, stored: Option<(&AccountId, u64)>) -> Option<Conflict> {
    match (revision.checked_sub(1), stored) {
        (None, None) => None,
        (None, Some(_)) => Some(Conflict::IdTaken),
        (Some(before), Some((owner, kept))) if owner == account && kept == before => None,
        (Some(_), _) => Some(Conflict::Changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_stored_over_the_revision_it_was_made_from_and_no_other() {
        let (ours, theirs) = (AccountId::from_text("ACC-1"), AccountId::from_text("ACC-2"));
        for (revision, stored, expected) in [
            (0, None, None),
            (0, Some((&ours, 0)), Some(Conflict::IdTaken)),
            (0, Some((&theirs, 7)), Some(Conflict::IdTaken)),
            (3, Some((&ours, 2)), None),
            (3, Some((&ours, 3)), Some(Conflict::Changed)),
            (3, Some((&ours, 1)), Some(Conflict::Changed)),
            (3, Some((&theirs, 2)), Some(Conflict::Changed)),
            (3, None, Some(Conflict::Changed)),
        ] {
            assert_eq!(conflict(&ours, revision, stored), expected, "{revision} over {stored:?}");
        }
    }
}
