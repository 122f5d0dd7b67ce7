//! Tests that need the inside: crash points, hostile files.
