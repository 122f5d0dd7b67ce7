//! Processes that are forked, and go on in the middle of a test.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

/// A forked process. It is killed when this is dropped.
pub struct Forked(Option<Pid>);

/// Forks a process that does this, and ends.
pub fn fork(action: impl FnOnce()) -> Forked {
    // SAFETY: the child does what a process may do that has one thread; the C library's allocator and this
    // library survive a fork, and nothing else is locked that it uses.
    match unsafe { libc::fork() } {
        0 => {
            let result = catch_unwind(AssertUnwindSafe(action));
            // SAFETY: ends the process, without what the parent would do at its end.
            unsafe { libc::_exit(i32::from(result.is_err())) }
        }
        child => Forked(Some(Pid::from_raw(child).expect("forked"))),
    }
}

impl Forked {
    pub fn pid(&self) -> u32 {
        let pid = self.0.expect("alive");
        pid.as_raw_pid().unsigned_abs()
    }

    /// Waits until it has ended, well.
    pub fn finish(mut self) {
        let status = wait(self.0.take().expect("alive"));
        assert_eq!(status.exit_status(), Some(0), "{status:?}");
    }

    pub fn kill(mut self) {
        kill(self.0.take().expect("alive"));
    }
}

impl Drop for Forked {
    fn drop(&mut self) {
        if let Some(pid) = self.0.take() {
            kill(pid);
        }
    }
}

fn kill(pid: Pid) {
    rustix::process::kill_process(pid, Signal::KILL).expect("alive");
    wait(pid);
}

fn wait(pid: Pid) -> WaitStatus {
    let waited = rustix::process::waitpid(Some(pid), WaitOptions::empty());
    waited.expect("a child").expect("ended").1
}
