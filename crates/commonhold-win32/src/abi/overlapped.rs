//! `OVERLAPPED`, where it says the place of a transfer that is over when the function returns.

use std::sync::Arc;

use commonhold::os::linux::AnyObject;

use crate::failure::{Failure, Result};
use crate::files::transfer::At;
use crate::handles::object::{Entry, refers_to};
use crate::handles::{self, Handle, Object};

/// C's structure.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Overlapped {
    status: usize,
    bytes: usize,
    offset: u32,
    offset_high: u32,
    event: Handle,
}

impl Overlapped {
    fn place(self) -> i64 {
        let offset = u64::from(self.offset_high) << 32 | u64::from(self.offset);
        offset as i64
    }

    pub(super) fn read_at(&self) -> Result<At> {
        match self.place() {
            offset @ 0.. => Ok(At::Offset(offset)),
            _ => Err(Failure::INVALID_PARAMETER),
        }
    }

    pub(super) fn write_at(&self) -> Result<At> {
        match self.place() {
            -1 => Ok(At::End),
            _ => self.read_at(),
        }
    }

    /// The event that is set when the transfer is done, and reset before.
    pub(super) fn event(self) -> Result<Option<Arc<Entry>>> {
        if self.event == Handle::NULL {
            return Ok(None);
        }
        let entry = handles::get(self.event)?;
        refers_to!(entry, Object::Shared(AnyObject::Event(event)) => Ok(event.reset()?))?;
        Ok(Some(entry))
    }
}

/// Sets the event of a transfer that is done.
pub(super) fn signal(entry: &Entry) -> Result<()> {
    refers_to!(entry, Object::Shared(AnyObject::Event(event)) => Ok(event.set()?))
}

/// What the kernel would call the outcome; it calls a transfer nothing that could not begin.
pub(super) fn status(failure: Option<Failure>) -> Option<usize> {
    const END_OF_FILE: usize = 0xc000_0011;
    match failure {
        None => Some(0),
        Some(Failure::HANDLE_EOF) => Some(END_OF_FILE),
        Some(_) => None,
    }
}
