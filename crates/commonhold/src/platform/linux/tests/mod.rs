//! Tests that need the inside: crashes at named points, hostile files, lost wakes, other types of objects.

#[cfg(not(loom))]
mod clock;
mod crash;
mod deaths;
#[path = "../../../../tests/support/forked.rs"]
mod forked;
mod hostile;
mod quiet;
mod reclaim;
#[path = "../../../../tests/support/mod.rs"]
mod support;
mod types;
mod victim;
#[cfg(not(loom))]
#[path = "../../../../tests/support/waits.rs"]
mod waits;
