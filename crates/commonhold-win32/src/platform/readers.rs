//! Who is looking at something that may be taken away, at no cost to those who look.
//!
//! A thread that looks says so in a flag of its own, by plain stores. Who takes something away first makes it
//! invisible, then has the kernel put a barrier into every running thread of the process (`membarrier(2)`), and then
//! waits until it has seen each thread look up. Looking is a matter of nanoseconds; only a wait for several objects
//! waits in it, for one that another thread has reserved, for a millisecond at the most.
//!
//! A glance, which is what most looks are, is told by a flag, and not by a count that would tell one from the next: a store
//! that depends on no load costs nothing, but who counts waits for what it stored itself a moment ago. Who closes what
//! another thread glances at all the time may see it more than once, but finds it looking up soon. Longer looks are
//! counted, so that who closes need not find the moment between two of them.
//!
//! With a fence in the place of `membarrier`, where the kernel has none, each look costs as much as a lock.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicUsize, Ordering, compiler_fence, fence,
};
use std::time::Duration;

use commonhold_thread_words::{self as words, READER};

use super::fork;

/// A thread's flags. They are never freed: who walks the list may be at any of them.
struct Reader {
    flags: AtomicU8,
    /// How many long looks have ended.
    looks: AtomicUsize,
    is_taken: AtomicBool,
    next: *const Reader,
}

impl Reader {
    fn is_looking(&self) -> bool {
        self.flags.load(Ordering::Acquire) & LOOKS != 0
    }
}

/// In a reader's flags: the thread looks.
const LOOKS: u8 = 1;
/// In a reader's flags: the kernel has no barrier, so that the thread has to put one itself.
const FENCED: u8 = 2;

static FIRST: AtomicPtr<Reader> = AtomicPtr::new(ptr::null_mut());

const UNKNOWN: u8 = 0;
const MEMBARRIER: u8 = 1;
const FENCES: u8 = 2;

/// Decided before the first thread looks.
static BARRIER: AtomicU8 = AtomicU8::new(UNKNOWN);

thread_local! {
    static LEAVE: Leave = const { Leave };
}

/// The thread's reader.
#[inline]
fn reader() -> Option<&'static Reader> {
    let reader = ptr::with_exposed_provenance::<Reader>(words::get::<READER>());
    // SAFETY: null, or a reader, none of which is ever freed.
    unsafe { reader.as_ref() }
}

/// Gives the thread's reader up when the thread ends.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        if let Some(reader) = reader() {
            words::set::<READER>(0);
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
    /// What its flags were.
    before: u8,
    /// Whether its end is counted.
    is_long: bool,
    of_this_thread: PhantomData<*const ()>,
}

impl Drop for Looking {
    #[inline]
    fn drop(&mut self) {
        if let Some(reader) = self.reader {
            if self.is_long {
                let looks = reader.looks.load(Ordering::Relaxed);
                reader.looks.store(looks.wrapping_add(1), Ordering::Release);
            }
            reader.flags.store(self.before, Ordering::Release);
        }
    }
}

/// Begins to look, where that is most simple: `None` for a thread that has not looked before, or looks already, and
/// where there is no barrier.
#[inline]
pub(crate) fn glance() -> Option<Looking> {
    let reader = reader()?;
    if reader.flags.load(Ordering::Relaxed) != 0 {
        return None;
    }
    reader.flags.store(LOOKS, Ordering::Relaxed);
    compiler_fence(Ordering::SeqCst);
    Some(Looking {
        reader: Some(reader),
        before: 0,
        is_long: false,
        of_this_thread: PhantomData,
    })
}

/// Begins to look at what others may be about to take away. It has to be short.
#[inline]
pub(crate) fn look() -> Looking {
    match glance() {
        Some(mut looking) => {
            looking.is_long = true;
            looking
        }
        None => look_closely(),
    }
}

#[cold]
fn look_closely() -> Looking {
    let reader = reader().unwrap_or_else(join);
    let before = reader.flags.load(Ordering::Relaxed);
    let is_outermost = before & LOOKS == 0;
    if is_outermost {
        reader.flags.store(before | LOOKS, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }
    Looking {
        reader: is_outermost.then_some(reader),
        before,
        is_long: true,
        of_this_thread: PhantomData,
    }
}

/// Asks for the barrier. It is a matter of a microsecond while the process has one thread, and of ten milliseconds later.
pub(crate) fn begin() {
    if BARRIER.load(Ordering::Acquire) != UNKNOWN {
        return;
    }
    fork::watch();
    let barrier = if membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) {
        MEMBARRIER
    } else {
        FENCES
    };
    // Whoever else decides, decides the same, or for fences, before anyone looks.
    let _ = BARRIER.compare_exchange(UNKNOWN, barrier, Ordering::SeqCst, Ordering::SeqCst);
}

#[cold]
fn join() -> &'static Reader {
    begin();
    let reader = vacant().unwrap_or_else(add);
    words::set::<READER>(ptr::from_ref(reader).expose_provenance());
    // Where the thread's values are destroyed already, nobody will give the reader up: it stays this thread's. A thread
    // that uses handles so late is rare, and a reader is small.
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

/// A reader that a thread has given up.
fn vacant() -> Option<&'static Reader> {
    let take = |is_taken: &AtomicBool| {
        let taken = is_taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok()
    };
    all().find(|reader| take(&reader.is_taken))
}

fn add() -> &'static Reader {
    let idle = match BARRIER.load(Ordering::Relaxed) {
        MEMBARRIER => 0,
        _ => FENCED,
    };
    let reader = Box::leak(Box::new(Reader {
        flags: AtomicU8::new(idle),
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
    if reader().is_some_and(Reader::is_looking) {
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
        let mut tries = 0_u32;
        // Until it looks up, or at least the look that it was in has ended.
        while reader.is_looking() && reader.looks.load(Ordering::Acquire) == looks {
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
    let this = reader().map_or(ptr::null(), ptr::from_ref);
    for reader in all().filter(|&reader| !ptr::eq(reader, this)) {
        reader.flags.fetch_and(!LOOKS, Ordering::Relaxed);
        reader.is_taken.store(false, Ordering::Relaxed);
    }
}

fn membarrier(command: libc::c_int) -> bool {
    // SAFETY: the call takes three numbers.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}
