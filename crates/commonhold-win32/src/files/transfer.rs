//! Reading and writing (`ReadFile`, `WriteFile`).

use std::os::fd::AsFd as _;

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use super::File;
use super::access;
use super::kind::Kind;
use crate::failure::{Failure, Result};
use crate::platform::broken_pipe;
use crate::platform::transfer_buffers::{Source, Target};

/// Where in the file.
#[derive(Clone, Copy)]
pub(crate) enum At {
    /// Where the last transfer ended.
    Position,
    Offset(i64),
    /// Behind what is there.
    End,
}

/// The bytes that were transferred, and what ended it early.
pub(crate) struct Transferred {
    pub(crate) bytes: usize,
    pub(crate) failure: Option<Failure>,
}

impl From<Failure> for Transferred {
    fn from(failure: Failure) -> Self {
        Self {
            bytes: 0,
            failure: Some(failure),
        }
    }
}

/// Reads until the target is full or the file at its end; from what is no file on disk, what is there.
///
/// At the end of a file no bytes are read, which is `HANDLE_EOF` where an offset was given.
pub(crate) fn read(file: &File, target: &mut Target<'_>, at: At) -> Transferred {
    if let Err(failure) = file.has_any(access::READ_DATA) {
        return failure.into();
    }
    let wanted = target.len();
    let done = transfer(
        file,
        wanted,
        at,
        file.kind() != Kind::Disk,
        |done, offset| {
            target
                .read(file.descriptor(), done, offset)
                .map_err(|errno| match errno {
                    Errno::ISDIR => Failure::INVALID_FUNCTION,
                    // Another end that is gone without having read all.
                    Errno::CONNRESET => Failure::BROKEN_PIPE,
                    errno => errno.into(),
                })
        },
    );
    match (done.bytes, done.failure) {
        (0, None) if wanted > 0 && file.kind() == Kind::Pipe => Failure::BROKEN_PIPE.into(),
        (0, None) if wanted > 0 && matches!(at, At::Offset(_)) => Failure::HANDLE_EOF.into(),
        _ => done,
    }
}

/// Writes everything, unless it fails.
pub(crate) fn write(file: &File, source: &Source<'_>, at: At) -> Transferred {
    if let Err(failure) = file.has_any(access::WRITE_DATA | access::APPEND_DATA) {
        return failure.into();
    }
    // Who may only append does that wherever it is said to write.
    let appends = matches!(at, At::End) || !file.may(access::WRITE_DATA);
    let appends = appends && file.kind() == Kind::Disk;
    let at = if appends { At::End } else { at };
    transfer(file, source.len(), at, false, |done, offset| {
        let write = || {
            if appends {
                source.append(file.descriptor(), done)
            } else {
                source.write(file.descriptor(), done, offset)
            }
        };
        let written = if file.kind() == Kind::Disk {
            write()
        } else {
            broken_pipe::without_signal(write)
        };
        written.map_err(|errno| match errno {
            Errno::FAULT => Failure::INVALID_USER_BUFFER,
            Errno::PIPE | Errno::CONNRESET => Failure::NO_DATA,
            errno => errno.into(),
        })
    })
}

/// Does a step after another, each of which is told how many bytes are done and where the next one goes; or one step only.
fn transfer(
    file: &File,
    wanted: usize,
    at: At,
    once: bool,
    mut step: impl FnMut(usize, Option<i64>) -> Result<usize>,
) -> Transferred {
    let offset = match at {
        At::Offset(offset) if file.kind() == Kind::Disk => Some(offset),
        _ => None,
    };
    let mut bytes = 0;
    let mut failure = None;
    while bytes < wanted {
        let next =
            offset.map(|offset| offset.saturating_add(i64::try_from(bytes).unwrap_or(i64::MAX)));
        match step(bytes, next) {
            Ok(0) => break,
            Ok(more) => bytes += more,
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
        if once {
            break;
        }
    }
    if let (Some(offset), true) = (offset, bytes > 0) {
        // The position follows, as that of every handle which is not for overlapped transfers.
        let end = (offset as u64).saturating_add(bytes as u64);
        let _ = rustix::fs::seek(file.descriptor().as_fd(), SeekFrom::Start(end));
    }
    Transferred { bytes, failure }
}
