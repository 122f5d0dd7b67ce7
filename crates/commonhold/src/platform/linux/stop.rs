//! Named points of the protocols at which a test can stop a process, to kill it there or let it go on.
//!
//! They exist in the crate's own test builds only.

/// Stops the process here, with SIGSTOP, if the test asked for this point, and the first time only. Of several
/// points that it asked for, with commas between, this must be the next.
#[cfg(test)]
pub(super) fn point(name: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static STOPS: AtomicUsize = AtomicUsize::new(0);
    let Ok(wanted) = std::env::var("COMMONHOLD_STOP_AT") else {
        return;
    };
    let stops = STOPS.load(Ordering::Relaxed);
    let is_wanted = wanted.split(',').nth(stops) == Some(name);
    let next = stops + 1;
    let is_first = |()| STOPS.compare_exchange(stops, next, Ordering::Relaxed, Ordering::Relaxed);
    if is_wanted && is_first(()).is_ok() {
        // SAFETY: a signal to this very process; its effect is to stop until the test resumes or kills it.
        unsafe { libc::raise(libc::SIGSTOP) };
    }
}

#[cfg(not(test))]
#[inline(always)]
#[allow(clippy::inline_always, reason = "nothing is left of it")]
pub(super) fn point(_name: &str) {}
