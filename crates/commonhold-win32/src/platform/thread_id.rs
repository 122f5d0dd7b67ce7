//! The kernel's id of the calling thread, which is asked for once.

use std::cell::Cell;

use super::fork;

thread_local! {
    static ID: Cell<u32> = const { Cell::new(0) };
}

#[inline]
pub(crate) fn current() -> u32 {
    match ID.get() {
        0 => ask(),
        id => id,
    }
}

#[cold]
fn ask() -> u32 {
    // A forked child's thread has another.
    fork::watch();
    let id = rustix::thread::gettid().as_raw_nonzero().get();
    let id = id as u32;
    ID.set(id);
    id
}

pub(super) fn after_fork_in_child() {
    ID.set(0);
}

/// Whether a thread with this id is this process's.
pub(crate) fn is_of_this_process(id: u32) -> bool {
    std::path::Path::new(&format!("/proc/self/task/{id}")).exists()
}
