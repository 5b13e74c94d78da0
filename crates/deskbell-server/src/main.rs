//! The `deskbell` command.

fn main() {}
