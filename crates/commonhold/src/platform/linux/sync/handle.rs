//! A handle to a waitable object: duplicated, asked, and used.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;

use super::primitive::Me;
use super::quick::Glance;
use super::registry::Attached;
use super::state::Kind;
use super::timer::Setting;
use super::waitable::Waitable;
use crate::platform::linux::control::ObjectType;
use crate::platform::linux::errno::refused;
use crate::platform::linux::held_name::Inode;
use crate::platform::linux::object::Object;
use crate::platform::unknown_rights;
use crate::{Error, ErrorCode, Result, Rights};

/// A process's reference to a waitable object.
pub(crate) struct WaitableHandle {
    pub(super) attached: Attached,
    pub(super) object: Object,
    pub(super) rights: Rights,
}

impl Kind {
    /// What the namespace calls it. A thread has no place there.
    pub(super) fn object_type(self) -> Option<ObjectType> {
        Some(match self {
            Self::Mutex => ObjectType::Mutex,
            Self::Semaphore { .. } => ObjectType::Semaphore,
            Self::Event { .. } => ObjectType::Event,
            Self::Timer { .. } => ObjectType::Timer,
            Self::Thread => return None,
        })
    }
}

/// All rights that a handle to an object of this type can have.
pub(super) fn all_rights(object_type: ObjectType) -> Rights {
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

    /// Takes the object, if it is there to be taken, and this handle may.
    #[inline]
    pub(crate) fn glance(&self) -> Glance {
        if self.rights.contains(Rights::SYNCHRONIZE) {
            self.attached.glance()
        } else {
            Glance::Unclear
        }
    }

    /// Has the calling thread own a mutex that is free and was not abandoned, or that it owns already.
    #[inline]
    pub(crate) fn own_quickly(&self) -> bool {
        self.rights.contains(Rights::SYNCHRONIZE)
            && Me::current().is_some_and(|me| self.attached.own_quickly(&me))
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

    /// Ends the ownership of a mutex that nobody waits for, or one of its levels.
    #[inline]
    pub(crate) fn release_quickly(&self) -> bool {
        Me::known().is_some_and(|me| self.attached.release_quickly(&me))
    }

    /// Ends the ownership of a mutex, or one of its levels; `false` if this thread does not own it.
    #[cold]
    pub(crate) fn release(&self) -> bool {
        Me::current().is_some_and(|me| self.attached.release(&me))
    }

    /// Adds units to a semaphore that nobody waits for: the count before.
    #[inline]
    pub(crate) fn add_units_quickly(&self, units: u32) -> Option<u32> {
        if units == 0 || !self.rights.contains(Rights::MODIFY_STATE) {
            return None;
        }
        self.attached.add_quickly(units)
    }

    /// Adds units to a semaphore: the count before, or `None` if that would be more than the maximum.
    pub(crate) fn add_units(&self, units: u32, tried: &'static str) -> Result<Option<u32>> {
        Ok(self.attached.add_units(&this_thread(tried)?, units))
    }

    /// The units of a semaphore or event.
    pub(crate) fn units(&self) -> u32 {
        self.kind().units(self.attached.load())
    }

    /// Sets an event that nobody waits for.
    #[inline]
    pub(crate) fn set_quickly(&self) -> bool {
        self.rights.contains(Rights::MODIFY_STATE) && self.attached.set_quickly()
    }

    #[cold]
    pub(crate) fn set(&self, tried: &'static str) -> Result<()> {
        self.require(Rights::MODIFY_STATE, tried)?;
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
pub(super) fn not_allowed(tried: &'static str) -> Error {
    Error::new(ErrorCode::ACCESS_DENIED, tried).because("the handle has no right to")
}
