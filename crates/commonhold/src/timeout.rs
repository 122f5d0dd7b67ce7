//! How long to wait.

use std::time::Duration;

/// How long to wait: a [`Duration`], or for ever. Durations go by the monotonic clock.
///
/// Whatever waits takes a `Duration`, an `Option<Duration>`, where `None` is for ever, or one of these.
///
/// ```
/// use std::time::Duration;
/// use commonhold::{Event, Timeout};
/// let ready = Event::options().create_unnamed()?;
/// assert!(!ready.wait(Timeout::ZERO)?);
/// assert!(!ready.wait(Duration::from_millis(1))?);
/// ready.set()?;
/// assert!(ready.wait(Timeout::INFINITE)?);
/// # Ok::<(), commonhold::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "dwMilliseconds")]
pub struct Timeout(Option<Duration>);

impl Timeout {
    /// For ever.
    pub const INFINITE: Self = Self(None);
    /// Not at all: only what is there at once is taken.
    pub const ZERO: Self = Self(Some(Duration::ZERO));

    pub(crate) fn duration(self) -> Option<Duration> {
        self.0
    }
}

impl From<Duration> for Timeout {
    fn from(timeout: Duration) -> Self {
        Self(Some(timeout))
    }
}

impl From<Option<Duration>> for Timeout {
    fn from(timeout: Option<Duration>) -> Self {
        Self(timeout)
    }
}
