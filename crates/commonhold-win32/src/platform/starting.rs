//! Nothing is closed while a child that is about to become a program still has a copy of it.
//!
//! A fork copies every descriptor, and with it what it holds: names, locks of files. Until the child has closed what it is
//! not to have, a handle that is closed here is not closed. So who starts a program and those who close something wait
//! for each other; each says so in a word, and then looks at the other's.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How many are starting a program, and how many are closing something.
static STARTING: AtomicU32 = AtomicU32::new(0);
static CLOSING: AtomicU32 = AtomicU32::new(0);

/// One of those who do so, for as long as it lives.
#[must_use]
pub(crate) struct Doing(&'static AtomicU32);

impl Drop for Doing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Begins to close something, once no program is being started.
pub(crate) fn close() -> Doing {
    let mut patience = Patience::new();
    loop {
        CLOSING.fetch_add(1, Ordering::SeqCst);
        let closing = Doing(&CLOSING);
        if STARTING.load(Ordering::SeqCst) == 0 {
            return closing;
        }
        drop(closing);
        if !patience.until_none(&STARTING) {
            CLOSING.fetch_add(1, Ordering::SeqCst);
            return Doing(&CLOSING);
        }
    }
}

/// Begins to start a program, once nothing is being closed.
pub(crate) fn start() -> Doing {
    STARTING.fetch_add(1, Ordering::SeqCst);
    Patience::new().until_none(&CLOSING);
    Doing(&STARTING)
}

/// How long one waits for the other. A fork takes a fraction of a millisecond, and to close something some microseconds;
/// but the program's own handlers of forks and signals run meanwhile, and may wait for whoever waits here. Then what is
/// closed stays for as long as the child takes, and nobody waits for ever.
struct Patience(Instant);

impl Patience {
    const MOST: Duration = Duration::from_millis(20);

    fn new() -> Self {
        Self(Instant::now())
    }

    /// Waits; `false` if there is no patience left.
    fn until_none(&mut self, count: &AtomicU32) -> bool {
        let mut tries = 0_u32;
        while count.load(Ordering::SeqCst) != 0 {
            tries += 1;
            if tries < 100 {
                std::hint::spin_loop();
            } else if self.0.elapsed() < Self::MOST {
                std::thread::sleep(Duration::from_micros(20));
            } else {
                return false;
            }
        }
        self.0.elapsed() < Self::MOST
    }
}

/// In a forked child the threads that did so are not there.
pub(super) fn after_fork_in_child() {
    STARTING.store(0, Ordering::SeqCst);
    CLOSING.store(0, Ordering::SeqCst);
}
