//! Explain: what puts rules into words. Nothing here decides: it plays or reads what the nouns and policies do, and says it.

pub mod coach;
pub mod doctor;
pub mod health;
pub mod nearest;
pub mod neighbour;
pub mod next;
pub mod why;
pub mod words;
