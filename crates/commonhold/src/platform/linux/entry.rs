//! The life of a named object's file: how it is published, found, and reaped.
//!
//! What must hold, whoever dies wherever:
//!
//! 1. A file that can be seen under a name is complete: it got the name after everything was written.
//! 2. While any handle exists, its description holds a shared lock on the file, from before the name was there on.
//! 3. A name is removed only by a process that holds the exclusive lock on the file it points to, and so by one
//!    process at a time, when no handle exists; and whoever gets a shared lock checks afterwards that the name was not
//!    removed before.
//!
//! From 2 and 3, a name that points to a held file points to it until the last holder is gone.

use std::os::fd::{AsFd, OwnedFd};

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

/// How many leftovers a process looks for when it first uses a namespace.
pub(super) const SOME: usize = 64;

const OTHERS: &str =
    "another user's process left it behind; that user, or root, must use or remove it";

/// What a name points to.
pub(super) enum Found {
    /// A live object; the description holds it.
    Live(OwnedFd, Stat),
    /// No object.
    Nothing,
    /// An object without handles that another process is removing.
    Dying(OwnedFd),
}

/// Looks the name up, and holds what it finds. A leftover is reaped and is nothing.
///
/// `access` is the open mode, `RDWR` or `RDONLY`.
pub(super) fn find(directory: &Directory, file: &FileName, access: OFlags) -> Result<Found> {
    const TRIED: &str = "open the object";
    loop {
        let fd = match directory.open_file(file, access) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(Found::Nothing),
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR | Errno::NODEV) => {
                return Err(foreign(directory, file, TRIED));
            }
            Err(errno) => return Err(refused(errno, TRIED).at(directory.path_of(file))),
        };
        stop::point("find.opened");
        let failed = |errno| refused(errno, TRIED).at(directory.path_of(file));
        match lock::probe(&fd).map_err(failed)? {
            Holders::None => match reap_leftover(directory, file, &fd)? {
                Reaped::Removed => return Ok(Found::Nothing),
                Reaped::Refused => continue,
            },
            Holders::Reaper => return Ok(Found::Dying(fd)),
            Holders::Handles => {}
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
        if stat.st_nlink == 0 {
            // It was removed between the opening and the lock; the name may be another object's by now.
            continue;
        }
        return Ok(Found::Live(fd, stat));
    }
}

/// Waits until the process that is removing the object is done, or dead.
pub(super) fn wait_for_reaper(dying: OwnedFd) -> Result<()> {
    lock::hold_after_reaper(dying).map_err(|errno| refused(errno, "wait for the object's removal"))
}

/// Makes a complete file visible under the name, held by its description; `false` if the name is taken.
pub(super) fn publish(directory: &Directory, file: &FileName, fd: &OwnedFd) -> Result<bool, Errno> {
    lock::hold(fd)?;
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
/// `other` is a writable description of the same file that no forked process uses; without one the name is opened
/// again. Whoever closes the last handle gets here after that, so that of several who close at once, one finds
/// none left.
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
enum Reaped {
    Removed,
    /// Somebody else was faster: it is held again, or removed already.
    Refused,
}

/// Removes the name of a file that was found without holders, if it still has none.
fn reap_leftover(directory: &Directory, file: &FileName, fd: &OwnedFd) -> Result<Reaped> {
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
            Err(errno) => Err(failed(errno).because(OTHERS)),
        };
    }
    if !lock::seize(fd).map_err(failed)? {
        return Ok(Reaped::Refused);
    }
    match remove_seized(directory, file, fd) {
        Removal::Done => {
            tracing::debug!(path = %directory.path_of(file).display(), "reaped a leftover");
            Ok(Reaped::Removed)
        }
        Removal::GoneAlready => Ok(Reaped::Refused),
        Removal::Failed(errno) => Err(failed(errno).because(OTHERS)),
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
    // With links left, the name is this file's: only the holder of its exclusive lock would have removed it.
    match rustix::fs::fstat(fd) {
        Ok(stat) if stat.st_nlink > 0 => {}
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

#[cold]
fn foreign(directory: &Directory, file: &FileName, tried: &'static str) -> Error {
    Error::new(ErrorCode::FILE_CORRUPT, tried)
        .at(directory.path_of(file))
        .because("it is damaged, or no Commonhold object at all; remove it if nobody needs it")
}
