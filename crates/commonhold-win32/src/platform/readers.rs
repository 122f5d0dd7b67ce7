//! Who is looking at something that may be taken away, at no cost to those who look.
//!
//! A thread that looks says so in a word of its own, by plain stores. Who takes something away first makes it
//! invisible, then has the kernel put a barrier into every running thread of the process (`membarrier(2)`), and then
//! waits for each thread that was looking to look up. Looking is a matter of nanoseconds; only a wait for several
//! objects waits in it, for one that another thread has reserved, for a millisecond at the most.
//!
//! With a fence in the place of `membarrier`, where the kernel has none, each look costs as much as a lock.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering, compiler_fence, fence,
};
use std::time::Duration;

use super::fork;

/// A thread's word. They are never freed: who walks the list may be at any of them.
struct Reader {
    /// Odd while the thread looks.
    looks: AtomicUsize,
    is_taken: AtomicBool,
    next: *const Reader,
}

static FIRST: AtomicPtr<Reader> = AtomicPtr::new(ptr::null_mut());

const UNKNOWN: u8 = 0;
const MEMBARRIER: u8 = 1;
const FENCES: u8 = 2;

/// Decided before the first thread looks.
static BARRIER: AtomicU8 = AtomicU8::new(UNKNOWN);

thread_local! {
    static READER: Cell<*const Reader> = const { Cell::new(ptr::null()) };
    static LEAVE: Leave = const { Leave };
}

/// Gives the thread's word up when the thread ends.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        let reader = READER.replace(ptr::null());
        // SAFETY: null, or a reader, none of which is ever freed.
        if let Some(reader) = unsafe { reader.as_ref() } {
            reader.is_taken.store(false, Ordering::Release);
        }
    }
}

/// A look that goes on. Until it is dropped, whoever takes something away waits.
///
/// It is the thread's own.
pub(crate) struct Looking {
    /// `None` for a look within another, as in a signal's handler: the outer one protects this one as well.
    reader: Option<&'static Reader>,
    of_this_thread: PhantomData<*const ()>,
}

impl Drop for Looking {
    #[inline]
    fn drop(&mut self) {
        if let Some(reader) = self.reader {
            let looks = reader.looks.load(Ordering::Relaxed);
            reader.looks.store(looks.wrapping_add(1), Ordering::Release);
        }
    }
}

/// Begins to look at what others may be about to take away. It has to be short.
#[inline]
pub(crate) fn look() -> Looking {
    // SAFETY: null, or a reader, none of which is ever freed.
    let reader = match unsafe { READER.get().as_ref() } {
        Some(reader) => reader,
        None => join(),
    };
    let looks = reader.looks.load(Ordering::Relaxed);
    let is_outermost = looks % 2 == 0;
    if is_outermost {
        reader.looks.store(looks.wrapping_add(1), Ordering::Relaxed);
        if BARRIER.load(Ordering::Relaxed) == MEMBARRIER {
            compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }
    Looking {
        reader: is_outermost.then_some(reader),
        of_this_thread: PhantomData,
    }
}

#[cold]
fn join() -> &'static Reader {
    if BARRIER.load(Ordering::Acquire) == UNKNOWN {
        fork::watch();
        let barrier = if membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) {
            MEMBARRIER
        } else {
            FENCES
        };
        // Whoever else decides, decides the same, or for fences, before anyone looks.
        let _ = BARRIER.compare_exchange(UNKNOWN, barrier, Ordering::SeqCst, Ordering::SeqCst);
    }
    let reader = vacant().unwrap_or_else(add);
    READER.set(reader);
    // Where the thread's values are destroyed already, nobody will give the word up: it stays this thread's. A thread
    // that uses handles so late is rare, and a word is small.
    let _ = LEAVE.try_with(|_| ());
    reader
}

/// All readers there ever were.
fn all() -> impl Iterator<Item = &'static Reader> {
    let mut next = FIRST.load(Ordering::Acquire).cast_const();
    std::iter::from_fn(move || {
        // SAFETY: null, or a reader, none of which is ever freed.
        let reader = unsafe { next.as_ref() }?;
        next = reader.next;
        Some(reader)
    })
}

/// A word that a thread has given up.
fn vacant() -> Option<&'static Reader> {
    let take = |is_taken: &AtomicBool| {
        let taken = is_taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok()
    };
    all().find(|reader| take(&reader.is_taken))
}

fn add() -> &'static Reader {
    let reader = Box::leak(Box::new(Reader {
        looks: AtomicUsize::new(0),
        is_taken: AtomicBool::new(true),
        next: ptr::null(),
    }));
    let mut first = FIRST.load(Ordering::Relaxed);
    loop {
        reader.next = first;
        match FIRST.compare_exchange_weak(first, reader, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return reader,
            Err(now) => first = now,
        }
    }
}

/// Waits until nobody sees any more what is invisible since before this call; `false` if that cannot be known.
#[must_use]
pub(crate) fn wait_until_unseen() -> bool {
    // SAFETY: null, or a reader, none of which is ever freed.
    let this = unsafe { READER.get().as_ref() };
    if this.is_some_and(|this| this.looks.load(Ordering::Relaxed) % 2 == 1) {
        // Called by a signal's handler that interrupted a look.
        return false;
    }
    fence(Ordering::SeqCst);
    let expedited = || membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    let has_barrier = BARRIER.load(Ordering::Relaxed) != MEMBARRIER
        || expedited()
        || (membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) && expedited());
    if !has_barrier {
        return false;
    }
    for reader in all() {
        let looks = reader.looks.load(Ordering::Acquire);
        if looks % 2 == 0 {
            continue;
        }
        let mut tries = 0_u32;
        while reader.looks.load(Ordering::Acquire) == looks {
            tries += 1;
            match tries {
                0..100 => std::hint::spin_loop(),
                100..200 => std::thread::yield_now(),
                // A thread of a low priority does not get to look up while one of a high priority only yields.
                _ => std::thread::sleep(Duration::from_micros(50)),
            }
        }
    }
    true
}

/// In a forked child, the other threads are not there, and look no more.
pub(super) fn after_fork_in_child() {
    let this = READER.get();
    for reader in all().filter(|&reader| !ptr::eq(reader, this)) {
        reader.looks.store(0, Ordering::Relaxed);
        reader.is_taken.store(false, Ordering::Relaxed);
    }
}

fn membarrier(command: libc::c_int) -> bool {
    // SAFETY: the call takes three numbers.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}
