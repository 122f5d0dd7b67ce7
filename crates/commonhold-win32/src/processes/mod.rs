//! Processes: opened, waited for, started and ended.

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::FdFlags;

use crate::failure::{Failure, Result};

/// A handle to a process.
pub(crate) struct Process {
    process: commonhold::Process,
    record: Arc<Record>,
    rights: u32,
}

/// What this process knows of another, or of itself.
pub(crate) struct Record {
    pid: u32,
}

/// All that can be done with a process.
pub(crate) const ALL_ACCESS: u32 = 0x1f_ffff;

impl Process {
    /// A handle to this process.
    pub(crate) fn current() -> Result<Self> {
        Self::open(std::process::id(), ALL_ACCESS)
    }

    pub(crate) fn open(pid: u32, rights: u32) -> Result<Self> {
        Ok(Self {
            process: commonhold::Process::open(pid)?,
            record: Arc::new(Record { pid }),
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
        Ok(Self {
            process: commonhold::Process::try_from(descriptor)?,
            record: Arc::new(Record { pid }),
            rights,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.record.pid
    }

    pub(crate) fn is_current(&self) -> bool {
        self.record.pid == std::process::id()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.process.wait(commonhold::Timeout::ZERO).unwrap_or(true)
    }

    pub(crate) fn waitable(&self) -> &dyn commonhold::Waitable {
        &self.process
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.process.as_fd()
    }

    pub(crate) fn rights(&self) -> u32 {
        self.rights
    }

    /// Another handle, with at most these rights.
    pub(crate) fn duplicate(&self, rights: Option<u32>) -> Result<Self> {
        let rights = rights.unwrap_or(self.rights);
        if rights & !ALL_ACCESS != 0 {
            return Err(Failure::ACCESS_DENIED);
        }
        let pidfd = rustix::io::fcntl_dupfd_cloexec(&self.process, 0)?;
        Ok(Self {
            process: commonhold::Process::try_from(pidfd)?,
            record: Arc::clone(&self.record),
            rights,
        })
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.record.pid == other.record.pid
    }

    pub(crate) fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        let flags = if inheritable {
            FdFlags::empty()
        } else {
            FdFlags::CLOEXEC
        };
        Ok(rustix::io::fcntl_setfd(&self.process, flags)?)
    }
}

/// The process id that a descriptor of a process is for.
fn pid_of(descriptor: &OwnedFd) -> Result<u32> {
    let path = format!("/proc/self/fdinfo/{}", descriptor.as_raw_fd());
    let info = std::fs::read_to_string(path).map_err(|_| Failure::GEN_FAILURE)?;
    let pid = info.lines().find_map(|line| line.strip_prefix("Pid:"));
    pid.and_then(|pid| pid.trim().parse().ok())
        .ok_or(Failure::INVALID_HANDLE)
}
