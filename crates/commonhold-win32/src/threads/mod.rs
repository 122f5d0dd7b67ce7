//! Threads: started, waited for and ended, and what is queued for them.

pub(crate) mod apc;
pub(crate) mod timers;

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::EventfdFlags;

use crate::failure::{Failure, Result};

/// A handle to a thread.
pub(crate) struct Thread {
    /// Gives the handle its number, and is of no other use.
    number: OwnedFd,
    record: Arc<Record>,
    rights: u32,
}

/// A thread of this process.
pub(crate) struct Record {
    thread: commonhold::Thread,
    pub(crate) apcs: apc::Queue,
}

pub(crate) fn current() -> Result<Arc<Record>> {
    Err(Failure::NOT_SUPPORTED)
}

/// All that can be done with a thread.
pub(crate) const ALL_ACCESS: u32 = 0x1f_ffff;

impl Thread {
    /// A handle to the calling thread.
    pub(crate) fn current() -> Result<Self> {
        let record = Arc::new(Record {
            thread: commonhold::Thread::current()?,
            apcs: apc::Queue::new()?,
        });
        Self::new(record, ALL_ACCESS)
    }

    fn new(record: Arc<Record>, rights: u32) -> Result<Self> {
        Ok(Self {
            number: rustix::event::eventfd(0, EventfdFlags::CLOEXEC)?,
            record,
            rights,
        })
    }

    pub(crate) fn record(&self) -> Option<&Arc<Record>> {
        Some(&self.record)
    }

    pub(crate) fn waitable(&self) -> &dyn commonhold::Waitable {
        &self.record.thread
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.number.as_fd()
    }

    pub(crate) fn rights(&self) -> u32 {
        self.rights
    }

    /// Another handle, with these rights.
    pub(crate) fn duplicate(&self, rights: Option<u32>) -> Result<Self> {
        let rights = rights.unwrap_or(self.rights);
        if rights & !ALL_ACCESS != 0 {
            return Err(Failure::ACCESS_DENIED);
        }
        Self::new(Arc::clone(&self.record), rights)
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.record, &other.record)
    }
}
