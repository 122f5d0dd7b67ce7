//! The name of an object in a handle's keeping: where it is, what is mapped by it, and its end.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::OnceLock;

use rustix::fs::{OFlags, Stat};
use rustix::io::Errno;

use super::directory::Directory;
use super::file_name::FileName;
use super::object::reopen;
use super::{entry, fork, stop};
use crate::{Name, Result};

/// Where an object's name is.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) directory: &'static Directory,
    pub(super) file: FileName,
}

impl Place {
    pub(super) fn of(name: &Name) -> Result<Self> {
        Ok(Self {
            directory: Directory::of(name.scope())?,
            file: FileName::of(name),
        })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path_of(&self.file)
    }
}

/// Which file it is, while somebody has it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Inode {
    device: u64,
    inode: u64,
}

impl Inode {
    /// One that stands for an object of the model.
    #[cfg(all(test, loom))]
    pub(super) fn numbered(inode: u64) -> Self {
        Self { device: 0, inode }
    }

    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }
}

/// A description of the object's file that holds nothing.
struct Data {
    fd: OwnedFd,
    is_writable: bool,
    /// How many forks there had been. After a further one it may be shared, and must not be locked: the lock
    /// would outlive this process.
    forks: Option<u64>,
}

/// The name of an object, as one of its handles knows it. Dropping it reaps the name if that was the last
/// handle.
pub(super) struct HeldName {
    place: Place,
    /// A second description, for mapping, from the first use on.
    data: OnceLock<Data>,
    /// Whether the handle lives on as a bare descriptor.
    is_given_away: bool,
    /// Whether other handles are likely: it decides what is cheaper to try first, and nothing else.
    is_shared: bool,
}

impl HeldName {
    pub(super) fn new(place: Place, is_shared: bool) -> Self {
        Self {
            place,
            data: OnceLock::new(),
            is_given_away: false,
            is_shared,
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Leaves the name to whoever closes the handle's descriptor.
    pub(super) fn give_away(mut self) {
        self.is_given_away = true;
    }

    /// The description to map from: of the file behind `holder`, whose inode it is if that is known.
    ///
    /// `writable` is how it is opened, the first time.
    pub(super) fn data(
        &self,
        holder: &OwnedFd,
        inode: Option<Inode>,
        writable: bool,
    ) -> Result<BorrowedFd<'_>, Errno> {
        if let Some(data) = self.data.get() {
            return Ok(data.fd.as_fd());
        }
        let access = if writable {
            OFlags::RDWR
        } else {
            OFlags::RDONLY
        };
        // Before the opening: a fork in between would share what is opened.
        let forks = fork::count();
        stop::point("data.opening");
        let Place { directory, file } = &self.place;
        let by_name = directory.open_file(file, access).and_then(|fd| {
            let held = match inode {
                Some(inode) => inode,
                None => Inode::of(&rustix::fs::fstat(holder)?),
            };
            let is_it = Inode::of(&rustix::fs::fstat(&fd)?) == held;
            is_it.then_some(fd).ok_or(Errno::NOENT)
        });
        let fd = match by_name {
            Ok(fd) => fd,
            // Somebody removed or renamed the file by hand.
            Err(Errno::NOENT) => reopen(holder, access)?,
            Err(errno) => return Err(errno),
        };
        stop::point("data.opened");
        let opened = Data {
            fd,
            is_writable: writable,
            forks,
        };
        Ok(self.data.get_or_init(|| opened).fd.as_fd())
    }
}

impl Drop for HeldName {
    fn drop(&mut self) {
        if self.is_given_away {
            return;
        }
        let forks = fork::count();
        let is_unshared = |data: &&Data| data.is_writable && forks.is_some() && data.forks == forks;
        let usable = self.data.get().filter(is_unshared);
        let Place { directory, file } = &self.place;
        entry::reap(directory, file, usable.map(|data| &data.fd), self.is_shared);
    }
}
