//! A model of the kernel's part, for `loom`.
//!
//! What it models: futexes, as the kernel compares, queues and wakes; a thread's list of what it owns, and what the
//! kernel (6.2 and later) does with it when the thread ends; clocks that stand still until a test moves them.
//!
//! A thread has a fuse: each step that others, or the kernel, could notice burns one unit of it, and where none is left
//! the thread is killed before the step. Steps that only look are not counted: who is killed after one of them is
//! killed before the next that does something. Nobody looks again after a while here ([`soon`] never comes): a wake
//! that is lost is a deadlock, which `loom` reports.

mod atomics;
#[cfg(test)]
pub(in super::super) mod god;
mod world;

use std::cell::RefCell;
use std::time::Duration;

use loom::sync::atomic::{self, Ordering};

use super::super::waitable::Waitable;
use world::{Kernel, SELF, Thread, WORLD, Word, burn, sleep_on};

pub(in super::super) use atomics::{AtomicU32, AtomicU64};

/// A word's place in the list, which the model keeps elsewhere.
#[derive(Default)]
pub(in super::super) struct Link;

/// This thread.
#[derive(Clone, Copy)]
pub(in super::super) struct Me {
    tid: u32,
}

impl Me {
    pub(in super::super) fn current() -> Option<Self> {
        let tid = SELF.with(|me| me.borrow().tid);
        (tid != 0).then_some(Self { tid })
    }

    pub(in super::super) fn known() -> Option<Self> {
        Self::current()
    }

    pub(in super::super) fn forget() {
        SELF.with(RefCell::take);
    }

    pub(in super::super) fn id(&self) -> u64 {
        u64::from(self.tid)
    }

    pub(in super::super) fn tid(&self) -> u32 {
        self.tid
    }

    /// Does a step of the list's.
    #[allow(clippy::unused_self, reason = "it is the calling thread")]
    fn step(&self, step: impl FnOnce(&mut Thread)) {
        burn();
        SELF.with(|me| step(&mut me.borrow_mut()));
    }

    pub(in super::super) fn intend(&self, object: &Waitable) {
        let word = Word::of(object.futex());
        self.step(|me| me.pending = Some(word));
    }

    pub(in super::super) fn done(&self) {
        self.step(|me| me.pending = None);
    }

    pub(in super::super) fn link(&self, object: &Waitable) {
        let word = Word::of(object.futex());
        self.step(|me| {
            assert!(!me.list.contains(&word), "it is in the list already");
            me.list.push(word);
        });
    }

    pub(in super::super) fn unlink(&self, object: &Waitable) {
        let word = Word::of(object.futex());
        self.step(|me| {
            let before = me.list.len();
            me.list.retain(|linked| *linked != word);
            assert_eq!(me.list.len() + 1, before, "it is not in the list");
        });
    }
}

/// Nobody looks again unless woken.
pub(in super::super) fn soon() -> Option<u64> {
    None
}

pub(crate) fn now() -> u64 {
    WORLD.monotonic.load(Ordering::Acquire)
}

pub(in super::super) fn wall_clock() -> u64 {
    WORLD.wall.load(Ordering::Acquire)
}

pub(in super::super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(in super::super) fn fence() {
    atomic::fence(Ordering::SeqCst);
}

pub(in super::super) fn spin() {
    loom::thread::yield_now();
}

/// Nobody looks again before sleeping.
pub(in super::super) fn processors() -> i64 {
    1
}

pub(in super::super) fn is_gone(thread: u32) -> bool {
    Kernel::lock().gone.contains(&thread)
}

pub(in super::super) fn sleep(state: &AtomicU64, word: u32, until: Option<u64>) {
    burn();
    sleep_on(&[to_sleep_on(state, word)], until);
}

pub(in super::super) fn wake(state: &AtomicU64, count: u32) -> u32 {
    burn();
    Kernel::lock().wake(Word::of(state), count)
}

/// What to sleep on among others.
#[derive(Clone, Copy)]
pub(in super::super) struct Sleep {
    on: Word,
    word: u32,
}

pub(in super::super) fn to_sleep_on(state: &AtomicU64, word: u32) -> Sleep {
    let on = Word::of(state);
    Sleep { on, word }
}

pub(in super::super) fn pause(until: u64) {
    burn();
    sleep_on(&[], Some(until));
}

pub(in super::super) fn with_signals_blocked<T>(run: impl FnOnce() -> T) -> T {
    run()
}

/// Why [`sleep_on_any`] could not.
pub(in super::super) struct Unavailable;

#[allow(
    clippy::unnecessary_wraps,
    reason = "the kernel proper may not know the call"
)]
pub(in super::super) fn sleep_on_any(
    words: &[Sleep],
    until: Option<u64>,
) -> Result<(), Unavailable> {
    burn();
    sleep_on(words, until);
    Ok(())
}

/// See the kernel's.
pub(in super::super) const VAIN_WAKES: u32 = 1;
/// See the kernel's.
pub(in super::super) const VAIN_WAKES_OF_ONE: u32 = 1;

/// See the kernel's.
pub(in super::super) fn tid_of(id: u64) -> u32 {
    u32::try_from(id).unwrap_or(0)
}

/// See the kernel's.
pub(in super::super) fn is_of_this_process(thread: u32) -> bool {
    thread != 0
}
