//! Which pid namespace this process is in: thread ids of different ones say nothing of each other.

use std::sync::atomic::{AtomicU64, Ordering};

static KNOWN: AtomicU64 = AtomicU64::new(0);

/// A number for the namespace, or zero where it cannot be known (there is no `/proc`).
pub(super) fn current() -> u64 {
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            let found = rustix::fs::stat("/proc/self/ns/pid").map_or(0, |stat| stat.st_ino);
            KNOWN.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

/// Whether this process, which was just forked, may be in another one than its parent.
pub(super) fn has_changed() -> bool {
    // What was never asked for was never told to anybody.
    let parents = KNOWN.swap(0, Ordering::Relaxed);
    parents != 0 && current() != parents
}
