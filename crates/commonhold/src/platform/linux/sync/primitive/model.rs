//! A model of the kernel's part, for `loom`.
//!
//! What it models: futexes, as the kernel compares, queues and wakes; a thread's list of what it owns, and what the
//! kernel (6.2 and later) does with it when the thread ends; clocks that stand still until a test moves them.
//!
//! A thread has a fuse: each step that others, or the kernel, could notice burns one unit of it, and where none is left
//! the thread is killed before the step. Steps that only look are not counted: who is killed after one of them is
//! killed before the next that does something. Nobody looks again after a while here ([`soon`] never comes): a wake
//! that is lost is a deadlock, which `loom` reports.

use std::cell::RefCell;
use std::panic;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{self, Ordering};
use loom::sync::{Condvar, Mutex, MutexGuard};

use super::super::state::{OWNER_DIED, State};
use super::super::waitable::Waitable;

/// An atomic whose changes burn the fuse.
macro_rules! atomic {
    ($name:ident, $int:ty) => {
        pub(in super::super) struct $name(atomic::$name);

        #[allow(dead_code, reason = "each is there for one of the two")]
        impl $name {
            pub(in super::super) fn new(value: $int) -> Self {
                Self(atomic::$name::new(value))
            }

            pub(in super::super) fn load(&self, order: Ordering) -> $int {
                self.0.load(order)
            }

            pub(in super::super) fn store(&self, value: $int, order: Ordering) {
                burn();
                self.0.store(value, order);
            }

            pub(in super::super) fn swap(&self, value: $int, order: Ordering) -> $int {
                burn();
                self.0.swap(value, order)
            }

            pub(in super::super) fn fetch_add(&self, value: $int, order: Ordering) -> $int {
                burn();
                self.0.fetch_add(value, order)
            }

            pub(in super::super) fn fetch_sub(&self, value: $int, order: Ordering) -> $int {
                burn();
                self.0.fetch_sub(value, order)
            }

            pub(in super::super) fn compare_exchange(
                &self,
                old: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                burn();
                self.0.compare_exchange(old, new, success, failure)
            }
        }
    };
}

atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);

/// A word's place in the list, which the model keeps elsewhere.
#[derive(Default)]
pub(in super::super) struct Link;

/// A word, by its address. It lives for as long as any thread knows it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word(NonNull<AtomicU64>);

// SAFETY: refers to an atomic, which any thread may use.
unsafe impl Send for Word {}

impl Word {
    fn of(state: &AtomicU64) -> Self {
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

struct World {
    monotonic: atomic::AtomicU64,
    wall: atomic::AtomicU64,
    kernel: Mutex<Kernel>,
    /// Notified when a thread goes to sleep, or ends.
    #[allow(dead_code, reason = "for tests")]
    settled: Condvar,
}

#[derive(Default)]
struct Kernel {
    /// Who sleeps on which word, in the order in which they came.
    queue: Vec<(Word, u32)>,
    sleepers: Vec<Sleeper>,
    /// Threads to be killed in their sleep.
    doomed: Vec<u32>,
    gone: Vec<u32>,
    /// How many threads have ended that a test counts.
    ended: usize,
    /// Which word had the id of a thread that was killed, with the high half that it had then.
    left: Vec<(u32, Word, u32)>,
}

struct Sleeper {
    tid: u32,
    until: Option<u64>,
    is_up: bool,
    bed: Arc<Condvar>,
}

loom::lazy_static! {
    static ref WORLD: World = World {
        monotonic: atomic::AtomicU64::new(1),
        wall: atomic::AtomicU64::new(1),
        kernel: Mutex::new(Kernel::default()),
        settled: Condvar::new(),
    };
}

loom::thread_local! {
    static SELF: RefCell<Thread> = RefCell::new(Thread::default());
}

/// What the kernel knows of a thread.
#[derive(Default)]
struct Thread {
    tid: u32,
    fuse: Option<u32>,
    list: Vec<Word>,
    pending: Option<Word>,
}

/// What a thread unwinds with that was killed.
struct Killed;

impl Kernel {
    fn lock() -> MutexGuard<'static, Self> {
        WORLD.kernel.lock().expect("no test panics in the kernel")
    }

    fn rouse(&mut self, which: impl Fn(&Sleeper) -> bool) {
        for sleeper in self.sleepers.iter_mut().filter(|sleeper| which(sleeper)) {
            sleeper.is_up = true;
            sleeper.bed.notify_one();
        }
    }

    /// `futex_wake`. A sleeper on several words that is up already, but has not run yet, can be woken on each.
    fn wake(&mut self, word: Word, count: u32) -> u32 {
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
fn sleep_on(words: &[Sleep], until: Option<u64>) {
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
fn burn() {
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
fn die() -> ! {
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
        let dead = state.with_word(state.waiters() | OWNER_DIED);
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

pub(in super::super) fn spin_limit(_learned: u32) -> u32 {
    0
}

pub(in super::super) fn spin_worth(learned: u32, _turns: u32) -> u32 {
    learned
}

pub(in super::super) fn spin_in_vain(learned: u32) -> u32 {
    learned
}

pub(in super::super) fn is_gone(thread: u32) -> bool {
    Kernel::lock().gone.contains(&thread)
}

pub(in super::super) fn sleep(state: &AtomicU64, word: u32, until: Option<u64>) {
    burn();
    sleep_on(&[Sleep::on(state, word)], until);
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

impl Sleep {
    pub(in super::super) fn on(state: &AtomicU64, word: u32) -> Self {
        let on = Word::of(state);
        Self { on, word }
    }

    pub(in super::super) fn alone(&self, until: u64) {
        burn();
        sleep_on(&[*self], Some(until));
    }
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

/// What tests do to the world.
#[cfg(test)]
pub(in super::super) mod god {
    use super::{
        Kernel, Killed, Me, Ordering, RefCell, SELF, Thread, WORLD, Waitable, Word, burn, die,
        panic,
    };

    /// Makes the calling thread the one of that id while it does this; `None` if it was killed.
    ///
    /// It is killed before the step for which the fuse has nothing left. A thread that gets through ends, too,
    /// and still owns what it owns unless `body` says otherwise.
    pub(in super::super::super) fn live<T>(
        tid: u32,
        fuse: Option<u32>,
        body: impl FnOnce(&Me) -> T,
    ) -> Option<T> {
        let thread = Thread {
            tid,
            fuse,
            ..Thread::default()
        };
        SELF.with(|me| *me.borrow_mut() = thread);
        let lived = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let result = body(&Me { tid });
            // Killed with nothing left to do.
            burn();
            result
        }));
        match lived {
            Ok(result) => {
                let thread = SELF.with(RefCell::take);
                assert!(thread.pending.is_none(), "a word stays named");
                assert!(thread.list.is_empty(), "a word stays in the list");
                Some(result)
            }
            Err(death) if death.is::<Killed>() => None,
            Err(failure) => panic::resume_unwind(failure),
        }
    }

    /// Ends the calling thread here.
    pub(in super::super::super) fn end() -> ! {
        die()
    }

    /// Kills a thread in its sleep, or when it next wants to sleep.
    pub(in super::super::super) fn kill(tid: u32) {
        let mut kernel = Kernel::lock();
        kernel.doomed.push(tid);
        kernel.rouse(|sleeper| sleeper.tid == tid);
    }

    /// Counts the end of a thread.
    pub(in super::super::super) fn count_end() {
        Kernel::lock().ended += 1;
        WORLD.settled.notify_all();
    }

    fn until(is_so: impl Fn(&Kernel) -> bool) {
        let mut kernel = Kernel::lock();
        while !is_so(&kernel) {
            kernel = WORLD.settled.wait(kernel).expect("no test panics here");
        }
    }

    /// Returns when so many have ended.
    pub(in super::super::super) fn until_ended(count: usize) {
        until(|kernel| kernel.ended >= count);
    }

    /// Returns when so many sleep, not woken yet, or have ended.
    pub(in super::super::super) fn until_settled(count: usize) {
        until(|kernel| {
            let sleepers = kernel.sleepers.iter();
            sleepers.filter(|sleeper| !sleeper.is_up).count() + kernel.ended >= count
        });
    }

    /// Has all sleepers look again, as they do after a while without the model.
    pub(in super::super::super) fn let_all_look_again() {
        Kernel::lock().rouse(|_| true);
    }

    /// Moves both clocks. Sleepers whose time has come get up.
    pub(in super::super::super) fn move_clocks_to(time: u64) {
        let mut kernel = Kernel::lock();
        WORLD.monotonic.store(time, Ordering::Release);
        WORLD.wall.store(time, Ordering::Release);
        kernel.rouse(|sleeper| sleeper.until.is_some_and(|until| until <= time));
    }

    /// Whether the thread owned the mutex when it was killed, and had not just reserved it.
    pub(in super::super::super) fn has_left(tid: u32, object: &Waitable) -> bool {
        let word = Word::of(object.futex());
        // In a mutex, all but zero is about a reservation.
        Kernel::lock().left.contains(&(tid, word, 0))
    }
}

/// See the kernel's.
pub(in super::super) const VAIN_WAKES: u32 = 1;

/// See the kernel's.
pub(in super::super) fn tid_of(id: u64) -> u32 {
    u32::try_from(id).unwrap_or(0)
}

/// See the kernel's.
pub(in super::super) fn is_of_this_process(thread: u32) -> bool {
    thread != 0
}
