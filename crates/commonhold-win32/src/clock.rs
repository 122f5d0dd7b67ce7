//! What time it is, and how long the system has been running.

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::platform::local_time;

/// How often a `FILETIME`, and the performance counter, count in a second.
pub(crate) const PER_SECOND: u64 = 10_000_000;
const NANOSECONDS: u64 = 100;
/// From the beginning of 1601, where a `FILETIME` counts from, to that of 1970.
const SECONDS_BEFORE_1970: i64 = 11_644_473_600;

fn units(time: Timespec, seconds_before: i64) -> u64 {
    let seconds = u64::try_from(time.tv_sec + seconds_before).unwrap_or(0);
    // The kernel keeps it from 0 to 999 999 999.
    seconds * PER_SECOND + time.tv_nsec.unsigned_abs() / NANOSECONDS
}

/// The wall clock, as a `FILETIME` counts.
pub(crate) fn now() -> u64 {
    units(clock_gettime(ClockId::Realtime), SECONDS_BEFORE_1970)
}

/// The time since the system began, with the time that it slept, as in Windows' clocks.
pub(crate) fn running() -> u64 {
    units(clock_gettime(ClockId::Boottime), 0)
}

/// The same in milliseconds.
pub(crate) fn ticks() -> u64 {
    running() / (PER_SECOND / 1000)
}

/// The time that clocks show here when it is this time.
pub(crate) fn local(time: u64) -> Option<u64> {
    let seconds = i64::try_from(time / PER_SECOND).ok()? - SECONDS_BEFORE_1970;
    let ahead = local_time::offset(seconds);
    let difference = ahead.unsigned_abs() * PER_SECOND;
    if ahead < 0 {
        time.checked_sub(difference)
    } else {
        time.checked_add(difference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_time_counts_from_1601() {
        let time = Timespec {
            tv_sec: 1,
            tv_nsec: 999_999_999,
        };
        let counted = units(time, SECONDS_BEFORE_1970);
        assert_eq!(counted, 116_444_736_019_999_999);
    }

    #[test]
    fn local_time_is_less_than_a_day_away() {
        let now = now();
        let apart = local(now).unwrap().abs_diff(now);
        assert!(apart < 24 * 3600 * PER_SECOND);
        assert_eq!(apart % (60 * PER_SECOND), 0);
    }

    #[test]
    fn before_1601_nothing_is_counted() {
        let time = Timespec {
            tv_sec: -SECONDS_BEFORE_1970 - 5,
            tv_nsec: 0,
        };
        assert_eq!(units(time, SECONDS_BEFORE_1970), 0);
    }
}
