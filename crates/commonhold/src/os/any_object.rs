//! Handles whose type is known only when their descriptor is looked at.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

use crate::platform::{self, AnyTarget, Glance, ObjectType, SectionHandle};
use crate::wait::Sealed as _;
use crate::{Error, ErrorCode, Event, Mutex, Result, Rights, Section, Semaphore, Timer};

/// A handle to an object of some type.
///
/// Programs that keep handles as numbers learn by it what they have been given.
///
/// ```
/// use std::os::fd::OwnedFd;
/// use commonhold::{Event, os::linux::AnyObject};
/// let descriptor = OwnedFd::from(Event::options().signaled(true).create_unnamed()?);
/// let AnyObject::Event(event) = AnyObject::try_from(descriptor)? else { panic!("it was an event") };
/// assert!(event.is_signaled()?);
/// # Ok::<(), commonhold::Error>(())
/// ```
#[derive(Debug)]
#[allow(missing_docs, reason = "each has the name of the type that it holds")]
pub enum AnyObject {
    Section(Section),
    Mutex(Mutex),
    Semaphore(Semaphore),
    Event(Event),
    Timer(Timer),
}

/// What [`AnyObject::poll_any`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// The object at this place was there to be taken, and is.
    Taken(usize),
    /// None is.
    Unavailable,
    /// It takes a closer look, by [`wait_any`](crate::wait_any): a handle may have no right to wait, a mutex be
    /// abandoned, a timer be due, another thread be at one of them for a moment, or this one wait for the first time.
    Unclear,
}

/// Does the same with whatever it is.
macro_rules! each {
    ($object:expr, $it:ident => $result:expr) => {
        match $object {
            AnyObject::Section($it) => $result,
            AnyObject::Mutex($it) => $result,
            AnyObject::Semaphore($it) => $result,
            AnyObject::Event($it) => $result,
            AnyObject::Timer($it) => $result,
        }
    };
}

impl AnyObject {
    /// Adopts the descriptors of a section and of the file that it is over, which came along with it.
    ///
    /// # Errors
    ///
    /// `INVALID_HANDLE` if they are not, and those of [`Section::open`] about the section itself.
    pub fn adopt_with_file(descriptor: OwnedFd, file: OwnedFd) -> Result<Self> {
        let handle = SectionHandle::adopt_with_body(descriptor, file)?;
        Ok(Self::Section(Section::found(handle)))
    }

    /// Duplicates a handle that another process has, or this one: see
    /// [`ObjectExt::duplicate_from`](crate::os::linux::ObjectExt::duplicate_from).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn duplicate_from(pid: u32, descriptor: RawFd) -> Result<Self> {
        Self::try_from(platform::fetch_descriptor(pid, descriptor)?)
    }

    /// Whether a descriptor, which may be anything, says that it is of an object. Adopting it may still fail.
    pub fn is_one(descriptor: impl AsFd) -> bool {
        platform::type_of(descriptor.as_fd()).is_some()
    }

    /// Takes the first of the objects that is available, as [`wait_any`](crate::wait_any) does, where no more than a
    /// glance at each is needed: never sleeps, and asks nothing.
    ///
    /// ```
    /// use commonhold::{Event, os::linux::{AnyObject, Polled}};
    /// let event = |signaled| Event::options().signaled(signaled).create_unnamed().map(AnyObject::Event);
    /// let (first, second) = (event(false)?, event(true)?);
    /// assert_eq!(AnyObject::poll_any(&[&first, &second]), Polled::Taken(1));
    /// assert_eq!(AnyObject::poll_any(&[&first, &second]), Polled::Unavailable);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn poll_any(objects: &[&Self]) -> Polled {
        let may_wait = |object: &&Self| object.rights().contains(Rights::SYNCHRONIZE);
        if !objects.iter().all(may_wait) {
            return Polled::Unclear;
        }
        for (index, object) in objects.iter().enumerate() {
            match object.glance() {
                Glance::Taken => return Polled::Taken(index),
                Glance::Unavailable => {}
                Glance::Unclear => return Polled::Unclear,
            }
        }
        Polled::Unavailable
    }

    /// Takes the object if it is available, as [`poll_any`](Self::poll_any) does of several.
    #[inline]
    #[must_use]
    pub fn poll(&self) -> Polled {
        match self.glance() {
            Glance::Taken => Polled::Taken(0),
            Glance::Unavailable => Polled::Unavailable,
            Glance::Unclear => Polled::Unclear,
        }
    }

    #[inline]
    fn glance(&self) -> Glance {
        let target = match self {
            Self::Section(_) => return Glance::Unclear,
            Self::Mutex(it) => it.target(),
            Self::Semaphore(it) => it.target(),
            Self::Event(it) => it.target(),
            Self::Timer(it) => it.target(),
        };
        match target.0 {
            AnyTarget::Object(handle) => handle.glance(),
            _ => Glance::Unclear,
        }
    }

    /// What the handle may do.
    pub fn rights(&self) -> Rights {
        each!(self, it => it.rights())
    }

    /// Another handle to the object, with the same rights, and not inheritable.
    ///
    /// # Errors
    ///
    /// `TOO_MANY_OPEN_FILES` if the process has no descriptor left.
    pub fn try_clone(&self) -> Result<Self> {
        Ok(match self {
            Self::Section(it) => Self::Section(it.try_clone()?),
            Self::Mutex(it) => Self::Mutex(it.try_clone()?),
            Self::Semaphore(it) => Self::Semaphore(it.try_clone()?),
            Self::Event(it) => Self::Event(it.try_clone()?),
            Self::Timer(it) => Self::Timer(it.try_clone()?),
        })
    }

    /// Another handle to the object, with these rights, which may be none at all.
    ///
    /// # Errors
    ///
    /// Those of the type's own `duplicate`.
    pub fn duplicate(&self, rights: Rights) -> Result<Self> {
        Ok(match self {
            Self::Section(it) => Self::Section(it.duplicate(rights)?),
            Self::Mutex(it) => Self::Mutex(it.duplicate(rights)?),
            Self::Semaphore(it) => Self::Semaphore(it.duplicate(rights)?),
            Self::Event(it) => Self::Event(it.duplicate(rights)?),
            Self::Timer(it) => Self::Timer(it.duplicate(rights)?),
        })
    }

    /// Says whether programs that this process starts inherit the handle.
    ///
    /// # Errors
    ///
    /// None is known; if the kernel refuses, `GEN_FAILURE`.
    pub fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        each!(self, it => it.set_inheritable(inheritable))
    }

    /// Whether programs that this process starts inherit the handle.
    pub fn is_inheritable(&self) -> bool {
        each!(self, it => it.is_inheritable())
    }
}

impl AsFd for AnyObject {
    fn as_fd(&self) -> BorrowedFd<'_> {
        each!(self, it => it.as_fd())
    }
}

/// Adopts a descriptor, which may be anything: what is no object is refused with `INVALID_HANDLE`, and closed.
impl TryFrom<OwnedFd> for AnyObject {
    type Error = Error;

    fn try_from(descriptor: OwnedFd) -> Result<Self> {
        match platform::type_of(descriptor.as_fd()) {
            Some(ObjectType::Section) => descriptor.try_into().map(Self::Section),
            Some(ObjectType::Mutex) => descriptor.try_into().map(Self::Mutex),
            Some(ObjectType::Semaphore) => descriptor.try_into().map(Self::Semaphore),
            Some(ObjectType::Event) => descriptor.try_into().map(Self::Event),
            Some(ObjectType::Timer) => descriptor.try_into().map(Self::Timer),
            None => Err(
                Error::new(ErrorCode::INVALID_HANDLE, "adopt the descriptor")
                    .because("the descriptor is not of a Commonhold object"),
            ),
        }
    }
}
