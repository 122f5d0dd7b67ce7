//! A mutex that a forked child never finds locked by a thread that it does not have.
//!
//! Whoever forks takes all of them before, and gives them up after, in the parent as in the child; so what they guard is
//! whole on both sides.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fork;

/// A mutex, for a static, that a forked child never finds locked by a thread that it does not have.
///
/// What it guards is whole in the child as in the parent: whoever forks takes every such mutex first. (A process that is
/// made by a bare `clone` is not noticed.) Who has one may take another only if that was first locked later, as all threads
/// do: whoever forks takes them in that order.
///
/// ```
/// use commonhold::os::linux::ForkMutex;
/// static COUNT: ForkMutex<u32> = ForkMutex::new(0);
/// *COUNT.lock() += 1;
/// assert_eq!(*COUNT.lock(), 1);
/// ```
pub struct ForkMutex<T: 'static> {
    mutex: Mutex<T>,
    /// The guard while a fork goes on.
    across_fork: UnsafeCell<Option<MutexGuard<'static, T>>>,
    is_known: AtomicBool,
}

// SAFETY: `across_fork` is accessed only by who has the mutex.
unsafe impl<T: Send> Sync for ForkMutex<T> {}

trait AcrossFork: Sync {
    fn before(&'static self);
    fn after(&'static self);
}

/// The mutexes that have been locked. It is locked itself while a fork goes on.
static KNOWN: Mutex<Vec<&'static dyn AcrossFork>> = Mutex::new(Vec::new());

fn lock_known() -> MutexGuard<'static, Vec<&'static dyn AcrossFork>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The guard of [`KNOWN`] while a fork goes on.
struct Forking(UnsafeCell<Option<MutexGuard<'static, Vec<&'static dyn AcrossFork>>>>);

// SAFETY: accessed only by who has `KNOWN`.
unsafe impl Sync for Forking {}

static FORKING: Forking = Forking(UnsafeCell::new(None));

impl<T: Send> ForkMutex<T> {
    /// Makes one that nobody has.
    pub const fn new(value: T) -> Self {
        Self {
            mutex: Mutex::new(value),
            across_fork: UnsafeCell::new(None),
            is_known: AtomicBool::new(false),
        }
    }

    /// Waits until the calling thread has it. That another one panicked with it is not told: whoever changes what it
    /// guards leaves that whole.
    pub fn lock(&'static self) -> MutexGuard<'static, T> {
        if !self.is_known.load(Ordering::Acquire) {
            self.make_known();
        }
        self.mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn make_known(&'static self) {
        // Where forks are not noticed, nothing can be done.
        fork::is_watched();
        // Not while a fork goes on: then the child could find it locked, or the parent give up what it never took.
        let mut known = lock_known();
        if !self.is_known.load(Ordering::Relaxed) {
            known.push(self);
            self.is_known.store(true, Ordering::Release);
        }
    }
}

impl<T: Send> AcrossFork for ForkMutex<T> {
    fn before(&'static self) {
        let guard = self.mutex.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: this thread has the mutex.
        unsafe { *self.across_fork.get() = Some(guard) };
    }

    fn after(&'static self) {
        // SAFETY: this thread, or the one that it is the copy of, took the mutex before the fork.
        let guard = unsafe { (*self.across_fork.get()).take() };
        drop(guard);
    }
}

pub(super) fn before_fork() {
    let known = lock_known();
    for mutex in &*known {
        mutex.before();
    }
    // SAFETY: this thread has `KNOWN`.
    unsafe { *FORKING.0.get() = Some(known) };
}

pub(super) fn after_fork() {
    // SAFETY: this thread, or the one that it is the copy of, took `KNOWN` before the fork.
    let Some(known) = (unsafe { (*FORKING.0.get()).take() }) else {
        return;
    };
    for mutex in &*known {
        mutex.after();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_is_forked_while_another_thread_has_it_can_take_it() {
        static MUTEX: ForkMutex<u32> = ForkMutex::new(0);
        drop(MUTEX.lock());
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    *MUTEX.lock() += 1;
                }
            });
            for _ in 0..50 {
                // SAFETY: the child takes the mutex and exits.
                match unsafe { libc::fork() } {
                    0 => {
                        // SAFETY: a watchdog of the kernel's: without the handlers the child waits for ever.
                        unsafe { libc::alarm(20) };
                        drop(MUTEX.lock());
                        // SAFETY: ends the child at once.
                        unsafe { libc::_exit(0) }
                    }
                    child => {
                        let mut status = 0;
                        // SAFETY: the child is ours, and `status` lives.
                        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                        assert_eq!(status, 0);
                    }
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}
