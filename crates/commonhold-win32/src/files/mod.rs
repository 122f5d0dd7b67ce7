//! Files, as much as sharing one needs.
//!
//! * [`path`] where a path leads, [`access`] and [`options`] what is asked for, [`open`] how it is done
//! * [`sharing`] what others are kept from, by those who have a file open and by sections over it
//! * [`transfer`] reading and writing, [`position`] positions and sizes, [`kind`] what an open file is
//! * [`deletion`] and [`temporary`] files that go, and that are made to go

pub(crate) mod access;
pub(crate) mod deletion;
pub(crate) mod kind;
pub(crate) mod open;
mod options;
pub(crate) mod path;
pub(crate) mod position;
pub(crate) mod sharing;
pub(crate) mod temporary;
pub(crate) mod transfer;

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;

use crate::failure::{Failure, Result};
use crate::handles::object::refers_to;
use crate::handles::{self, Handle, Object};
use crate::standard;
use deletion::DeleteOnClose;
use kind::Kind;

/// A handle to a file, pipe, terminal or device.
pub(crate) struct File {
    descriptor: OwnedFd,
    /// One for all duplicates of a handle; dropped when the last descriptor is closed.
    shared: Arc<Shared>,
    rights: u32,
}

struct Shared {
    kind: Kind,
    _awaited: Option<DeleteOnClose>,
}

impl File {
    pub(crate) fn new(descriptor: OwnedFd, rights: u32) -> Self {
        let kind = Kind::of(&descriptor);
        Self::opened(descriptor, rights, kind, None)
    }

    fn opened(
        descriptor: OwnedFd,
        rights: u32,
        kind: Kind,
        awaited: Option<DeleteOnClose>,
    ) -> Self {
        Self {
            descriptor,
            shared: Arc::new(Shared {
                kind,
                _awaited: awaited,
            }),
            rights,
        }
    }

    /// What the parent left open, with the rights that its access mode says.
    pub(crate) fn inherited(descriptor: OwnedFd) -> Result<Self> {
        let mode = rustix::fs::fcntl_getfl(&descriptor)? & OFlags::RWMODE;
        let rights = match mode {
            OFlags::WRONLY => access::GENERIC_WRITE,
            OFlags::RDWR => access::GENERIC_READ | access::GENERIC_WRITE,
            _ => access::GENERIC_READ,
        };
        Ok(Self::new(descriptor, rights))
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    pub(crate) fn rights(&self) -> u32 {
        self.rights
    }

    pub(crate) fn kind(&self) -> Kind {
        self.shared.kind
    }

    fn may(&self, rights: u32) -> bool {
        self.rights & rights == rights
    }

    fn has_any(&self, rights: u32) -> Result<()> {
        if self.rights & rights == 0 {
            return Err(Failure::ACCESS_DENIED);
        }
        Ok(())
    }

    /// The file open once more, for a section over it, which keeps it from being cut short or removed until this and
    /// what is made of it is closed and unmapped. A writable one counts as one who writes.
    ///
    /// `ACCESS_DENIED` unless the handle may read, and write for a writable section.
    pub(crate) fn for_section(&self, writable: bool) -> Result<std::fs::File> {
        self.has_any(access::READ_DATA)?;
        if writable {
            self.has_any(access::WRITE_DATA)?;
        }
        if self.kind() == Kind::Disk {
            let mode = if writable {
                OFlags::RDWR
            } else {
                OFlags::RDONLY
            };
            let path = format!("/proc/self/fd/{}", self.descriptor.as_raw_fd());
            match rustix::fs::open(path, mode | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty()) {
                Ok(file) => {
                    sharing::hold_section(&file, writable);
                    return Ok(file.into());
                }
                // Such as a file that was made read-only, or a directory of processes that is not mounted.
                Err(errno) => tracing::debug!(%errno, "a section does not protect its file"),
            }
        }
        Ok(rustix::io::fcntl_dupfd_cloexec(&self.descriptor, 0)?.into())
    }

    /// Another handle to the same open file, with at most these rights.
    pub(crate) fn duplicate(&self, rights: Option<u32>) -> Result<Self> {
        let rights = match rights.map(access::mapped).transpose()? {
            None => self.rights,
            Some(rights) if rights & access::MAXIMUM_ALLOWED != 0 => self.rights,
            Some(rights) => rights,
        };
        if rights & !self.rights != 0 {
            return Err(Failure::ACCESS_DENIED);
        }
        Ok(Self {
            descriptor: rustix::io::fcntl_dupfd_cloexec(&self.descriptor, 0)?,
            shared: Arc::clone(&self.shared),
            rights,
        })
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(crate) fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        let flags = if inheritable {
            FdFlags::empty()
        } else {
            FdFlags::CLOEXEC
        };
        Ok(rustix::io::fcntl_setfd(&self.descriptor, flags)?)
    }
}

/// Does something with the file that the handle, or a standard handle's constant, refers to. It may wait.
pub(crate) fn with<T>(handle: Handle, action: impl FnOnce(&File) -> Result<T>) -> Result<T> {
    let entry = handles::get(standard::resolve(handle))?;
    refers_to!(entry, Object::File(file) => action(file))
}
