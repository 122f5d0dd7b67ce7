//! Waiting for one, any or all of several objects.

use crate::platform::{self, AnyTarget, MOST, Taken};
use crate::{Alert, Error, ErrorCode, Event, Mutex, Result, Rights, Semaphore, Timeout};

/// The most objects that one wait is for.
///
/// Windows has 64; Linux sleeps on 128 at once. A wait for more is refused with `INVALID_PARAMETER`.
pub const MAXIMUM_WAIT_OBJECTS: usize = MOST;

/// What can be waited for: [`Mutex`], [`Semaphore`], [`Event`], [`Timer`](crate::Timer),
/// [`Process`](crate::Process) and [`Thread`](crate::Thread).
///
/// To wait for an object successfully is to take it: a mutex is owned then, a semaphore counts one less, an
/// auto-reset event or timer is reset. Manual-reset ones, processes and threads stay as they are.
pub trait Waitable: Sealed {}

/// What others cannot implement, and need not see.
pub trait Sealed {
    #[doc(hidden)]
    fn target(&self) -> Target<'_>;
}

/// What a wait is for, in the platform's terms.
#[derive(Clone, Copy)]
pub struct Target<'a>(pub(crate) AnyTarget<'a>);

/// How a wait ended.
///
/// ```
/// use commonhold::{Event, Timeout, Wait, wait_any};
/// let (ready, stop) = (Event::options().create_unnamed()?, Event::options().create_unnamed()?);
/// stop.set()?;
/// match wait_any(&[&ready, &stop], Timeout::INFINITE)? {
///     Wait::Signaled(0) => unreachable!("nobody set it"),
///     Wait::Signaled(_) => println!("stopping"),
///     Wait::Abandoned(_) | Wait::TimedOut => unreachable!("there is no mutex, and no limit"),
/// }
/// # Ok::<(), commonhold::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "it tells which object was taken, if any was"]
pub enum Wait {
    /// The object at this place was taken; all of them, if the wait was for all, and the place is 0.
    #[doc(alias = "WAIT_OBJECT_0")]
    Signaled(usize),
    /// The same, and it is a mutex whose last owner ended without releasing it: what it guards may be half
    /// done. If the wait was for all, at least one of them is, and the place is 0.
    #[doc(alias = "WAIT_ABANDONED_0")]
    Abandoned(usize),
    /// Time was up before, and nothing was taken.
    #[doc(alias = "WAIT_TIMEOUT")]
    TimedOut,
}

impl Wait {
    #[inline]
    fn new(taken: Option<(usize, Taken)>) -> Self {
        match taken {
            Some((index, Taken::Abandoned)) => Self::Abandoned(index),
            Some((index, _)) => Self::Signaled(index),
            None => Self::TimedOut,
        }
    }

    /// The place of the object that was taken; `None` if time was up before.
    #[inline]
    pub fn index(self) -> Option<usize> {
        match self {
            Self::Signaled(index) | Self::Abandoned(index) => Some(index),
            Self::TimedOut => None,
        }
    }
}

/// Waits for one object, and takes it. The place in the answer is 0.
///
/// # Errors
///
/// `ACCESS_DENIED` if the handle has no right to ([`Rights::SYNCHRONIZE`]); `MUTANT_LIMIT_EXCEEDED` for a mutex that
/// the thread owns 2³¹ − 1 times; `NOT_SUPPORTED` where the system has no robust futexes.
///
/// ```
/// use std::time::Duration;
/// use commonhold::{Semaphore, Wait, wait_one};
/// let slots = Semaphore::options().count(1).create_unnamed()?;
/// assert_eq!(wait_one(&slots, Duration::from_secs(1))?, Wait::Signaled(0));
/// assert_eq!(wait_one(&slots, Duration::ZERO)?, Wait::TimedOut);
/// # Ok::<(), commonhold::Error>(())
/// ```
#[doc(alias = "WaitForSingleObject")]
pub fn wait_one(object: &dyn Waitable, timeout: impl Into<Timeout>) -> Result<Wait> {
    wait_for(object.target(), timeout.into())
}

pub(crate) fn wait_for(target: Target<'_>, timeout: Timeout) -> Result<Wait> {
    let taken = platform::wait_for_one(target.0, timeout.duration())?;
    Ok(Wait::new(taken.map(|taken| (0, taken))))
}

/// Waits until any of the objects can be taken, and takes it and no other. Of several that can be, it is the first.
///
/// # Errors
///
/// `INVALID_PARAMETER` for no object, or more than [`MAXIMUM_WAIT_OBJECTS`]; those of [`wait_one`].
///
/// ```
/// use commonhold::{Event, Timeout, Wait, wait_any};
/// let first = Event::options().create_unnamed()?;
/// let second = Event::options().signaled(true).create_unnamed()?;
/// assert_eq!(wait_any(&[&first, &second], Timeout::ZERO)?, Wait::Signaled(1));
/// assert_eq!(wait_any(&[&first, &second], Timeout::ZERO)?, Wait::TimedOut);
/// # Ok::<(), commonhold::Error>(())
/// ```
#[doc(alias = "WaitForMultipleObjects")]
pub fn wait_any(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Wait> {
    let targets = targets(objects, "wait for any of several objects")?;
    platform::wait_for_any(targets, timeout.into().duration()).map(Wait::new)
}

/// Waits until all of the objects can be taken at one moment, and takes them all. Before that none is.
///
/// # Errors
///
/// `INVALID_PARAMETER` for no object, more than [`MAXIMUM_WAIT_OBJECTS`], or the same object twice, be it by
/// two handles; those of [`wait_one`].
///
/// ```
/// use commonhold::{Event, Semaphore, Timeout, Wait, wait_all};
/// let ready = Event::options().create_unnamed()?;
/// let slots = Semaphore::options().count(1).create_unnamed()?;
/// assert_eq!(wait_all(&[&ready, &slots], Timeout::ZERO)?, Wait::TimedOut);
/// assert_eq!(slots.count()?, 1, "nothing was taken");
/// ready.set()?;
/// assert_eq!(wait_all(&[&ready, &slots], Timeout::ZERO)?, Wait::Signaled(0));
/// # Ok::<(), commonhold::Error>(())
/// ```
#[doc(alias = "WaitForMultipleObjects")]
pub fn wait_all(objects: &[&dyn Waitable], timeout: impl Into<Timeout>) -> Result<Wait> {
    wait_all_as(objects, timeout.into(), None)
}

/// Waits as [`wait_all`] does, and until the alert is raised: then nothing is taken, as when time is up.
///
/// With [`wait_any`] and [`wait_one`] an alert is simply one more object to wait for.
///
/// # Errors
///
/// Those of [`wait_all`].
///
/// ```
/// use commonhold::{Alert, Event, Timeout, Wait, wait_all_unless};
/// let never = Event::options().create_unnamed()?;
/// let alert = Alert::new()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| alert.raise());
///     assert_eq!(wait_all_unless(&[&never], &alert, Timeout::INFINITE)?, Wait::TimedOut);
///     Ok::<(), commonhold::Error>(())
/// })?;
/// assert!(alert.is_raised());
/// # Ok::<(), commonhold::Error>(())
/// ```
#[doc(alias = "WaitForMultipleObjectsEx")]
pub fn wait_all_unless(
    objects: &[&dyn Waitable],
    alert: &Alert,
    timeout: impl Into<Timeout>,
) -> Result<Wait> {
    wait_all_as(objects, timeout.into(), Some(alert.as_platform()))
}

fn wait_all_as(
    objects: &[&dyn Waitable],
    timeout: Timeout,
    alert: Option<&platform::Alert>,
) -> Result<Wait> {
    let targets = targets(objects, "wait for all of several objects")?;
    let taken = platform::wait_for_all(targets, timeout.duration(), alert)?;
    Ok(Wait::new(taken.map(|taken| (0, taken))))
}

fn targets<'a>(
    objects: &[&'a dyn Waitable],
    tried: &'static str,
) -> Result<impl Iterator<Item = AnyTarget<'a>>> {
    if objects.is_empty() || objects.len() > MOST {
        return Err(
            Error::new(ErrorCode::INVALID_PARAMETER, tried).because(format!(
                "one wait is for 1 to {MOST} objects, and not for {}",
                objects.len()
            )),
        );
    }
    Ok(objects.iter().map(|object| object.target().0))
}

/// What [`signal_and_wait`] can signal: an [`Event`], a [`Semaphore`], a [`Mutex`].
pub trait Signal: Waitable {
    /// Sets the event, releases one unit of the semaphore, or releases the mutex.
    ///
    /// # Errors
    ///
    /// Those of [`Event::set`], [`Semaphore::release`] and [`Mutex::release`].
    fn signal(&self) -> Result<()>;
}

impl Signal for Event {
    fn signal(&self) -> Result<()> {
        self.set()
    }
}

impl Signal for Semaphore {
    fn signal(&self) -> Result<()> {
        self.release(1).map(drop)
    }
}

impl Signal for Mutex {
    fn signal(&self) -> Result<()> {
        self.release()
    }
}

/// Signals one object, and waits for another. They may be one and the same.
///
/// It is a signal and then a wait: others may run between the two. If time is up, the signal was made.
///
/// # Errors
///
/// Those of [`wait_one`] about rights, and those of [`Signal::signal`], with nothing signaled and nothing waited
/// for.
///
/// ```
/// use std::time::Duration;
/// use commonhold::{Event, Wait, signal_and_wait};
/// let (request, reply) = (Event::options().create_unnamed()?, Event::options().create_unnamed()?);
/// assert_eq!(signal_and_wait(&request, &reply, Duration::from_millis(1))?, Wait::TimedOut);
/// assert!(request.is_signaled()?);
/// # Ok::<(), commonhold::Error>(())
/// ```
#[doc(alias = "SignalObjectAndWait")]
pub fn signal_and_wait(
    signal: &dyn Signal,
    wait: &dyn Waitable,
    timeout: impl Into<Timeout>,
) -> Result<Wait> {
    let target = wait.target();
    if let AnyTarget::Object(handle) = target.0 {
        handle.require(Rights::SYNCHRONIZE, "wait")?;
    }
    signal.signal()?;
    wait_for(target, timeout.into())
}
