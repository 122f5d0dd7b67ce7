//! A thousand threads that sleep on one object: none is forgotten, and none is let go that should not be.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{Event, Mutex, Semaphore, Timeout, wait_any};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use support::isolated;
use waits::{take, tid, until_asleep};

const SLEEPERS: u32 = 1000;

/// Has so many threads wait, and does this once all sleep; how many waits have ended is counted.
fn with_sleepers(wait: impl Fn() -> bool + Sync, action: impl FnOnce(&AtomicU32)) {
    let gone = AtomicU32::new(0);
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for _ in 0..SLEEPERS {
            let (send, wait, gone) = (send.clone(), &wait, &gone);
            let small = thread::Builder::new().stack_size(128 * 1024);
            let started = small.spawn_scoped(scope, move || {
                send.send(tid()).unwrap();
                drop(send);
                assert!(wait());
                gone.fetch_add(1, Ordering::SeqCst);
            });
            started.unwrap();
        }
        drop(send);
        for sleeper in receive {
            until_asleep(std::process::id(), sleeper);
        }
        action(&gone);
    });
    assert_eq!(gone.into_inner(), SLEEPERS);
}

fn until(count: u32, gone: &AtomicU32) {
    while gone.load(Ordering::SeqCst) < count {
        thread::yield_now();
    }
    assert_eq!(gone.load(Ordering::SeqCst), count);
}

#[test]
fn a_manual_reset_event_lets_all_go_at_once() {
    isolated(|_| {
        let event = Event::options()
            .manual_reset(true)
            .create_unnamed()
            .unwrap();
        let wait = || event.wait(Timeout::INFINITE).unwrap();
        with_sleepers(wait, |_| event.set().unwrap());
        event.reset().unwrap();
        with_sleepers(wait, |_| event.pulse().unwrap());
        assert!(!take(&event));
    });
}

#[test]
fn an_auto_reset_event_that_is_set_a_thousand_times_lets_a_thousand_go() {
    isolated(|_| {
        let event = Event::options().create_unnamed().unwrap();
        let wait = || event.wait(Timeout::INFINITE).unwrap();
        with_sleepers(wait, |gone| {
            for count in 1..=SLEEPERS {
                event.set().unwrap();
                until(count, gone);
            }
        });
        assert!(!take(&event));
    });
}

#[test]
fn a_semaphore_lets_as_many_go_as_it_is_given() {
    isolated(|_| {
        let semaphore = Semaphore::options().create_unnamed().unwrap();
        let wait = || semaphore.acquire(Timeout::INFINITE).unwrap();
        with_sleepers(wait, |_| {
            assert_eq!(semaphore.release(SLEEPERS).unwrap(), 0);
        });
        assert_eq!(semaphore.count().unwrap(), 0);
        with_sleepers(wait, |gone| {
            semaphore.release(SLEEPERS / 2).unwrap();
            until(SLEEPERS / 2, gone);
            semaphore.release(SLEEPERS).unwrap();
        });
        assert_eq!(semaphore.count().unwrap(), SLEEPERS / 2);
    });
}

#[test]
fn a_mutex_goes_through_a_thousand_hands() {
    isolated(|_| {
        let mutex = Mutex::options().owned(true).create_unnamed().unwrap();
        let wait = || mutex.lock().is_ok();
        with_sleepers(wait, |_| mutex.release().unwrap());
        assert!(take(&mutex));
    });
}

/// There are fewer seats for those who sleep on several.
#[test]
fn a_thousand_that_sleep_on_two_are_let_go() {
    isolated(|_| {
        let semaphore = Semaphore::options().create_unnamed().unwrap();
        let gate = Event::options()
            .manual_reset(true)
            .create_unnamed()
            .unwrap();
        let wait = || {
            let waited = wait_any(&[&semaphore, &gate], Timeout::INFINITE).unwrap();
            waited.index().is_some()
        };
        with_sleepers(wait, |gone| {
            semaphore.release(10).unwrap();
            until(10, gone);
            gate.set().unwrap();
        });
        assert!(!take(&semaphore));
    });
}
