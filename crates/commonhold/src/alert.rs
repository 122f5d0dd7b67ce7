//! Alerts: how threads of one process have each other leave a wait.

use std::fmt;

use crate::platform::{self, AnyTarget};
use crate::wait::{Sealed, Target};
use crate::{Result, Waitable};

/// Raised by one thread of the process to have others leave their wait, until it is lowered.
///
/// It is a manual-reset event without a handle: no other process can have it, and it needs no descriptor. It can
/// be waited for as one of several objects, and [`wait_all_unless`](crate::wait_all_unless) takes one beside what it
/// waits for. Windows' alertable waits are made of it.
///
/// ```
/// use commonhold::{Alert, Event, Timeout, Wait, wait_any};
/// let (alert, work) = (Alert::new()?, Event::options().create_unnamed()?);
/// std::thread::scope(|scope| {
///     let worker = scope.spawn(|| wait_any(&[&alert, &work], Timeout::INFINITE));
///     alert.raise()?;
///     assert_eq!(worker.join().unwrap()?, Wait::Signaled(0));
///     Ok::<(), commonhold::Error>(())
/// })?;
/// # Ok::<(), commonhold::Error>(())
/// ```
pub struct Alert {
    alert: platform::Alert,
}

impl Alert {
    /// Makes one that is not raised.
    ///
    /// # Errors
    ///
    /// `NOT_ENOUGH_MEMORY`; `NOT_SUPPORTED` where the system has no robust futexes.
    pub fn new() -> Result<Self> {
        platform::Alert::new().map(|alert| Self { alert })
    }

    /// Has all who wait for it leave their wait, and all who come until it is lowered.
    ///
    /// # Errors
    ///
    /// `NOT_SUPPORTED` where the system has no robust futexes.
    pub fn raise(&self) -> Result<()> {
        self.alert.raise()
    }

    /// Ends that.
    pub fn lower(&self) {
        self.alert.lower();
    }

    /// Whether it is raised.
    pub fn is_raised(&self) -> bool {
        self.alert.is_raised()
    }

    pub(crate) fn as_platform(&self) -> &platform::Alert {
        &self.alert
    }
}

impl Sealed for Alert {
    fn target(&self) -> Target<'_> {
        Target(AnyTarget::Alert(&self.alert))
    }
}

impl Waitable for Alert {}

impl fmt::Debug for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alert")
            .field("is_raised", &self.is_raised())
            .finish()
    }
}
