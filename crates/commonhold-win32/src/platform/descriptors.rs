//! Descriptors that this process has without having opened them.

use std::collections::HashSet;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Those that are open now, and may have come from whoever started this program: they survive an exec.
pub(crate) fn inheritable_now() -> HashSet<RawFd> {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    let numbers = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let listed: Vec<RawFd> = numbers.collect();
    // The listing's own is among them, and is closed by now.
    listed
        .into_iter()
        .filter(|&fd| flags(fd) == Some(0))
        .collect()
}

pub(crate) fn is_open(descriptor: RawFd) -> bool {
    flags(descriptor).is_some()
}

/// `FD_CLOEXEC` or nothing, if it is open.
fn flags(descriptor: RawFd) -> Option<i32> {
    // SAFETY: the call takes two numbers.
    let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFD) };
    (flags >= 0).then_some(flags)
}

/// Takes over a descriptor that was open when the program began, and that is a handle's from now on.
pub(crate) fn own(descriptor: RawFd) -> Option<OwnedFd> {
    // SAFETY: open, and its number was told to this program as a handle's: by the rules of handles, who uses it so owns
    // it. Each is taken over once: see `handles::inherited`.
    is_open(descriptor).then(|| unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// A descriptor whose number came from elsewhere, and that is only asked what it is.
pub(crate) fn borrow(descriptor: RawFd) -> Option<BorrowedFd<'static>> {
    // SAFETY: open now. Should the program close it meanwhile, the kernel is asked about another or about none: the
    // answer is checked, and nothing is changed by it.
    is_open(descriptor).then(|| unsafe { BorrowedFd::borrow_raw(descriptor) })
}

/// Sees to it that descriptors 0 to 2 are something, so that nothing else gets these numbers.
pub(crate) fn occupy_standard() -> Result<(), Errno> {
    while !(0..3).all(is_open) {
        let null = rustix::fs::open(c"/dev/null", OFlags::RDWR, Mode::empty())?;
        if null.as_raw_fd() >= 3 {
            break;
        }
        std::mem::forget(null);
    }
    Ok(())
}
