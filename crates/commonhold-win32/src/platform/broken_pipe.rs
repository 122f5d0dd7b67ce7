//! Writing to a pipe that nobody reads any more is an error, as on Windows, and not the end of the process.

use std::mem::MaybeUninit;
use std::ptr;

use rustix::io::Errno;

/// Does something that may write to such a pipe, without `SIGPIPE` reaching the program. One that was pending before
/// stays so.
pub(crate) fn without_signal<T>(action: impl FnOnce() -> Result<T, Errno>) -> Result<T, Errno> {
    let pipe = only_sigpipe();
    let was_pending = is_pending();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: both sets are this function's own.
    let masked =
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, before.as_mut_ptr()) };
    let result = action();
    if matches!(result, Err(Errno::PIPE)) && !was_pending {
        let no_time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // The kernel sends it to this very thread, where it is pending now.
        // SAFETY: the set and the time live, and nobody asks for what came with the signal.
        unsafe { libc::sigtimedwait(&raw const pipe, ptr::null_mut(), &raw const no_time) };
    }
    if masked == 0 {
        // SAFETY: written by the first call, which succeeded.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    }
    result
}

fn only_sigpipe() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: makes the set that it is given.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: made just now, and the signal is one.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE) };
    // SAFETY: made above.
    unsafe { set.assume_init() }
}

fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: writes the set that it is given.
    if unsafe { libc::sigpending(pending.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: the call before has succeeded, so that the set is whole.
    unsafe { libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_pending_after_a_write_that_found_nobody() {
        let (reader, writer) = rustix::net::socketpair(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            rustix::net::SocketFlags::CLOEXEC,
            None,
        )
        .unwrap();
        drop(reader);
        let pipe = only_sigpipe();
        // Blocked in this thread, so that a signal that is left over stays pending, and is seen.
        // SAFETY: the set lives.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, ptr::null_mut()) };
        let written = without_signal(|| rustix::io::write(&writer, b"nobody"));
        assert_eq!(written, Err(Errno::PIPE));
        assert!(!is_pending());
        assert_eq!(rustix::io::write(&writer, b"nobody"), Err(Errno::PIPE));
        assert!(is_pending());
        assert_eq!(
            without_signal(|| rustix::io::write(&writer, b"nobody")),
            Err(Errno::PIPE)
        );
        assert!(is_pending(), "it was before");
    }
}
