//! What the C library and the kernel are asked for directly, and the only `unsafe` code beside [`abi`](crate::abi).

#![allow(unsafe_code)]

pub(crate) mod arguments;
pub(crate) mod callback;
pub(crate) mod descriptors;
pub(crate) mod fork;
pub(crate) mod fork_mutex;
pub(crate) mod heap;
pub(crate) mod local_time;
pub(crate) mod pointers;
pub(crate) mod program;
pub(crate) mod readers;
pub(crate) mod slots;
pub(crate) mod standard_output;
pub(crate) mod strings;
pub(crate) mod text;
