//! The life of a named object's file: how it is published, found, and reaped.
//!
//! What must hold, whoever dies wherever:
//!
//! 1. A file that can be seen under a name is complete: it got the name after everything was written.
//! 2. While any handle exists, its description holds a shared lock on the file, from before the name was
//!    there on.
//! 3. A name is removed only by a process that holds the exclusive lock on the file it points to, and so by one
//!    process at a time, when no handle exists.
//! 4. A shared lock is taken only by who makes an object, or has just seen that somebody holds it; who then
//!    finds the name removed gives it up again.
//!
//! From 2 and 3, a name that points to a held file points to it until the last holder is gone; from 4, an
//! object that nobody held when a process began to look for it is not brought back.

use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FileType, OFlags, RawMode, Stat};
use rustix::io::Errno;

use super::control::Record;
use super::directory::Directory;
use super::errno::refused;
use super::file_name::FileName;
use super::lock::{self, Holders};
use super::stop;
use crate::{Error, ErrorCode, Result};

/// The mode of an entry that only its user may open.
pub(super) const PRIVATE: RawMode = 0o600;
/// The mode of an entry that everyone may open.
pub(super) const EVERYONE: RawMode = 0o666;
/// The mode of an entry that everyone may open for reading.
pub(super) const READABLE: RawMode = 0o644;

/// How many leftovers a process looks for when it first uses a namespace.
pub(super) const SOME: usize = 64;

/// Looks the name up, and holds what it finds; `None` if there is no object. A leftover is reaped and is none.
///
/// `access` is the open mode, `RDWR` or `RDONLY`.
///
/// While another process is removing a dead object, this waits for it, without a lock of its own: a lock
/// would make those who wait holders in each other's eyes. Nobody is told that the name is free before it is,
/// so that an object whose reaper dies may still be found by those who began to open it while it lived.
pub(super) fn find(
    directory: &Directory,
    file: &FileName,
    access: OFlags,
) -> Result<Option<(OwnedFd, Stat)>> {
    const TRIED: &str = "open the object";
    let mut patience = Patience::new();
    loop {
        let fd = match directory.open_file(file, access) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR | Errno::NODEV) => {
                return Err(foreign(directory, file, TRIED));
            }
            Err(errno) => return Err(refused(errno, TRIED).at(directory.path_of(file))),
        };
        stop::point("find.opened");
        let failed = |errno| refused(errno, TRIED).at(directory.path_of(file));
        match lock::probe(&fd).map_err(failed)? {
            Holders::Handles => {}
            Holders::None => match reap_leftover(directory, file, &fd)? {
                Reaped::Removed => return Ok(None),
                Reaped::Refused => continue,
            },
            Holders::Reaper if !is_object(&fd).map_err(failed)? => {
                return Err(foreign(directory, file, TRIED));
            }
            Holders::Reaper => {
                let dying = rustix::fs::fstat(&fd).map_err(failed)?.st_ino;
                if !patience.wait_for(dying) {
                    return Err(Error::new(ErrorCode::BUSY, TRIED)
                        .at(directory.path_of(file))
                        .because("a process that is removing it was stopped, or never ends"));
                }
                continue;
            }
        }
        stop::point("find.probed");
        if !lock::hold(&fd).map_err(failed)? {
            // The last holder went, and a reaper came, since the probe.
            continue;
        }
        stop::point("find.held");
        let stat = rustix::fs::fstat(&fd).map_err(failed)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(foreign(directory, file, TRIED));
        }
        if !directory.still_has(file, &stat) {
            // It was removed between the opening and the lock; the name may be another object's by now.
            continue;
        }
        return Ok(Some((fd, stat)));
    }
}

/// How long a process waits for another that is between two system calls.
struct Patience {
    pause: Duration,
    /// The file that it waits to see removed, and since when.
    dying: Option<(u64, Instant)>,
}

impl Patience {
    /// A million times what a process needs that is not stopped.
    const LIMIT: Duration = Duration::from_secs(10);

    fn new() -> Self {
        Self {
            pause: Duration::from_micros(20),
            dying: None,
        }
    }

    /// Waits a little for the removal of a file; `false` once that has been long enough.
    fn wait_for(&mut self, inode: u64) -> bool {
        let since = match self.dying {
            Some((dying, since)) if dying == inode => since,
            _ => Instant::now(),
        };
        self.dying = Some((inode, since));
        thread::sleep(self.pause);
        self.pause = (self.pause * 2).min(Duration::from_millis(1));
        since.elapsed() < Self::LIMIT
    }
}

/// Makes a complete file visible under the name, held by its description; `false` if the name is taken.
pub(super) fn publish(directory: &Directory, file: &FileName, fd: &OwnedFd) -> Result<bool, Errno> {
    if !lock::hold(fd)? {
        return Err(Errno::AGAIN);
    }
    stop::point("publish.held");
    match directory.link(fd, file) {
        Ok(()) => {
            stop::point("publish.linked");
            Ok(true)
        }
        Err(Errno::EXIST) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Removes the name if no handle is left, after one was closed.
///
/// `other` is a writable description of the same file that no other process shares; without one the name is
/// opened again. Whoever closes the last handle gets here after that, so that of several who close at once,
/// one finds none left.
///
/// Where others are `likely` to hold it, they are asked for first, which is cheaper than to try.
pub(super) fn reap(directory: &Directory, file: &FileName, other: Option<&OwnedFd>, likely: bool) {
    stop::point("reap.closed");
    let Some(fd) = other else {
        if let Ok(fd) = directory.open_file(file, OFlags::RDWR) {
            // Another user's object stays until that user touches it.
            let _ = reap_leftover(directory, file, &fd);
        }
        return;
    };
    if likely && lock::probe(fd) != Ok(Holders::None) {
        return;
    }
    if let Ok(true) = lock::seize(fd) {
        remove_seized(directory, file, fd);
        // Views may keep this description alive, and creators of the name wait for its lock.
        let _ = lock::release(fd);
    }
}

/// What became of a file that nobody held.
pub(super) enum Reaped {
    Removed,
    /// Somebody else was faster: it is held again, or removed already.
    Refused,
}

/// Removes the name of a file that was found without holders, if it still has none.
pub(super) fn reap_leftover(
    directory: &Directory,
    file: &FileName,
    fd: &OwnedFd,
) -> Result<Reaped> {
    const TRIED: &str = "reap what a dead process left";
    let failed = |errno| refused(errno, TRIED).at(directory.path_of(file));
    if !is_object(fd).map_err(failed)? {
        return Err(foreign(directory, file, TRIED));
    }
    stop::point("leftover.found");
    if !rustix::fs::fcntl_getfl(fd).is_ok_and(|flags| flags.contains(OFlags::RDWR)) {
        return match directory.open_file(file, OFlags::RDWR) {
            Ok(writable) => reap_leftover(directory, file, &writable),
            Err(Errno::NOENT) => Ok(Reaped::Refused),
            Err(errno) => Err(others(failed(errno))),
        };
    }
    if !lock::seize(fd).map_err(failed)? {
        return Ok(Reaped::Refused);
    }
    let removal = remove_seized(directory, file, fd);
    // A process that was forked meanwhile has a copy of the descriptor, and must not keep the lock.
    let _ = lock::release(fd);
    match removal {
        Removal::Done => {
            tracing::debug!(path = %directory.path_of(file).display(), "reaped a leftover");
            Ok(Reaped::Removed)
        }
        Removal::GoneAlready => Ok(Reaped::Refused),
        Removal::Failed(errno) => Err(others(failed(errno))),
    }
}

enum Removal {
    Done,
    GoneAlready,
    Failed(Errno),
}

/// Removes the name of a file whose exclusive lock the caller has.
fn remove_seized(directory: &Directory, file: &FileName, fd: &OwnedFd) -> Removal {
    stop::point("reap.seized");
    match rustix::fs::fstat(fd) {
        Ok(stat) if directory.still_has(file, &stat) => {}
        Ok(_) => return Removal::GoneAlready,
        Err(errno) => return Removal::Failed(errno),
    }
    stop::point("reap.checked");
    let removed = directory.unlink(file);
    stop::point("reap.unlinked");
    match removed {
        Ok(()) => Removal::Done,
        Err(Errno::NOENT) => Removal::GoneAlready,
        Err(errno) => Removal::Failed(errno),
    }
}

/// Reaps the leftovers among the directory's first `most` entries.
pub(super) fn sweep(directory: &Directory, most: usize) {
    let Ok(entries) = directory.list() else {
        return;
    };
    for entry in entries.take(most.saturating_add(2)) {
        let Some(file) = entry
            .ok()
            .and_then(|entry| FileName::from_bytes(entry.file_name().to_bytes()))
        else {
            continue;
        };
        let Ok(fd) = directory.open_file(&file, OFlags::RDWR) else {
            continue;
        };
        if lock::probe(&fd) == Ok(Holders::None) {
            // What cannot be reaped now is reaped, or complained of, when its name is used.
            let _ = reap_leftover(directory, &file, &fd);
        }
    }
}

/// Whether a file that nobody can be writing is an object of this or any other version of the layout.
fn is_object(fd: impl AsFd) -> Result<bool, Errno> {
    let stat = rustix::fs::fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(false);
    }
    let len = u64::try_from(stat.st_size).unwrap_or(0);
    Ok(Record::read(&fd, len)?.is_some())
}

/// Says whose a leftover is that may not be removed.
fn others(error: Error) -> Error {
    if error.code() != ErrorCode::ACCESS_DENIED {
        return error;
    }
    error
        .because("another user's process left it behind; that user, or root, must use or remove it")
}

#[cold]
fn foreign(directory: &Directory, file: &FileName, tried: &'static str) -> Error {
    Error::new(ErrorCode::FILE_CORRUPT, tried)
        .at(directory.path_of(file))
        .because("it is damaged, or no Commonhold object at all; remove it if nobody needs it")
}
