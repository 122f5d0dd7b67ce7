//! Locks on single bytes of a file that belong to an open file, and not to a process: duplicates and forked children
//! share them, a mapping keeps them, and they end with the last of all these, also where a process is killed.

use std::os::fd::{AsFd, AsRawFd as _};
use std::time::Duration;

use rustix::io::Errno;

/// Takes a lock that others may have, too. Fails with `BADF` unless the file is open for reading.
pub(crate) fn share(file: impl AsFd, byte: i64) -> Result<(), Errno> {
    control(file, libc::F_OFD_SETLK, libc::F_RDLCK, byte).map(drop)
}

/// The same, once who has it alone has given it up: which is soon, or that process was stopped, and is not waited for.
pub(crate) fn wait_to_share(file: impl AsFd, byte: i64) -> Result<(), Errno> {
    const TRIES: u32 = 1000;
    for _ in 1..TRIES {
        match share(&file, byte) {
            Err(Errno::AGAIN | Errno::ACCESS) => std::thread::sleep(Duration::from_millis(1)),
            done => return done,
        }
    }
    share(file, byte)
}

/// Takes a lock that nobody else may have; `false` if somebody has. Fails with `BADF` unless the file is open for
/// writing.
pub(crate) fn have_alone(file: impl AsFd, byte: i64) -> Result<bool, Errno> {
    match control(file, libc::F_OFD_SETLK, libc::F_WRLCK, byte) {
        Ok(_) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Whether somebody has a lock on the byte by another open file.
pub(crate) fn is_taken_by_others(file: impl AsFd, byte: i64) -> Result<bool, Errno> {
    let found = control(file, libc::F_OFD_GETLK, libc::F_WRLCK, byte)?;
    Ok(i32::from(found.l_type) != libc::F_UNLCK)
}

#[allow(clippy::cast_possible_truncation, reason = "the constants are small")]
fn control(
    file: impl AsFd,
    command: libc::c_int,
    kind: libc::c_int,
    byte: i64,
) -> Result<libc::flock, Errno> {
    // The process id has to be zero for these locks.
    let mut lock = libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: byte,
        l_len: 1,
        l_pid: 0,
    };
    let descriptor = file.as_fd().as_raw_fd();
    // SAFETY: these commands read and write the `flock` that is passed, which lives.
    if unsafe { libc::fcntl(descriptor, command, &raw mut lock) } == 0 {
        return Ok(lock);
    }
    Err(last_errno())
}

fn last_errno() -> Errno {
    let error = std::io::Error::last_os_error();
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTE: i64 = 1 << 62;

    fn opened_twice() -> (std::fs::File, std::fs::File) {
        let first = rustix::fs::memfd_create(c"locks", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        let path = format!("/proc/self/fd/{}", first.as_raw_fd());
        (first.into(), std::fs::File::open(path).unwrap())
    }

    #[test]
    fn a_lock_is_seen_by_another_open_file_and_not_by_its_own() {
        let (first, second) = opened_twice();
        share(&first, BYTE).unwrap();
        assert_eq!(is_taken_by_others(&first, BYTE), Ok(false));
        assert_eq!(is_taken_by_others(&second, BYTE), Ok(true));
        assert_eq!(is_taken_by_others(&second, BYTE + 1), Ok(false));
        share(&second, BYTE).unwrap();
        assert_eq!(is_taken_by_others(&first, BYTE), Ok(true));
    }

    #[test]
    fn who_has_it_alone_is_alone() {
        let (first, second) = opened_twice();
        assert_eq!(have_alone(&first, BYTE), Ok(true));
        assert_eq!(share(&second, BYTE), Err(Errno::AGAIN));
        drop(first);
        wait_to_share(&second, BYTE).unwrap();
    }

    #[test]
    fn a_lock_ends_with_the_last_duplicate() {
        let (first, second) = opened_twice();
        share(&first, BYTE).unwrap();
        let duplicate = first.try_clone().unwrap();
        drop(first);
        assert_eq!(is_taken_by_others(&second, BYTE), Ok(true));
        drop(duplicate);
        assert_eq!(is_taken_by_others(&second, BYTE), Ok(false));
    }
}
