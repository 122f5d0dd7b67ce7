//! Processes that can be waited for, by their pidfd.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::FileType;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags};

use super::primitive;
use crate::platform::linux::errno::refused;
use crate::{Error, ErrorCode, Result};

/// A reference to a process.
pub(crate) struct Process {
    pidfd: OwnedFd,
    has_ended: AtomicBool,
}

impl Process {
    pub(crate) fn open(pid: u32) -> Result<Self> {
        const TRIED: &str = "open the process";
        let none = || {
            Error::new(ErrorCode::INVALID_PARAMETER, TRIED)
                .because(format!("there is no process {pid}"))
        };
        let id = i32::try_from(pid)
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(none)?;
        match rustix::process::pidfd_open(id, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self::new(pidfd)),
            // A thread's id is no process's.
            Err(Errno::SRCH | Errno::INVAL | Errno::NOENT) => Err(none()),
            Err(errno) => Err(refused(errno, TRIED)),
        }
    }

    /// Takes over a descriptor, which may be anything.
    pub(crate) fn adopt(pidfd: OwnedFd) -> Result<Self> {
        const TRIED: &str = "adopt the process's descriptor";
        let not_one = || {
            Error::new(ErrorCode::INVALID_HANDLE, TRIED)
                .because("the descriptor is not of a process (pidfd_open)")
        };
        // A directory of /proc would do for the next call, and is always readable.
        let is_directory = rustix::fs::fstat(&pidfd)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
        if is_directory {
            return Err(not_one());
        }
        // Signal 0 asks whether there is a process, and nothing else; of another descriptor the kernel says EBADF.
        // SAFETY: the call takes numbers and a null pointer.
        let sent = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                std::os::fd::AsRawFd::as_raw_fd(&pidfd),
                0,
                std::ptr::null::<libc::siginfo_t>(),
                0,
            )
        };
        let refused = std::io::Error::last_os_error();
        if sent != 0 && Errno::from_io_error(&refused).is_none_or(|errno| errno == Errno::BADF) {
            return Err(not_one());
        }
        Ok(Self::new(pidfd))
    }

    fn new(pidfd: OwnedFd) -> Self {
        Self {
            pidfd,
            has_ended: AtomicBool::new(false),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire) || self.poll(Some(0))
    }

    /// Sleeps until the process has ended, a signal's handler has run, or it is that time.
    pub(super) fn sleep(&self, until: Option<u64>) {
        self.poll(until.map(|until| until.saturating_sub(primitive::now())));
    }

    fn poll(&self, nanoseconds: Option<u64>) -> bool {
        let timeout = nanoseconds
            .and_then(|nanoseconds| Timespec::try_from(Duration::from_nanos(nanoseconds)).ok());
        let mut one = [PollFd::new(&self.pidfd, PollFlags::IN)];
        let has_ended =
            rustix::event::poll(&mut one, timeout.as_ref()).is_ok_and(|ready| ready > 0);
        if has_ended {
            self.has_ended.store(true, Ordering::Release);
        }
        has_ended
    }

    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.pidfd
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
