//! The kernel: who sleeps, who is killed, and what becomes of the words of the dead.

use std::cell::RefCell;
use std::panic;
use std::ptr::NonNull;
use std::sync::Arc;

use loom::sync::atomic::{self, Ordering};
use loom::sync::{Condvar, Mutex, MutexGuard};

use super::super::super::state::{OWNER_DIED, State, WAITERS};
use super::{AtomicU64, Sleep};

/// A word, by its address. It lives for as long as any thread knows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word(NonNull<AtomicU64>);

// SAFETY: refers to an atomic, which any thread may use.
unsafe impl Send for Word {}

impl Word {
    pub(super) fn of(state: &AtomicU64) -> Self {
        Self(NonNull::from(state))
    }

    fn state(&self) -> &atomic::AtomicU64 {
        // SAFETY: the tests keep objects until all threads have ended.
        &unsafe { self.0.as_ref() }.0
    }

    fn load(&self) -> State {
        State(self.state().load(Ordering::Relaxed))
    }
}

pub(super) struct World {
    pub(super) monotonic: atomic::AtomicU64,
    pub(super) wall: atomic::AtomicU64,
    pub(super) kernel: Mutex<Kernel>,
    /// Notified when a thread goes to sleep, or ends.
    #[allow(dead_code, reason = "for tests")]
    pub(super) settled: Condvar,
}

#[derive(Default)]
pub(super) struct Kernel {
    /// Who sleeps on which word, in the order in which they came.
    pub(super) queue: Vec<(Word, u32)>,
    pub(super) sleepers: Vec<Sleeper>,
    /// Threads to be killed in their sleep.
    pub(super) doomed: Vec<u32>,
    pub(super) gone: Vec<u32>,
    /// How many threads have ended that a test counts.
    #[cfg_attr(not(test), allow(dead_code, reason = "for tests"))]
    pub(super) ended: usize,
    /// Which word had the id of a thread that was killed, with the high half that it had then.
    pub(super) left: Vec<(u32, Word, u32)>,
}

pub(super) struct Sleeper {
    pub(super) tid: u32,
    #[cfg_attr(not(test), allow(dead_code, reason = "for tests"))]
    pub(super) until: Option<u64>,
    pub(super) is_up: bool,
    pub(super) bed: Arc<Condvar>,
}

loom::lazy_static! {
    pub(super) static ref WORLD: World = World {
        monotonic: atomic::AtomicU64::new(1),
        wall: atomic::AtomicU64::new(1),
        kernel: Mutex::new(Kernel::default()),
        settled: Condvar::new(),
    };
}

loom::thread_local! {
    pub(super) static SELF: RefCell<Thread> = RefCell::new(Thread::default());
}

/// What the kernel knows of a thread.
#[derive(Default)]
pub(super) struct Thread {
    pub(super) tid: u32,
    pub(super) fuse: Option<u32>,
    pub(super) list: Vec<Word>,
    pub(super) pending: Option<Word>,
}

/// What a thread unwinds with that was killed.
pub(super) struct Killed;

impl Kernel {
    pub(super) fn lock() -> MutexGuard<'static, Self> {
        WORLD.kernel.lock().expect("no test panics in the kernel")
    }

    pub(super) fn rouse(&mut self, which: impl Fn(&Sleeper) -> bool) {
        for sleeper in self.sleepers.iter_mut().filter(|sleeper| which(sleeper)) {
            sleeper.is_up = true;
            sleeper.bed.notify_one();
        }
    }

    /// `futex_wake`. A sleeper on several words that is up already, but has not run yet, can be woken on each.
    pub(super) fn wake(&mut self, word: Word, count: u32) -> u32 {
        let mut woken = 0;
        while woken < count {
            let next = self.queue.iter().position(|(queued, _)| *queued == word);
            let Some(next) = next else {
                break;
            };
            let (_, tid) = self.queue.remove(next);
            self.rouse(|sleeper| sleeper.tid == tid);
            woken += 1;
        }
        woken
    }
}

/// `futex_wait` and `futex_waitv`.
pub(super) fn sleep_on(words: &[Sleep], until: Option<u64>) {
    let tid = SELF.with(|me| me.borrow().tid);
    let mut kernel = Kernel::lock();
    let is_due = until.is_some_and(|until| until <= WORLD.monotonic.load(Ordering::Acquire));
    if is_due
        || words
            .iter()
            .any(|sleep| sleep.on.load().word() != sleep.word)
    {
        return;
    }
    if !kernel.doomed.contains(&tid) {
        kernel
            .queue
            .extend(words.iter().map(|sleep| (sleep.on, tid)));
        let bed = Arc::new(Condvar::new());
        kernel.sleepers.push(Sleeper {
            tid,
            until,
            is_up: false,
            bed: Arc::clone(&bed),
        });
        #[cfg(test)]
        WORLD.settled.notify_all();
        while kernel
            .sleepers
            .iter()
            .any(|sleeper| sleeper.tid == tid && !sleeper.is_up)
        {
            kernel = bed.wait(kernel).expect("no test panics in the kernel");
        }
        // Until it runs again it stays in the queues in which nobody has woken it.
        kernel.sleepers.retain(|sleeper| sleeper.tid != tid);
        kernel.queue.retain(|(_, queued)| *queued != tid);
    }
    let is_doomed = kernel.doomed.contains(&tid);
    drop(kernel);
    if is_doomed {
        die();
    }
}

/// Takes a step, or is killed before it.
pub(super) fn burn() {
    let is_out = SELF.with(|me| {
        let mut me = me.borrow_mut();
        let is_out = me.fuse == Some(0);
        me.fuse = me.fuse.map(|left| left.saturating_sub(1));
        is_out
    });
    if is_out {
        die();
    }
}

/// Ends the thread as a kill does: without another step, but those of the kernel.
pub(super) fn die() -> ! {
    let thread = SELF.with(RefCell::take);
    exit_robust_list(&thread);
    Kernel::lock().gone.push(thread.tid);
    panic::resume_unwind(Box::new(Killed));
}

/// What the kernel does by the list of a thread that ends.
fn exit_robust_list(thread: &Thread) {
    for &word in thread.list.iter().rev() {
        if thread.pending != Some(word) {
            handle_futex_death(thread.tid, word, false);
        }
    }
    if let Some(word) = thread.pending {
        handle_futex_death(thread.tid, word, true);
    }
}

fn handle_futex_death(tid: u32, word: Word, is_pending: bool) {
    let mut state = word.load();
    loop {
        if is_pending && state.is_free() {
            Kernel::lock().wake(word, 1);
            return;
        }
        if state.thread() != Some(tid) {
            return;
        }
        let dead = state.with_word(state.word() & WAITERS | OWNER_DIED);
        let changed =
            word.state()
                .compare_exchange(state.0, dead.0, Ordering::SeqCst, Ordering::SeqCst);
        match changed {
            Ok(_) => break,
            Err(now) => state = State(now),
        }
    }
    let mut kernel = Kernel::lock();
    kernel.left.push((tid, word, state.high()));
    if state.has_waiters() {
        kernel.wake(word, 1);
    }
}
