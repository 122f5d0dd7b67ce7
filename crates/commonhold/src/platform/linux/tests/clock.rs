//! Timers, and a wall clock that is set.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, SystemTime};

use super::support::isolated;
use super::waits::asleep;
use crate::platform::linux::sync::CLOCK_CHANGE;
use crate::{Timeout, Timer, Wait, wait_any};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const ONCE: Duration = Duration::ZERO;

/// Sets this process's wall clock.
fn advance(by: Duration) {
    let by = i64::try_from(by.as_nanos()).unwrap();
    CLOCK_CHANGE.fetch_add(by, Ordering::Relaxed);
}

fn set_back(by: Duration) {
    let by = i64::try_from(by.as_nanos()).unwrap();
    CLOCK_CHANGE.fetch_sub(by, Ordering::Relaxed);
}

fn timer() -> Timer {
    Timer::options().create_unnamed().unwrap()
}

#[test]
fn an_absolute_time_follows_the_wall_clock_and_a_relative_one_does_not() {
    isolated(|_| {
        let (absolute, relative) = (timer(), timer());
        absolute.set(SystemTime::now() + HOUR, ONCE).unwrap();
        relative.set(HOUR, ONCE).unwrap();
        advance(59 * MINUTE);
        assert!(!absolute.is_signaled().unwrap());
        let left = absolute.due_in().unwrap().unwrap();
        assert!(left <= MINUTE, "{left:?}");
        set_back(MINUTE);
        let left = absolute.due_in().unwrap().unwrap();
        assert!(MINUTE < left && left <= 2 * MINUTE, "{left:?}");
        advance(2 * MINUTE);
        assert!(absolute.is_signaled().unwrap());
        assert!(absolute.wait(Timeout::ZERO).unwrap());
        assert!(!relative.is_signaled().unwrap());
        let left = relative.due_in().unwrap().unwrap();
        assert!(59 * MINUTE < left && left <= HOUR, "{left:?}");
    });
}

/// Also for who waits already, for this alone and for others with it.
#[test]
fn who_waits_for_an_absolute_time_notices_that_the_clock_is_set() {
    isolated(|_| {
        let (absolute, relative) = (timer(), timer());
        for is_alone in [true, false] {
            absolute.set(SystemTime::now() + 24 * HOUR, ONCE).unwrap();
            relative.set(24 * HOUR, ONCE).unwrap();
            thread::scope(|scope| {
                let (absolute, relative) = (&absolute, &relative);
                let waiter = asleep(scope, move || {
                    if is_alone {
                        assert!(absolute.wait(Timeout::INFINITE).unwrap());
                    } else {
                        let wait = wait_any(&[relative, absolute], Timeout::INFINITE);
                        assert_eq!(wait.unwrap(), Wait::Signaled(1));
                    }
                });
                advance(48 * HOUR);
                waiter.join().unwrap();
            });
            set_back(48 * HOUR);
        }
    });
}
