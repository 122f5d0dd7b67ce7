//! Starts a program: a fork, and an exec once the parent lets it go.
//!
//! Between the two the child makes system calls and nothing else: the other threads of the parent, and the locks that
//! they had, are not there. Whatever it needs is made before. It waits for the parent before it becomes the
//! program, so that a process whose handles cannot be made never runs; this is also how one is created suspended.

use std::ffi::{CStr, CString, c_char, c_int};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd, RawFd};
use std::ptr;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, WaitOptions};

use super::line::{self, End};
use super::{private_descriptors, signals, starting};
use crate::failure::{Failure, Result};

/// What is started, and how.
pub(crate) struct Program<'a> {
    /// An absolute path.
    pub(crate) path: &'a CStr,
    pub(crate) arguments: &'a [CString],
    pub(crate) environment: &'a [CString],
    pub(crate) directory: Option<&'a CStr>,
    /// What its descriptors 0 to 2 are: copies, which have other numbers than these.
    pub(crate) standard: &'a [OwnedFd; 3],
    /// Descriptors that it inherits.
    pub(crate) kept: &'a [RawFd],
    /// Whether it also inherits what else is inheritable.
    pub(crate) keeps_others: bool,
    pub(crate) group: Group,
    /// Its nice value, if it is not the parent's.
    pub(crate) nice: Option<i32>,
    /// What it does as soon as it is a process of its own, by system calls.
    pub(crate) sign: &'a dyn Fn() -> Result<(), Errno>,
}

/// Which process group it is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Parents,
    Own,
    /// And a session of its own, without a terminal.
    OwnSession,
}

/// A process that waits to become its program, until it is sent [`GO`]. If the line is dropped, it ends instead.
pub(crate) struct Waiting {
    pub(crate) pid: u32,
    pub(crate) pidfd: OwnedFd,
    pub(crate) line: End,
}

/// How far the child came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Prepare = 1,
    Directory,
    Priority,
    Ready,
    Exec,
}

impl Program<'_> {
    /// Forks, and has the child do all but the exec. Until `starting` is dropped, whoever closes something waits: the child
    /// has copies of this process's views, but no longer of its descriptors.
    pub(crate) fn fork(&self) -> Result<(Waiting, starting::Doing)> {
        let arguments = pointers(self.arguments);
        let environment = pointers(self.environment);
        let (line, childs) = line::open()?;
        let mask = signals::block_all();
        // Until the child has closed what it is not to have.
        let starting = starting::start();
        // SAFETY: the child makes system calls only, and ends in `become_program`.
        let pid = line::starting(|| unsafe { libc::fork() });
        if pid == 0 {
            self.become_program(&arguments, &environment, &line, &childs, &mask);
        }
        let errno = std::io::Error::last_os_error();
        signals::restore(&mask);
        drop(childs);
        let Some(pid) = Pid::from_raw(pid).filter(|_| pid > 0) else {
            let errno = Errno::from_io_error(&errno).unwrap_or(Errno::AGAIN);
            return Err(errno.into());
        };
        // It waits on the line, so the number is still its own.
        let pidfd = match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => pidfd,
            Err(errno) => {
                drop(line);
                let _ = rustix::process::waitpid(Some(pid), WaitOptions::empty());
                return Err(errno.into());
            }
        };
        let pid = pid.as_raw_nonzero().get() as u32;
        let waiting = Waiting { pid, pidfd, line };
        let told = waiting.line.receive().map_err(Failure::from);
        if let Err(failure) = told.and_then(|told| waiting.check(told)) {
            waiting.give_up();
            return Err(failure);
        }
        Ok((waiting, starting))
    }

    /// What the child does. Nothing in here may allocate, lock or panic.
    fn become_program(
        &self,
        arguments: &[*const c_char],
        environment: &[*const c_char],
        parents: &End,
        line: &End,
        mask: &signals::Mask,
    ) -> ! {
        let fail = |step: Step, errno: Errno| -> ! {
            let _ = line::send(line.descriptor(), code(step, Some(errno)));
            exit_at_once(FAILED)
        };
        let or_fail = |step: Step, result: Result<(), Errno>| {
            if let Err(errno) = result {
                fail(step, errno);
            }
        };
        close(parents.descriptor().as_raw_fd());
        signals::forget_handlers();
        or_fail(Step::Prepare, self.join_group());
        if let Some(directory) = self.directory {
            or_fail(Step::Directory, rustix::process::chdir(directory));
        }
        if let Some(nice) = self.nice {
            // Who may not have a higher priority has his own, as on Windows.
            match rustix::process::setpriority_process(None, nice) {
                Ok(()) | Err(Errno::ACCESS | Errno::PERM) => {}
                Err(errno) => fail(Step::Priority, errno),
            }
        }
        or_fail(Step::Prepare, self.keep_descriptors());
        private_descriptors::close_but(line.descriptor().as_raw_fd(), self.kept);
        or_fail(Step::Prepare, (self.sign)());
        let _ = line::send(line.descriptor(), code(Step::Ready, None));
        match line::receive(line.descriptor()) {
            Ok(Some(_)) => {}
            // The parent has given up, or died.
            Ok(None) | Err(_) => exit_at_once(FAILED),
        }
        signals::restore(mask);
        // SAFETY: all three live, the pointers in the arrays as well, and both arrays end in null.
        unsafe { libc::execve(self.path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
        let errno = std::io::Error::last_os_error()
            .raw_os_error()
            .map_or(Errno::NOEXEC, Errno::from_raw_os_error);
        fail(Step::Exec, errno)
    }

    fn join_group(&self) -> Result<(), Errno> {
        match self.group {
            Group::Parents => Ok(()),
            Group::Own => rustix::process::setpgid(None, None),
            Group::OwnSession => rustix::process::setsid().map(drop),
        }
    }

    /// Has the exec close all descriptors but those it is to leave open.
    fn keep_descriptors(&self) -> Result<(), Errno> {
        for (number, source) in (0..).zip(self.standard) {
            // SAFETY: the call takes two numbers; nothing of this process's is at the second that is used again.
            let copied = unsafe { libc::dup2(source.as_raw_fd(), number) };
            if copied < 0 {
                return Err(Errno::BADF);
            }
        }
        if !self.keeps_others {
            private_descriptors::close_on_exec()?;
        }
        for &descriptor in self.kept {
            // SAFETY: the call takes numbers.
            let kept = unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) };
            if kept < 0 {
                return Err(Errno::BADF);
            }
        }
        Ok(())
    }
}

impl Waiting {
    /// Lets the process become its program, and waits until it has; why it could not, otherwise.
    pub(crate) fn run(&self) -> Result<()> {
        self.line.send(GO)?;
        match self.line.receive()? {
            None => Ok(()),
            told => self.check(told),
        }
    }

    /// Has the process end without having been its program, and waits until it has.
    pub(crate) fn give_up(self) {
        drop(self.line);
        let pidfd = WaitId::PidFd(self.pidfd.as_fd());
        let _ = rustix::process::waitid(pidfd, WaitIdOptions::EXITED);
    }

    /// What it says of itself: `None` is that it is gone.
    fn check(&self, told: Option<u32>) -> Result<()> {
        const READY: u32 = Step::Ready as u32;
        const DIRECTORY: u32 = Step::Directory as u32;
        const PRIORITY: u32 = Step::Priority as u32;
        const EXEC: u32 = Step::Exec as u32;
        let (step, errno) = told.map_or((0, 0), |code| (code >> 16, code & 0xffff));
        // Zero is no error, and not to be made one of.
        let errno = match errno {
            0 => Errno::IO,
            errno => Errno::from_raw_os_error(errno as i32),
        };
        tracing::debug!(pid = self.pid, step, %errno, "a process is started");
        let failure = match (step, errno) {
            (READY, _) => return Ok(()),
            (DIRECTORY, _) => Failure::DIRECTORY,
            (PRIORITY, _) => Failure::NOT_SUPPORTED,
            (EXEC, Errno::NOEXEC | Errno::INVAL | Errno::LIBBAD) => Failure::BAD_EXE_FORMAT,
            (EXEC, Errno::TOOBIG) => Failure::FILENAME_EXCED_RANGE,
            (EXEC, Errno::TXTBSY) => Failure::SHARING_VIOLATION,
            (0, _) => Failure::GEN_FAILURE,
            (_, errno) => errno.into(),
        };
        Err(failure)
    }
}

pub(crate) const GO: u32 = 0;

/// Its exit code where it never became its program.
const FAILED: c_int = 127;

fn code(step: Step, errno: Option<Errno>) -> u32 {
    let errno = errno.map_or(0, |errno| errno.raw_os_error() as u32);
    (step as u32) << 16 | errno & 0xffff
}

/// What C takes for an array of strings.
fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    let end = std::iter::once(ptr::null());
    strings.iter().map(|it| it.as_ptr()).chain(end).collect()
}

fn close(descriptor: RawFd) {
    // SAFETY: in the child, which uses this descriptor no more, and drops nothing.
    unsafe { libc::close(descriptor) };
}

fn exit_at_once(code: c_int) -> ! {
    // SAFETY: ends the process, without running anything of the parent's.
    unsafe { libc::_exit(code) }
}

/// A copy of a descriptor whose number is none of 0 to 2.
pub(crate) fn copy_beyond_standard(descriptor: impl AsFd) -> Result<OwnedFd, Errno> {
    rustix::io::fcntl_dupfd_cloexec(descriptor, 3)
}
