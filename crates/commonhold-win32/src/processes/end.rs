//! How this process ends, and who is told.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::handles::bequest;
use crate::platform::{process_exit, thread_id};

/// The process that the program began in: a child that it forks tells nobody its exit code.
static BEGAN_AS: AtomicU32 = AtomicU32::new(0);

/// Has to be called when the program is loaded.
pub(crate) fn begin() {
    BEGAN_AS.store(std::process::id(), Ordering::Relaxed);
    if std::env::var_os(bequest::VARIABLE).is_some() {
        // An exit code of more than eight bits, that `main` returns, arrives as well.
        process_exit::notice(tell);
    }
}

/// Tells whoever started this process.
fn tell(code: u32) {
    let began_as = BEGAN_AS.load(Ordering::Relaxed);
    if began_as == 0 || began_as == std::process::id() {
        bequest::tell_exit_code(code);
    }
}

/// Ends the process as the C library's `exit` does, which runs what the program registered for that.
pub(crate) fn exit(code: u32) -> ! {
    /// The process and the thread that exit.
    static EXITING: AtomicU64 = AtomicU64::new(0);
    let id = thread_id::current();
    let this = u64::from(std::process::id()) << 32 | u64::from(id);
    let before = EXITING.load(Ordering::Relaxed);
    let is_other = before >> 32 != this >> 32;
    let begins = is_other
        && EXITING
            .compare_exchange(before, this, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
    if begins {
        tell(code);
        process_exit::exit(code);
    }
    if EXITING.load(Ordering::Relaxed) == this {
        // From what is registered itself.
        exit_at_once(code);
    }
    // Another thread is at it, and ends this one with the process.
    loop {
        std::thread::park();
    }
}

/// Ends the process, and runs nothing.
pub(crate) fn exit_at_once(code: u32) -> ! {
    tell(code);
    process_exit::exit_at_once(code)
}
