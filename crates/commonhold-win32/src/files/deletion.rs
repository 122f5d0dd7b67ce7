//! Files that are removed: now (`DeleteFile`), or when they are closed (`FILE_FLAG_DELETE_ON_CLOSE`).

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::kind::is_read_only;
use super::path::{self, Place};
use super::sharing::{self, Uses};
use crate::failure::{Failure, Result};
use crate::platform::exit;
use crate::platform::text::Text;
use commonhold::os::linux::ForkMutex;

/// Removes the file at the path, unless somebody has it open who does not share it so, or there is a section over it.
pub(crate) fn delete(text: Text<'_>) -> Result<()> {
    let Place::Path(path) = Place::of(text)? else {
        return Err(Failure::INVALID_PARAMETER);
    };
    let failed = |errno| path::failure(errno, &path);
    let stat = rustix::fs::lstat(&path).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => return Err(Failure::ACCESS_DENIED),
        _ if path::names_directory(&path) => return Err(Failure::INVALID_NAME),
        _ => {}
    }
    // Kept until the file is gone, so that nobody opens it meanwhile who denies this.
    let _claim = claim(&path, &stat)?;
    rustix::fs::unlink(&path).map_err(failed)
}

/// Takes part in sharing as one who deletes; nothing where a file cannot be shared.
fn claim(path: &Path, stat: &Stat) -> Result<Option<OwnedFd>> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    if is_read_only(stat) {
        return Err(Failure::ACCESS_DENIED);
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => file,
        // Who may remove a file need not be one who may read it.
        Err(Errno::ACCESS) => return Ok(None),
        Err(errno) => return Err(path::failure(errno, path)),
    };
    sharing::claim(&file, Uses::DELETE, Uses::all(), Uses::empty())?;
    if sharing::has_section(&file) {
        return Err(Failure::ACCESS_DENIED);
    }
    Ok(Some(file))
}

/// Files to be removed when they are closed, or when the process ends.
static AWAITED: ForkMutex<BTreeMap<u64, Awaited>> = ForkMutex::new(BTreeMap::new());

struct Awaited {
    path: PathBuf,
    device: u64,
    inode: u64,
    /// Who opened it. A child that was forked has it open, too, and leaves it to its parent.
    pid: u32,
}

impl Awaited {
    /// Removes the file, unless the path leads to another by now.
    fn remove(&self) {
        if self.pid != std::process::id() {
            return;
        }
        let is_it = |stat: Stat| (stat.st_dev, stat.st_ino) == (self.device, self.inode);
        if rustix::fs::lstat(&self.path).is_ok_and(is_it) {
            if let Err(errno) = rustix::fs::unlink(&self.path) {
                tracing::warn!(%errno, path = %self.path.display(), "a file is left that was to be removed");
            }
        }
    }
}

/// An open file that is removed once this is dropped, or the process ends.
pub(super) struct DeleteOnClose {
    number: u64,
}

impl DeleteOnClose {
    pub(super) fn new(file: impl AsFd, path: &Path) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static IS_AT_EXIT: AtomicBool = AtomicBool::new(false);
        if !IS_AT_EXIT.swap(true, Ordering::Relaxed) && !exit::at_exit(remove_all) {
            tracing::warn!("files that are open when the process ends are not removed");
        }
        let stat = rustix::fs::fstat(file)?;
        // The program may be elsewhere by then.
        let path = std::path::absolute(path).map_err(|_| Failure::PATH_NOT_FOUND)?;
        let awaited = Awaited {
            path,
            device: stat.st_dev,
            inode: stat.st_ino,
            pid: std::process::id(),
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        AWAITED.lock().insert(number, awaited);
        Ok(Self { number })
    }
}

impl Drop for DeleteOnClose {
    fn drop(&mut self) {
        let awaited = AWAITED.lock().remove(&self.number);
        if let Some(awaited) = awaited {
            awaited.remove();
        }
    }
}

extern "C" fn remove_all() {
    let all = std::mem::take(&mut *AWAITED.lock());
    all.values().for_each(Awaited::remove);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_path_by_now_is_left_alone() {
        let path = std::env::temp_dir().join(format!("commonhold-deletion-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        let awaited = DeleteOnClose::new(&file, &path).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, b"another").unwrap();
        drop(awaited);
        assert!(path.exists());
        let file = std::fs::File::open(&path).unwrap();
        drop(DeleteOnClose::new(&file, &path).unwrap());
        assert!(!path.exists());
    }
}
