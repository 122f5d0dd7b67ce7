//! Files, as much as sharing one needs.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::OFlags;
use rustix::io::FdFlags;

use crate::failure::{Failure, Result};

/// A handle to a file, pipe, terminal or device.
pub(crate) struct File {
    descriptor: OwnedFd,
    /// One for all duplicates of a handle.
    identity: Arc<()>,
    rights: u32,
}

impl File {
    pub(crate) fn new(descriptor: OwnedFd, rights: u32) -> Self {
        Self {
            descriptor,
            identity: Arc::new(()),
            rights,
        }
    }

    /// What the parent left open, with the rights that its access mode says.
    pub(crate) fn inherited(descriptor: OwnedFd) -> Result<Self> {
        const READ: u32 = 0x12_0089;
        const WRITE: u32 = 0x12_0116;
        let mode = rustix::fs::fcntl_getfl(&descriptor)? & OFlags::RWMODE;
        let rights = match mode {
            OFlags::WRONLY => WRITE,
            OFlags::RDWR => READ | WRITE,
            _ => READ,
        };
        Ok(Self::new(descriptor, rights))
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    pub(crate) fn for_section(&self, _writes: bool) -> Result<std::fs::File> {
        Ok(rustix::io::fcntl_dupfd_cloexec(&self.descriptor, 0)?.into())
    }

    pub(crate) fn rights(&self) -> u32 {
        self.rights
    }

    /// Another handle to the same open file, with at most these rights.
    pub(crate) fn duplicate(&self, rights: Option<u32>) -> Result<Self> {
        let rights = rights.unwrap_or(self.rights);
        if rights & !self.rights != 0 {
            return Err(Failure::ACCESS_DENIED);
        }
        Ok(Self {
            descriptor: rustix::io::fcntl_dupfd_cloexec(&self.descriptor, 0)?,
            identity: Arc::clone(&self.identity),
            rights,
        })
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.identity, &other.identity)
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
