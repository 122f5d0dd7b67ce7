//! Linux: handles are descriptors, and go where descriptors go.
//!
//! The descriptor of a handle *is* the reference: a process that inherits it, receives it, or adopts it,
//! holds the object. It carries the handle's rights along. A descriptor that is closed without becoming a
//! [`Section`] again gives its reference up like any other; only the memory of a named section then waits for
//! the next process that uses the namespace, while the name is free at once.

pub mod inspect;
pub mod reclaim;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

pub use super::any_object::{AnyObject, Polled};
pub use crate::platform::ForkMutex;
use crate::platform::{self, SectionHandle};
use crate::{Error, Process, Result, Section};

/// What handles to objects of every type can do on Linux only.
pub trait ObjectExt: Sized {
    /// Sends a handle with the same rights over a socket.
    ///
    /// A reference travels in the socket: the object lives until the peer has received it, or the socket is
    /// closed.
    ///
    /// # Errors
    ///
    /// `BROKEN_PIPE` if the peer is gone; what the kernel says.
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use commonhold::{Section, os::linux::ObjectExt as _};
    /// let (here, there) = UnixStream::pair()?;
    /// Section::options().size(4096).create_unnamed()?.send(&here)?;
    /// let received = Section::receive(&there)?;
    /// assert_eq!(received.info()?.size, 4096);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn send(&self, socket: &UnixStream) -> Result<()>;

    /// Receives a handle that the peer sends, and waits for it.
    ///
    /// # Errors
    ///
    /// `BROKEN_PIPE` if the peer closes the socket first; `INVALID_HANDLE` if what comes is not a handle to
    /// an object of this type, or to a named one that is not in this process's namespaces; those of the type's
    /// `open` about the object itself.
    fn receive(socket: &UnixStream) -> Result<Self>;

    /// Duplicates a handle that another process has, or this one, given the process's descriptor of it.
    ///
    /// A child thus takes what it inherited, with its own process id. The inherited descriptor stays open
    /// beside the new one, and holds the object until the child ends; whoever wants to take it over makes it
    /// an [`OwnedFd`] and the handle of that.
    ///
    /// # Errors
    ///
    /// `INVALID_HANDLE` if the process or the descriptor does not exist, or is not one of an object of this
    /// type; `ACCESS_DENIED` if this process may not look into that one; those of the type's `open` about the
    /// object itself.
    ///
    /// ```
    /// use std::os::fd::{AsFd as _, AsRawFd as _};
    /// use commonhold::{Section, os::linux::ObjectExt as _};
    /// let section = Section::options().size(4096).create_unnamed()?;
    /// let duplicate = Section::duplicate_from(std::process::id(), section.as_fd().as_raw_fd())?;
    /// assert_eq!(duplicate.rights(), section.rights());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "DuplicateHandle")]
    fn duplicate_from(pid: u32, descriptor: RawFd) -> Result<Self>;
}

impl ObjectExt for Section {
    fn send(&self, socket: &UnixStream) -> Result<()> {
        self.handle().send(socket)
    }

    fn receive(socket: &UnixStream) -> Result<Self> {
        SectionHandle::receive(socket).map(Self::found)
    }

    fn duplicate_from(pid: u32, descriptor: RawFd) -> Result<Self> {
        SectionHandle::duplicate_from(pid, descriptor).map(Self::found)
    }
}

/// The file that a section is over.
impl Section {
    /// The descriptor of the file that the section is over, or of its large pages; `None` if it is memory. Whoever
    /// is given the section's own descriptor may be given this one too: see [`AnyObject::adopt_with_file`].
    pub fn file_descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.handle().body_fd()
    }
}

/// The descriptor that holds the section. Whoever clones it holds the section too.
impl AsFd for Section {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle().as_fd()
    }
}

impl AsRawFd for Section {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

/// The handle without its [`Section`]. Of a section over a file it is the section's descriptor, not the file's.
impl From<Section> for OwnedFd {
    fn from(section: Section) -> Self {
        section.into_handle().into_descriptor()
    }
}

/// Adopts a descriptor, which may be anything: what is no section's is refused with `INVALID_HANDLE`, and
/// closed.
///
/// The file of a section that is over one is looked for at its path, among this process's descriptors, and
/// those of other processes of the user.
impl TryFrom<OwnedFd> for Section {
    type Error = Error;

    fn try_from(descriptor: OwnedFd) -> Result<Self> {
        SectionHandle::adopt(descriptor).map(Self::found)
    }
}

/// Gives a waitable type what sections have above.
macro_rules! descriptors {
    ($Type:ident, $object_type:expr) => {
        impl $crate::os::linux::ObjectExt for $Type {
            fn send(&self, socket: &std::os::unix::net::UnixStream) -> $crate::Result<()> {
                self.handle().send(socket)
            }

            fn receive(socket: &std::os::unix::net::UnixStream) -> $crate::Result<Self> {
                $crate::platform::WaitableHandle::receive($object_type, socket).map(Self::found)
            }

            fn duplicate_from(pid: u32, descriptor: std::os::fd::RawFd) -> $crate::Result<Self> {
                $crate::platform::WaitableHandle::duplicate_from($object_type, pid, descriptor)
                    .map(Self::found)
            }
        }

        /// The descriptor that holds the object. Whoever clones it holds the object too.
        impl std::os::fd::AsFd for $Type {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.handle().as_fd()
            }
        }

        impl std::os::fd::AsRawFd for $Type {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsRawFd::as_raw_fd(&self.handle().as_fd())
            }
        }

        /// The handle as a bare descriptor.
        impl From<$Type> for std::os::fd::OwnedFd {
            fn from(object: $Type) -> Self {
                object.into_handle().into_descriptor()
            }
        }

        /// Adopts a descriptor, which may be anything: what is no object of this type is refused with
        /// `INVALID_HANDLE`, and closed.
        impl TryFrom<std::os::fd::OwnedFd> for $Type {
            type Error = $crate::Error;

            fn try_from(descriptor: std::os::fd::OwnedFd) -> $crate::Result<Self> {
                const TRIED: &str = "adopt the descriptor";
                $crate::platform::WaitableHandle::adopt(descriptor, $object_type, TRIED)
                    .map(Self::found)
            }
        }
    };
}
pub(crate) use descriptors;

/// The pidfd.
impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.as_platform().as_fd()
    }
}

/// The pidfd.
impl From<Process> for OwnedFd {
    fn from(process: Process) -> Self {
        process.into_platform().into_descriptor()
    }
}

/// Adopts a pidfd; another descriptor is refused with `INVALID_HANDLE`, and closed.
///
/// ```
/// use std::os::fd::OwnedFd;
/// use commonhold::{Process, Timeout};
/// let pidfd = OwnedFd::from(Process::open(std::process::id())?);
/// assert!(!Process::try_from(pidfd)?.wait(Timeout::ZERO)?);
/// # Ok::<(), commonhold::Error>(())
/// ```
impl TryFrom<OwnedFd> for Process {
    type Error = Error;

    fn try_from(pidfd: OwnedFd) -> Result<Self> {
        platform::Process::adopt(pidfd).map(Self::from_platform)
    }
}
