//! What the kernel's refusals are called in Win32's terms, where the call alone does not tell.

use rustix::io::Errno;

use crate::{Error, ErrorCode};

/// An error for a system call that has no more to say about its failure than the number.
#[cold]
pub(super) fn refused(errno: Errno, tried: &'static str) -> Error {
    Error::new(code(errno), tried).caused_by(errno)
}

fn code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::MFILE | Errno::NFILE => ErrorCode::TOO_MANY_OPEN_FILES,
        Errno::ACCESS | Errno::PERM | Errno::ROFS => ErrorCode::ACCESS_DENIED,
        Errno::NOMEM => ErrorCode::NOT_ENOUGH_MEMORY,
        Errno::NOSPC | Errno::DQUOT => ErrorCode::DISK_FULL,
        Errno::BADF => ErrorCode::INVALID_HANDLE,
        Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN => ErrorCode::BROKEN_PIPE,
        Errno::NOSYS | Errno::OPNOTSUPP => ErrorCode::NOT_SUPPORTED,
        _ => ErrorCode::GEN_FAILURE,
    }
}
