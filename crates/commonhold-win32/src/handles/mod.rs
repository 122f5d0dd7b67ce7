//! Handles: numbers that a program keeps, and what they refer to.
//!
//! * [`object`] what a handle can refer to, and an [`Entry`] of the table: the object with the handle's flags
//! * [`inherited`] numbers that this process has from its parent, looked at when they are first used
//! * [`mail`] numbers that another process has given to this one
//! * [`duplicate`], [`information`]  what can be done with any handle
//!
//! The number of a handle is that of its descriptor: `(descriptor + 1) * 4`. So low numbers are used again, the low two
//! bits say nothing, and `exec` keeps the numbers. What another process gave has a number beyond all descriptors.
//!
//! Invariants: what is in the table is alive, and its descriptor open; who closes takes it out of the table first, and
//! closes afterwards. Nothing waits while it looks at the table.

pub(crate) mod bequest;
pub(crate) mod duplicate;
pub(crate) mod information;
mod inherited;
pub(crate) mod mail;
pub(crate) mod object;

use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::Arc;

pub(crate) use object::{Entry, Object};

use commonhold::Timer;
use commonhold::os::linux::AnyObject;

use crate::failure::{Failure, Result};
use crate::platform::slots::{SLOTS, Slots};
use crate::platform::{descriptors, readers, starting};
use crate::threads::timers;

/// What C calls `HANDLE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Handle(pub(crate) usize);

/// The table. The first half is for descriptors, the second for what was given.
static TABLE: Slots<Entry> = Slots::new();

/// Where the second half begins.
const GIVEN: usize = SLOTS / 2;

impl Handle {
    pub(crate) const NULL: Self = Self(0);
    /// `INVALID_HANDLE_VALUE`; as a pseudo handle, the current process.
    pub(crate) const INVALID: Self = Self(usize::MAX);
    pub(crate) const CURRENT_PROCESS: Self = Self(usize::MAX);
    pub(crate) const CURRENT_THREAD: Self = Self(usize::MAX - 1);

    fn of_descriptor(descriptor: RawFd) -> Option<Self> {
        let descriptor = usize::try_from(descriptor).ok()?;
        (descriptor < GIVEN).then(|| Self::at(descriptor))
    }

    const fn at(index: usize) -> Self {
        Self((index + 1) * 4)
    }

    /// The descriptor that a handle of this number has, if it is not one that was given.
    pub(crate) fn descriptor(self) -> Option<RawFd> {
        let index = self.index();
        (index < GIVEN).then(|| RawFd::try_from(index).ok())?
    }

    /// The place in the table; beyond its end, for what is none.
    #[inline]
    const fn index(self) -> usize {
        (self.0 / 4).wrapping_sub(1)
    }
}

/// Lets `action` do what takes no more than a glance at what the handle refers to: the shortest way, of a call that is
/// made often.
///
/// `None` says nothing: that is for the long way to find out.
#[inline]
pub(crate) fn glance<T>(handle: Handle, action: impl FnOnce(&Entry) -> Option<T>) -> Option<T> {
    let looking = readers::glance()?;
    action(TABLE.see(handle.index(), &looking)?)
}

/// Lets `action` look at what the handle refers to. It must not wait: whoever closes the handle waits for it.
///
/// `INVALID_HANDLE` if it refers to nothing; pseudo handles are not looked up here.
#[inline]
pub(crate) fn look<T>(handle: Handle, action: impl FnOnce(&Entry) -> Result<T>) -> Result<T> {
    let index = handle.index();
    loop {
        {
            let looking = readers::look();
            if let Some(entry) = TABLE.see(index, &looking) {
                return action(entry);
            }
        }
        // Then it is there, or refers to nothing.
        find(index)?;
    }
}

/// A look at what several handles refer to. It must be as short as that at one.
pub(crate) struct Look(readers::Looking);

impl Look {
    #[inline]
    pub(crate) fn begin() -> Self {
        Self(readers::look())
    }

    /// What the handle refers to. `None` if it has not been used before, or refers to nothing.
    #[inline]
    pub(crate) fn at(&self, handle: Handle) -> Option<&Entry> {
        TABLE.see(handle.index(), &self.0)
    }
}

/// What the handle refers to, for as long as it is used, also where that may wait.
pub(crate) fn get(handle: Handle) -> Result<Arc<Entry>> {
    let index = handle.index();
    match TABLE.get(index) {
        Some(entry) => Ok(entry),
        None => find(index),
    }
}

/// What has not been used in this process before, but may be there.
#[cold]
fn find(index: usize) -> Result<Arc<Entry>> {
    match index {
        0..GIVEN => inherited::adopt(index)?,
        GIVEN..SLOTS => mail::collect()?,
        _ => return Err(Failure::INVALID_HANDLE),
    }
    TABLE.get(index).ok_or(Failure::INVALID_HANDLE)
}

/// A handle to the object, of the number that its descriptor has.
pub(crate) fn insert(object: Object, inheritable: bool) -> Result<Handle> {
    mail::open();
    let object = beyond_standard(object)?;
    let entry = Entry::new(object);
    if inheritable {
        entry.set_inheritable(true)?;
    }
    let handle = Handle::of_descriptor(entry.object.descriptor().as_raw_fd());
    let handle = handle.ok_or(Failure::TOO_MANY_OPEN_FILES)?;
    inherited::forget(handle.index());
    insert_at(handle, entry)?;
    Ok(handle)
}

/// The object by a descriptor that is none of the standard ones, for which programs write without looking.
fn beyond_standard(object: Object) -> Result<Object> {
    if object.descriptor().as_raw_fd() >= FIRST {
        return Ok(object);
    }
    descriptors::occupy_standard()?;
    let other = object.duplicate(None)?;
    drop(object);
    descriptors::occupy_standard()?;
    Ok(other)
}

fn insert_at(handle: Handle, entry: Entry) -> Result<()> {
    let index = handle.index();
    let put = TABLE.put(index, Arc::new(entry));
    put.map_err(|_| Failure::TOO_MANY_OPEN_FILES)
}

/// Closes a handle, unless it is protected.
pub(crate) fn close(handle: Handle) -> Result<()> {
    match handle {
        Handle::CURRENT_PROCESS | Handle::CURRENT_THREAD => Ok(()),
        _ => {
            let entry = take(handle, Entry::check_closable)?;
            if let Object::Shared(AnyObject::Timer(timer)) = &entry.object {
                timers::forget_unless(timer, || TABLE.all().any(|(_, it)| it.is_same(&entry)));
            }
            drop_entry(entry);
            Ok(())
        }
    }
}

/// Closes what was taken out of the table.
fn drop_entry(entry: Arc<Entry>) {
    let is_standard = entry.object.descriptor().as_raw_fd() < FIRST;
    let _closing = starting::close();
    drop(entry);
    if is_standard {
        // Or the next file that is opened would be the program's standard output, whatever it is.
        let _ = descriptors::occupy_standard();
    }
}

/// The first descriptor that is not a standard one.
const FIRST: RawFd = 3;

/// Takes what a handle refers to out of the table, if it passes.
fn take(handle: Handle, passes: impl Fn(&Entry) -> Result<()>) -> Result<Arc<Entry>> {
    let index = handle.index();
    if let Some(entry) = TABLE.take(index, &passes)? {
        return Ok(entry);
    }
    // Inherited or given, and closed without ever having been used.
    find(index)?;
    TABLE.take(index, &passes)?.ok_or(Failure::INVALID_HANDLE)
}

/// Does something with each handle to a timer.
pub(crate) fn for_each_timer(action: impl Fn(&Timer)) {
    for (_, entry) in TABLE.all() {
        if let Object::Shared(AnyObject::Timer(timer)) = &entry.object {
            action(timer);
        }
    }
}

/// Notes what the process begins with, and lets it be given handles.
pub(crate) fn begin() {
    // First: what is opened from here on is none of these.
    let _ = descriptors::occupy_standard();
    inherited::note_those_from_before();
    readers::begin();
    mail::open();
}

/// Closes what the program has left open. The kernel would, too; but nobody would remove the names' files before they
/// are used again.
pub(crate) fn close_all() {
    for (index, entry) in TABLE.all() {
        if matches!(entry.object, Object::Shared(_)) {
            let _ = TABLE.take::<()>(index, |_| Ok(()));
        }
    }
}

/// All handles of the process, those it never used as well.
pub(crate) fn all() -> impl Iterator<Item = (Handle, Arc<Entry>)> {
    inherited::adopt_all();
    // What cannot be received now, no child inherits.
    let _ = mail::collect();
    TABLE.all().map(|(index, entry)| (Handle::at(index), entry))
}
