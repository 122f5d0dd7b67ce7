//! What the C library and the kernel are asked for directly, and the only `unsafe` code beside [`abi`](crate::abi).

#![allow(unsafe_code)]

pub(crate) mod broken_pipe;
pub(crate) mod byte_locks;
pub(crate) mod callback;
pub(crate) mod critical_section;
pub(crate) mod descriptors;
pub(crate) mod environment;
pub(crate) mod exit;
pub(crate) mod fork;
pub(crate) mod heap;
pub(crate) mod line;
pub(crate) mod local_time;
pub(crate) mod pidfd;
pub(crate) mod pointers;
pub(crate) mod private_descriptors;
pub(crate) mod private_memory;
pub(crate) mod process_exit;
pub(crate) mod program;
pub(crate) mod readers;
pub(crate) mod signals;
pub(crate) mod slots;
pub(crate) mod spawn;
pub(crate) mod standard_output;
pub(crate) mod starting;
pub(crate) mod strings;
pub(crate) mod text;
pub(crate) mod text_buffer;
pub(crate) mod thread_id;
pub(crate) mod thread_keys;
pub(crate) mod thread_start;
pub(crate) mod transfer_buffers;
