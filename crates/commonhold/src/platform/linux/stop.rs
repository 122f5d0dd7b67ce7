//! Named points of the protocols at which a test can stop a process, to kill it there or let it go on.
//!
//! They exist in the crate's own test builds only.

/// Stops the process here, with SIGSTOP, if the test asked for this point, and the first time only.
#[cfg(test)]
pub(super) fn point(name: &str) {
    use std::sync::atomic::{AtomicBool, Ordering};

    static HAS_STOPPED: AtomicBool = AtomicBool::new(false);
    let is_wanted = std::env::var_os("COMMONHOLD_STOP_AT").is_some_and(|wanted| wanted == name);
    if is_wanted && !HAS_STOPPED.swap(true, Ordering::Relaxed) {
        // SAFETY: a signal to this very process; its effect is to stop until the test resumes or kills it.
        unsafe { libc::raise(libc::SIGSTOP) };
    }
}

#[cfg(not(test))]
#[inline(always)]
#[allow(clippy::inline_always, reason = "nothing is left of it")]
pub(super) fn point(_name: &str) {}
