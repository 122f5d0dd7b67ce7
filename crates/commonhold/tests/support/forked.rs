//! Processes that are forked from a test's own: so cheap that they can be killed by the thousand.

#![allow(dead_code, reason = "no test file uses all of it")]
#![allow(unsafe_code, reason = "forking is")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// The number of `futex(2)`, which waits for one object end in.
pub const FUTEX: u64 = libc::SYS_futex.unsigned_abs();
/// The number of `futex_waitv(2)`, for waits for several.
pub const FUTEX_WAITV: u64 = 449;

/// A forked process. It is killed when this is dropped.
pub struct Forked(Option<Pid>);

impl Forked {
    /// Forks a process that runs this, and ends. It fails if that panics.
    pub fn start(run: impl FnOnce()) -> Self {
        // SAFETY: no other thread of a test's process holds a lock that the child could need.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "a process can be forked");
        if pid == 0 {
            // SAFETY: sets what signal this process gets when its parent ends.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            let failed = catch_unwind(AssertUnwindSafe(run)).is_err();
            // SAFETY: ends the child without running what belongs to the parent.
            unsafe { libc::_exit(failed.into()) };
        }
        Self(Pid::from_raw(pid))
    }

    fn pid(&self) -> Pid {
        self.0.expect("not reaped yet")
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a child that was not reaped");
    }

    /// Stops the process, and does not wait until it has.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills the process, which must not have ended, and waits until it is gone.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        let status = waitpid(self.0.take(), WaitOptions::empty());
        let (_, status) = status.expect("a child").expect("it ended");
        assert!(
            status.signaled(),
            "a process ended before it was killed: {status:?}"
        );
    }

    /// Whether the process has ended, which must have been a good end.
    pub fn has_ended(&mut self) -> bool {
        let status = waitpid(self.0, WaitOptions::NOHANG).expect("a child");
        if let Some((_, status)) = status {
            self.0 = None;
            assert_eq!(status.exit_status(), Some(0), "a process failed");
        }
        status.is_some()
    }

    /// Waits until the process has stopped itself.
    pub fn await_stop(&self) {
        let status = waitpid(self.0, WaitOptions::UNTRACED).expect("a child");
        let (_, status) = status.expect("it stopped, or ended");
        assert!(status.stopped(), "it ended: {status:?}");
    }

    /// The system call that it is in, with the first of its arguments.
    pub fn call(&self) -> Option<(u64, u64)> {
        let call = fs::read_to_string(format!("/proc/{}/syscall", self.pid().as_raw_nonzero()));
        let call = call.ok()?;
        let mut words = call.split(' ');
        let number = words.next()?.parse().ok()?;
        let first = words.next()?.strip_prefix("0x")?;
        Some((number, u64::from_str_radix(first, 16).ok()?))
    }

    /// Whether it sleeps on a word, or several, but not on this one of the test's own.
    pub fn sleeps(&self, but_not_on: &AtomicU32) -> bool {
        match self.call() {
            Some((FUTEX, word)) => word != but_not_on.as_ptr().addr() as u64,
            Some((call, _)) => call == FUTEX_WAITV,
            None => false,
        }
    }
}

impl Drop for Forked {
    fn drop(&mut self) {
        if self.0.is_some() {
            let _ = kill_process(self.pid(), Signal::KILL);
            let _ = waitpid(self.0, WaitOptions::empty());
        }
    }
}

/// Sleeps until the word is another than this.
pub fn sleep_while(word: &AtomicU32, value: u32) {
    while word.load(Ordering::SeqCst) == value {
        let no_limit = std::ptr::null::<libc::timespec>();
        // SAFETY: the word lives, and the call reads it only.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                word.as_ptr(),
                libc::FUTEX_WAIT,
                value,
                no_limit,
            )
        };
    }
}

/// Changes the word, and wakes all who sleep on it.
pub fn change(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::SeqCst);
    // SAFETY: the kernel uses the address only to find sleepers.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
}

/// When a part of a storm ends that lasts `COMMONHOLD_STORM_SECONDS`, or this many.
pub fn storm_end(seconds: u64, parts: u32) -> Instant {
    Instant::now() + super::support::storm_seconds().unwrap_or(Duration::from_secs(seconds)) / parts
}

/// Looks at the clock for so many nanoseconds.
pub fn linger(nanoseconds: u64) {
    let end = Instant::now() + Duration::from_nanos(nanoseconds);
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

/// A small generator of numbers that need not be good.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("less than a length")
    }
}
