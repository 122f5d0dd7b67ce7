//! The `commonhold` command.
fn main() {}
