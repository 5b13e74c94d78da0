//! The policies: verbs, one file each. All are pure: they are handed the time and the dice.

pub mod breathe;
pub mod coach;
pub mod guard;
pub mod health;
pub mod limit;
pub mod matching;
pub mod retry;
pub mod sign;
pub mod why;
