//! What a thread waits at that is suspended: before it begins, or where it has suspended itself.
//!
//! Linux has no way to stop a thread anywhere else. A thread at the gate says so in the word, and whoever suspends it
//! meanwhile counts on that; a thread that has passed it says that it cannot be suspended.

use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::futex;

use crate::failure::{Failure, Result};
use crate::processes::suspension::MOST;

/// How often the thread is suspended, and whether it is at the gate.
pub(super) struct Gate(AtomicU32);

const AT_GATE: u32 = 1 << 31;
/// The thread is to end instead of passing.
const CLOSED: u32 = 1 << 30;
const COUNT: u32 = CLOSED - 1;

impl Gate {
    /// One that the thread has passed.
    pub(super) const fn open() -> Self {
        Self(AtomicU32::new(0))
    }

    /// One that the thread comes to, and cannot pass until it is resumed once.
    pub(super) const fn shut() -> Self {
        Self(AtomicU32::new(AT_GATE | 1))
    }

    fn change(&self, change: impl Fn(u32) -> Result<u32>) -> Result<u32> {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let changed = change(word)?;
            match self
                .0
                .compare_exchange_weak(word, changed, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => return Ok(word & COUNT),
                Err(now) => word = now,
            }
        }
    }

    /// Suspends a thread that is at the gate; how often it was suspended before.
    pub(super) fn suspend(&self) -> Result<u32> {
        self.change(|word| match word {
            _ if word & AT_GATE == 0 => Err(Failure::NOT_SUPPORTED),
            _ if word & COUNT >= MOST => Err(Failure::SIGNAL_REFUSED),
            _ => Ok(word + 1),
        })
    }

    /// Suspends the calling thread, whose gate it is, until another resumes it.
    pub(super) fn suspend_here(&self) -> Result<u32> {
        let before = self.change(|word| Ok((word + 1) | AT_GATE))?;
        self.pass();
        Ok(before)
    }

    /// Takes one suspension back; how many there were.
    pub(super) fn resume(&self) -> u32 {
        let before = self.change(|word| Ok(if word & COUNT == 0 { word } else { word - 1 }));
        let before = before.unwrap_or(0);
        if before == 1 {
            self.wake();
        }
        before
    }

    /// Has the thread end that is at the gate.
    pub(super) fn close(&self) {
        self.0.store(AT_GATE | CLOSED, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        let _ = futex::wake(&self.0, futex::Flags::PRIVATE, 1);
    }

    /// Waits until the thread is not suspended; `false` if it is to end instead.
    pub(super) fn pass(&self) -> bool {
        loop {
            let word = self.0.load(Ordering::Acquire);
            if word & CLOSED != 0 {
                return false;
            }
            if word & COUNT > 0 {
                // Whatever it returns for, the word is looked at again.
                let _ = futex::wait(&self.0, futex::Flags::PRIVATE, word, None);
                continue;
            }
            let passed = self
                .0
                .compare_exchange(word, 0, Ordering::Acquire, Ordering::Relaxed);
            if passed.is_ok() {
                return true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_passes_when_it_was_resumed_as_often_as_it_was_suspended() {
        let gate = Gate::shut();
        let has_passed = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                assert!(gate.pass());
                has_passed.store(true, Ordering::Release);
            });
            assert_eq!(gate.suspend(), Ok(1));
            assert_eq!(gate.resume(), 2);
            assert!(!has_passed.load(Ordering::Acquire));
            assert_eq!(gate.resume(), 1);
            thread.join().unwrap();
        });
        assert_eq!(gate.suspend(), Err(Failure::NOT_SUPPORTED));
        assert_eq!(gate.resume(), 0);
    }

    #[test]
    fn suspending_has_a_limit() {
        let gate = Gate::shut();
        for count in 1..MOST {
            assert_eq!(gate.suspend(), Ok(count));
        }
        assert_eq!(gate.suspend(), Err(Failure::SIGNAL_REFUSED));
    }

    #[test]
    fn a_thread_does_not_pass_a_gate_that_is_closed() {
        let gate = Gate::shut();
        gate.close();
        assert!(!gate.pass());
    }
}
