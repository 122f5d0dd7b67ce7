//! Threads: started, waited for and ended, and what is queued for them.
//!
//! * [`record`] what is known of a thread of this process
//! * [`start`] how one begins, [`gate`] how it is held before that, [`end`] how it ends
//! * [`apc`], [`timers`] what is queued for it to call

pub(crate) mod apc;
pub(crate) mod end;
mod gate;
pub(crate) mod record;
pub(crate) mod start;
pub(crate) mod suspension;
pub(crate) mod timers;

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::EventfdFlags;

pub(crate) use record::{Record, current};

use crate::failure::Result;
use crate::processes;
use crate::processes::rights::{self, ALL_ACCESS};

/// A handle to a thread.
pub(crate) struct Thread {
    /// Gives the handle its number, and is of no other use.
    number: OwnedFd,
    of: Of,
    rights: u32,
}

/// Which thread it is.
enum Of {
    This(Arc<Record>),
    /// The first thread of a child, which stands for all of them.
    Child(Arc<processes::Record>),
}

impl Thread {
    /// A handle to the calling thread.
    pub(crate) fn current() -> Result<Self> {
        Self::new(Of::This(current()?), ALL_ACCESS)
    }

    /// A handle to a thread of this process that is known.
    pub(crate) fn open(id: u32, desired: u32) -> Result<Self> {
        let record = record::of_id(id)?;
        Self::new(Of::This(record), rights::THREAD.for_opening(desired)?)
    }

    fn of_record(record: Arc<Record>) -> Result<Self> {
        Self::new(Of::This(record), ALL_ACCESS)
    }

    pub(crate) fn of_child(child: Arc<processes::Record>) -> Result<Self> {
        Self::new(Of::Child(child), ALL_ACCESS)
    }

    fn new(of: Of, rights: u32) -> Result<Self> {
        Ok(Self {
            number: rustix::event::eventfd(0, EventfdFlags::CLOEXEC)?,
            of,
            rights,
        })
    }

    /// What is known of it; `None` if it is another process's.
    pub(crate) fn record(&self) -> Option<&Arc<Record>> {
        match &self.of {
            Of::This(record) => Some(record),
            Of::Child(_) => None,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        match &self.of {
            Of::This(record) => record.id(),
            Of::Child(process) => process.pid(),
        }
    }

    /// The exit code; `None` while it runs.
    pub(crate) fn exit_code(&self) -> Result<Option<u32>> {
        match &self.of {
            Of::This(record) => Ok(record.exit_code()),
            Of::Child(process) => process.exit_code(),
        }
    }

    pub(crate) fn waitable(&self) -> &dyn commonhold::Waitable {
        match &self.of {
            Of::This(record) => record.thread(),
            Of::Child(process) => process.process(),
        }
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.number.as_fd()
    }

    pub(crate) fn rights(&self) -> u32 {
        self.rights
    }

    /// Another handle, with the same rights or with others.
    pub(crate) fn duplicate(&self, desired: Option<u32>) -> Result<Self> {
        let rights = match desired {
            Some(desired) => rights::THREAD.for_duplicate(desired)?,
            None => self.rights,
        };
        let of = match &self.of {
            Of::This(record) => Of::This(Arc::clone(record)),
            Of::Child(process) => Of::Child(Arc::clone(process)),
        };
        Self::new(of, rights)
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.of, &other.of) {
            (Of::This(one), Of::This(other)) => Arc::ptr_eq(one, other),
            (Of::Child(one), Of::Child(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}
