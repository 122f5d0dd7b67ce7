//! What tests do to the world.

use std::cell::RefCell;
use std::panic;

use loom::sync::atomic::Ordering;

use super::super::super::waitable::Waitable;
use super::Me;
use super::world::{Kernel, Killed, SELF, Thread, WORLD, Word, burn, die};

/// Makes the calling thread the one of that id while it does this; `None` if it was killed.
///
/// It is killed before the step for which the fuse has nothing left. A thread that gets through ends, too,
/// and still owns what it owns unless `body` says otherwise.
pub(in crate::platform::linux::sync) fn live<T>(
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
pub(in crate::platform::linux::sync) fn end() -> ! {
    die()
}

/// Kills a thread in its sleep, or when it next wants to sleep.
pub(in crate::platform::linux::sync) fn kill(tid: u32) {
    let mut kernel = Kernel::lock();
    kernel.doomed.push(tid);
    kernel.rouse(|sleeper| sleeper.tid == tid);
}

/// Counts the end of a thread.
pub(in crate::platform::linux::sync) fn count_end() {
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
pub(in crate::platform::linux::sync) fn until_ended(count: usize) {
    until(|kernel| kernel.ended >= count);
}

/// Returns when so many sleep, not woken yet, or have ended.
pub(in crate::platform::linux::sync) fn until_settled(count: usize) {
    until(|kernel| {
        let sleepers = kernel.sleepers.iter();
        sleepers.filter(|sleeper| !sleeper.is_up).count() + kernel.ended >= count
    });
}

/// Has all sleepers look again, as they do after a while without the model.
pub(in crate::platform::linux::sync) fn let_all_look_again() {
    Kernel::lock().rouse(|_| true);
}

/// Moves both clocks. Sleepers whose time has come get up.
pub(in crate::platform::linux::sync) fn move_clocks_to(time: u64) {
    let mut kernel = Kernel::lock();
    WORLD.monotonic.store(time, Ordering::Release);
    WORLD.wall.store(time, Ordering::Release);
    kernel.rouse(|sleeper| sleeper.until.is_some_and(|until| until <= time));
}

/// Whether the thread owned the mutex when it was killed, and had not just reserved it.
pub(in crate::platform::linux::sync) fn has_left(tid: u32, object: &Waitable) -> bool {
    let word = Word::of(object.futex());
    // In a mutex, all but zero is about a reservation.
    Kernel::lock().left.contains(&(tid, word, 0))
}
