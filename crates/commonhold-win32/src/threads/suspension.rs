//! Suspending and resuming threads (`SuspendThread`, `ResumeThread`).

use super::{Of, Thread};
use crate::failure::{Failure, Result};
use crate::processes;

/// Suspends the thread; how often it was suspended before.
///
/// A thread of this process can be suspended before it has begun, and by itself, and `NOT_SUPPORTED` is the answer
/// otherwise.
pub(crate) fn suspend(thread: &Thread) -> Result<u32> {
    match &thread.of {
        Of::This(record) if record.is_current() => record.gate.suspend_here(),
        Of::This(record) if record.has_ended() => Err(Failure::ACCESS_DENIED),
        Of::This(record) => record.gate.suspend(),
        Of::Child(process) => processes::suspension::suspend(process),
    }
}

/// Takes one suspension back; how many there were.
pub(crate) fn resume(thread: &Thread) -> Result<u32> {
    match &thread.of {
        Of::This(record) => Ok(record.gate.resume()),
        Of::Child(process) => processes::suspension::resume(process),
    }
}
