//! Waitable timers: signaled at a time.

use std::time::{Duration, SystemTime};

use crate::objects::waitable_object;
use crate::platform::{Kind, NewWaitable, Setting};
use crate::wait::{Sealed as _, wait_for};
use crate::{Error, ErrorCode, Result, Rights, Timeout};

waitable_object! {
    /// A handle to a timer, which is signaled when its time has come.
    ///
    /// An *auto-reset* timer (Windows: synchronization timer) lets one waiting thread go each time; a
    /// *manual-reset* timer lets all go until it is set anew.
    ///
    /// ```
    /// use std::time::Duration;
    /// use commonhold::{Timeout, Timer};
    /// let tick = Timer::options().create_unnamed()?;
    /// tick.set(Duration::from_millis(1), Duration::from_millis(1))?;
    /// for _ in 0..3 {
    ///     assert!(tick.wait(Timeout::INFINITE)?);
    /// }
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateWaitableTimer")]
    Timer,
    /// Describes a timer to create: auto-reset, unless it says otherwise, and not set.
    TimerOptions,
    { manual_reset: bool = false, },
    type: Timer, new: "Timer::options()",
    create: "create timer" as "CreateWaitableTimerW", open: "open timer" as "OpenWaitableTimerW",
}

impl TimerOptions {
    /// Whether it stays signaled until it is set anew, and lets all go until then.
    ///
    /// ```
    /// use std::time::Duration;
    /// use commonhold::{Timeout, Timer};
    /// let over = Timer::options().manual_reset(true).create_unnamed()?;
    /// over.set(Duration::ZERO, Duration::ZERO)?;
    /// assert!(over.wait(Timeout::ZERO)? && over.wait(Timeout::ZERO)?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CREATE_WAITABLE_TIMER_MANUAL_RESET")]
    pub fn manual_reset(mut self, manual: bool) -> Self {
        self.manual_reset = manual;
        self
    }

    #[allow(
        clippy::unnecessary_wraps,
        reason = "the options of other types can be wrong"
    )]
    fn check(&self) -> Result<NewWaitable> {
        Ok(NewWaitable {
            kind: Kind::Timer {
                manual: self.manual_reset,
            },
            units: 0,
            owned: false,
            everyone: self.everyone,
        })
    }
}

/// When a timer is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "lpDueTime")]
pub enum Due {
    /// After this long, by the monotonic clock, whatever happens to the wall clock.
    After(Duration),
    /// At this time, by the wall clock, wherever that is set to meanwhile. If it has passed, at once.
    At(SystemTime),
}

impl From<Duration> for Due {
    fn from(after: Duration) -> Self {
        Self::After(after)
    }
}

impl From<SystemTime> for Due {
    fn from(at: SystemTime) -> Self {
        Self::At(at)
    }
}

/// The longest period: 2³¹ − 1 milliseconds.
const LONGEST_PERIOD: u128 = i32::MAX as u128;

impl Timer {
    /// Sets the timer: a [`Duration`] from now, or to a [`SystemTime`]; and then again each period, if that is not
    /// zero. It is not signaled until then, whatever it was before.
    ///
    /// Periods are in milliseconds, to which they are rounded up, and at most 2³¹ − 1 of them. What became due
    /// several times before anybody waited is signaled once.
    ///
    /// A change of the wall clock is noticed at once by who begins to wait, and within a second by who waits.
    ///
    /// # Errors
    ///
    /// `INVALID_PARAMETER` for a longer period; `ACCESS_DENIED` without [`Rights::MODIFY_STATE`].
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use commonhold::{Timeout, Timer};
    /// let timer = Timer::options().create_unnamed()?;
    /// timer.set(SystemTime::now() + Duration::from_secs(3600), Duration::ZERO)?;
    /// assert!(!timer.wait(Timeout::ZERO)?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "SetWaitableTimer")]
    pub fn set(&self, due: impl Into<Due>, period: Duration) -> Result<()> {
        const TRIED: &str = "set the timer";
        self.handle.require(Rights::MODIFY_STATE, TRIED)?;
        let milliseconds = period.as_nanos().div_ceil(1_000_000);
        if milliseconds > LONGEST_PERIOD {
            return Err(
                Error::new(ErrorCode::INVALID_PARAMETER, TRIED).because(format!(
                    "a period has at most {LONGEST_PERIOD} ms, and not {milliseconds}"
                )),
            );
        }
        let period = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX));
        let setting = match due.into() {
            Due::After(after) => Setting::after(after, period),
            Due::At(at) => Setting::at(at, period),
        };
        self.handle.set_timer(Some(setting), TRIED)
    }

    /// Stops the timer. Whether it is signaled stays as it is.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::MODIFY_STATE`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use commonhold::{Timeout, Timer};
    /// let timer = Timer::options().create_unnamed()?;
    /// timer.set(Duration::from_millis(1), Duration::ZERO)?;
    /// timer.cancel()?;
    /// assert_eq!(timer.due_in()?, None);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CancelWaitableTimer")]
    pub fn cancel(&self) -> Result<()> {
        const TRIED: &str = "cancel the timer";
        self.handle.require(Rights::MODIFY_STATE, TRIED)?;
        self.handle.set_timer(None, TRIED)
    }

    /// Waits until the timer is signaled; `false` if time was up before. An auto-reset timer is reset by that.
    ///
    /// # Errors
    ///
    /// Those of [`wait_one`](crate::wait_one).
    #[doc(alias = "WaitForSingleObject")]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<bool> {
        Ok(wait_for(self.target(), timeout.into())?.index().is_some())
    }

    /// Whether the timer is signaled now.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::QUERY_STATE`].
    #[doc(alias = "NtQueryTimer")]
    pub fn is_signaled(&self) -> Result<bool> {
        Ok(self.query()?.1)
    }

    /// How long it is until the timer is due next; `None` if it is not set, or was due and has no period.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::QUERY_STATE`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use commonhold::Timer;
    /// let timer = Timer::options().create_unnamed()?;
    /// timer.set(Duration::from_secs(60), Duration::ZERO)?;
    /// assert!(timer.due_in()?.is_some_and(|left| left <= Duration::from_secs(60)));
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "NtQueryTimer")]
    pub fn due_in(&self) -> Result<Option<Duration>> {
        Ok(self.query()?.0.map(Setting::left))
    }

    fn query(&self) -> Result<(Option<Setting>, bool)> {
        const TRIED: &str = "query the timer";
        self.handle.require(Rights::QUERY_STATE, TRIED)?;
        self.handle.query_timer(TRIED)
    }
}
