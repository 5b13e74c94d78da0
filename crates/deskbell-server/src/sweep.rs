//! What the passing of time does to the sandbox: one file a noun.

pub mod booking;
pub mod conversation;
