//! What the C library and the kernel are asked for directly, and the only `unsafe` code beside [`abi`](crate::abi).

#![allow(unsafe_code)]

pub(crate) mod callback;
pub(crate) mod descriptors;
pub(crate) mod fork;
pub(crate) mod fork_mutex;
pub(crate) mod pointers;
pub(crate) mod readers;
pub(crate) mod slots;
pub(crate) mod text;
