//! What all types of objects have in common: a descriptor that holds, a place under a name, rights.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, MemfdFlags, Mode, OFlags, RawMode, SealFlags, SeekFrom, Stat};
use rustix::io::{Errno, FdFlags};
use rustix::param::page_size;

use super::control::{ObjectType, Record};
use super::directory::{Directory, proc_self_fd};
use super::entry;
use super::errno::refused;
use super::held_name::{HeldName, Inode, Place};
use super::large_pages::page_size_of;
use super::lock::{self, Holders};
use super::stop;
use crate::{Error, ErrorCode, Result, Rights};

/// Set in the description's file position beside the rights, so that position 0 says nothing.
const RIGHTS_ARE_RECORDED: u64 = 1 << 32;

/// A handle to an object of any type.
pub(super) struct Object {
    /// What holds the object: its description has the shared lock. Nothing is ever mapped from it, since a
    /// mapping would keep the lock beyond the handle. (An unnamed object has no lock, and no such worries.)
    ///
    /// The fields are dropped in this order: first the hold is given up, then the name is reaped.
    holder: OwnedFd,
    name: Option<HeldName>,
    /// `None` until it is needed, for an object that this process made.
    inode: Option<Inode>,
    len: u64,
    author: Author,
    is_writable: bool,
}

/// Who can have written an object's control page.
#[derive(Clone, Copy)]
enum Author {
    ThisProcess,
    /// The file's owner, and whom its mode lets.
    Owner {
        uid: u32,
        mode: RawMode,
    },
    /// Whoever ever had a writable descriptor.
    Anybody,
}

impl Object {
    /// Makes an unnamed object: its control page behind `body_len` bytes of zeroes.
    pub(super) fn create_unnamed(
        record: &mut Record,
        body_len: u64,
        path: &[u8],
    ) -> Result<Self, Errno> {
        let sealable = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let fd = rustix::fs::memfd_create(c"commonhold", sealable | MemfdFlags::NOEXEC_SEAL)
            // Before Linux 6.3.
            .or_else(|_| rustix::fs::memfd_create(c"commonhold", sealable))?;
        // A process of another user that is given a read-only descriptor shall not open a writable one.
        rustix::fs::fchmod(&fd, Mode::from_raw_mode(entry::PRIVATE))?;
        record.write(&fd, body_len, path)?;
        let mut seals = sealed();
        // With its bytes elsewhere, there is nothing to write to any more, and who gets it can rely on what
        // it says.
        seals.set(SealFlags::WRITE, body_len == 0 && !record.is_waitable());
        rustix::fs::fcntl_add_seals(&fd, seals)?;
        Ok(Self::made(fd, body_len))
    }

    /// Makes a named object that nobody can see yet: its control page behind `body_len` bytes of zeroes.
    pub(super) fn prepare(
        place: &Place,
        record: &mut Record,
        body_len: u64,
        path: &[u8],
        everyone: bool,
    ) -> Result<Self, Errno> {
        let mode = match everyone {
            false => entry::PRIVATE,
            true if body_len > 0 || record.is_waitable() => entry::EVERYONE,
            // With its bytes elsewhere, what others could write to is only what leads there.
            true => entry::READABLE,
        };
        let fd = place.directory.unnamed_file(mode)?;
        stop::point("create.made");
        record.write(&fd, body_len, path)?;
        stop::point("create.written");
        Ok(Self::made(fd, body_len))
    }

    /// Gives a prepared object its name; the object back if the name is taken.
    pub(super) fn publish(mut self, place: &Place) -> Result<Result<Self, Self>, Errno> {
        if !entry::publish(place.directory, &place.file, &self.holder)? {
            return Ok(Err(self));
        }
        self.name = Some(HeldName::new(place.clone(), false));
        Ok(Ok(self))
    }

    /// Finds the live object of the name, whatever its type.
    pub(super) fn find(place: &Place, access: OFlags) -> Result<Option<(Self, Record)>> {
        let Some((fd, stat)) = entry::find(place.directory, &place.file, access)? else {
            return Ok(None);
        };
        let name = HeldName::new(place.clone(), true);
        let is_writable = access == OFlags::RDWR;
        Self::read(fd, Some(name), &stat, is_writable, "open the object").map(Some)
    }

    /// The object that this process has just written.
    fn made(fd: OwnedFd, body_len: u64) -> Self {
        Self {
            holder: fd,
            name: None,
            inode: None,
            len: body_len + page_size() as u64,
            author: Author::ThisProcess,
            is_writable: true,
        }
    }

    /// The object that a file says it is, by its control page.
    fn read(
        fd: OwnedFd,
        name: Option<HeldName>,
        stat: &Stat,
        is_writable: bool,
        tried: &'static str,
    ) -> Result<(Self, Record)> {
        let len = u64::try_from(stat.st_size).unwrap_or(0);
        let record = match Record::read(&fd, len) {
            Ok(Some(record)) => record,
            Ok(None) => {
                let error = Error::new(ErrorCode::FILE_CORRUPT, tried)
                    .because("it is damaged, or no Commonhold object at all");
                return Err(match &name {
                    Some(name) => error.at(name.place().path()),
                    None => error,
                });
            }
            Err(errno) => return Err(refused(errno, tried)),
        };
        let object = Self {
            holder: fd,
            name,
            inode: Some(Inode::of(stat)),
            len,
            author: Author::Owner {
                uid: stat.st_uid,
                mode: stat.st_mode,
            },
            is_writable,
        };
        Ok((object, record))
    }

    /// Takes over a descriptor from elsewhere, which may be anything: it is an object of the type, or refused.
    pub(super) fn adopt(
        fd: OwnedFd,
        wanted: ObjectType,
        tried: &'static str,
    ) -> Result<(Self, Record)> {
        let not_ours = |why: &str| Error::new(ErrorCode::INVALID_HANDLE, tried).because(why);
        const FOREIGN: &str = "the descriptor is not of a Commonhold object";
        let flags = rustix::fs::fcntl_getfl(&fd).map_err(|_| not_ours(FOREIGN))?;
        if flags.contains(OFlags::PATH) || flags.contains(OFlags::WRONLY) {
            return Err(not_ours("the descriptor cannot be read from"));
        }
        // Asked before the size: what is sealed now cannot be cut afterwards.
        let seals = rustix::fs::fcntl_get_seals(&fd).unwrap_or(SealFlags::empty());
        let stat = rustix::fs::fstat(&fd).map_err(|_| not_ours(FOREIGN))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(not_ours(FOREIGN));
        }
        let is_writable = flags.contains(OFlags::RDWR);
        let (mut object, record) =
            Self::read(fd, None, &stat, is_writable, tried).map_err(|_| not_ours(FOREIGN))?;
        record.check(wanted, tried)?;
        let Some((scope, file)) = record.place() else {
            // What nobody can resize was made by this code, or with the same care.
            if !seals.contains(sealed()) || !matches!(page_size_of(&object.holder), Ok(None)) {
                return Err(not_ours(FOREIGN));
            }
            if !seals.contains(SealFlags::WRITE) {
                object.author = Author::Anybody;
            }
            return Ok((object, record));
        };
        let mut place = Place {
            directory: Directory::of(scope)?,
            file,
        };
        let may_hold =
            lock::probe(&object.holder) == Ok(Holders::Handles) || lock::is_held_by(&object.holder);
        if !may_hold {
            return Err(not_ours("nobody holds the object any more"));
        }
        // Held before it is looked at, as every opener does.
        if !lock::hold(&object.holder).map_err(|errno| refused(errno, tried))? {
            return Err(not_ours("the object is gone"));
        }
        while !place.directory.points_to(&place.file, &stat) {
            place.directory = place.directory.successor()?.ok_or_else(|| {
                not_ours("its name is not in this process's namespaces; pass an unnamed object, or one in Global\\")
            })?;
        }
        object.name = Some(HeldName::new(place, true));
        Ok((object, record))
    }

    /// Another handle with the same rights: the same description.
    pub(super) fn try_clone(&self) -> Result<Self, Errno> {
        let fd = rustix::io::fcntl_dupfd_cloexec(&self.holder, 0)?;
        Ok(self.beside(fd, self.is_writable))
    }

    /// Another handle with a description of its own, open for `access`.
    pub(super) fn reopen(&self, access: OFlags) -> Result<Self, Errno> {
        let fd = reopen(&self.holder, access)?;
        if self.name.is_some() && !lock::hold(&fd)? {
            // Not while this handle holds; whoever did this is no reaper of ours.
            return Err(Errno::AGAIN);
        }
        Ok(self.beside(fd, access == OFlags::RDWR))
    }

    fn beside(&self, fd: OwnedFd, is_writable: bool) -> Self {
        Self {
            holder: fd,
            name: self
                .name
                .as_ref()
                .map(|name| HeldName::new(name.place().clone(), true)),
            inode: self.inode,
            len: self.len,
            author: self.author,
            is_writable,
        }
    }

    /// Whether only this user, or root, can have written what the control page says.
    pub(super) fn is_trusted(&self) -> bool {
        match self.author {
            Author::ThisProcess => true,
            Author::Anybody => false,
            Author::Owner { uid, mode } => {
                let is_theirs = uid == 0 || uid == rustix::process::geteuid().as_raw();
                is_theirs && mode & 0o022 == 0
            }
        }
    }

    /// Which file it is.
    pub(super) fn inode(&self) -> Result<Inode, Errno> {
        match self.inode {
            Some(inode) => Ok(inode),
            None => rustix::fs::fstat(&self.holder).map(|stat| Inode::of(&stat)),
        }
    }

    /// Bytes in the object's file, control page included.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Remembers the rights with the description, where a forked, receiving or adopting process finds them.
    ///
    /// The file position is otherwise unused, and goes wherever the description goes.
    pub(super) fn record_rights(&self, rights: Rights) -> Result<(), Errno> {
        let position = RIGHTS_ARE_RECORDED | u64::from(rights.bits());
        rustix::fs::seek(&self.holder, SeekFrom::Start(position)).map(drop)
    }

    /// The rights that came with the description, if it came with any.
    pub(super) fn recorded_rights(&self) -> Option<Rights> {
        let position = rustix::fs::seek(&self.holder, SeekFrom::Current(0)).ok()?;
        let bits = u32::try_from(position ^ RIGHTS_ARE_RECORDED).ok()?;
        Some(Rights::from_bits_retain(bits))
    }

    /// Whether the kernel lets this handle's descriptor write.
    pub(super) fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// The description to map from: the holder's own for an unnamed object, a second one for a named.
    ///
    /// `writable` must be the same at every call.
    pub(super) fn data(&self, writable: bool) -> Result<BorrowedFd<'_>, Errno> {
        match &self.name {
            Some(name) => name.data(&self.holder, self.inode, writable),
            None => Ok(self.holder.as_fd()),
        }
    }

    pub(super) fn set_inheritable(&self, inheritable: bool) -> Result<(), Errno> {
        set_inheritable(&self.holder, inheritable)
    }

    pub(super) fn is_inheritable(&self) -> bool {
        rustix::io::fcntl_getfd(&self.holder).is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC))
    }

    /// The descriptor alone. It is the reference from here on; nobody reaps the name when it is closed.
    pub(super) fn into_descriptor(self) -> OwnedFd {
        if let Some(name) = self.name {
            name.give_away();
        }
        self.holder
    }
}

impl AsFd for Object {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.holder.as_fd()
    }
}

/// A new description of the file behind a descriptor of this process.
pub(super) fn reopen(fd: impl AsFd, access: OFlags) -> Result<OwnedFd, Errno> {
    rustix::fs::open(proc_self_fd(fd), access | OFlags::CLOEXEC, Mode::empty())
}

pub(super) fn set_inheritable(fd: impl AsFd, inheritable: bool) -> Result<(), Errno> {
    let flags = if inheritable {
        FdFlags::empty()
    } else {
        FdFlags::CLOEXEC
    };
    rustix::io::fcntl_setfd(fd, flags)
}

/// What keeps the file of an unnamed object as it is.
fn sealed() -> SealFlags {
    SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL
}
