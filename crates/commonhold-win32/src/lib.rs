//! The Win32 functions for sections, synchronization, handles, files and processes, for Linux.
//!
//! C and C++ programs that were written for Windows compile against the headers in `include/`, link this library,
//! and share files and memory with each other, and with Rust programs that use [`commonhold`].
//!
//! From the bottom up: [`platform`] has what the C library and the kernel are asked for directly, [`handles`] the table of
//! handles and what they refer to, the other modules what each area does, in safe code that returns `Result`; [`abi`]
//! has the exported functions, each of which calls one of those.

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "C passes the same bits as signed and as unsigned numbers"
)]

mod abi;
mod boundary;
mod calendar;
mod clock;
mod code_pages;
mod collation;
mod computer;
mod failure;
mod files;
mod handles;
mod heap;
mod memory;
mod message_box;
mod messages;
mod platform;
mod processes;
mod sections;
mod security;
mod standard;
mod threads;
mod waitables;
mod waits;
