//! How threads end, and the process with the last of them.

use std::sync::atomic::{AtomicU32, Ordering};

use commonhold::os::linux::ForkMutex;

use super::{Of, Thread, current};
use crate::failure::{Failure, Result};
use crate::platform::thread_id;
use crate::processes;

/// The process whose first thread has ended by itself, which Linux shows as a thread until the last has.
static FIRST_HAS_ENDED: AtomicU32 = AtomicU32::new(0);

/// Threads that are past the last of the program's code, and not gone yet; and those that are the library's.
static ENDING: ForkMutex<Vec<u32>> = ForkMutex::new(Vec::new());

/// Has the calling thread not count as one of the program's, whose process ends with the last of them.
pub(crate) fn count_out() {
    ENDING.lock().push(thread_id::current());
}

/// Has it count: it is a new thread, whatever had its id before.
pub(super) fn count_in() {
    let id = thread_id::current();
    ENDING.lock().retain(|&it| it != id);
}

/// Notes that the calling thread ends, with this code. If no other is left, the process ends with it.
pub(crate) fn with(code: u32) {
    if let Ok(record) = current() {
        record.set_exit_code(code);
        record.end();
    }
    let (pid, id) = (std::process::id(), thread_id::current());
    if id == pid {
        FIRST_HAS_ENDED.store(pid, Ordering::Relaxed);
    }
    let is_last = {
        let mut ending = ENDING.lock();
        ending.retain(|&id| thread_id::is_of_this_process(id));
        ending.push(id);
        FIRST_HAS_ENDED.load(Ordering::Relaxed) == pid && is_last(&mut ending)
    };
    if is_last {
        processes::end::exit(code);
    }
}

/// Whether all threads that are left are ending, or are the library's own.
fn is_last(ending: &mut Vec<u32>) -> bool {
    loop {
        ending.retain(|&id| thread_id::is_of_this_process(id));
        let Some(count) = count() else { return false };
        // If one of them is gone meanwhile, nobody knows whether it was counted.
        if ending.iter().all(|&id| thread_id::is_of_this_process(id)) {
            return count <= ending.len();
        }
    }
}

/// How many threads the process has. To list them would not do: who reads the list while one ends may miss another.
fn count() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let count = status
        .lines()
        .find_map(|line| line.strip_prefix("Threads:"))?;
    count.trim().parse().ok()
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
