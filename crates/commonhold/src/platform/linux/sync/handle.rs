//! A handle to a waitable object: made, opened, duplicated, and asked.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::pid_namespace;
use super::primitive::Me;
use super::registry::Attached;
use super::state::{Kind, State};
use super::timer::Setting;
use super::waitable::{Taken, Waitable};
use super::waits::checked;
use crate::platform::linux::control::{ObjectType, Record};
use crate::platform::linux::errno::refused;
use crate::platform::linux::held_name::{Inode, Place};
use crate::platform::linux::named;
use crate::platform::linux::object::Object;
use crate::platform::{Disposition, grantable, unknown_rights};
use crate::{Error, ErrorCode, Name, Result, Rights};

/// How far before the end of its file an object's state is.
const STATE_FROM_END: u64 = 24;

/// What a waitable object is created as; checked by its options.
#[derive(Clone, Copy)]
pub(crate) struct NewWaitable {
    pub(crate) kind: Kind,
    /// A semaphore's count; 1 for an event that is set.
    pub(crate) units: u32,
    /// Whether the calling thread owns the mutex from the start.
    pub(crate) owned: bool,
    /// Whether other users may open it.
    pub(crate) everyone: bool,
}

/// A process's reference to a waitable object.
pub(crate) struct WaitableHandle {
    attached: Attached,
    object: Object,
    rights: Rights,
}

impl Kind {
    fn object_type(self) -> Option<ObjectType> {
        Some(match self {
            Self::Mutex => ObjectType::Mutex,
            Self::Semaphore { .. } => ObjectType::Semaphore,
            Self::Event { .. } => ObjectType::Event,
            Self::Timer { .. } => ObjectType::Timer,
            Self::Thread => return None,
        })
    }

    fn describe(self, record: &mut Record) {
        match self {
            Self::Semaphore { maximum } => record.size = u64::from(maximum),
            Self::Event { manual } | Self::Timer { manual } => record.attributes = manual.into(),
            Self::Mutex | Self::Thread => {}
        }
    }

    /// What a control page says that was written by anyone.
    fn read(object_type: ObjectType, record: &Record, tried: &'static str) -> Result<Self> {
        let corrupt = |what| {
            Err(Error::new(ErrorCode::FILE_CORRUPT, tried)
                .because(format!("its control page is damaged: {what}")))
        };
        let manual = match record.attributes {
            0 => false,
            1 => true,
            _ => return corrupt("its attributes are none"),
        };
        Ok(match object_type {
            ObjectType::Mutex => Self::Mutex,
            ObjectType::Event => Self::Event { manual },
            ObjectType::Timer => Self::Timer { manual },
            ObjectType::Semaphore => match u32::try_from(record.size) {
                Ok(maximum @ 1..=MAXIMUM) => Self::Semaphore { maximum },
                _ => return corrupt("its maximum is none"),
            },
            ObjectType::Section => return corrupt("its type is none"),
        })
    }
}

/// The most that a semaphore counts.
pub(crate) const MAXIMUM: u32 = i32::MAX as u32;

/// All rights that a handle to an object of this type can have.
fn all_rights(object_type: ObjectType) -> Rights {
    match object_type {
        ObjectType::Section => Rights::ALL_SECTION,
        ObjectType::Mutex => Rights::ALL_MUTEX,
        ObjectType::Semaphore => Rights::ALL_SEMAPHORE,
        ObjectType::Event => Rights::ALL_EVENT,
        ObjectType::Timer => Rights::ALL_TIMER,
    }
}

/// The calling thread, if the system lets it own anything.
#[inline]
pub(super) fn this_thread(tried: &'static str) -> Result<Me> {
    Me::current().ok_or_else(|| no_list(tried))
}

#[cold]
fn no_list(tried: &'static str) -> Error {
    Error::new(ErrorCode::NOT_SUPPORTED, tried)
        .because("the system does not let this thread have a list of robust futexes")
}

impl WaitableHandle {
    /// Makes an object without a name.
    pub(crate) fn create_unnamed(new: NewWaitable, tried: &'static str) -> Result<Self> {
        let (mut record, object_type) = describe(new)?;
        let failed = |errno| refused(errno, tried);
        let object = Object::create_unnamed(&mut record, 0, b"").map_err(failed)?;
        write_state(&object, new).map_err(failed)?;
        let attached = attach(&object, new.kind).map_err(failed)?;
        if new.owned {
            attached.try_take(&this_thread(tried)?);
        }
        Ok(Self {
            attached,
            object,
            rights: all_rights(object_type),
        })
    }

    /// Makes an object of the name, or opens the one that has it; whether it was there already.
    pub(crate) fn create(
        name: &Name,
        new: NewWaitable,
        disposition: Disposition,
        tried: &'static str,
    ) -> Result<(Self, bool)> {
        let (mut record, object_type) = describe(new)?;
        let owner = if new.owned {
            Some(this_thread(tried)?)
        } else {
            None
        };
        let rights = all_rights(object_type);
        let looks_first = disposition == Disposition::OpenOrCreate;
        let find = |place: &Place| Self::find(place, name, object_type, rights, tried);
        named::create(name, disposition, looks_first, tried, find, |place| {
            record.set_name(name, &place.file);
            let failed = |errno, place: &Place| refused(errno, tried).at(place.directory.path());
            let published = named::publish(place, failed, |place| {
                let object = Object::prepare(place, &mut record, 0, b"", new.everyone)?;
                write_state(&object, new)?;
                // It is owned before anyone can see it.
                let claim = match &owner {
                    Some(me) => Some(Claim::of(&object, new.kind, me)?),
                    None => None,
                };
                Ok((object, claim))
            })?;
            let Some((object, claim)) = published else {
                return Ok(None);
            };
            let attached = match claim.and_then(Claim::keep) {
                Some(attached) => attached,
                None => attach(&object, new.kind).map_err(|errno| failed(errno, place))?,
            };
            Ok(Some(Self {
                attached,
                object,
                rights,
            }))
        })
    }

    /// Opens the object of the name.
    pub(crate) fn open(
        name: &Name,
        object_type: ObjectType,
        rights: Rights,
        tried: &'static str,
    ) -> Result<Self> {
        named::open(name, tried, |place| {
            Self::find(place, name, object_type, rights, tried)
        })
    }

    fn find(
        place: &Place,
        name: &Name,
        object_type: ObjectType,
        rights: Rights,
        tried: &'static str,
    ) -> Result<Option<Self>> {
        // Whatever the rights: to wait is to write.
        let Some((object, record)) =
            Object::find(place, OFlags::RDWR).map_err(|error| error.named(name))?
        else {
            return Ok(None);
        };
        let handle = if record.is_named(name) {
            Self::from_object(object, &record, object_type, Some(rights), tried)
        } else {
            drop(object);
            Err(Error::new(ErrorCode::FILE_CORRUPT, tried)
                .because("the file of this name holds an object of another"))
        };
        handle.map(Some).map_err(|error| error.named(name))
    }

    /// Makes a handle of an object, with these rights, or those that came with the descriptor.
    fn from_object(
        object: Object,
        record: &Record,
        object_type: ObjectType,
        rights: Option<Rights>,
        tried: &'static str,
    ) -> Result<Self> {
        record.check(object_type, tried)?;
        let kind = Kind::read(object_type, record, tried)?;
        let all = all_rights(object_type);
        let rights = match rights {
            Some(rights) => {
                let rights = rights.without_maximum_allowed(all);
                let rights = grantable(rights, |rights| rights.for_waitable(all), tried)?;
                if rights != all {
                    object
                        .record_rights(rights)
                        .map_err(|errno| refused(errno, tried))?;
                }
                rights
            }
            None => match object.recorded_rights() {
                None => all,
                Some(rights) => rights
                    .for_waitable(all)
                    .ok_or_else(|| unknown_rights(tried))?,
            },
        };
        let attached = attach(&object, kind).map_err(|errno| match errno {
            Errno::ACCESS | Errno::PERM => refused(errno, tried)
                .because("its file may not be opened for writing, which waiting needs"),
            Errno::INVAL => Error::new(ErrorCode::FILE_CORRUPT, tried)
                .because("its control page was changed under those who use it"),
            errno => refused(errno, tried),
        })?;
        if record.pid_namespace == 0 || record.pid_namespace != pid_namespace::current() {
            attached.mix_namespaces();
        }
        Ok(Self {
            attached,
            object,
            rights,
        })
    }

    /// Takes over a descriptor that may be anything.
    pub(crate) fn adopt(
        descriptor: OwnedFd,
        object_type: ObjectType,
        tried: &'static str,
    ) -> Result<Self> {
        let (object, record) = Object::adopt(descriptor, object_type, tried)?;
        Self::from_object(object, &record, object_type, None, tried)
    }

    /// Another handle with the same rights.
    pub(crate) fn try_clone(&self) -> Result<Self> {
        let object = self.object.try_clone();
        Ok(Self {
            object: object.map_err(|errno| refused(errno, "duplicate the handle"))?,
            attached: self.attached.clone(),
            rights: self.rights,
        })
    }

    /// Another handle with these rights, which may be none.
    pub(crate) fn duplicate(&self, rights: Rights) -> Result<Self> {
        const TRIED: &str = "duplicate the handle";
        let all = self.all_rights();
        let rights = rights
            .without_maximum_allowed(all)
            .for_waitable(all)
            .ok_or_else(|| unknown_rights(TRIED))?;
        let duplicate = || {
            let object = self.object.reopen(OFlags::RDWR)?;
            object.record_rights(rights)?;
            Ok(Self {
                object,
                attached: self.attached.clone(),
                rights,
            })
        };
        duplicate().map_err(|errno| refused(errno, TRIED))
    }

    fn all_rights(&self) -> Rights {
        self.kind()
            .object_type()
            .map_or(Rights::empty(), all_rights)
    }

    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        self.attached.kind()
    }

    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }

    /// Refuses unless the handle has the right.
    #[inline]
    pub(crate) fn require(&self, right: Rights, tried: &'static str) -> Result<()> {
        if self.rights.contains(right) {
            Ok(())
        } else {
            Err(not_allowed(tried))
        }
    }

    pub(crate) fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        self.object
            .set_inheritable(inheritable)
            .map_err(|errno| refused(errno, "change what is inherited"))
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

    #[inline]
    pub(super) fn waitable(&self) -> &Waitable {
        &self.attached
    }

    /// In what order a wait for several takes them, in every process.
    #[inline]
    pub(super) fn order(&self) -> Inode {
        self.attached.inode
    }

    /// Has the calling thread own a mutex, if that is possible at once.
    #[inline]
    pub(crate) fn own_at_once(&self, tried: &'static str) -> Result<Option<Taken>> {
        self.require(Rights::SYNCHRONIZE, tried)?;
        checked(self.attached.try_own(&this_thread(tried)?))
    }

    /// Takes a unit of a semaphore that nobody else is at.
    #[inline]
    pub(crate) fn take_unit_quickly(&self) -> bool {
        self.rights.contains(Rights::SYNCHRONIZE) && self.attached.take_unit_quickly()
    }

    /// Takes an event that is signaled, and that nobody else is at.
    #[inline]
    pub(crate) fn take_event_quickly(&self) -> bool {
        self.rights.contains(Rights::SYNCHRONIZE) && self.attached.take_event_quickly()
    }

    /// Ends the ownership of a mutex, or one of its levels; `false` if this thread does not own it.
    #[inline]
    pub(crate) fn release(&self) -> bool {
        Me::current().is_some_and(|me| self.attached.release(&me))
    }

    /// Adds units to a semaphore: the count before, or `None` if that would be more than the maximum.
    #[inline]
    pub(crate) fn add_units(&self, units: u32, tried: &'static str) -> Result<Option<u32>> {
        if let Some(before) = self.attached.add_quickly(units) {
            return Ok(Some(before));
        }
        self.add_units_slowly(units, tried)
    }

    #[cold]
    fn add_units_slowly(&self, units: u32, tried: &'static str) -> Result<Option<u32>> {
        Ok(self.attached.add_units(&this_thread(tried)?, units))
    }

    /// The units of a semaphore or event.
    pub(crate) fn units(&self) -> u32 {
        self.kind().units(self.attached.load())
    }

    #[inline]
    pub(crate) fn set(&self, tried: &'static str) -> Result<()> {
        if self.attached.set_quickly() {
            return Ok(());
        }
        self.set_slowly(tried)
    }

    #[cold]
    fn set_slowly(&self, tried: &'static str) -> Result<()> {
        self.attached.set(&this_thread(tried)?);
        Ok(())
    }

    pub(crate) fn reset(&self) {
        self.attached.reset();
    }

    pub(crate) fn pulse(&self, tried: &'static str) -> Result<()> {
        self.attached.pulse(&this_thread(tried)?);
        Ok(())
    }

    pub(crate) fn set_timer(&self, setting: Option<Setting>, tried: &'static str) -> Result<()> {
        self.attached.set_timer(&this_thread(tried)?, setting);
        Ok(())
    }

    /// What a timer is set to, and whether it is signaled.
    pub(crate) fn query_timer(&self, tried: &'static str) -> Result<(Option<Setting>, bool)> {
        Ok(self.attached.query_timer(&this_thread(tried)?))
    }
}

#[cold]
fn not_allowed(tried: &'static str) -> Error {
    Error::new(ErrorCode::ACCESS_DENIED, tried).because("the handle has no right to")
}

/// A mutex that the calling thread owns before it is visible, and does not if it never will be.
struct Claim<'a>(Option<Attached>, &'a Me);

impl<'a> Claim<'a> {
    fn of(object: &Object, kind: Kind, me: &'a Me) -> Result<Self, Errno> {
        // The holder's own description is never mapped.
        let data = object.reopen(OFlags::RDWR)?;
        let attached = Attached::to(object.inode()?, kind, || Ok((data.as_fd(), object.len())))?;
        let owned = attached.try_take(me);
        debug_assert_eq!(owned, Some(Taken::Normally));
        Ok(Self(Some(attached), me))
    }

    fn keep(mut self) -> Option<Attached> {
        self.0.take()
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let Some(attached) = &self.0 {
            attached.release(self.1);
        }
    }
}

fn describe(new: NewWaitable) -> Result<(Record, ObjectType)> {
    let object_type = new.kind.object_type().ok_or_else(|| {
        Error::new(ErrorCode::INVALID_PARAMETER, "create the object")
            .because("a thread is not created so")
    })?;
    let mut record = Record::new(object_type);
    new.kind.describe(&mut record);
    record.pid_namespace = pid_namespace::current();
    Ok((record, object_type))
}

fn write_state(object: &Object, new: NewWaitable) -> Result<(), Errno> {
    let state = State::initial(new.kind, new.units);
    let at = object.len() - STATE_FROM_END;
    rustix::io::pwrite(object, &state.0.to_ne_bytes(), at).map(drop)
}

fn attach(object: &Object, kind: Kind) -> Result<Attached, Errno> {
    Attached::to(object.inode()?, kind, || {
        Ok((object.data(true)?, object.len()))
    })
}
