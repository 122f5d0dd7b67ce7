//! Descriptors that a program which is started must not have, closed between fork and exec by system calls alone.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, RawFd};

use rustix::fs::{Mode, OFlags, RawDir};
use rustix::io::Errno;

/// Has exec close everything but descriptors 0 to 2.
pub(super) fn close_on_exec() -> Result<(), Errno> {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    // SAFETY: the call takes three numbers, and closes nothing.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, CLOSE_RANGE_CLOEXEC) };
    if done == 0 {
        return Ok(());
    }
    // Before Linux 5.11.
    each_open(|descriptor| {
        if descriptor > 2 {
            // SAFETY: the call takes numbers.
            unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
        }
    })
}

/// Closes at once what exec would close, but for this one: for a process that will wait long before its exec, and must
/// not keep the parent's objects alive meanwhile. `kept` stay open in any case.
pub(super) fn close_but(one: RawFd, kept: &[RawFd]) {
    let _ = each_open(|descriptor| {
        // SAFETY: the call takes numbers.
        let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFD) };
        let goes = flags >= 0 && flags & libc::FD_CLOEXEC != 0;
        if goes && descriptor != one && !kept.contains(&descriptor) {
            // SAFETY: in the child of a fork, which uses it no more, and drops nothing.
            unsafe { libc::close(descriptor) };
        }
    });
}

/// Calls with every descriptor that is open. It allocates nothing.
fn each_open(mut action: impl FnMut(RawFd)) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::open(c"/proc/self/fd", flags, Mode::empty())?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(&directory, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let number = entry
            .file_name()
            .to_str()
            .ok()
            .and_then(|it| it.parse().ok());
        if let Some(descriptor) = number.filter(|&it| it != directory.as_raw_fd()) {
            action(descriptor);
        }
    }
    Ok(())
}
