//! Waiting for threads of the own process. win32-facts 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{Event, Mutex, Thread, Timeout, Wait, wait_all, wait_any, wait_one};
use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};
use support::isolated;
use waits::{asleep, take, times_out};

/// A thread that ends when the event is set.
fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    end: &'scope Event,
) -> (ScopedJoinHandle<'scope, ()>, Thread) {
    let (send, receive) = mpsc::channel();
    let handle = scope.spawn(move || {
        send.send(Thread::current().unwrap()).unwrap();
        drop(send);
        assert!(end.wait(Timeout::INFINITE).unwrap());
    });
    (handle, receive.recv().unwrap())
}

fn event() -> Event {
    Event::options().create_unnamed().unwrap()
}

#[test]
fn a_thread_is_signaled_once_it_has_ended_and_stays_so() {
    isolated(|_| {
        let end = event();
        thread::scope(|scope| {
            let (handle, thread) = start(scope, &end);
            let again = thread.clone();
            assert!(times_out(|moment| wait_one(&thread, moment).unwrap()));
            let waiters = [(); 3].map(|()| {
                let thread = thread.clone();
                asleep(scope, move || thread.wait(Timeout::INFINITE))
            });
            end.set().unwrap();
            for waiter in waiters {
                assert!(waiter.join().unwrap().unwrap());
            }
            assert!(take(&thread) && take(&thread) && take(&again));
            handle.join().unwrap();
            drop(thread);
            assert!(take(&again));
        });
    });
}

#[test]
fn the_end_of_a_thread_ends_waits_for_several() {
    isolated(|_| {
        let (end, other) = (event(), event());
        thread::scope(|scope| {
            let (_, one) = start(scope, &end);
            let (_, two) = start(scope, &end);
            let (first, second, other) = (one.clone(), two.clone(), &other);
            let any = asleep(scope, move || {
                wait_any(&[other, &first], Timeout::INFINITE).unwrap()
            });
            let first = one.clone();
            let both = asleep(scope, move || {
                wait_all(&[&first, other, &second], Timeout::INFINITE).unwrap()
            });
            end.set().unwrap();
            end.set().unwrap();
            // Whichever of the two took the first, if they are one for the event.
            while !(take(&one) && take(&two)) {
                end.set().unwrap();
            }
            assert_eq!(any.join().unwrap(), Wait::Signaled(1));
            assert!(!both.is_finished());
            other.set().unwrap();
            assert_eq!(both.join().unwrap(), Wait::Signaled(0));
        });
    });
}

/// Also where it owns a mutex: that is abandoned no later than the thread is signaled.
#[test]
fn however_a_thread_ends_it_is_signaled() {
    isolated(|_| {
        let mutex = Mutex::options().create_unnamed().unwrap();
        for panics in [false, true] {
            let (send, receive) = mpsc::channel();
            let mutex_there = mutex.try_clone().unwrap();
            let handle = thread::spawn(move || {
                // Whatever order the kernel has them in.
                assert!(take(&mutex_there));
                send.send(Thread::current().unwrap()).unwrap();
                assert!(!panics, "as the test wants it");
            });
            let thread = receive.recv().unwrap();
            assert!(thread.wait(Timeout::INFINITE).unwrap());
            assert_eq!(handle.join().is_err(), panics);
            assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
            mutex.release().unwrap();
        }
    });
}

#[test]
fn a_thread_that_waits_for_itself_waits_in_vain() {
    isolated(|_| {
        let this = Thread::current().unwrap();
        let again = Thread::current().unwrap();
        assert!(times_out(|moment| wait_one(&this, moment).unwrap()));
        drop(this);
        assert!(times_out(|moment| wait_any(&[&again], moment).unwrap()));
    });
}

/// What is left of references that others drop is in the list of a living thread: it must stay whole.
#[test]
fn references_come_and_go_in_any_order() {
    isolated(|_| {
        let end = Event::options()
            .manual_reset(true)
            .create_unnamed()
            .unwrap();
        let mutex = Mutex::options().create_unnamed().unwrap();
        thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            let handle = scope.spawn(|| {
                let mut kept = Vec::new();
                for number in 0..100 {
                    let reference = Thread::current().unwrap();
                    assert!(take(&mutex));
                    if number % 3 == 0 {
                        kept.push(reference);
                    } else {
                        send.send(reference).unwrap();
                    }
                    if number % 5 == 0 {
                        kept.clear();
                    }
                    mutex.release().unwrap();
                }
                drop((send, kept));
                assert!(end.wait(Timeout::INFINITE).unwrap());
            });
            let mut references: Vec<_> = receive.iter().collect();
            let last = references.split_off(references.len() / 2);
            assert!(!references.iter().any(|reference| take(reference)));
            drop(references);
            assert!(!last.iter().any(|reference| take(reference)));
            end.set().unwrap();
            handle.join().unwrap();
            assert!(last.iter().all(|reference| take(reference)));
        });
        // Nobody took it along: it was released.
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
    });
}

/// Unlike objects that a wait changes.
#[test]
fn one_thread_may_be_in_a_wait_for_all_twice() {
    isolated(|_| {
        let end = event();
        thread::scope(|scope| {
            let (handle, thread) = start(scope, &end);
            let again = thread.clone();
            let waited = wait_all(&[&thread, &again], Timeout::ZERO).unwrap();
            assert_eq!(waited, Wait::TimedOut);
            end.set().unwrap();
            handle.join().unwrap();
            let waited = wait_all(&[&thread, &again], Timeout::ZERO).unwrap();
            assert_eq!(waited, Wait::Signaled(0));
        });
    });
}

/// What it has of its own end does not count as the end.
#[test]
fn a_thread_that_waits_for_itself_waits() {
    isolated(|_| {
        let itself = Thread::current().unwrap();
        assert!(!itself.wait(Timeout::ZERO).unwrap());
        assert_eq!(wait_any(&[&itself], Timeout::ZERO).unwrap(), Wait::TimedOut);
        assert_eq!(wait_all(&[&itself], Timeout::ZERO).unwrap(), Wait::TimedOut);
    });
}
