//! Threads of this process that can be waited for.

use std::fmt;
use std::sync::Arc;

use crate::platform::{self, AnyTarget};
use crate::wait::{Sealed, Target, wait_for};
use crate::{Result, Timeout, Waitable};

/// A reference to a thread of this process, which can be waited for like any object: it is signaled once the
/// thread has ended, however it ended.
///
/// A thread makes it itself, and hands it to those who wait. It is for this process: a process that is forked
/// from it never sees the thread end.
///
/// ```
/// use std::{sync::mpsc, thread};
/// use commonhold::{Thread, Timeout};
/// let (send, receive) = mpsc::channel();
/// thread::spawn(move || send.send(Thread::current()));
/// let other = receive.recv()??;
/// assert!(other.wait(Timeout::INFINITE)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Thread {
    thread: Arc<platform::Thread>,
}

impl Thread {
    /// The calling thread.
    ///
    /// Where the last reference is dropped by another thread before this one has ended, two pages of memory stay
    /// until it has.
    ///
    /// # Errors
    ///
    /// `NOT_ENOUGH_MEMORY`; `NOT_SUPPORTED` where the system has no robust futexes.
    #[doc(alias = "GetCurrentThread")]
    pub fn current() -> Result<Self> {
        let thread = Arc::new(platform::Thread::current()?);
        Ok(Self { thread })
    }

    /// Waits until the thread has ended; `false` if time was up before.
    ///
    /// # Errors
    ///
    /// Those of [`wait_one`](crate::wait_one).
    #[doc(alias = "WaitForSingleObject")]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<bool> {
        Ok(wait_for(self.target(), timeout.into())?.index().is_some())
    }
}

impl Sealed for Thread {
    fn target(&self) -> Target<'_> {
        Target(AnyTarget::Thread(&self.thread))
    }
}

impl Waitable for Thread {}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").finish_non_exhaustive()
    }
}
