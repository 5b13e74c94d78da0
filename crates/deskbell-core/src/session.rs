//! Session: a browser that a member signed in with, until it signs out, falls silent or grows old (catalogue 6.4, 6.6).

use crate::Timestamp;
use crate::id::MemberId;
use crate::time::later;
use crate::token::TokenHash;
use std::time::Duration;

/// A session without a call for this long is over (catalogue 6.6).
pub const IDLE: Duration = Duration::from_secs(12 * 3600);
/// A session is over this long after the sign-in, whatever happens (catalogue 6.6).
pub const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// What shows a secret wants a sign-in that is younger than this (T-50).
pub const RECENT: Duration = Duration::from_secs(600);
/// A call is noted only when the last note is older than this, so that a busy page costs no write a call.
pub const NOTED: Duration = Duration::from_secs(60);

/// A session as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The keyed hash of its token.
    pub hash: TokenHash,
    /// Who signed in.
    pub member: MemberId,
    /// When the member signed in.
    pub created: Timestamp,
    /// When it last called; noted to within [`NOTED`].
    pub seen: Timestamp,
}

impl Session {
    /// A session that begins `now`.
    pub fn new(hash: TokenHash, member: MemberId, now: Timestamp) -> Self {
        Self { hash, member, created: now, seen: now }
    }

    /// When it ends if it does not call again.
    pub fn expires(&self) -> Timestamp {
        later(self.seen, IDLE).min(later(self.created, LIFE))
    }

    /// Whether it opens anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires()
    }

    /// Whether the sign-in is young enough for what shows a secret.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        now < later(self.created, RECENT)
    }

    /// Whether a call at `now` is to be noted.
    pub fn is_to_be_noted(&self, now: Timestamp) -> bool {
        now >= later(self.seen, NOTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    fn at(seconds: u64) -> Timestamp {
        later(from_millis(0), Duration::from_secs(seconds))
    }

    fn session() -> Session {
        Session::new(TokenHash([1; 32]), MemberId::from_text("MBR-1"), at(0))
    }

    #[test]
    fn a_session_ends_twelve_hours_after_its_last_call() {
        let session = session();
        assert!(session.is_live(at(12 * 3600 - 1)));
        assert!(!session.is_live(at(12 * 3600)));
    }

    #[test]
    fn a_session_ends_seven_days_after_the_sign_in_however_busy_it_is() {
        let week = 7 * 24 * 3600;
        let busy = Session { seen: at(week - 1), ..session() };
        assert!(busy.is_live(at(week - 1)));
        assert!(!busy.is_live(at(week)));
    }

    #[test]
    fn a_sign_in_is_recent_for_ten_minutes_and_a_call_is_noted_once_a_minute() {
        assert!(session().is_recent(at(599)) && !session().is_recent(at(600)));
        assert!(!session().is_to_be_noted(at(59)) && session().is_to_be_noted(at(60)));
    }
}
