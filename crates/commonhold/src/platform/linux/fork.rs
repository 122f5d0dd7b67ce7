//! What a fork changes: descriptions that were this process's alone may be shared, and the child's thread is another.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use super::fork_mutex;
use super::sync::{after_fork_in_child, after_fork_in_parent, before_fork};

static FORKS: AtomicU64 = AtomicU64::new(0);

const UNREGISTERED: u8 = 0;
const REGISTERING: u8 = 1;
const REGISTERED: u8 = 2;
const FAILED: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(UNREGISTERED);

/// A number that is another after every fork, in the parent as in the child; `None` where forks cannot be
/// counted.
///
/// What was opened at a number, and is closed at the same, was never shared with a process that runs on. (A
/// process that is made by a bare `clone` is not counted; the C library itself does not survive such a one.)
pub(super) fn count() -> Option<u64> {
    is_watched().then(|| FORKS.load(Ordering::Relaxed))
}

/// Whether forks are noticed, from now on.
pub(super) fn is_watched() -> bool {
    match STATE.load(Ordering::Acquire) {
        REGISTERED => true,
        UNREGISTERED => watch(),
        _ => is_watched_by_now(),
    }
}

#[cold]
fn watch() -> bool {
    extern "C" fn prepare() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        // The registry comes last: who has another mutex may use objects.
        fork_mutex::before_fork();
        before_fork();
    }
    extern "C" fn parent() {
        after_fork_in_parent();
        fork_mutex::after_fork();
    }
    extern "C" fn child() {
        after_fork_in_child();
        fork_mutex::after_fork();
    }

    // Not a `Once`: a child that is forked meanwhile would wait in it for ever. It merely never counts.
    let begun = STATE.compare_exchange(
        UNREGISTERED,
        REGISTERING,
        Ordering::Acquire,
        Ordering::Relaxed,
    );
    if begun.is_err() {
        return is_watched_by_now();
    }
    // SAFETY: the handlers are functions for as long as this code is loaded, and do nothing that is not allowed
    // around a fork.
    let registered = unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) } == 0;
    STATE.store(
        if registered { REGISTERED } else { FAILED },
        Ordering::Release,
    );
    registered
}

/// The answer while another thread is registering, or after: that takes no longer than a call.
#[cold]
fn is_watched_by_now() -> bool {
    for _ in 0..1_000_000 {
        match STATE.load(Ordering::Acquire) {
            REGISTERING => std::thread::yield_now(),
            state => return state == REGISTERED,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_counted_in_the_parent_and_the_child() {
        let before = count();
        assert!(before.is_some());
        // SAFETY: the child only loads atomics and exits.
        match unsafe { libc::fork() } {
            0 => {
                let differs = count().is_some() && count() != before;
                // SAFETY: ends the child at once, without running the parent's destructors.
                unsafe { libc::_exit(i32::from(!differs)) }
            }
            child => {
                let mut status = 0;
                // SAFETY: the child is ours, and `status` lives.
                assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                assert_eq!(status, 0);
            }
        }
        assert!(count().is_some() && count() != before);
    }
}
