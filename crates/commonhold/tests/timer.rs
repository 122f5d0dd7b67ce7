//! Timers are signaled at a time. win32-facts 5.5, but for changes of the wall clock.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::os::linux::ObjectExt as _;
use commonhold::{Due, ErrorCode, Timeout, Timer, Wait, wait_all, wait_any};
use std::os::fd::AsRawFd as _;
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use support::{MAIN, Role, isolated, say, until_told};
use waits::{MOMENT, asleep, code, say_waiting, take, until_waiting};

const NO_PERIOD: Duration = Duration::ZERO;
const AN_HOUR: Duration = Duration::from_secs(3600);

fn unnamed(manual: bool) -> Timer {
    let options = Timer::options().manual_reset(manual);
    options.create_unnamed().unwrap()
}

#[test]
fn a_new_timer_is_not_set() {
    isolated(|_| {
        for manual in [false, true] {
            let timer = unnamed(manual);
            assert_eq!(timer.due_in().unwrap(), None);
            assert!(!timer.is_signaled().unwrap() && !take(&timer));
            timer.cancel().unwrap();
            assert!(!timer.wait(MOMENT).unwrap());
        }
    });
}

#[test]
fn what_is_due_already_is_signaled_at_once() {
    isolated(|_| {
        let past: [Due; 4] = [
            Duration::ZERO.into(),
            SystemTime::now().into(),
            (SystemTime::now() - AN_HOUR).into(),
            (SystemTime::UNIX_EPOCH - AN_HOUR).into(),
        ];
        for due in past {
            for manual in [false, true] {
                let timer = unnamed(manual);
                timer.set(due, NO_PERIOD).unwrap();
                assert!(timer.is_signaled().unwrap(), "{due:?}");
                assert_eq!(timer.due_in().unwrap(), None);
                assert!(take(&timer));
                assert_eq!(take(&timer), manual);
            }
        }
    });
}

#[test]
fn it_is_signaled_after_its_time_and_not_before() {
    isolated(|_| {
        let timer = unnamed(false);
        for _ in 0..3 {
            let start = Instant::now();
            timer.set(MOMENT, NO_PERIOD).unwrap();
            assert!(timer.wait(Timeout::INFINITE).unwrap());
            assert!(start.elapsed() >= MOMENT);
            assert!(!take(&timer));
            let at = SystemTime::now() + MOMENT;
            timer.set(at, NO_PERIOD).unwrap();
            assert!(timer.wait(Timeout::INFINITE).unwrap());
            assert!(SystemTime::now() >= at);
            assert!(!take(&timer));
        }
        for due in [Due::After(AN_HOUR), Due::At(SystemTime::now() + AN_HOUR)] {
            timer.set(due, NO_PERIOD).unwrap();
            assert!(!timer.wait(MOMENT).unwrap() && !timer.is_signaled().unwrap());
            let left = timer.due_in().unwrap().unwrap();
            assert!(left > AN_HOUR / 2 && left <= AN_HOUR, "{due:?}: {left:?}");
        }
        // Further than can be counted is never.
        timer.set(Duration::MAX, NO_PERIOD).unwrap();
        assert!(!timer.wait(MOMENT).unwrap());
    });
}

#[test]
fn a_periodic_timer_is_signaled_again_and_again() {
    isolated(|_| {
        let timer = unnamed(false);
        let start = Instant::now();
        timer.set(MOMENT, MOMENT / 2).unwrap();
        for count in 0..5 {
            assert!(timer.wait(Timeout::INFINITE).unwrap());
            assert!(start.elapsed() >= MOMENT + count * MOMENT / 2);
            assert!(timer.due_in().unwrap().is_some());
        }
        // What became due several times is signaled once.
        assert!(!unnamed(false).wait(3 * MOMENT).unwrap());
        timer.cancel().unwrap();
        take(&timer);
        assert!(!take(&timer));
        // By the wall clock, too, and from long ago.
        let past = SystemTime::now() - AN_HOUR;
        timer.set(past, Duration::from_secs(7000)).unwrap();
        assert!(take(&timer) && !take(&timer));
        let left = timer.due_in().unwrap().unwrap();
        assert!(left > Duration::from_secs(1000) && left <= Duration::from_secs(3400));
    });
}

#[test]
fn a_manual_reset_timer_stays_signaled_until_it_is_set_even_if_it_is_periodic() {
    isolated(|_| {
        let timer = unnamed(true);
        timer.set(Duration::ZERO, Duration::from_millis(1)).unwrap();
        for _ in 0..5 {
            assert!(timer.wait(Timeout::INFINITE).unwrap() && take(&timer));
        }
        // The period goes on beside that.
        assert!(timer.due_in().unwrap().is_some());
        timer.set(AN_HOUR, NO_PERIOD).unwrap();
        assert!(!take(&timer));
    });
}

#[test]
fn periods_have_a_limit_and_are_in_milliseconds() {
    isolated(|_| {
        let timer = unnamed(false);
        timer.set(AN_HOUR, NO_PERIOD).unwrap();
        let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
        for period in [longest + Duration::from_nanos(1), Duration::MAX] {
            let refused = timer.set(Duration::ZERO, period);
            assert_eq!(code(refused), ErrorCode::INVALID_PARAMETER);
        }
        // What was refused changed nothing.
        assert!(timer.due_in().unwrap().is_some() && !take(&timer));
        timer.set(Duration::ZERO, longest).unwrap();
        assert!(take(&timer));
        assert!(timer.due_in().unwrap().unwrap() > longest / 2);
        // A nanosecond is rounded up, so that this is not due without end.
        timer.set(Duration::ZERO, Duration::from_nanos(1)).unwrap();
        for _ in 0..3 {
            assert!(timer.wait(Timeout::INFINITE).unwrap());
        }
    });
}

#[test]
fn to_cancel_it_leaves_it_as_signaled_as_it_is() {
    isolated(|_| {
        for manual in [false, true] {
            let timer = unnamed(manual);
            timer.set(MOMENT, MOMENT).unwrap();
            timer.cancel().unwrap();
            assert_eq!(timer.due_in().unwrap(), None);
            assert!(!timer.wait(2 * MOMENT).unwrap());
            timer.set(Duration::ZERO, NO_PERIOD).unwrap();
            assert!(timer.is_signaled().unwrap());
            timer.cancel().unwrap();
            assert!(timer.is_signaled().unwrap() && take(&timer));
        }
    });
}

/// Nobody looked at it in between: it was due all the same.
#[test]
fn a_timer_that_was_due_before_it_was_cancelled_is_signaled() {
    isolated(|_| {
        let timer = unnamed(false);
        timer.set(Duration::from_millis(1), NO_PERIOD).unwrap();
        assert!(!unnamed(false).wait(MOMENT).unwrap());
        timer.cancel().unwrap();
        assert!(take(&timer));
    });
}

#[test]
fn to_set_it_again_starts_it_anew_and_not_signaled() {
    isolated(|_| {
        for manual in [false, true] {
            let timer = unnamed(manual);
            timer.set(Duration::ZERO, NO_PERIOD).unwrap();
            assert!(timer.is_signaled().unwrap());
            timer.set(AN_HOUR, NO_PERIOD).unwrap();
            assert!(!timer.is_signaled().unwrap() && !take(&timer));
            timer.set(Duration::from_millis(1), NO_PERIOD).unwrap();
            assert!(timer.wait(Timeout::INFINITE).unwrap());
        }
    });
}

#[test]
fn those_who_sleep_learn_that_it_is_set_to_another_time() {
    isolated(|_| {
        for manual in [false, true] {
            let timer = unnamed(manual);
            thread::scope(|scope| {
                let one = asleep(scope, || timer.wait(Timeout::INFINITE).unwrap());
                timer.set(AN_HOUR, NO_PERIOD).unwrap();
                timer.set(Duration::from_millis(1), MOMENT).unwrap();
                assert!(one.join().unwrap());
                timer.set(AN_HOUR, NO_PERIOD).unwrap();
                let all = asleep(scope, || wait_all(&[&timer], Timeout::INFINITE).unwrap());
                let never = unnamed(false);
                timer.set(Duration::ZERO, NO_PERIOD).unwrap();
                assert_eq!(all.join().unwrap(), Wait::Signaled(0));
                timer.set(MOMENT, NO_PERIOD).unwrap();
                let any = wait_any(&[&never, &timer], Timeout::INFINITE).unwrap();
                assert_eq!(any, Wait::Signaled(1));
            });
        }
    });
}

/// A timer is no thread's: it goes on when who set it has ended.
#[test]
fn the_end_of_who_set_it_does_not_stop_it() {
    isolated(|role| {
        let timer = Timer::options().create("tick").unwrap();
        if role != MAIN {
            timer.set(MOMENT, MOMENT).unwrap();
            say("set");
            return until_told();
        }
        let mut other = Role::start("other");
        other.expect("set");
        other.kill();
        for _ in 0..3 {
            assert!(timer.wait(Timeout::INFINITE).unwrap());
        }
        thread::scope(|scope| {
            let setter = scope.spawn(|| timer.set(MOMENT, NO_PERIOD).unwrap());
            setter.join().unwrap();
        });
        assert!(timer.wait(Timeout::INFINITE).unwrap());
        assert!(!take(&timer));
    });
}

#[test]
fn an_inherited_timer_is_the_same_timer() {
    const DESCRIPTOR: &str = "COMMONHOLD_TEST_DESCRIPTOR";
    isolated(|role| {
        if role != MAIN {
            let descriptor = std::env::var(DESCRIPTOR).unwrap().parse().unwrap();
            let timer = Timer::duplicate_from(std::process::id(), descriptor).unwrap();
            say_waiting();
            assert!(timer.wait(Timeout::INFINITE).unwrap());
            say("due");
            timer.set(AN_HOUR, NO_PERIOD).unwrap();
            say("set");
            return until_told();
        }
        for manual in [false, true] {
            let options = Timer::options().manual_reset(manual).inheritable(true);
            let timer = options.create_unnamed().unwrap();
            let descriptor = timer.as_raw_fd().to_string();
            let mut child = Role::start_with("child", |it| it.env(DESCRIPTOR, descriptor));
            until_waiting(&mut child);
            timer.set(Duration::from_millis(1), NO_PERIOD).unwrap();
            child.expect("due");
            child.expect("set");
            assert!(timer.due_in().unwrap().is_some() && !take(&timer));
            child.finish();
        }
    });
}
