//! How many objects one wait is for. win32-facts 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, MAXIMUM_WAIT_OBJECTS, Process, Timeout, Wait, Waitable, wait_all, wait_any,
};
use std::thread;
use support::isolated;
use waits::{asleep, code, times_out};

fn events(count: usize) -> Vec<Event> {
    let new = |_| Event::options().create_unnamed().unwrap();
    (0..count).map(new).collect()
}

fn all(events: &[Event]) -> Vec<&dyn Waitable> {
    events.iter().map(|event| event as &dyn Waitable).collect()
}

#[test]
fn no_object_and_too_many_are_refused() {
    isolated(|_| {
        assert_eq!(MAXIMUM_WAIT_OBJECTS, 128);
        let events = events(MAXIMUM_WAIT_OBJECTS + 1);
        for event in &events {
            event.set().unwrap();
        }
        let objects = all(&events);
        let many = vec![objects[0]; 1000];
        for refused in [&[], &objects[..], &many[..]] {
            for timeout in [Timeout::ZERO, Timeout::INFINITE] {
                let any = code(wait_any(refused, timeout));
                let all = code(wait_all(refused, timeout));
                assert_eq!(any, ErrorCode::INVALID_PARAMETER, "{}", refused.len());
                assert_eq!(all, ErrorCode::INVALID_PARAMETER, "{}", refused.len());
            }
        }
        assert!(events.iter().all(|event| event.is_signaled().unwrap()));
    });
}

#[test]
fn one_and_windows_limit_and_ours_are_waited_for() {
    isolated(|_| {
        for count in [1, 2, 64, 65, 127, 128] {
            let events = events(count);
            let objects = all(&events);
            assert!(times_out(|moment| wait_any(&objects, moment).unwrap()));
            assert!(times_out(|moment| wait_all(&objects, moment).unwrap()));
            thread::scope(|scope| {
                let any = asleep(scope, || {
                    wait_any(&all(&events), Timeout::INFINITE).unwrap()
                });
                events[count - 1].set().unwrap();
                assert_eq!(any.join().unwrap(), Wait::Signaled(count - 1));
                let both = asleep(scope, || {
                    wait_all(&all(&events), Timeout::INFINITE).unwrap()
                });
                for event in events.iter().rev() {
                    event.set().unwrap();
                }
                assert_eq!(both.join().unwrap(), Wait::Signaled(0));
            });
            assert!(!events.iter().any(|event| event.is_signaled().unwrap()));
        }
    });
}

/// The kernel is asked to sleep on one word more, for the process.
#[test]
fn a_process_may_be_one_of_the_most() {
    isolated(|_| {
        let events = events(MAXIMUM_WAIT_OBJECTS - 1);
        let this = Process::open(std::process::id()).unwrap();
        let with_process = || {
            let mut objects = all(&events);
            objects.push(&this);
            objects
        };
        assert!(times_out(
            |moment| wait_any(&with_process(), moment).unwrap()
        ));
        thread::scope(|scope| {
            let any = asleep(scope, || {
                wait_any(&with_process(), Timeout::INFINITE).unwrap()
            });
            events[126].set().unwrap();
            assert_eq!(any.join().unwrap(), Wait::Signaled(126));
        });
    });
}

#[test]
fn many_threads_sleep_on_many_objects_each() {
    isolated(|_| {
        let events = events(MAXIMUM_WAIT_OBJECTS);
        thread::scope(|scope| {
            let wait = || wait_any(&all(&events), Timeout::INFINITE).unwrap();
            let waiters: Vec<_> = (0..40).map(|_| asleep(scope, wait)).collect();
            for event in events.iter().rev().take(waiters.len()) {
                event.set().unwrap();
            }
            let mut taken: Vec<_> = waiters
                .into_iter()
                .map(|waiter| waiter.join().unwrap().index().unwrap())
                .collect();
            taken.sort_unstable();
            let expected: Vec<_> = (MAXIMUM_WAIT_OBJECTS - 40..MAXIMUM_WAIT_OBJECTS).collect();
            assert_eq!(taken, expected);
        });
    });
}
