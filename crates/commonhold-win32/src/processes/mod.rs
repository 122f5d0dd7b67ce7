//! Processes: opened, waited for, started and ended.
//!
//! * [`record`] what this process knows of another, [`exit_code`] how the other ended, [`reaper`] who looks after
//!   children whose handles are closed
//! * [`create`] how one is started: of a [`command_line`], a [`program`] that is searched, and [`startup`] information;
//!   [`suspension`] is how it is held, and let go
//! * [`arguments`] what this process itself was started with, [`directory`] where it is
//! * [`rights`] what a handle may be used for

pub(crate) mod arguments;
mod command_line;
pub(crate) mod create;
pub(crate) mod directory;
pub(crate) mod end;
mod exit_code;
mod program;
pub(crate) mod reaper;
pub(crate) mod record;
pub(crate) mod rights;
pub(crate) mod startup;
pub(crate) mod suspension;

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::FdFlags;

pub(crate) use record::Record;
pub(crate) use rights::ALL_ACCESS;

use crate::failure::{Failure, Result};

/// A handle to a process.
pub(crate) struct Process {
    /// A descriptor of the process, which gives the handle its number.
    pidfd: OwnedFd,
    record: Arc<Record>,
    rights: u32,
}

impl Process {
    /// A handle to this process.
    pub(crate) fn current() -> Result<Self> {
        Self::new(Record::of_pid(std::process::id())?, ALL_ACCESS)
    }

    /// A handle to the process with this id, where the user is allowed what is asked for.
    pub(crate) fn open(pid: u32, desired: u32) -> Result<Self> {
        let record = Record::of_pid(pid)?;
        let rights = rights::PROCESS.for_opening(desired)?;
        if rights & !rights::FOR_EVERYONE != 0 && record.pid() != std::process::id() {
            record.check_reach()?;
        }
        Self::new(record, rights)
    }

    pub(crate) fn new(record: Arc<Record>, rights: u32) -> Result<Self> {
        Ok(Self {
            pidfd: rustix::io::fcntl_dupfd_cloexec(record.process(), 0)?,
            record,
            rights,
        })
    }

    /// Whether a descriptor, which may be anything, is of a process.
    pub(crate) fn is_one(descriptor: &OwnedFd) -> bool {
        let pidfd = rustix::io::fcntl_dupfd_cloexec(descriptor, 0);
        pidfd.is_ok_and(|pidfd| commonhold::Process::try_from(pidfd).is_ok())
    }

    /// Takes over a descriptor of a process.
    pub(crate) fn adopt(descriptor: OwnedFd, rights: u32) -> Result<Self> {
        let pid = pid_of(&descriptor)?;
        let copy = rustix::io::fcntl_dupfd_cloexec(&descriptor, 0)?;
        Ok(Self {
            pidfd: descriptor,
            record: Record::adopt(pid, copy)?,
            rights,
        })
    }

    pub(crate) fn record(&self) -> &Arc<Record> {
        &self.record
    }

    pub(crate) fn pid(&self) -> u32 {
        self.record.pid()
    }

    pub(crate) fn is_current(&self) -> bool {
        self.record.is_current()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.record.has_ended()
    }

    pub(crate) fn waitable(&self) -> &dyn commonhold::Waitable {
        self.record.process()
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    pub(crate) fn rights(&self) -> u32 {
        self.rights
    }

    /// Another handle, with the same rights or with others.
    pub(crate) fn duplicate(&self, desired: Option<u32>) -> Result<Self> {
        let rights = match desired {
            Some(desired) => rights::PROCESS.for_duplicate(desired)?,
            None => self.rights,
        };
        Self::new(Arc::clone(&self.record), rights)
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.record, &other.record)
    }

    pub(crate) fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        let flags = if inheritable {
            FdFlags::empty()
        } else {
            FdFlags::CLOEXEC
        };
        Ok(rustix::io::fcntl_setfd(&self.pidfd, flags)?)
    }
}

/// The process id that a descriptor of a process is for; 0 if that is over, and the number free.
fn pid_of(descriptor: &OwnedFd) -> Result<u32> {
    let path = format!("/proc/self/fdinfo/{}", descriptor.as_raw_fd());
    let info = std::fs::read_to_string(path).map_err(|_| Failure::GEN_FAILURE)?;
    let pid = info.lines().find_map(|line| line.strip_prefix("Pid:"));
    let pid = pid.and_then(|pid| pid.trim().parse::<i64>().ok());
    let pid = pid.ok_or(Failure::INVALID_HANDLE)?;
    Ok(u32::try_from(pid).unwrap_or(0))
}
