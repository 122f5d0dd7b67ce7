//! Open-file-description locks: how the kernel counts the holders of an object for us.
//!
//! Every handle's description holds a shared lock on the object's inode; whoever gets the exclusive lock has
//! the kernel's word that no handle exists anywhere. Only a reaper takes that one.
//!
//! POSIX record locks will not do: any `close` of the file in the process drops them. `libc`, because rustix
//! has no open-file-description locks.

use std::os::fd::{AsFd, AsRawFd};

use rustix::io::Errno;

type Result<T> = std::result::Result<T, Errno>;

/// What is known of a file's locks, other than those of the description that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holders {
    /// Nobody: no handle exists.
    None,
    /// At least one handle.
    Handles,
    /// A process that found no handle, and is about to remove the name.
    Reaper,
}

/// Asks who holds the file, which may be open for reading only.
pub(super) fn probe(file: impl AsFd) -> Result<Holders> {
    let mut lock = whole_object(libc::F_WRLCK);
    fcntl(file, libc::F_OFD_GETLK, &mut lock)?;
    Ok(match i32::from(lock.l_type) {
        libc::F_UNLCK => Holders::None,
        libc::F_WRLCK => Holders::Reaper,
        _ => Holders::Handles,
    })
}

/// Whether the description is a holder itself, which [`probe`] does not tell.
///
/// Asks `/proc`; without it, no description is known to hold.
pub(super) fn is_held_by(file: impl AsFd) -> bool {
    let path = format!("/proc/self/fdinfo/{}", file.as_fd().as_raw_fd());
    let info = std::fs::read_to_string(path).unwrap_or_default();
    info.lines()
        .any(|line| line.starts_with("lock:") && line.contains("OFDLCK"))
}

/// Makes the description a holder; `false` if a reaper has the file.
pub(super) fn hold(file: impl AsFd) -> Result<bool> {
    granted(fcntl(
        file,
        libc::F_OFD_SETLK,
        &mut whole_object(libc::F_RDLCK),
    ))
}

/// Makes the description, which must be writable, the file's reaper; `false` if anyone holds it.
pub(super) fn seize(file: impl AsFd) -> Result<bool> {
    granted(fcntl(
        file,
        libc::F_OFD_SETLK,
        &mut whole_object(libc::F_WRLCK),
    ))
}

/// Ends what [`seize`] began, for a description that goes on. Never for a handle's own: a forked process may
/// share it.
pub(super) fn release(file: impl AsFd) -> Result<()> {
    fcntl(file, libc::F_OFD_SETLK, &mut whole_object(libc::F_UNLCK))
}

fn granted(result: Result<()>) -> Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(false),
        Err(error) => Err(error),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the constants fit their field"
)]
fn whole_object(kind: i32) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 1,
        l_pid: 0,
    }
}

fn fcntl(file: impl AsFd, command: i32, lock: &mut libc::flock) -> Result<()> {
    // SAFETY: the descriptor is open while borrowed, and these commands take a pointer to a `flock`, which
    // lives.
    match unsafe { libc::fcntl(file.as_fd().as_raw_fd(), command, std::ptr::from_mut(lock)) } {
        -1 => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)),
        _ => Ok(()),
    }
}
