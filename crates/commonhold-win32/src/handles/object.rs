//! What a handle can refer to.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use commonhold::Rights;
use commonhold::os::linux::AnyObject;

use crate::failure::{Failure, Result};
use crate::files::{File, sharing};
use crate::processes::Process;
use crate::threads::Thread;

/// A handle as the table has it.
pub(crate) struct Entry {
    pub(crate) object: Object,
    is_inheritable: AtomicBool,
    is_protected: AtomicBool,
    /// What keeps the number from being given again, if another process gave it: see [`mail`](super::mail).
    _receipt: Option<OwnedFd>,
}

/// What a handle refers to, and what it may do with it.
#[allow(
    clippy::large_enum_variant,
    reason = "each is in an allocation of its own, with an entry"
)]
pub(crate) enum Object {
    /// A section, mutex, semaphore, event or timer.
    Shared(AnyObject),
    Process(Process),
    Thread(Thread),
    File(File),
}

impl From<AnyObject> for Object {
    fn from(object: AnyObject) -> Self {
        Self::Shared(object)
    }
}

impl Object {
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Self::Shared(object) => object.as_fd(),
            Self::Process(process) => process.descriptor(),
            Self::Thread(thread) => thread.descriptor(),
            Self::File(file) => file.descriptor(),
        }
    }

    /// The descriptor that has to go along with the first: of the file that a section is over.
    pub(super) fn file_beside(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Shared(AnyObject::Section(section)) => section.file_descriptor(),
            _ => None,
        }
    }

    /// Windows' access mask.
    pub(crate) fn rights(&self) -> u32 {
        match self {
            Self::Shared(object) => object.rights().bits(),
            Self::Process(process) => process.rights(),
            Self::Thread(thread) => thread.rights(),
            Self::File(file) => file.rights(),
        }
    }

    /// Another handle, with the same rights or with others.
    pub(crate) fn duplicate(&self, rights: Option<u32>) -> Result<Self> {
        Ok(match self {
            Self::Shared(object) => Self::Shared(match rights {
                None => object.try_clone()?,
                Some(rights) => object
                    .duplicate(Rights::from_bits_retain(rights))
                    .map_err(|error| Failure::from(error).of_rights(rights))?,
            }),
            Self::Process(process) => Self::Process(process.duplicate(rights)?),
            Self::Thread(thread) => Self::Thread(thread.duplicate(rights)?),
            Self::File(file) => Self::File(file.duplicate(rights)?),
        })
    }

    /// Whether both are handles to one object.
    pub(crate) fn is_same(&self, other: &Self) -> Result<bool> {
        Ok(match (self, other) {
            (Self::Shared(one), Self::Shared(other)) => {
                let (one, other) = (rustix::fs::fstat(one)?, rustix::fs::fstat(other)?);
                (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
            }
            (Self::Process(one), Self::Process(other)) => one.is_same(other),
            (Self::Thread(one), Self::Thread(other)) => one.is_same(other),
            (Self::File(one), Self::File(other)) => one.is_same(other),
            _ => false,
        })
    }

    fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        match self {
            Self::Shared(object) => object.set_inheritable(inheritable)?,
            Self::Process(process) => process.set_inheritable(inheritable)?,
            Self::File(file) => file.set_inheritable(inheritable)?,
            // A thread means nothing to another process.
            Self::Thread(_) => {}
        }
        Ok(())
    }
}

impl Entry {
    pub(super) fn new(object: Object) -> Self {
        if let Object::Shared(AnyObject::Section(section)) = &object {
            sharing::hold_file_of(section);
        }
        Self {
            object,
            is_inheritable: AtomicBool::new(false),
            is_protected: AtomicBool::new(false),
            _receipt: None,
        }
    }

    /// One whose descriptor is inheritable as it is; with a receipt, if its number is not that of the descriptor.
    pub(super) fn inherited(object: Object, is_protected: bool, receipt: Option<OwnedFd>) -> Self {
        Self {
            is_inheritable: AtomicBool::new(true),
            is_protected: AtomicBool::new(is_protected),
            _receipt: receipt,
            ..Self::new(object)
        }
    }

    /// One that another process gave, and the receipt for its number.
    pub(super) fn given(object: Object, receipt: OwnedFd) -> Self {
        Self {
            _receipt: Some(receipt),
            ..Self::new(object)
        }
    }

    pub(crate) fn is_inheritable(&self) -> bool {
        self.is_inheritable.load(Ordering::Relaxed)
    }

    pub(crate) fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        self.object.set_inheritable(inheritable)?;
        self.is_inheritable.store(inheritable, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn is_protected(&self) -> bool {
        self.is_protected.load(Ordering::Relaxed)
    }

    pub(crate) fn set_protected(&self, protected: bool) {
        self.is_protected.store(protected, Ordering::Relaxed);
    }

    pub(super) fn check_closable(&self) -> Result<()> {
        if self.is_protected() {
            return Err(Failure::INVALID_HANDLE);
        }
        Ok(())
    }

    /// Whether both are handles to one object, as far as that can be told.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.object.is_same(&other.object).unwrap_or(false)
    }

    /// Refuses unless the handle has all these rights.
    pub(crate) fn require(&self, rights: u32) -> Result<()> {
        if self.object.rights() & rights == rights {
            Ok(())
        } else {
            Err(Failure::ACCESS_DENIED)
        }
    }
}

/// What a handle must refer to for a function that is about one type; `INVALID_HANDLE` otherwise.
macro_rules! refers_to {
    ($entry:expr, $pattern:pat => $result:expr) => {
        match &$entry.object {
            $pattern => $result,
            _ => Err($crate::failure::Failure::INVALID_HANDLE),
        }
    };
}
pub(crate) use refers_to;
