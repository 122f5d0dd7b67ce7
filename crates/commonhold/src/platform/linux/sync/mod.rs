//! Waitable objects: mutexes, semaphores, events and timers, and waiting for them.
//!
//! From the bottom up: [`primitive`] is what the kernel offers, [`state`] what the 64 bits of an object mean,
//! [`shared`] where they are, and [`waitable`] an object, with the invariants of all that is done to it: [`wake`] and
//! [`crowd`] say who is woken, [`reservation`] how an object is had for a moment, [`mutex`], [`semaphore`], [`event`]
//! and [`timer`] what each type adds, [`quick`] the short ways, [`spin`] when not to sleep. [`wait`], [`wait_any`] and
//! [`wait_all`] wait for them. On these stand [`registry`], the objects that this process has mapped, in [`pages`], and
//! [`handle`], which [`create`] and [`open`] make, and the public types are made of. [`inspect`] reads what they share.

mod alert;
mod bridge;
mod create;
mod crowd;
mod event;
mod handle;
pub(super) mod inspect;
#[cfg(all(test, loom))]
mod loom;
mod mutex;
mod open;
mod pages;
mod pid_namespace;
mod primitive;
mod process;
mod quick;
mod reference;
mod registry;
mod reservation;
mod semaphore;
mod shared;
mod spin;
mod state;
mod target;
mod thread;
mod timer;
mod wait;
mod wait_all;
mod wait_any;
mod waitable;
mod waits;
mod wake;

pub(crate) use alert::Alert;
pub(crate) use create::NewWaitable;
pub(crate) use handle::WaitableHandle;
#[cfg(all(test, not(loom)))]
pub(crate) use primitive::CLOCK_CHANGE;
pub(crate) use process::Process;
pub(crate) use quick::Glance;
pub(crate) use reference::WaitReference;
pub(crate) use state::{Kind, MAXIMUM_COUNT};
pub(crate) use target::MOST;
pub(crate) use thread::Thread;
pub(crate) use timer::Setting;
pub(crate) use waitable::Taken;
pub(crate) use waits::{AnyTarget, wait_for_all, wait_for_any, wait_for_one};

/// What has to happen right before a fork.
pub(super) fn before_fork() {
    registry::lock_for_fork();
}

/// What has to happen after a fork, in the process that forked.
pub(super) fn after_fork_in_parent() {
    registry::unlock_after_fork();
}

/// What has to happen after a fork, in the process that was made: its thread is another one, which owns nothing.
pub(super) fn after_fork_in_child() {
    registry::unlock_after_fork();
    primitive::Me::forget();
    if pid_namespace::has_changed() {
        registry::mix_namespaces_after_fork();
    }
}
