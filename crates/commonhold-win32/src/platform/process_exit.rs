//! How this process ends, and how it notices that it does.

use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::thread_id;
use crate::handles::bequest;

/// The process that the program began in: a child that it forks tells nobody its exit code.
static BEGAN_AS: AtomicU32 = AtomicU32::new(0);

/// Runs when the program, or this library, is loaded.
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

extern "C" fn begin() {
    BEGAN_AS.store(std::process::id(), Ordering::Relaxed);
    #[cfg(target_env = "gnu")]
    if std::env::var_os(bequest::VARIABLE).is_some() {
        notice_returns();
    }
}

/// Has an exit code of more than eight bits arrive that `main` returns.
#[cfg(target_env = "gnu")]
fn notice_returns() {
    use std::ffi::c_void;
    unsafe extern "C" {
        fn on_exit(action: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
    }
    extern "C" fn action(code: c_int, _: *mut c_void) {
        tell(code as u32);
    }
    // SAFETY: the function stays, as this library does: it has values that threads destroy when they end.
    unsafe { on_exit(action, std::ptr::null_mut()) };
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
        // SAFETY: one thread of the process gets here, once.
        unsafe { libc::exit(code as i32) }
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
    // SAFETY: ends the process, whatever its state.
    unsafe { libc::_exit(code as i32) }
}
