//! Tests that need the inside: crashes at named points, hostile files, other types of objects.

mod crash;
mod hostile;
#[path = "../../../../tests/support/mod.rs"]
mod support;
mod types;
mod victim;
