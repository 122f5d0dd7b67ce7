//! Events: signaled or not.

use crate::objects::waitable_object;
use crate::platform::{Kind, NewWaitable};
use crate::wait::{Sealed as _, wait_for};
use crate::{Result, Rights, Timeout};

waitable_object! {
    /// A handle to an event, which is signaled or is not.
    ///
    /// An *auto-reset* event lets one waiting thread go each time it is set, and is reset by that. A *manual-reset*
    /// event lets all go while it is signaled. Which it is is said when it is created.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use std::thread;
    /// use commonhold::{Event, Timeout};
    ///
    /// let ready = Event::options().create("ready")?;
    /// thread::scope(|scope| {
    ///     scope.spawn(|| Event::open("ready")?.set());
    ///     ready.wait(Timeout::INFINITE)
    /// })?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateEvent")]
    Event,
    /// Describes an event to create: auto-reset, and not signaled, unless it says otherwise.
    ///
    /// ```
    /// use commonhold::{Event, Timeout};
    /// let open = Event::options().manual_reset(true).signaled(true).create_unnamed()?;
    /// assert!(open.wait(Timeout::ZERO)? && open.wait(Timeout::ZERO)?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    EventOptions,
    { manual_reset: bool = false, signaled: bool = false, },
    type: Event, new: "Event::options()",
    create: "create event" as "CreateEventW", open: "open event" as "OpenEventW",
}

impl EventOptions {
    /// Whether it stays signaled until it is reset, and lets all go until then.
    #[doc(alias = "CREATE_EVENT_MANUAL_RESET")]
    pub fn manual_reset(mut self, manual: bool) -> Self {
        self.manual_reset = manual;
        self
    }

    /// Whether it is signaled from the start.
    #[doc(alias = "CREATE_EVENT_INITIAL_SET")]
    pub fn signaled(mut self, signaled: bool) -> Self {
        self.signaled = signaled;
        self
    }

    #[allow(
        clippy::unnecessary_wraps,
        reason = "the options of other types can be wrong"
    )]
    fn check(&self) -> Result<NewWaitable> {
        Ok(NewWaitable {
            kind: Kind::Event {
                manual: self.manual_reset,
            },
            units: self.signaled.into(),
            owned: false,
            everyone: self.everyone,
        })
    }
}

impl Event {
    /// Signals the event. An auto-reset event lets one waiting thread go, or stays signaled until one comes; a
    /// manual-reset event lets all go, until it is reset.
    ///
    /// To set what is set does nothing, but where another thread already waits for an auto-reset event than the
    /// one that it was set for: then that one is let go, too.
    ///
    /// With nobody waiting this is one atomic operation, and no system call.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::MODIFY_STATE`].
    #[doc(alias = "SetEvent")]
    #[inline]
    pub fn set(&self) -> Result<()> {
        if self.poll_set() {
            return Ok(());
        }
        self.handle.set("set the event")
    }

    /// Signals the event if nobody waits for it and nothing stands in the way: never calls the system.
    ///
    /// `false` says nothing: threads may wait, another may be at the event for a moment, or the handle have no right to
    /// change it. [`set`](Self::set) tells.
    ///
    /// ```
    /// use commonhold::Event;
    /// let ready = Event::options().create_unnamed()?;
    /// assert!(ready.poll_set());
    /// assert!(ready.is_signaled()?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    pub fn poll_set(&self) -> bool {
        self.handle.set_quickly()
    }

    /// Makes the event not signaled. To reset what is reset does nothing.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::MODIFY_STATE`].
    ///
    /// ```
    /// use commonhold::{Event, Timeout};
    /// let gate = Event::options().manual_reset(true).signaled(true).create_unnamed()?;
    /// gate.reset()?;
    /// assert!(!gate.wait(Timeout::ZERO)?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "ResetEvent")]
    pub fn reset(&self) -> Result<()> {
        self.handle
            .require(Rights::MODIFY_STATE, "reset the event")?;
        self.handle.reset();
        Ok(())
    }

    /// Lets those go who wait right now, all of them if it is manual-reset, else one, and leaves it not signaled.
    ///
    /// As Windows' documentation says of its own, it is not to be relied on: a thread that is between two waits,
    /// or was interrupted by a signal, misses it. For ported programs.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::MODIFY_STATE`].
    ///
    /// ```
    /// use commonhold::Event;
    /// let event = Event::options().signaled(true).create_unnamed()?;
    /// event.pulse()?;
    /// assert!(!event.is_signaled()?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "PulseEvent")]
    pub fn pulse(&self) -> Result<()> {
        const TRIED: &str = "pulse the event";
        self.handle.require(Rights::MODIFY_STATE, TRIED)?;
        self.handle.pulse(TRIED)
    }

    /// Takes the event if it is signaled and nothing stands in the way: never sleeps, and asks nothing.
    ///
    /// `false` says nothing: another thread may be at the event for a moment, or the handle have no right to wait.
    /// [`wait`](Self::wait) tells, also without any time.
    ///
    /// ```
    /// use commonhold::Event;
    /// let ready = Event::options().signaled(true).create_unnamed()?;
    /// assert!(ready.poll());
    /// assert!(!ready.poll());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    pub fn poll(&self) -> bool {
        self.handle.take_event_quickly()
    }

    /// Waits until the event is signaled; `false` if time was up before. An auto-reset event is reset by that.
    ///
    /// # Errors
    ///
    /// Those of [`wait_one`](crate::wait_one).
    ///
    /// ```
    /// use std::time::Duration;
    /// use commonhold::Event;
    /// let ready = Event::options().create_unnamed()?;
    /// ready.set()?;
    /// assert!(ready.wait(Duration::from_secs(1))?);
    /// assert!(!ready.wait(Duration::ZERO)?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "WaitForSingleObject")]
    #[inline]
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<bool> {
        if self.handle.take_event_quickly() {
            return Ok(true);
        }
        Ok(wait_for(self.target(), timeout.into())?.index().is_some())
    }

    /// Whether the event is signaled now, which may have changed by the time that this returns.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::QUERY_STATE`].
    #[doc(alias = "NtQueryEvent")]
    pub fn is_signaled(&self) -> Result<bool> {
        self.handle
            .require(Rights::QUERY_STATE, "query the event")?;
        Ok(self.handle.units() > 0)
    }
}
