//! Processes that can be waited for.

use std::fmt;
use std::process::Child;

use crate::platform::{self, AnyTarget};
use crate::wait::{Sealed, Target, wait_for};
use crate::{Result, Timeout, Waitable};

/// A reference to a process, which can be waited for like any object: it is signaled once the process has ended.
///
/// That a process ended is not that it was reaped: whoever started it still calls [`Child::wait`].
///
/// ```
/// use std::process::Command;
/// use commonhold::{Event, Process, Timeout, Wait, wait_any};
/// let mut child = Command::new("true").spawn()?;
/// let process = Process::of(&child)?;
/// let stop = Event::options().create_unnamed()?;
/// assert_eq!(wait_any(&[&stop, &process], Timeout::INFINITE)?, Wait::Signaled(1));
/// assert!(child.wait()?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Process {
    process: platform::Process,
}

impl Process {
    /// The process with this id, which must not have been reaped: ids are used again.
    ///
    /// # Errors
    ///
    /// `INVALID_PARAMETER` if there is none; `TOO_MANY_OPEN_FILES`; `NOT_SUPPORTED` before Linux 5.3.
    ///
    /// ```
    /// use commonhold::{Process, Timeout};
    /// let this = Process::open(std::process::id())?;
    /// assert!(!this.wait(Timeout::ZERO)?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "OpenProcess")]
    pub fn open(pid: u32) -> Result<Self> {
        platform::Process::open(pid).map(|process| Self { process })
    }

    /// A child that was not waited for yet.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub fn of(child: &Child) -> Result<Self> {
        Self::open(child.id())
    }

    /// Waits until the process has ended; `false` if time was up before.
    ///
    /// # Errors
    ///
    /// Those of [`wait_one`](crate::wait_one).
    #[doc(alias = "WaitForSingleObject")]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<bool> {
        Ok(wait_for(self.target(), timeout.into())?.index().is_some())
    }

    pub(crate) fn from_platform(process: platform::Process) -> Self {
        Self { process }
    }

    pub(crate) fn as_platform(&self) -> &platform::Process {
        &self.process
    }

    pub(crate) fn into_platform(self) -> platform::Process {
        self.process
    }
}

impl Sealed for Process {
    fn target(&self) -> Target<'_> {
        Target(AnyTarget::Process(&self.process))
    }
}

impl Waitable for Process {}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").finish_non_exhaustive()
    }
}
