//! Semaphores: a count of units.

use crate::objects::waitable_object;
use crate::platform::{Kind, MAXIMUM_COUNT, NewWaitable};
use crate::wait::{Sealed as _, wait_for};
use crate::{Error, ErrorCode, Result, Rights, Timeout};

waitable_object! {
    /// A handle to a semaphore, which counts units: each wait takes one, and sleeps while there is none.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::{Semaphore, Timeout};
    ///
    /// // At most two at once, in all processes.
    /// let slots = Semaphore::options().count(2).maximum(2).create("slots")?;
    /// assert!(slots.acquire(Timeout::INFINITE)?);
    /// // ...
    /// assert_eq!(slots.release(1)?, 1, "the count before");
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateSemaphore")]
    Semaphore,
    /// Describes a semaphore to create: without units, and with as many to come as can be counted, unless it says
    /// otherwise.
    ///
    /// ```
    /// use commonhold::{ErrorCode, Semaphore};
    /// let refused = Semaphore::options().count(3).maximum(2).create_unnamed().unwrap_err();
    /// assert_eq!(refused.code(), ErrorCode::INVALID_PARAMETER);
    /// ```
    SemaphoreOptions,
    { count: u32 = 0, maximum: u32 = MAXIMUM_COUNT, },
    type: Semaphore, new: "Semaphore::options()",
    create: "create semaphore" as "CreateSemaphoreW", open: "open semaphore" as "OpenSemaphoreW",
}

impl SemaphoreOptions {
    /// How many units there are at first.
    #[doc(alias = "lInitialCount")]
    pub fn count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// The most units that it counts, from 1 to 2³¹ − 1, which it is if nothing is said.
    #[doc(alias = "lMaximumCount")]
    pub fn maximum(mut self, maximum: u32) -> Self {
        self.maximum = maximum;
        self
    }

    fn check(&self) -> Result<NewWaitable> {
        let maximum = self.maximum;
        if !(1..=MAXIMUM_COUNT).contains(&maximum) || self.count > maximum {
            return Err(Error::new(ErrorCode::INVALID_PARAMETER, "create semaphore").because(format!(
                "its count starts at {}, of a maximum of {maximum}, which is from 1 to {MAXIMUM_COUNT}",
                self.count
            )));
        }
        Ok(NewWaitable {
            kind: Kind::Semaphore { maximum },
            units: self.count,
            owned: false,
            everyone: self.everyone,
        })
    }
}

impl Semaphore {
    /// Takes a unit if there is one and nothing stands in the way: never sleeps, and asks nothing.
    ///
    /// `false` says nothing: another thread may be at the semaphore for a moment, or the handle have no right to wait.
    /// [`acquire`](Self::acquire) tells, also without any time.
    ///
    /// ```
    /// use commonhold::Semaphore;
    /// let slots = Semaphore::options().count(1).create_unnamed()?;
    /// assert!(slots.poll());
    /// assert!(!slots.poll());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    pub fn poll(&self) -> bool {
        self.handle.take_unit_quickly()
    }

    /// Takes a unit, and waits until there is one; `false` if time was up before.
    ///
    /// # Errors
    ///
    /// Those of [`wait_one`](crate::wait_one).
    ///
    /// ```
    /// use std::time::Duration;
    /// use commonhold::Semaphore;
    /// let slots = Semaphore::options().count(1).create_unnamed()?;
    /// assert!(slots.acquire(Duration::from_secs(1))?);
    /// assert!(!slots.acquire(Duration::ZERO)?);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "WaitForSingleObject")]
    #[inline]
    pub fn acquire(&self, timeout: impl Into<Timeout>) -> Result<bool> {
        if self.handle.take_unit_quickly() {
            return Ok(true);
        }
        Ok(wait_for(self.target(), timeout.into())?.index().is_some())
    }

    /// Adds units, and tells how many there were before. As many waiting threads are let go.
    ///
    /// # Errors
    ///
    /// `TOO_MANY_POSTS` if there would be more than the maximum, and then none is added; `INVALID_PARAMETER` for no
    /// unit; `ACCESS_DENIED` without [`Rights::MODIFY_STATE`].
    ///
    /// ```
    /// use commonhold::{ErrorCode, Semaphore};
    /// let slots = Semaphore::options().maximum(2).create_unnamed()?;
    /// assert_eq!(slots.release(2)?, 0);
    /// assert_eq!(slots.release(1).unwrap_err().code(), ErrorCode::TOO_MANY_POSTS);
    /// assert_eq!(slots.count()?, 2);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "ReleaseSemaphore")]
    #[inline]
    pub fn release(&self, units: u32) -> Result<u32> {
        if let Some(before) = self.poll_release(units) {
            return Ok(before);
        }
        self.release_slowly(units)
    }

    /// Adds units if nobody waits for them and nothing stands in the way, and tells how many there were before: never
    /// calls the system.
    ///
    /// `None` says nothing: threads may wait, another may be at the semaphore for a moment, or the units be what cannot
    /// be added. [`release`](Self::release) tells.
    ///
    /// ```
    /// use commonhold::Semaphore;
    /// let slots = Semaphore::options().maximum(2).create_unnamed()?;
    /// assert_eq!(slots.poll_release(2), Some(0));
    /// assert_eq!(slots.poll_release(1), None);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    pub fn poll_release(&self, units: u32) -> Option<u32> {
        self.handle.add_units_quickly(units)
    }

    #[cold]
    fn release_slowly(&self, units: u32) -> Result<u32> {
        const TRIED: &str = "release the semaphore";
        self.handle.require(Rights::MODIFY_STATE, TRIED)?;
        if units == 0 || units > MAXIMUM_COUNT {
            return Err(Error::new(ErrorCode::INVALID_PARAMETER, TRIED)
                .because(format!("{units} is not from 1 to {MAXIMUM_COUNT}")));
        }
        self.handle
            .add_units(units, TRIED)?
            .ok_or_else(|| Error::new(ErrorCode::TOO_MANY_POSTS, TRIED))
    }

    /// How many units there are now, which may have changed by the time that this returns.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::QUERY_STATE`].
    #[doc(alias = "NtQuerySemaphore")]
    pub fn count(&self) -> Result<u32> {
        self.handle
            .require(Rights::QUERY_STATE, "query the semaphore")?;
        Ok(self.handle.units())
    }

    /// The most units that it counts.
    pub fn maximum(&self) -> u32 {
        match self.handle.kind() {
            Kind::Semaphore { maximum } => maximum,
            _ => 0,
        }
    }
}
