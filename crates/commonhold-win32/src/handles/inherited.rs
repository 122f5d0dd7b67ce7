//! Numbers that this process has from its parent: whatever descriptors were open when it began.
//!
//! A program that was started by `CreateProcess`, or by a plain `exec` of somebody who made a handle inheritable, is told
//! a number and uses it. So which descriptors are there is written down when the library is first used, and what one
//! of them is, is asked when its number is. A number that this library has used since
//! is not looked at any more; so what the program opens itself is never taken for a handle, unless it was open, and
//! inheritable, when the library was loaded.

use std::collections::HashSet;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::MutexGuard;

use commonhold::os::linux::AnyObject;

use super::{Entry, Handle, Object, bequest};
use crate::failure::{Failure, Result};
use crate::files::File;
use crate::platform::descriptors;
use crate::processes::Process;
use commonhold::os::linux::ForkMutex;

/// Descriptors that were open from the start, and have not been looked at.
static UNSEEN: ForkMutex<Option<HashSet<RawFd>>> = ForkMutex::new(None);

fn lock() -> MutexGuard<'static, Option<HashSet<RawFd>>> {
    let mut unseen = UNSEEN.lock();
    if unseen.is_none() {
        let mut open = descriptors::inheritable_now();
        // What the parent sent its word by is no handle.
        if let Some(bequest) = bequest::received() {
            open.retain(|&descriptor| !bequest.is_its_own(descriptor));
        }
        *unseen = Some(open);
    }
    unseen
}

/// Writes down what is open now, unless that was done.
pub(super) fn note_those_from_before() {
    drop(lock());
}

/// Notes that a number is that of a handle of this process's own.
pub(super) fn forget(index: usize) {
    if let (Some(unseen), Ok(descriptor)) = (lock().as_mut(), RawFd::try_from(index)) {
        unseen.remove(&descriptor);
    }
}

/// Puts what was inherited with this number into the table.
pub(super) fn adopt(index: usize) -> Result<()> {
    let descriptor = RawFd::try_from(index).map_err(|_| Failure::INVALID_HANDLE)?;
    // Locked until it is there, so that a thread that comes at the same time finds it.
    let mut unseen = lock();
    if !unseen
        .as_mut()
        .is_some_and(|unseen| unseen.remove(&descriptor))
    {
        return Ok(());
    }
    let told = bequest::received().and_then(|bequest| bequest.of(descriptor));
    let entry = match told {
        Some(told) => told.adopt()?,
        None => Entry::inherited(what_is(descriptor)?, false, None),
    };
    super::insert_at(Handle::at(index), entry)
}

/// Puts everything that was inherited into the table.
pub(super) fn adopt_all() {
    let all: Vec<RawFd> = lock().iter().flatten().copied().collect();
    for index in all.into_iter().filter_map(|it| usize::try_from(it).ok()) {
        let _ = adopt(index);
    }
}

/// What a descriptor is that somebody left open for this process.
fn what_is(descriptor: RawFd) -> Result<Object> {
    Object::of_descriptor(descriptors::own(descriptor).ok_or(Failure::INVALID_HANDLE)?)
}

impl Object {
    /// What a descriptor is of which nothing else is known.
    pub(super) fn of_descriptor(fd: OwnedFd) -> Result<Self> {
        if AnyObject::is_one(&fd) {
            return Ok(Object::Shared(fd.try_into()?));
        }
        if Process::is_one(&fd) {
            return Ok(Object::Process(Process::adopt(
                fd,
                crate::processes::ALL_ACCESS,
            )?));
        }
        Ok(Object::File(File::inherited(fd)?))
    }
}
