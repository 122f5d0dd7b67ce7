//! Routines that threads have called when a timer is due.
//!
//! Nobody ticks here either: a thread in an alertable wait sleeps no longer than until the next of its timers is due, and
//! queues the call itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use commonhold::{Due, Timer, WaitReference};

use super::Record;
use crate::failure::Result;
use crate::handles;
use crate::platform::callback::Callback;
use crate::platform::fork_mutex::ForkMutex;
use crate::waitables::timer::file_time;

/// A timer with a routine.
struct Armed {
    timer: Identity,
    /// Keeps the object, so that no other takes its identity. It does not keep its name.
    _reference: WaitReference,
    thread: Arc<Record>,
    due: When,
    period: Duration,
    callback: Callback,
}

impl Armed {
    fn is_of(&self, thread: &Record) -> bool {
        std::ptr::eq(&raw const *self.thread, thread)
    }
}

/// Which object it is: device and inode.
type Identity = (u64, u64);

#[derive(Clone, Copy)]
enum When {
    After(Instant),
    At(SystemTime),
    Never,
}

/// A change of the wall clock is noticed so soon.
const LOOK: Duration = Duration::from_secs(1);

impl When {
    fn of(due: Due) -> Self {
        match due {
            Due::After(after) => Instant::now()
                .checked_add(after)
                .map_or(Self::Never, Self::After),
            Due::At(at) => Self::At(at),
        }
    }

    /// How long it is until then.
    fn left(self) -> Duration {
        match self {
            Self::After(at) => at.saturating_duration_since(Instant::now()),
            Self::At(at) => at.duration_since(SystemTime::now()).unwrap_or_default(),
            Self::Never => Duration::MAX,
        }
    }

    /// How long a thread may sleep on it.
    fn rest(self) -> Duration {
        match self {
            Self::At(_) => self.left().min(LOOK),
            _ => self.left(),
        }
    }

    /// The next time after now, in whole periods.
    fn following(self, period: Duration) -> Self {
        let periods = |late: Duration| {
            let count = late.as_nanos() / period.as_nanos().max(1) + 1;
            period.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
        };
        match self {
            Self::After(at) => at
                .checked_add(periods(at.elapsed()))
                .map_or(Self::Never, Self::After),
            Self::At(at) => {
                let late = SystemTime::now().duration_since(at).unwrap_or_default();
                at.checked_add(periods(late)).map_or(Self::Never, Self::At)
            }
            Self::Never => Self::Never,
        }
    }
}

static ARMED: ForkMutex<Vec<Armed>> = ForkMutex::new(Vec::new());

/// How many there are, so that most waits need not ask.
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn identity(timer: &Timer) -> Result<Identity> {
    let stat = rustix::fs::fstat(timer)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// Has the calling thread call the routine when the timer is due.
pub(crate) fn remember(
    timer: &Timer,
    due: Due,
    period: Duration,
    callback: Callback,
) -> Result<()> {
    let armed = Armed {
        timer: identity(timer)?,
        _reference: timer.wait_reference(),
        thread: super::current()?,
        due: When::of(due),
        period,
        callback,
    };
    let mut all = ARMED.lock();
    all.push(armed);
    COUNT.store(all.len(), Ordering::Relaxed);
    Ok(())
}

/// Forgets what is to be called for this timer, also what is queued already.
pub(crate) fn forget(timer: &Timer) -> Result<()> {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    let identity = identity(timer)?;
    take(|armed| armed.timer == identity);
    Ok(())
}

/// Forgets what is to be called for a timer of which a handle was closed, unless this process has another one.
pub(crate) fn forget_unless(timer: &Timer, has_another: impl FnOnce() -> bool) {
    if COUNT.load(Ordering::Relaxed) > 0 && !has_another() {
        let _ = forget(timer);
    }
}

/// Cancels the timers that were to call something in a thread that ends, as Windows does.
pub(crate) fn forget_those_of(thread: &Record) {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return;
    }
    for armed in take(|armed| armed.is_of(thread)) {
        handles::for_each_timer(|timer| {
            if identity(timer) == Ok(armed.timer) {
                let _ = timer.cancel();
            }
        });
    }
}

/// Takes those out for which this is so. What is dropped of them may unmap an object, which is not for who has the lock.
fn take(goes: impl Fn(&Armed) -> bool) -> Vec<Armed> {
    let mut all = ARMED.lock();
    let (taken, kept) = std::mem::take(&mut *all)
        .into_iter()
        .partition::<Vec<_>, _>(goes);
    *all = kept;
    COUNT.store(all.len(), Ordering::Relaxed);
    taken
}

/// What a thread has to call now, and how long it is until the next.
pub(crate) fn due(thread: &Record) -> (Vec<Callback>, Option<Duration>) {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return (Vec::new(), None);
    }
    let mut all = ARMED.lock();
    let mut calls = Vec::new();
    let mut next: Option<Duration> = None;
    let mut once = Vec::new();
    for (index, armed) in all.iter_mut().enumerate() {
        if !armed.is_of(thread) {
            continue;
        }
        if armed.due.left().is_zero() {
            calls.push(armed.callback.at(file_time(SystemTime::now())));
            if armed.period.is_zero() {
                once.push(index);
                continue;
            }
            armed.due = armed.due.following(armed.period);
        }
        let rest = armed.due.rest();
        next = Some(next.map_or(rest, |next| next.min(rest)));
    }
    let over: Vec<Armed> = once
        .into_iter()
        .rev()
        .map(|index| all.swap_remove(index))
        .collect();
    COUNT.store(all.len(), Ordering::Relaxed);
    drop(all);
    drop(over);
    (calls, next)
}
