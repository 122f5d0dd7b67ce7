//! Mutexes, semaphores, events and timers: made, opened, and what is done with each.

mod create;
pub(crate) mod timer;

use commonhold::os::linux::AnyObject;
use commonhold::{Event, Mutex, Semaphore, Timer};

pub(crate) use create::{Created, create, open};

use crate::failure::{Failure, Result};
use crate::handles::object::refers_to;
use crate::handles::{self, Handle, Object};

/// Sets an event that nobody waits for; says nothing of why it cannot.
#[inline]
pub(crate) fn set_event_at_once(handle: Handle) -> Option<()> {
    handles::glance(handle, |entry| match &entry.object {
        Object::Shared(AnyObject::Event(event)) => event.poll_set().then_some(()),
        _ => None,
    })
}

/// Releases a mutex that this thread owns; says nothing of why it cannot.
#[inline]
pub(crate) fn release_mutex_at_once(handle: Handle) -> Option<()> {
    handles::glance(handle, |entry| match &entry.object {
        Object::Shared(AnyObject::Mutex(mutex)) => mutex.poll_release().then_some(()),
        _ => None,
    })
}

pub(crate) fn release_mutex(handle: Handle) -> Result<()> {
    handles::look(
        handle,
        |entry| refers_to!(entry, Object::Shared(AnyObject::Mutex(mutex)) => Ok(mutex.release()?)),
    )
}

/// Adds units to a semaphore: the count before.
pub(crate) fn release_semaphore(handle: Handle, units: i32) -> Result<u32> {
    handles::look(handle, |entry| {
        refers_to!(entry, Object::Shared(AnyObject::Semaphore(semaphore)) => {
            // The type comes first, then the number, then the right.
            let units = u32::try_from(units).map_err(|_| Failure::INVALID_PARAMETER)?;
            Ok(semaphore.release(units)?)
        })
    })
}

/// Does something to an event.
#[inline]
pub(crate) fn signal_event(
    handle: Handle,
    action: impl FnOnce(&Event) -> commonhold::Result<()>,
) -> Result<()> {
    handles::look(
        handle,
        |entry| refers_to!(entry, Object::Shared(AnyObject::Event(event)) => Ok(action(event)?)),
    )
}

/// Signals an event, a semaphore or a mutex (`SignalObjectAndWait`).
pub(crate) fn signal(handle: Handle) -> Result<()> {
    use commonhold::Signal as _;
    handles::look(handle, |entry| match &entry.object {
        Object::Shared(AnyObject::Event(event)) => Ok(event.signal()?),
        Object::Shared(AnyObject::Semaphore(semaphore)) => Ok(semaphore.signal()?),
        Object::Shared(AnyObject::Mutex(mutex)) => Ok(mutex.signal()?),
        _ => Err(Failure::INVALID_HANDLE),
    })
}

/// The types, for what is the same with all of them.
pub(crate) trait Waitable: Sized + Into<Object> {
    const ALL_ACCESS: u32;

    fn open_with(name: &commonhold::Name, rights: commonhold::Rights) -> commonhold::Result<Self>;
    fn duplicate(&self, rights: commonhold::Rights) -> commonhold::Result<Self>;
    fn existed(&self) -> bool;
}

/// What says how an object is made.
pub(crate) trait Options {
    type Object: Waitable;

    fn for_everyone(self, everyone: bool) -> Self;
    fn create(&self, name: &commonhold::Name) -> commonhold::Result<Self::Object>;
    fn create_new(&self, name: &commonhold::Name) -> commonhold::Result<Self::Object>;
    fn create_unnamed(&self) -> commonhold::Result<Self::Object>;
}

macro_rules! waitable {
    ($Type:ident, $Options:ident, $all:literal) => {
        impl From<$Type> for Object {
            fn from(object: $Type) -> Self {
                Self::Shared(AnyObject::$Type(object))
            }
        }

        impl Waitable for $Type {
            const ALL_ACCESS: u32 = $all;

            fn open_with(
                name: &commonhold::Name,
                rights: commonhold::Rights,
            ) -> commonhold::Result<Self> {
                $Type::open_with(name, rights)
            }

            fn duplicate(&self, rights: commonhold::Rights) -> commonhold::Result<Self> {
                self.duplicate(rights)
            }

            fn existed(&self) -> bool {
                self.existed()
            }
        }

        impl Options for commonhold::$Options {
            type Object = $Type;

            fn for_everyone(self, everyone: bool) -> Self {
                self.for_everyone(everyone)
            }

            fn create(&self, name: &commonhold::Name) -> commonhold::Result<$Type> {
                self.create(name)
            }

            fn create_new(&self, name: &commonhold::Name) -> commonhold::Result<$Type> {
                self.create_new(name)
            }

            fn create_unnamed(&self) -> commonhold::Result<$Type> {
                self.create_unnamed()
            }
        }
    };
}

waitable!(Mutex, MutexOptions, 0x1f_0001);
waitable!(Semaphore, SemaphoreOptions, 0x1f_0003);
waitable!(Event, EventOptions, 0x1f_0003);
waitable!(Timer, TimerOptions, 0x1f_0003);
