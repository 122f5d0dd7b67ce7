//! What the protocols of waitable objects are made of: atomics, sleeping and waking, and a thread's list of what
//! it owns.
//!
//! There are two of it: the kernel's own, and a model of it for `loom`, which runs the same protocols in every
//! order that the memory model allows, and kills threads between any two steps.

#[cfg(not(loom))]
mod kernel;
#[cfg(not(loom))]
mod thread;
#[cfg(all(test, not(loom)))]
pub(crate) use kernel::CLOCK_CHANGE;
#[cfg(not(loom))]
pub(super) use kernel::*;
#[cfg(not(loom))]
pub(super) use thread::*;

#[cfg(loom)]
mod model;
#[cfg(loom)]
pub(super) use model::*;

pub(super) use std::sync::atomic::Ordering;
