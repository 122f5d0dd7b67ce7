//! Waiting for all of several objects at once. win32-facts 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, Mutex, Rights, Semaphore, Timeout, Timer, Wait, Waitable, wait_all,
};
use std::thread;
use std::time::Duration;
use support::{MAIN, Role, isolated, say, until_told};
use waits::{asleep, code, say_waiting, take, times_out, until_waiting, wait_elsewhere};

fn event() -> Event {
    Event::options().create_unnamed().unwrap()
}

fn semaphore(count: u32) -> Semaphore {
    Semaphore::options().count(count).create_unnamed().unwrap()
}

#[test]
fn nothing_is_taken_before_all_are_signaled() {
    isolated(|_| {
        let (event, units) = (event(), semaphore(1));
        let mutex = Mutex::options().create_unnamed().unwrap();
        let timer = Timer::options().create_unnamed().unwrap();
        timer.set(Duration::ZERO, Duration::ZERO).unwrap();
        let objects: [&dyn Waitable; 4] = [&units, &mutex, &timer, &event];
        assert_eq!(wait_all(&objects, Timeout::ZERO).unwrap(), Wait::TimedOut);
        assert!(times_out(|moment| wait_all(&objects, moment).unwrap()));
        assert_eq!(units.count().unwrap(), 1);
        assert!(timer.is_signaled().unwrap());
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
        event.set().unwrap();
        assert_eq!(
            wait_all(&objects, Timeout::ZERO).unwrap(),
            Wait::Signaled(0)
        );
        assert!(!take(&event) && !take(&units) && !take(&timer));
        assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
        mutex.release().unwrap();
    });
}

#[test]
fn others_may_take_them_while_somebody_waits_for_all() {
    isolated(|_| {
        let (event, units) = (event(), semaphore(1));
        thread::scope(|scope| {
            let wait = || wait_all(&[&units, &event], Timeout::INFINITE).unwrap();
            let waiter = asleep(scope, wait);
            assert!(units.acquire(Timeout::INFINITE).unwrap());
            event.set().unwrap();
            // It sleeps on the units now; the event is there for others.
            assert!(event.wait(Timeout::INFINITE).unwrap());
            units.release(1).unwrap();
            assert!(!event.wait(waits::MOMENT).unwrap() && !waiter.is_finished());
            assert_eq!(units.count().unwrap(), 1);
            event.set().unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
        });
        assert!(!take(&event) && !take(&units));
    });
}

#[test]
fn whichever_is_signaled_last_ends_the_sleep() {
    isolated(|_| {
        let events = [event(), event(), event()];
        let all = || {
            let objects: Vec<&dyn Waitable> = events.iter().map(|it| it as _).collect();
            wait_all(&objects, Timeout::INFINITE).unwrap()
        };
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
            thread::scope(|scope| {
                let waiter = asleep(scope, all);
                for index in order {
                    assert!(!waiter.is_finished());
                    events[index].set().unwrap();
                }
                assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
            });
            assert!(events.iter().all(|event| !take(event)));
        }
    });
}

#[test]
fn manual_ones_stay_and_a_mutex_that_is_owned_is_owned_once_more() {
    isolated(|_| {
        let options = Event::options().manual_reset(true).signaled(true);
        let gate = options.create_unnamed().unwrap();
        let mutex = Mutex::options().owned(true).create_unnamed().unwrap();
        let objects: [&dyn Waitable; 2] = [&gate, &mutex];
        assert_eq!(
            wait_all(&objects, Timeout::ZERO).unwrap(),
            Wait::Signaled(0)
        );
        assert!(gate.is_signaled().unwrap());
        mutex.release().unwrap();
        mutex.release().unwrap();
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
    });
}

#[test]
fn one_object_is_not_taken_twice_at_once() {
    isolated(|_| {
        let units = semaphore(2);
        let named = Semaphore::options().count(2).create("slots").unwrap();
        let other = event();
        for (one, again) in [
            (&units, units.try_clone().unwrap()),
            (&units, units.duplicate(Rights::SYNCHRONIZE).unwrap()),
            (&named, Semaphore::open("slots").unwrap()),
        ] {
            let lists: [&[&dyn Waitable]; 3] =
                [&[one, one], &[one, &again], &[one, &other, &again]];
            for objects in lists {
                for timeout in [Timeout::ZERO, Timeout::INFINITE] {
                    let refused = wait_all(objects, timeout);
                    assert_eq!(code(refused), ErrorCode::INVALID_PARAMETER);
                }
            }
            assert_eq!(one.count().unwrap(), 2);
        }
        let cannot = units.duplicate(Rights::QUERY_STATE).unwrap();
        let refused = wait_all(&[&units, &cannot], Timeout::ZERO);
        assert_eq!(code(refused), ErrorCode::ACCESS_DENIED);
        assert_eq!(units.count().unwrap(), 2);
    });
}

/// Each takes two neighbours' objects, in the order that it has them in: whoever took one and waited for the
/// other would wait for ever.
#[test]
fn philosophers_in_several_processes_eat() {
    const SEATS: usize = 5;
    isolated(|role| {
        let fork = |number: usize| {
            let name = format!("fork {}", number % SEATS);
            Mutex::options().create(name).unwrap()
        };
        if role != MAIN {
            let seat: usize = role.parse().unwrap();
            let (left, right) = (fork(seat), fork(seat + 1));
            say("seated");
            for _ in 0..500 {
                let waited = wait_all(&[&left, &right], Timeout::INFINITE).unwrap();
                assert_eq!(waited, Wait::Signaled(0));
                assert_eq!(wait_elsewhere_if(seat, &left), Wait::TimedOut);
                right.release().unwrap();
                left.release().unwrap();
            }
            say("full");
            return until_told();
        }
        let mut philosophers: Vec<_> = (0..SEATS)
            .map(|seat| Role::start(&seat.to_string()))
            .collect();
        for philosopher in &mut philosophers {
            philosopher.expect("seated");
        }
        for philosopher in &mut philosophers {
            philosopher.expect("full");
        }
        philosophers.into_iter().for_each(Role::finish);

        /// Only one looks, since that takes a thread each time.
        fn wait_elsewhere_if(seat: usize, fork: &Mutex) -> Wait {
            if seat == 0 {
                wait_elsewhere(fork, Timeout::ZERO)
            } else {
                Wait::TimedOut
            }
        }
    });
}

/// Killed in its sleep, or while it owns all that it waited for.
#[test]
fn a_killed_process_does_not_keep_what_it_waited_for() {
    isolated(|role| {
        let mutex = Mutex::options().create("table").unwrap();
        let units = Semaphore::options().create("units").unwrap();
        if role != MAIN {
            say_waiting();
            let waited = wait_all(&[&mutex, &units], Timeout::INFINITE).unwrap();
            say(&format!("{waited:?}"));
            return until_told();
        }
        let mut asleep = Role::start("other");
        until_waiting(&mut asleep);
        asleep.kill();
        units.release(1).unwrap();
        assert_eq!(
            wait_all(&[&mutex, &units], Timeout::ZERO).unwrap(),
            Wait::Signaled(0)
        );
        mutex.release().unwrap();
        let mut owner = Role::start("other");
        until_waiting(&mut owner);
        units.release(1).unwrap();
        owner.expect("Signaled(0)");
        owner.kill();
        units.release(1).unwrap();
        assert_eq!(
            wait_all(&[&mutex, &units], Timeout::ZERO).unwrap(),
            Wait::Abandoned(0)
        );
        assert_eq!(units.count().unwrap(), 0);
    });
}
