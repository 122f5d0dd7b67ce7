//! A handle to a section: asked, duplicated, inherited.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::errno::refused;
use super::object::{Object, reopen, set_inheritable};
use super::open::Wanted;
use crate::platform::unknown_rights;
use crate::section_info::SectionInfo;
use crate::{Error, ErrorCode, Protection, Result, Rights};

/// A process's reference to a section.
pub(crate) struct SectionHandle {
    pub(super) object: Object,
    pub(super) body: Body,
    pub(super) info: SectionInfo,
    pub(super) rights: Rights,
}

/// Where a section's bytes are.
pub(super) enum Body {
    /// In the object's own file.
    Own,
    /// In a file of the user's.
    File(OwnedFd),
    /// In a file of large pages.
    LargePages(OwnedFd),
}

impl SectionHandle {
    /// What the section is.
    pub(crate) fn info(&self) -> Result<SectionInfo> {
        if self.rights.contains(Rights::QUERY) {
            return Ok(self.info);
        }
        Err(Error::new(ErrorCode::ACCESS_DENIED, "query the section")
            .because("the handle has no right to"))
    }

    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }

    /// The most that a view may do which is mapped by this handle, execution aside.
    pub(crate) fn best_protection(&self) -> Protection {
        let writes =
            self.rights.contains(Rights::MAP_WRITE) && self.info.protection.is_shared_writable();
        if writes {
            Protection::ReadWrite
        } else {
            Protection::ReadOnly
        }
    }

    /// Another handle with the same rights.
    pub(crate) fn try_clone(&self) -> Result<Self> {
        let clone = || {
            Ok(Self {
                object: self.object.try_clone()?,
                body: match &self.body {
                    Body::Own => Body::Own,
                    Body::File(fd) => Body::File(clone_fd(fd)?),
                    Body::LargePages(fd) => Body::LargePages(clone_fd(fd)?),
                },
                info: self.info,
                rights: self.rights,
            })
        };
        clone().map_err(|errno: Errno| refused(errno, "duplicate the handle"))
    }

    /// Another handle with these rights, which may be none. More than this handle has are a matter for the
    /// kernel.
    pub(crate) fn duplicate(&self, rights: Rights) -> Result<Self> {
        const TRIED: &str = "duplicate the handle";
        let rights = match Wanted::of(rights) {
            Wanted::Exactly(rights) => rights.for_section().ok_or_else(|| unknown_rights(TRIED))?,
            Wanted::Maximum(least) => Rights::of_creator(self.info.protection) | least,
            Wanted::AsRecorded => self.rights,
        };
        let duplicate = || {
            let object = self.object.reopen(open_mode(rights))?;
            let writes =
                rights.contains(Rights::MAP_WRITE) && self.info.protection.is_shared_writable();
            let open_body = |fd: &OwnedFd| {
                if writes == is_open_for_writing(fd) {
                    clone_fd(fd)
                } else {
                    reopen(fd, if writes { OFlags::RDWR } else { OFlags::RDONLY })
                }
            };
            let body = match &self.body {
                Body::Own => Body::Own,
                Body::File(fd) => Body::File(open_body(fd)?),
                Body::LargePages(fd) => Body::LargePages(open_body(fd)?),
            };
            if rights != ordinary_rights(self.info.protection, object.is_writable()) {
                object.record_rights(rights)?;
            }
            Ok(Self {
                object,
                body,
                info: self.info,
                rights,
            })
        };
        duplicate().map_err(|errno: Errno| refused(errno, TRIED))
    }

    /// Whether programs that this process starts inherit the handle.
    pub(crate) fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        let set = || {
            if let Some(body) = self.body_fd() {
                set_inheritable(body, inheritable)?;
            }
            self.object.set_inheritable(inheritable)
        };
        set().map_err(|errno| refused(errno, "change what is inherited"))
    }

    pub(crate) fn is_inheritable(&self) -> bool {
        self.object.is_inheritable()
    }

    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.object.as_fd()
    }

    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.object.into_descriptor()
    }

    /// The descriptor of the file that the bytes are in, if that is not the object's own.
    pub(crate) fn body_fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.body {
            Body::Own => None,
            Body::File(fd) | Body::LargePages(fd) => Some(fd.as_fd()),
        }
    }
}

/// The rights of a handle whose description has none recorded.
pub(super) fn ordinary_rights(protection: Protection, is_writable: bool) -> Rights {
    let mut rights = Rights::of_creator(protection);
    if !is_writable {
        rights.remove(Rights::MAP_WRITE);
    }
    rights
}

pub(super) fn open_mode(rights: Rights) -> OFlags {
    if rights.contains(Rights::MAP_WRITE) {
        OFlags::RDWR
    } else {
        OFlags::RDONLY
    }
}

pub(super) fn is_open_for_writing(fd: &OwnedFd) -> bool {
    rustix::fs::fcntl_getfl(fd).is_ok_and(|flags| flags.contains(OFlags::RDWR))
}

pub(super) fn clone_fd(fd: &OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::io::fcntl_dupfd_cloexec(fd, 0)
}
