//! The signals of a thread that must not run handlers: one that forks, and one of the library's own.

use std::{mem, ptr};

/// Which signals are blocked.
pub(crate) struct Mask(libc::sigset_t);

/// Blocks all signals in this thread; what was blocked before.
pub(crate) fn block_all() -> Mask {
    // SAFETY: a set of bits, for which zeroes are a value.
    let mut all: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the set lives.
    unsafe { libc::sigfillset(&raw mut all) };
    let mut before = all;
    // SAFETY: both live.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before) };
    Mask(before)
}

pub(crate) fn restore(Mask(mask): &Mask) {
    // SAFETY: the set lives.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, mask, ptr::null_mut()) };
}

/// Has all signals that this process handles do again what they do by default, as exec would: a handler must not run
/// in the child of a fork.
pub(super) fn forget_handlers() {
    for signal in 1..=LAST {
        // SAFETY: a plain structure, for which zeroes are a value.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        // SAFETY: the structure lives; the call only asks.
        let asked = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
        let is_handled = asked == 0
            && action.sa_sigaction != libc::SIG_DFL
            && action.sa_sigaction != libc::SIG_IGN;
        if is_handled {
            action.sa_sigaction = libc::SIG_DFL;
            action.sa_flags = 0;
            // SAFETY: the structure lives, and asks for the default.
            unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
        }
    }
}

/// The last of the real-time signals.
const LAST: libc::c_int = 64;
