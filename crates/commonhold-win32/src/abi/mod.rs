//! The exported functions. Each reads what C gave it, and has a function of this crate do the work.

#![allow(unsafe_code, missing_docs)]
#![allow(non_snake_case, reason = "the names are Windows'")]

mod files;
mod handles;
mod memory;
mod overlapped;
