//! How threads end, and the process with the last of them.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Of, Thread, current};
use crate::failure::{Failure, Result};
use crate::platform::thread_id;
use crate::processes;
use crate::processes::reaper;

/// The process whose first thread has ended by itself, which Linux shows as a thread until the last has.
static FIRST_HAS_ENDED: AtomicU32 = AtomicU32::new(0);

/// Notes that the calling thread ends, with this code. If no other is left, the process ends with it.
pub(crate) fn with(code: u32) {
    if let Ok(record) = current() {
        record.set_exit_code(code);
        record.end();
    }
    let pid = std::process::id();
    if thread_id::current() == pid {
        FIRST_HAS_ENDED.store(pid, Ordering::Relaxed);
    }
    if FIRST_HAS_ENDED.load(Ordering::Relaxed) == pid && is_last() {
        processes::end::exit(code);
    }
}

/// Whether no other thread of the program's is left.
fn is_last() -> bool {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return false;
    };
    let is_first = thread_id::current() == std::process::id();
    let others = usize::from(!is_first) + usize::from(reaper::is_at_work());
    threads.count() == 1 + others
}

/// Whether a thread may be ended from outside: only one that calls this for itself, or has ended anyway.
pub(crate) fn check_terminable(thread: &Thread) -> Result<Terminable> {
    match &thread.of {
        Of::This(record) if record.is_current() => Ok(Terminable::Itself),
        Of::This(record) if record.has_ended() => Ok(Terminable::HasEnded),
        Of::This(_) | Of::Child(_) => Err(Failure::NOT_SUPPORTED),
    }
}

/// A thread that may be ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Terminable {
    Itself,
    HasEnded,
}
