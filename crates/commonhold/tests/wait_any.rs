//! Waiting for any of several objects. win32-facts 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, Mutex, Rights, Semaphore, Timeout, Timer, Wait, Waitable, wait_any,
};
use std::thread;
use std::time::Duration;
use support::{MAIN, Role, isolated, say, until_told};
use waits::{asleep, code, say_waiting, take, times_out, until_waiting};

fn event() -> Event {
    Event::options().create_unnamed().unwrap()
}

fn semaphore(count: u32) -> Semaphore {
    Semaphore::options().count(count).create_unnamed().unwrap()
}

fn all(events: &[Event]) -> Vec<&dyn Waitable> {
    events.iter().map(|event| event as &dyn Waitable).collect()
}

/// With as many as Windows has at most.
#[test]
fn the_first_of_those_that_are_signaled_is_taken_and_no_other() {
    isolated(|_| {
        let events: Vec<_> = (0..64).map(|_| event()).collect();
        let objects = all(&events);
        for index in (0..64).rev() {
            events[index].set().unwrap();
            assert_eq!(
                wait_any(&objects, Timeout::INFINITE).unwrap(),
                Wait::Signaled(index)
            );
            assert!(!events[index].is_signaled().unwrap());
        }
        for event in &events {
            event.set().unwrap();
        }
        for index in 0..64 {
            assert_eq!(
                wait_any(&objects, Timeout::ZERO).unwrap(),
                Wait::Signaled(index)
            );
            for (other, event) in events.iter().enumerate() {
                assert_eq!(event.is_signaled().unwrap(), other > index);
            }
        }
        assert_eq!(wait_any(&objects, Timeout::ZERO).unwrap(), Wait::TimedOut);
        assert!(times_out(|moment| wait_any(&objects, moment).unwrap()));
    });
}

#[test]
fn whichever_type_it_is_that_is_signaled_it_ends_the_sleep() {
    isolated(|_| {
        let (mutex, units, event) = (
            Mutex::options().create_unnamed().unwrap(),
            semaphore(0),
            event(),
        );
        let timer = Timer::options().create_unnamed().unwrap();
        assert!(take(&mutex));
        thread::scope(|scope| {
            let wait = || {
                let objects: [&dyn Waitable; 4] = [&units, &mutex, &timer, &event];
                let waited = wait_any(&objects, Timeout::INFINITE).unwrap();
                if waited == Wait::Signaled(1) {
                    mutex.release().unwrap();
                }
                waited
            };
            let waiter = asleep(scope, wait);
            event.set().unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(3));
            let waiter = asleep(scope, wait);
            timer.set(Duration::from_millis(1), Duration::ZERO).unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(2));
            let waiter = asleep(scope, wait);
            units.release(1).unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
            let waiter = asleep(scope, wait);
            mutex.release().unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(1));
        });
        assert!(take(&mutex) && !take(&units) && !take(&event) && !take(&timer));
    });
}

#[test]
fn one_object_may_be_there_twice() {
    isolated(|_| {
        let event = event();
        let again = event.try_clone().unwrap();
        let objects: [&dyn Waitable; 3] = [&event, &again, &event];
        assert!(times_out(|moment| wait_any(&objects, moment).unwrap()));
        event.set().unwrap();
        assert_eq!(
            wait_any(&objects, Timeout::ZERO).unwrap(),
            Wait::Signaled(0)
        );
        assert!(!take(&event));
        thread::scope(|scope| {
            let wait = || wait_any(&[&event, &again], Timeout::INFINITE).unwrap();
            let waiter = asleep(scope, wait);
            again.set().unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
        });
        assert!(!take(&event));
    });
}

#[test]
fn a_mutex_that_is_owned_already_is_taken_once_more() {
    isolated(|_| {
        let mutex = Mutex::options().owned(true).create_unnamed().unwrap();
        let event = event();
        assert_eq!(
            wait_any(&[&event, &mutex], Timeout::ZERO).unwrap(),
            Wait::Signaled(1)
        );
        mutex.release().unwrap();
        mutex.release().unwrap();
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
    });
}

#[test]
fn a_handle_that_may_not_wait_fails_the_wait_and_nothing_is_taken() {
    isolated(|_| {
        let signaled = Event::options().signaled(true).create_unnamed().unwrap();
        let cannot = event().duplicate(Rights::MODIFY_STATE).unwrap();
        for timeout in [Timeout::ZERO, Timeout::INFINITE] {
            let refused = wait_any(&[&signaled, &cannot], timeout);
            assert_eq!(code(refused), ErrorCode::ACCESS_DENIED);
        }
        assert!(signaled.is_signaled().unwrap());
    });
}

/// A signal wakes one who has use for it: whoever sleeps on several objects passes on what it does not take.
#[test]
fn no_signal_is_lost_between_those_who_wait_for_one_and_for_several() {
    const TIMES: u32 = 500;
    isolated(|_| {
        let (first, second) = (semaphore(0), semaphore(0));
        thread::scope(|scope| {
            let several = || {
                scope.spawn(|| {
                    for _ in 0..TIMES {
                        let waited = wait_any(&[&first, &second], Timeout::INFINITE).unwrap();
                        assert!(waited.index().is_some());
                    }
                });
            };
            several();
            several();
            for semaphore in [&first, &second] {
                scope.spawn(|| {
                    for _ in 0..TIMES {
                        assert!(semaphore.acquire(Timeout::INFINITE).unwrap());
                    }
                });
            }
            // Whoever takes what, there are enough of each for all who may take it.
            for _ in 0..3 * TIMES {
                first.release(1).unwrap();
                second.release(1).unwrap();
            }
        });
        let left = first.count().unwrap() + second.count().unwrap();
        assert_eq!(left, 2 * TIMES);
    });
}

#[test]
fn what_another_process_signals_ends_the_sleep() {
    isolated(|role| {
        let events: Vec<_> = (0..3)
            .map(|number| Event::options().create(format!("event {number}")).unwrap())
            .collect();
        if role != MAIN {
            for _ in 0..3 {
                say_waiting();
                let waited = wait_any(&all(&events), Timeout::INFINITE).unwrap();
                say(&format!("{waited:?}"));
            }
            return until_told();
        }
        let mut other = Role::start("other");
        for number in [2, 0, 1] {
            until_waiting(&mut other);
            events[number].set().unwrap();
            other.expect(&format!("Signaled({number})"));
        }
        other.finish();
        // One that is killed in its sleep leaves what comes then to others.
        let mut killed = Role::start("other");
        until_waiting(&mut killed);
        let mut lives = Role::start("other");
        until_waiting(&mut lives);
        killed.kill();
        events[1].set().unwrap();
        lives.expect("Signaled(1)");
        lives.kill();
        assert!(events.iter().all(|event| !take(event)));
    });
}
