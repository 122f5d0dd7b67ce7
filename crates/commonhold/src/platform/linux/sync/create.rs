//! Making waitable objects.

use std::os::fd::AsFd as _;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::handle::{WaitableHandle, all_rights, this_thread};
use super::open::attach;
use super::pid_namespace;
use super::primitive::Me;
use super::registry::Attached;
use super::state::{Kind, State};
use super::waitable::Taken;
use crate::platform::Disposition;
use crate::platform::linux::control::{ObjectType, Record};
use crate::platform::linux::errno::refused;
use crate::platform::linux::held_name::Place;
use crate::platform::linux::named;
use crate::platform::linux::object::Object;
use crate::{Error, ErrorCode, Name, Result};

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

/// What the control page says, and the type.
fn describe(new: NewWaitable) -> Result<(Record, ObjectType)> {
    let object_type = new.kind.object_type().ok_or_else(|| {
        Error::new(ErrorCode::INVALID_PARAMETER, "create the object")
            .because("a thread is not created so")
    })?;
    let mut record = Record::new(object_type);
    match new.kind {
        Kind::Semaphore { maximum } => record.size = u64::from(maximum),
        Kind::Event { manual } | Kind::Timer { manual } => record.attributes = manual.into(),
        Kind::Mutex | Kind::Thread => {}
    }
    record.pid_namespace = pid_namespace::current();
    Ok((record, object_type))
}

fn write_state(object: &Object, new: NewWaitable) -> Result<(), Errno> {
    let state = State::initial(new.kind, new.units);
    let at = object.len() - STATE_FROM_END;
    rustix::io::pwrite(object, &state.0.to_ne_bytes(), at).map(drop)
}
