//! Handles made of handles, in this process, out of another, and into another (`DuplicateHandle`).

use std::os::fd::RawFd;
use std::sync::Arc;

use commonhold::ErrorCode;
use commonhold::os::linux::AnyObject;
use rustix::io::Errno;
use rustix::process::PidfdGetfdFlags;

use super::{Entry, Handle, Object, get, insert, mail, take};
use crate::failure::{Failure, Result};
use crate::processes::Process;
use crate::threads::Thread;

const CLOSE_SOURCE: u32 = 1;
const SAME_ACCESS: u32 = 2;
const SAME_ATTRIBUTES: u32 = 4;

/// The right to a process that both sides of a duplication need.
const PROCESS_DUP_HANDLE: u32 = 0x40;

/// What is asked of `DuplicateHandle`.
pub(crate) struct Request {
    pub(crate) from: Handle,
    pub(crate) source: Handle,
    pub(crate) to: Handle,
    pub(crate) rights: u32,
    pub(crate) inheritable: bool,
    pub(crate) options: u32,
}

/// A process that takes part: this one, or another.
enum Party {
    This,
    Other(Arc<Entry>),
}

impl Party {
    fn of(process: Handle) -> Result<Self> {
        if process == Handle::CURRENT_PROCESS {
            return Ok(Self::This);
        }
        let entry = get(process)?;
        let party = Self::Other(entry);
        let process = party.process()?;
        Ok(if process.is_some_and(Process::is_current) {
            Self::This
        } else {
            party
        })
    }

    /// The other process, if the handle allows this.
    fn process(&self) -> Result<Option<&Process>> {
        let Self::Other(entry) = self else {
            return Ok(None);
        };
        let process = super::object::refers_to!(entry, Object::Process(process) => Ok(process))?;
        entry.require(PROCESS_DUP_HANDLE)?;
        Ok(Some(process))
    }
}

/// What a handle refers to, where pseudo handles are handles, too.
pub(crate) fn resolve(handle: Handle) -> Result<Arc<Entry>> {
    let object = match handle {
        Handle::CURRENT_PROCESS => Object::Process(Process::current()?),
        Handle::CURRENT_THREAD => Object::Thread(Thread::current()?),
        _ => return get(handle),
    };
    Ok(Arc::new(Entry::new(object)))
}

/// The handle that was made, in the process it was made for.
pub(crate) fn duplicate(request: &Request) -> Result<Handle> {
    if request.options & !(CLOSE_SOURCE | SAME_ACCESS | SAME_ATTRIBUTES) != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    let from = Party::of(request.from)?;
    let to = Party::of(request.to);
    match from.process()? {
        None => of_this_process(request, to),
        Some(from) => of_another(request, from, &to?),
    }
}

fn of_this_process(request: &Request, to: Result<Party>) -> Result<Handle> {
    let source = resolve(request.source)?;
    let closes = request.options & CLOSE_SOURCE != 0;
    let is_pseudo = matches!(
        request.source,
        Handle::CURRENT_PROCESS | Handle::CURRENT_THREAD
    );
    let same_access = request.options & SAME_ACCESS != 0;
    let (inheritable, protected) = match request.options & SAME_ATTRIBUTES {
        0 => (request.inheritable, false),
        _ => (source.is_inheritable(), source.is_protected()),
    };
    if closes
        && same_access
        && !is_pseudo
        && !source.is_protected()
        && matches!(to, Ok(Party::This))
    {
        // Nothing but the flag changes.
        source.set_inheritable(inheritable)?;
        return Ok(Handle(request.source.0 & !3));
    }
    let rights = (!same_access).then_some(request.rights);
    if closes && request.to == Handle::NULL {
        // That is how a handle is closed and nothing is made.
        super::drop_entry(take(request.source, Entry::check_closable)?);
        return Ok(Handle::NULL);
    }
    let made = to.and_then(|to| {
        deliver(
            source.object.duplicate(rights)?,
            inheritable,
            protected,
            &to,
        )
    });
    if closes && !is_pseudo {
        // Also where the rest has failed.
        if let Ok(entry) = take(request.source, Entry::check_closable) {
            super::drop_entry(entry);
        }
    }
    made
}

fn of_another(request: &Request, from: &Process, to: &Party) -> Result<Handle> {
    // Nobody can close a descriptor of another process, nor see the flags that its own table has.
    if request.options & (CLOSE_SOURCE | SAME_ATTRIBUTES) != 0 {
        return Err(Failure::NOT_SUPPORTED);
    }
    let object = match request.source {
        Handle::CURRENT_PROCESS => from.duplicate(None).map(Object::Process)?,
        Handle::CURRENT_THREAD => return Err(Failure::NOT_SUPPORTED),
        source => fetch(from, source)?,
    };
    let object = match request.options & SAME_ACCESS {
        0 => object.duplicate(Some(request.rights))?,
        _ => object,
    };
    deliver(object, request.inheritable, false, to)
}

/// What a number refers to in another process.
fn fetch(from: &Process, source: Handle) -> Result<Object> {
    let Some(descriptor) = source.descriptor() else {
        // What that process was given is in its own table only.
        let is_given = source.index() < crate::platform::slots::SLOTS;
        return Err(if is_given {
            Failure::NOT_SUPPORTED
        } else {
            Failure::INVALID_HANDLE
        });
    };
    let object = match AnyObject::duplicate_from(from.pid(), descriptor) {
        Ok(object) => Ok(Object::Shared(object)),
        // Of another kind, perhaps.
        Err(error) if error.code() == ErrorCode::INVALID_HANDLE => fetch_other(from, descriptor),
        Err(error) => Err(error.into()),
    };
    if from.has_ended() {
        return Err(Failure::INVALID_HANDLE);
    }
    object
}

/// A file, or a handle to a process, that another process has.
fn fetch_other(from: &Process, descriptor: RawFd) -> Result<Object> {
    let flags = PidfdGetfdFlags::empty();
    match rustix::process::pidfd_getfd(from.descriptor(), descriptor, flags) {
        Ok(fd) => Object::of_descriptor(fd),
        Err(Errno::BADF | Errno::SRCH) => Err(Failure::INVALID_HANDLE),
        // Not everywhere may a process take another's.
        Err(_) => Err(Failure::NOT_SUPPORTED),
    }
}

fn deliver(object: Object, inheritable: bool, protected: bool, to: &Party) -> Result<Handle> {
    if let Some(process) = to.process()? {
        return mail::give(process, &object, inheritable, protected);
    }
    let handle = insert(object, inheritable)?;
    if protected {
        get(handle)?.set_protected(true);
    }
    Ok(handle)
}
