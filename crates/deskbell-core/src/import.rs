//! Import: an event of another system as a beginning. What it speaks of comes into an account's sandbox under the ids that
//! it has there, and rings nothing; what the sandbox makes of it later looks as that system's events do.

use crate::Timestamp;
use crate::booking::Booking;
use crate::conversation::Conversation;
use crate::id::AccountId;
use crate::sandbox::{Identifier, Object, ObjectKind};
use sha2::{Digest, Sha256};

/// What one event speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Those whose ids the account has never had are added; the others stay as they are there.
    pub objects: Vec<Object>,
    /// The conversation that it is about, or that its booking was made in.
    pub conversation: Option<Conversation>,
    /// The booking that it is about.
    pub booking: Option<Booking>,
}

/// What became of the booking or conversation that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was none of its id.
    Created,
    /// It took the place of one that was as old or older.
    Updated,
    /// What was there already changed later: it stays.
    Kept,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Created, Self::Updated, Self::Kept];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Kept => "kept",
        }
    }
}

/// What became of events that were imported together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportSaved {
    /// All of them are stored; what became of each.
    Saved(Vec<Outcome>),
    /// Nothing was stored, for the sake of the one at this place.
    Refused(usize, Objection),
}

/// What keeps an event from being imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// Another account has its booking or its conversation.
    IdTaken,
    /// Its host is taken at that time by another booking.
    SlotTaken,
    /// The account has as many objects of that kind as it may have.
    TooMany(ObjectKind),
    /// Another object of that kind has what identifies one of it in that way: it came since the sandbox was read.
    Known(ObjectKind, Identifier),
}

/// What becomes of the account's object that changed at `updated` over the `stored` one of its id, whose account and last
/// change are given: the newer one wins, and of two that are as old the one that comes.
///
/// # Errors
/// Another account has that id.
pub fn outcome(
    account: &AccountId,
    updated: Timestamp,
    stored: Option<(&AccountId, Timestamp)>,
) -> Result<Outcome, Objection> {
    match stored {
        None => Ok(Outcome::Created),
        Some((owner, _)) if owner != account => Err(Objection::IdTaken),
        Some((_, kept)) if kept > updated => Ok(Outcome::Kept),
        Some(_) => Ok(Outcome::Updated),
    }
}

/// The end of an id for what an event does not name and the sandbox needs: the same for the same `text`, so that importing
/// twice makes it once.
pub fn stand_in(text: &str) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(10).map(|byte| char::from(ALPHABET[usize::from(byte % 36)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    #[test]
    fn the_newer_one_wins_and_another_accounts_stays() {
        let (ours, theirs) = (AccountId::from_text("ACC-1"), AccountId::from_text("ACC-2"));
        let over = |owner: &AccountId, kept| outcome(&ours, from_millis(5), Some((owner, from_millis(kept))));
        assert_eq!(outcome(&ours, from_millis(5), None), Ok(Outcome::Created));
        assert_eq!(
            [4, 5, 6].map(|kept| over(&ours, kept).unwrap()),
            [Outcome::Updated, Outcome::Updated, Outcome::Kept]
        );
        assert_eq!(over(&theirs, 4), Err(Objection::IdTaken));
    }

    #[test]
    fn a_stand_in_is_made_once_for_one_text() {
        assert_eq!(stand_in("tomas.healy@corrib.example"), stand_in("tomas.healy@corrib.example"));
        assert_ne!(stand_in("tomas.healy@corrib.example"), stand_in("priya.raman@northwind.example"));
        assert!(stand_in("").len() == 10 && stand_in("").bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
