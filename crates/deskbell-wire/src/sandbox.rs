//! What a tester decides of a sandbox, and the vendor's API cannot: all of it is ours.

pub mod settings;
