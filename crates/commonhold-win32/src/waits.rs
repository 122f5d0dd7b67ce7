//! Waiting for what handles refer to.
//!
//! A wait first looks whether it has to wait at all, while nobody can close the handles. If it has to, it takes what it
//! needs of them that lasts: of an object, not its name. So a handle can be closed by another thread meanwhile.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arrayvec::ArrayVec;
use commonhold::os::linux::{AnyObject, Polled};
use commonhold::{
    Alert, Wait, WaitReference, Waitable, wait_all, wait_all_unless, wait_any, wait_one,
};

use crate::failure::{Failure, Result};
use crate::handles::duplicate::resolve;
use crate::handles::{self, Entry, Handle, Look, Object};
use crate::threads::{self, timers};
use crate::{standard, waitables};

/// `MAXIMUM_WAIT_OBJECTS`.
pub(crate) const MOST: usize = 64;

const WAIT_OBJECT: u32 = 0;
const WAIT_ABANDONED: u32 = 0x80;
const WAIT_IO_COMPLETION: u32 = 0xc0;
const WAIT_TIMEOUT: u32 = 0x102;
pub(crate) const WAIT_FAILED: u32 = 0xffff_ffff;
const INFINITE: u32 = 0xffff_ffff;

const SYNCHRONIZE: u32 = 0x10_0000;

/// How long a wait lasts at most, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) u32);

impl Limit {
    const NONE: Self = Self(0);

    fn timeout(self) -> Option<Duration> {
        let time = Duration::from_millis(self.0.into());
        (self.0 != INFINITE).then_some(time)
    }
}

/// What C is told.
#[inline]
fn code(wait: Wait) -> u32 {
    let index = |index: usize| u32::try_from(index).unwrap_or(0);
    match wait {
        Wait::Signaled(at) => index(at),
        Wait::Abandoned(at) => WAIT_ABANDONED + index(at),
        Wait::TimedOut => WAIT_TIMEOUT,
    }
}

impl Entry {
    /// The object, if it can be waited for, and by this handle.
    fn waitable(&self) -> Result<&dyn Waitable> {
        Ok(match &self.object {
            // Handles to sections never have the right to.
            Object::Shared(AnyObject::Section(_)) => return Err(Failure::ACCESS_DENIED),
            Object::Shared(AnyObject::Mutex(mutex)) => mutex,
            Object::Shared(AnyObject::Semaphore(semaphore)) => semaphore,
            Object::Shared(AnyObject::Event(event)) => event,
            Object::Shared(AnyObject::Timer(timer)) => timer,
            Object::Process(process) => {
                self.require(SYNCHRONIZE)?;
                process.waitable()
            }
            Object::Thread(thread) => {
                self.require(SYNCHRONIZE)?;
                thread.waitable()
            }
            Object::File(_) => signaled()?,
        })
    }
}

/// What stands for a file: nothing is ever going on with it when a call returns.
fn signaled() -> Result<&'static Alert> {
    static SIGNALED: OnceLock<Alert> = OnceLock::new();
    if let Some(alert) = SIGNALED.get() {
        return Ok(alert);
    }
    let alert = Alert::new()?;
    alert.raise()?;
    // Nothing is done by who initializes it that a fork could find half done.
    Ok(SIGNALED.get_or_init(|| alert))
}

/// What lasts of a handle while it is waited for.
enum Target {
    Object(WaitReference),
    Other(Arc<Entry>),
}

impl Entry {
    /// What lasts of an object; `None` of what is no object of this library's.
    fn wait_reference(&self) -> Option<WaitReference> {
        match &self.object {
            Object::Shared(AnyObject::Mutex(mutex)) => Some(mutex.wait_reference()),
            Object::Shared(AnyObject::Semaphore(semaphore)) => Some(semaphore.wait_reference()),
            Object::Shared(AnyObject::Event(event)) => Some(event.wait_reference()),
            Object::Shared(AnyObject::Timer(timer)) => Some(timer.wait_reference()),
            _ => None,
        }
    }
}

impl Target {
    fn of(handle: Handle) -> Result<Self> {
        if !is_constant(handle) {
            // The entry itself is left alone: a count in it would be a line that other threads use the object by.
            if let Some(reference) = handles::look(handle, |entry| Ok(entry.wait_reference()))? {
                return Ok(Self::Object(reference));
            }
        }
        let entry = resolve(handle)?;
        entry.waitable()?;
        Ok(Self::Other(entry))
    }

    fn waitable(&self) -> Result<&dyn Waitable> {
        match self {
            Self::Object(reference) => Ok(reference),
            Self::Other(entry) => entry.waitable(),
        }
    }
}

/// Takes one object, if that is a matter of a moment; says nothing of why it cannot.
#[inline]
pub(crate) fn one_at_once(handle: Handle) -> Option<u32> {
    let taken = |is_taken: bool| is_taken.then_some(WAIT_OBJECT);
    handles::glance(handle, |entry| match &entry.object {
        Object::Shared(AnyObject::Event(event)) => taken(event.poll()),
        Object::Shared(AnyObject::Semaphore(semaphore)) => taken(semaphore.poll()),
        Object::Shared(object) => taken(object.poll() == Polled::Taken(0)),
        _ => None,
    })
}

/// How often a wait glances before it takes what lasts: for about as long as that takes. Much of what is waited for comes
/// within it, from a thread that runs at the same time, and then nothing was counted.
const GLANCES: u32 = 20;

/// Waits for one object.
pub(crate) fn one(handle: Handle, limit: Limit, alertable: bool) -> Result<u32> {
    if limit != Limit::NONE {
        for _ in 0..GLANCES {
            std::hint::spin_loop();
            if let Some(taken) = one_at_once(handle) {
                return Ok(taken);
            }
        }
    }
    let target = Target::of(standard::resolve(handle))?;
    let waitable = target.waitable()?;
    if alertable {
        return alertably(&[waitable], false, limit);
    }
    Ok(code(wait_one(waitable, limit.timeout())?))
}

/// Whether it is a pseudo handle, or stands for a standard handle.
fn is_constant(handle: Handle) -> bool {
    const STANDARD_ERROR: u32 = -12_i32 as u32;
    #[allow(clippy::cast_possible_truncation, reason = "constants have 32 bits")]
    let constant = handle.0 as u32;
    constant >= STANDARD_ERROR
}

/// Waits for any of several objects, or for all.
pub(crate) fn several(handles: &[Handle], all: bool, limit: Limit, alertable: bool) -> Result<u32> {
    if handles.is_empty() || handles.len() > MOST {
        return Err(Failure::INVALID_PARAMETER);
    }
    if !all {
        match any_at_a_glance(handles) {
            Polled::Taken(index) => return Ok(code(Wait::Signaled(index))),
            Polled::Unavailable if limit == Limit::NONE && !alertable => return Ok(WAIT_TIMEOUT),
            Polled::Unavailable | Polled::Unclear => {}
        }
    }
    match several_at_once(handles, all)? {
        Some(Wait::TimedOut) if limit != Limit::NONE || alertable => {}
        Some(taken) => return Ok(code(taken)),
        None => {}
    }
    let targets: ArrayVec<Target, MOST> = handles
        .iter()
        .map(|&handle| match handle {
            Handle::CURRENT_PROCESS | Handle::CURRENT_THREAD => Err(Failure::INVALID_HANDLE),
            handle => Target::of(standard::resolve(handle)),
        })
        .collect::<Result<_>>()?;
    let waitables: Waitables<'_> = targets
        .iter()
        .map(Target::waitable)
        .collect::<Result<_>>()?;
    if alertable {
        return alertably(&waitables, all, limit);
    }
    wait(&waitables, all, limit.timeout()).map(code)
}

/// Takes the first that is there to be taken.
fn any_at_a_glance(handles: &[Handle]) -> Polled {
    let look = Look::begin();
    let mut objects = ArrayVec::<&AnyObject, MOST>::new();
    for &handle in handles {
        match look.at(handle) {
            Some(Entry {
                object: Object::Shared(object),
                ..
            }) => objects.push(object),
            _ => return Polled::Unclear,
        }
    }
    AnyObject::poll_any(&objects)
}

/// Takes what can be had at once. `None` if that is for the long way to find out.
fn several_at_once(handles: &[Handle], all: bool) -> Result<Option<Wait>> {
    let look = Look::begin();
    let mut waitables = Waitables::new();
    for &handle in handles {
        match look.at(handle) {
            Some(entry) => waitables.push(entry.waitable()?),
            None => return Ok(None),
        }
    }
    wait(&waitables, all, Some(Duration::ZERO)).map(Some)
}

/// One more than objects, for an alert.
type Waitables<'a> = ArrayVec<&'a dyn Waitable, { MOST + 1 }>;

fn wait(objects: &[&dyn Waitable], all: bool, timeout: Option<Duration>) -> Result<Wait> {
    Ok(if all {
        wait_all(objects, timeout)?
    } else {
        wait_any(objects, timeout)?
    })
}

/// Waits for objects, and for calls that are queued for this thread, which the caller makes then.
fn alertably(objects: &[&dyn Waitable], all: bool, limit: Limit) -> Result<u32> {
    let thread = threads::current()?;
    let start = Instant::now();
    loop {
        let taken = match objects {
            [] => Wait::TimedOut,
            objects => wait(objects, all, Some(Duration::ZERO))?,
        };
        if taken != Wait::TimedOut {
            return Ok(code(taken));
        }
        // Lowered before anything is looked at: what comes later raises it again.
        let alert = thread.apcs.lowered_alert();
        let next_timer = timers::next_due(&thread);
        if next_timer == Some(Duration::ZERO) || !thread.apcs.is_empty() {
            return Ok(WAIT_IO_COMPLETION);
        }
        let left = limit
            .timeout()
            .map(|limit| limit.saturating_sub(start.elapsed()));
        if left == Some(Duration::ZERO) {
            return Ok(WAIT_TIMEOUT);
        }
        let timeout = left.into_iter().chain(next_timer).min();
        let taken = if all {
            wait_all_unless(objects, alert, timeout)?
        } else {
            let alert: &dyn Waitable = alert;
            let both: Waitables<'_> = std::iter::once(alert)
                .chain(objects.iter().copied())
                .collect();
            match wait_any(&both, timeout)? {
                // The alert: what it is for is looked at next.
                Wait::Signaled(0) | Wait::TimedOut => Wait::TimedOut,
                Wait::Signaled(index) => Wait::Signaled(index - 1),
                Wait::Abandoned(index) => Wait::Abandoned(index - 1),
            }
        };
        if taken != Wait::TimedOut {
            return Ok(code(taken));
        }
    }
}

/// Sleeps for the time, or until calls are queued for this thread.
pub(crate) fn sleep_alertably(limit: Limit) -> Result<u32> {
    match alertably(&[], false, limit)? {
        WAIT_IO_COMPLETION => Ok(WAIT_IO_COMPLETION),
        _ => Ok(0),
    }
}

/// The next call that this thread has to make.
pub(crate) fn next_call() -> Result<Option<crate::platform::callback::Callback>> {
    let thread = threads::current()?;
    Ok(timers::take_due(&thread).or_else(|| thread.apcs.pop()))
}

/// Signals one object, then waits for another.
pub(crate) fn signal_and_wait(
    signal: Handle,
    wait: Handle,
    limit: Limit,
    alertable: bool,
) -> Result<u32> {
    // Both are there, or nothing happens.
    handles::get(signal)?;
    let target = Target::of(standard::resolve(wait))?;
    resolve(standard::resolve(wait))?.require(SYNCHRONIZE)?;
    waitables::signal(signal)?;
    let waitable = target.waitable()?;
    if alertable {
        return alertably(&[waitable], false, limit);
    }
    Ok(code(wait_one(waitable, limit.timeout())?))
}

/// Has a thread of this process make a call when it waits alertably.
pub(crate) fn queue_call(
    thread: Handle,
    callback: crate::platform::callback::Callback,
) -> Result<()> {
    const THREAD_SET_CONTEXT: u32 = 0x10;
    let entry = resolve(thread)?;
    handles::object::refers_to!(entry, Object::Thread(thread) => {
        entry.require(THREAD_SET_CONTEXT)?;
        // A thread of another process has a queue that nobody but it can reach.
        let record = thread.record().ok_or(Failure::NOT_SUPPORTED)?;
        record.apcs.push(callback)
    })
}
