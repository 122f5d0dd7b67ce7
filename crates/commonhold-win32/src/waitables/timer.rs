//! Waitable timers: Windows' times, and the routine that the thread which sets one has called.

use std::time::{Duration, SystemTime};

use commonhold::os::linux::AnyObject;
use commonhold::{Due, Timer};

use crate::failure::{Failure, Result};
use crate::handles::object::refers_to;
use crate::handles::{self, Handle, Object};
use crate::platform::callback::Callback;
use crate::threads::timers;

/// The unit of Windows' times.
const PER_SECOND: u64 = 10_000_000;

/// Seconds from 1601, where Windows' times begin, to 1970.
const TO_1970: Duration = Duration::from_secs(11_644_473_600);

fn duration(units: u64) -> Duration {
    let nanoseconds = u32::try_from(units % PER_SECOND * 100).unwrap_or(0);
    Duration::new(units / PER_SECOND, nanoseconds)
}

/// A time as Windows has it (`FILETIME`): 100 ns since 1601.
pub(crate) fn file_time(time: SystemTime) -> u64 {
    let since_1970 = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let since_1601 = since_1970.saturating_add(TO_1970);
    u64::try_from(since_1601.as_nanos() / 100).unwrap_or(u64::MAX)
}

/// Below zero, how long from now; else a time.
fn due(units: i64) -> Due {
    if units <= 0 {
        return Due::After(duration(units.unsigned_abs()));
    }
    let since_1970 = duration(units.unsigned_abs()).saturating_sub(TO_1970);
    // What is beyond the system's time is never.
    let at = SystemTime::UNIX_EPOCH.checked_add(since_1970);
    at.map_or(Due::After(Duration::MAX), Due::At)
}

fn with_timer<T>(handle: Handle, action: impl FnOnce(&Timer) -> Result<T>) -> Result<T> {
    let entry = handles::get(handle)?;
    refers_to!(entry, Object::Shared(AnyObject::Timer(timer)) => action(timer))
}

/// Sets the timer, and the routine that this thread has called when it is due.
pub(crate) fn set(
    handle: Handle,
    units: i64,
    period: i32,
    callback: Option<Callback>,
) -> Result<()> {
    with_timer(handle, |timer| {
        let period = u64::try_from(period).map_err(|_| Failure::INVALID_PARAMETER)?;
        let (due, period) = (due(units), Duration::from_millis(period));
        timer.set(due, period)?;
        // What was set before is called no more, whoever set it.
        timers::forget(timer)?;
        match callback {
            Some(callback) => timers::remember(timer, due, period, callback),
            None => Ok(()),
        }
    })
}

pub(crate) fn cancel(handle: Handle) -> Result<()> {
    with_timer(handle, |timer| {
        timer.cancel()?;
        timers::forget(timer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_windows() {
        assert_eq!(file_time(SystemTime::UNIX_EPOCH), 116_444_736_000_000_000);
        let second = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        assert_eq!(due(116_444_736_010_000_000), Due::At(second));
        assert_eq!(due(-15_000), Due::After(Duration::from_micros(1500)));
        assert_eq!(due(0), Due::After(Duration::ZERO));
        assert_eq!(due(1), Due::At(SystemTime::UNIX_EPOCH));
        let _ = (due(i64::MIN), due(i64::MAX));
    }
}
