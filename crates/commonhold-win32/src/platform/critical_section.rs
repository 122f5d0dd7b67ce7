//! `CRITICAL_SECTION`: a lock within one process, in memory of the program's, which a thread can take again.
//!
//! The structure has Windows' layout and, where programs look at it, Windows' meaning. `LockCount` is what threads
//! sleep on. It is -1 when the section is free and 0 when it is taken; 1 says that somebody may sleep, whom the owner
//! wakes when it leaves. A thread that has slept takes the section as 1, as it cannot know whether it was the last.

use std::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering};

use rustix::thread::futex;

use super::{pointers, thread_id};

#[repr(C)]
pub(crate) struct CriticalSection {
    debug_info: AtomicUsize,
    lock_count: AtomicU32,
    /// Only the owner uses it.
    recursion_count: AtomicI32,
    /// The owner's thread id.
    owning_thread: AtomicUsize,
    lock_semaphore: AtomicUsize,
    spin_count: AtomicUsize,
}

const _: () = assert!(size_of::<CriticalSection>() == 40);

const FREE: u32 = 0xffff_ffff;
const TAKEN: u32 = 0;
const WAITED_FOR: u32 = 1;

/// What Windows has in `DebugInfo` where there is none.
const NO_DEBUG_INFO: usize = usize::MAX;

/// How often a thread that finds the section taken looks again before it sleeps, at least.
const SPINS: usize = 100;

impl CriticalSection {
    pub(crate) fn new(spin_count: u32) -> Self {
        Self {
            debug_info: AtomicUsize::new(NO_DEBUG_INFO),
            lock_count: AtomicU32::new(FREE),
            recursion_count: AtomicI32::new(0),
            owning_thread: AtomicUsize::new(0),
            lock_semaphore: AtomicUsize::new(0),
            spin_count: AtomicUsize::new(spin_count as usize),
        }
    }

    /// The section at an address of the program's. One that is plainly none ends the program.
    ///
    /// # Safety
    ///
    /// Unless it is plainly no pointer, a section must be there, and stay while this one is used.
    #[inline]
    pub(crate) unsafe fn at<'a>(pointer: *const Self) -> &'a Self {
        // SAFETY: by the contract of this function; all that is in it may be changed by others.
        match unsafe { pointers::slice(pointer, 1) } {
            Ok([section]) => section,
            _ => std::process::abort(),
        }
    }

    #[inline]
    pub(crate) fn enter(&self) {
        let me = thread_id::current() as usize;
        if self.try_enter_as(me) {
            return;
        }
        self.enter_taken(me);
    }

    #[inline]
    pub(crate) fn try_enter(&self) -> bool {
        self.try_enter_as(thread_id::current() as usize)
    }

    #[inline]
    fn try_enter_as(&self, me: usize) -> bool {
        if self.take(FREE, TAKEN) {
            self.own(me);
            return true;
        }
        // Nobody else writes this thread's id there.
        if self.owning_thread.load(Ordering::Relaxed) == me {
            let depth = self.recursion_count.load(Ordering::Relaxed);
            self.recursion_count.store(depth + 1, Ordering::Relaxed);
            return true;
        }
        false
    }

    #[inline]
    fn take(&self, from: u32, to: u32) -> bool {
        let taken =
            self.lock_count
                .compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok()
    }

    #[inline]
    fn own(&self, me: usize) {
        self.owning_thread.store(me, Ordering::Relaxed);
        self.recursion_count.store(1, Ordering::Relaxed);
    }

    #[cold]
    fn enter_taken(&self, me: usize) {
        let spins = self.spin_count.load(Ordering::Relaxed).max(SPINS);
        for _ in 0..spins {
            match self.lock_count.load(Ordering::Relaxed) {
                FREE if self.take(FREE, TAKEN) => return self.own(me),
                // Others sleep already: it will be long.
                WAITED_FOR => break,
                _ => std::hint::spin_loop(),
            }
        }
        while self.lock_count.swap(WAITED_FOR, Ordering::Acquire) != FREE {
            // Whatever it returns for, the word is looked at again.
            let _ = futex::wait(&self.lock_count, futex::Flags::PRIVATE, WAITED_FOR, None);
        }
        self.own(me);
    }

    /// Nothing happens if another thread is in it, or nobody.
    #[inline]
    pub(crate) fn leave(&self) {
        let me = thread_id::current() as usize;
        if self.owning_thread.load(Ordering::Relaxed) != me {
            tracing::error!("a critical section is left by a thread that is not in it");
            return;
        }
        let depth = self.recursion_count.load(Ordering::Relaxed) - 1;
        self.recursion_count.store(depth, Ordering::Relaxed);
        if depth > 0 {
            return;
        }
        self.owning_thread.store(0, Ordering::Relaxed);
        if self.lock_count.swap(FREE, Ordering::Release) == WAITED_FOR {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // Fails only where the memory is gone by now, and with it whoever slept.
        let _ = futex::wake(&self.lock_count, futex::Flags::PRIVATE, 1);
    }

    /// What it was before.
    pub(crate) fn set_spin_count(&self, spin_count: u32) -> u32 {
        let before = self.spin_count.swap(spin_count as usize, Ordering::Relaxed);
        u32::try_from(before).unwrap_or(u32::MAX)
    }

    /// Makes it what it was before anybody entered it.
    pub(crate) fn delete(&self) {
        self.debug_info.store(0, Ordering::Relaxed);
        self.owning_thread.store(0, Ordering::Relaxed);
        self.recursion_count.store(0, Ordering::Relaxed);
        self.lock_count.store(FREE, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::UnsafeCell;
    use std::sync::atomic::AtomicBool;

    use super::*;

    struct Counter(CriticalSection, UnsafeCell<u64>);

    // SAFETY: the tests use the number in the section only.
    unsafe impl Sync for Counter {}

    #[test]
    fn many_threads_count_without_losing_one_also_where_they_enter_twice() {
        for spin_count in [0, 4000] {
            let counter = Counter(CriticalSection::new(spin_count), UnsafeCell::new(0));
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let counter = &counter;
                        for turn in 0..20_000 {
                            counter.0.enter();
                            if turn % 3 == 0 {
                                counter.0.enter();
                                counter.0.leave();
                            }
                            // SAFETY: this thread is in the section.
                            unsafe { *counter.1.get() += 1 };
                            counter.0.leave();
                        }
                    });
                }
            });
            assert_eq!(counter.1.into_inner(), 160_000);
            assert_eq!(counter.0.lock_count.load(Ordering::Relaxed), FREE);
        }
    }

    #[test]
    fn another_thread_cannot_enter_until_the_last_leave() {
        let section = CriticalSection::new(0);
        let others = || std::thread::scope(|it| it.spawn(|| section.try_enter()).join().unwrap());
        section.enter();
        assert!(section.try_enter());
        section.leave();
        assert!(!others());
        section.leave();
        assert!(others());
    }

    #[test]
    fn a_thread_that_is_not_in_it_cannot_leave_it() {
        let section = CriticalSection::new(0);
        section.enter();
        std::thread::scope(|scope| {
            scope.spawn(|| section.leave());
        });
        let is_free = AtomicBool::new(true);
        std::thread::scope(|scope| {
            scope.spawn(|| is_free.store(section.try_enter(), Ordering::Relaxed));
        });
        assert!(!is_free.into_inner());
    }
}
