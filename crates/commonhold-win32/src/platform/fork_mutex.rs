//! A mutex that a forked child never finds locked by a thread that it does not have.
//!
//! Whoever forks takes all of them before, and gives them up after, in the parent as in the child; so what they guard is
//! whole on both sides. The C library calls for that: `pthread_atfork`. No thread may take one while it has another.

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fork;

/// A mutex for a static.
pub(crate) struct ForkMutex<T: 'static> {
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

/// Mutexes that have been locked. None is ever taken out.
struct Known {
    mutex: &'static dyn AcrossFork,
    next: *const Known,
}

static KNOWN: AtomicPtr<Known> = AtomicPtr::new(ptr::null_mut());

impl<T: Send> ForkMutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            mutex: Mutex::new(value),
            across_fork: UnsafeCell::new(None),
            is_known: AtomicBool::new(false),
        }
    }

    /// Nothing that is guarded so is left half changed by a panic.
    pub(crate) fn lock(&'static self) -> MutexGuard<'static, T> {
        if !self.is_known.swap(true, Ordering::AcqRel) {
            self.make_known();
        }
        self.mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn make_known(&'static self) {
        fork::watch();
        let known = Box::leak(Box::new(Known {
            mutex: self,
            next: ptr::null(),
        }));
        let mut first = KNOWN.load(Ordering::Relaxed);
        loop {
            known.next = first;
            match KNOWN.compare_exchange_weak(first, known, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => first = now,
            }
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
        // SAFETY: this thread, or the one that it is the copy of, took the mutex before the fork; one that became known
        // since then has nothing here.
        let guard = unsafe { (*self.across_fork.get()).take() };
        drop(guard);
    }
}

fn all() -> impl Iterator<Item = &'static dyn AcrossFork> {
    let mut next = KNOWN.load(Ordering::Acquire).cast_const();
    std::iter::from_fn(move || {
        // SAFETY: null, or leaked in `make_known`.
        let known = unsafe { next.as_ref() }?;
        next = known.next;
        Some(known.mutex)
    })
}

pub(super) fn before_fork() {
    all().for_each(|mutex| mutex.before());
}

pub(super) fn after_fork() {
    all().for_each(|mutex| mutex.after());
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
