//! What a fork changes: the child has one thread, and is another process.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{readers, starting, thread_id};

/// Has forks noticed, from now on.
pub(crate) fn watch() {
    extern "C" fn child() {
        readers::after_fork_in_child();
        starting::after_fork_in_child();
        thread_id::after_fork_in_child();
    }

    // Not a `Once`: a child that is forked meanwhile would wait in it for ever.
    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    if IS_WATCHED.swap(true, Ordering::AcqRel) {
        return;
    }
    // SAFETY: the handler is a function for as long as this code is loaded, and does nothing that is not allowed after a
    // fork.
    let refused = unsafe { libc::pthread_atfork(None, None, Some(child)) };
    if refused != 0 {
        tracing::warn!(refused, "forks are not noticed");
    }
}
