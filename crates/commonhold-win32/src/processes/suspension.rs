//! Children that are suspended: before they have become their program, or by a signal.
//!
//! Windows suspends threads. Of another process's threads, a handle is only had to the first one of a child
//! (`PROCESS_INFORMATION`), and it stands for them all.

use rustix::process::Signal;

use super::Record;
use crate::failure::{Failure, Result};
use crate::platform::line::End;
use crate::platform::spawn::GO;
use commonhold::os::linux::ForkMutex;

/// How often a thread can be suspended.
pub(crate) const MOST: u32 = 127;

struct Suspension {
    pid: u32,
    count: u32,
    /// By which it is told to go on, where it has not begun.
    line: Option<End>,
}

/// All that are suspended. A signal is sent under the lock, so that it is what the count says.
static SUSPENDED: ForkMutex<Vec<Suspension>> = ForkMutex::new(Vec::new());

/// Notes a child that waits at the other end of the line.
pub(super) fn begin(pid: u32, line: End) {
    SUSPENDED.lock().push(Suspension {
        pid,
        count: 1,
        line: Some(line),
    });
}

/// Suspends the process; how often it was suspended before.
pub(crate) fn suspend(process: &Record) -> Result<u32> {
    if process.has_ended() {
        return Err(Failure::ACCESS_DENIED);
    }
    let mut suspended = SUSPENDED.lock();
    if let Some(it) = suspended.iter_mut().find(|it| it.pid == process.pid()) {
        if it.count >= MOST {
            return Err(Failure::SIGNAL_REFUSED);
        }
        it.count += 1;
        return Ok(it.count - 1);
    }
    process.signal(Signal::STOP)?;
    suspended.push(Suspension {
        pid: process.pid(),
        count: 1,
        line: None,
    });
    Ok(0)
}

/// Takes one suspension back; how many there were.
pub(crate) fn resume(process: &Record) -> Result<u32> {
    let has_ended = process.has_ended();
    let (count, ended) = {
        let mut suspended = SUSPENDED.lock();
        let Some(at) = suspended.iter().position(|it| it.pid == process.pid()) else {
            return Ok(0);
        };
        let count = suspended[at].count;
        if count > 1 {
            suspended[at].count -= 1;
            (count, None)
        } else {
            let ended = suspended.swap_remove(at);
            if ended.line.is_none() && !has_ended {
                process.signal(Signal::CONT)?;
            }
            (count, ended.line)
        }
    };
    // Not under the lock: the line has one of its own.
    match ended.map_or(Ok(()), |line| line.send(GO)) {
        // It was terminated, and cannot begin.
        Ok(()) | Err(Failure::BROKEN_PIPE) => Ok(count),
        Err(failure) => Err(failure),
    }
}

/// Forgets a child of which there is no handle any more. If it has not begun, it never will.
pub(super) fn forget(pid: u32) {
    let forgotten = {
        let mut suspended = SUSPENDED.lock();
        let at = suspended.iter().position(|it| it.pid == pid);
        at.map(|at| suspended.swap_remove(at))
    };
    drop(forgotten);
}
