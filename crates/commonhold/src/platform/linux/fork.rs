//! How many forks a process has behind it, to tell a description that is its own from one that may be shared.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

static FORKS: AtomicU64 = AtomicU64::new(0);

/// A number that is another after every fork, in the parent as in the child; `None` where forks cannot be
/// counted.
///
/// What was opened at a number, and is closed at the same, was never shared with a process that runs on. (A
/// process that is made by a bare `clone` is not counted; the C library itself does not survive such a one.)
pub(super) fn count() -> Option<u64> {
    const UNREGISTERED: u8 = 0;
    const REGISTERING: u8 = 1;
    const REGISTERED: u8 = 2;
    const FAILED: u8 = 3;
    static STATE: AtomicU8 = AtomicU8::new(UNREGISTERED);

    extern "C" fn before_fork() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    match STATE.load(Ordering::Acquire) {
        REGISTERED => return Some(FORKS.load(Ordering::Relaxed)),
        UNREGISTERED => {}
        _ => return None,
    }
    // Not a `Once`: a child that is forked meanwhile would wait in it for ever. It merely never counts.
    STATE
        .compare_exchange(
            UNREGISTERED,
            REGISTERING,
            Ordering::Acquire,
            Ordering::Relaxed,
        )
        .ok()?;
    // SAFETY: the handler is a function for as long as this code is loaded, and does nothing but to add to an
    // atomic.
    let registered = unsafe { libc::pthread_atfork(Some(before_fork), None, None) } == 0;
    STATE.store(
        if registered { REGISTERED } else { FAILED },
        Ordering::Release,
    );
    registered.then(|| FORKS.load(Ordering::Relaxed))
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
