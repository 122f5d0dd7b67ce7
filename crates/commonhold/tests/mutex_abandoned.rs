//! Mutexes whose owner ended without releasing them: the next owner is told, once. win32-facts 5.2 and 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    Error, ErrorCode, Event, LockError, Mutex, Timeout, Wait, wait_all, wait_any, wait_one,
};
use std::thread;
use support::{MAIN, Role, hear, isolated, say, until_told};
use waits::{asleep, code, say_waiting, take, until_waiting, wait_elsewhere};

fn unnamed() -> Mutex {
    Mutex::options().create_unnamed().unwrap()
}

/// Has a thread own it, as often as that, and end.
fn abandon(mutex: &Mutex, depth: u32) {
    thread::scope(|scope| {
        let owner = scope.spawn(|| {
            for _ in 0..depth {
                assert!(mutex.acquire(Timeout::ZERO).unwrap().index().is_some());
            }
        });
        // A scope ends before its threads have: only this waits for the thread itself.
        owner.join().unwrap();
    });
}

#[test]
fn the_next_owner_of_a_thread_that_ended_is_told_and_only_that_one() {
    isolated(|_| {
        let mutex = unnamed();
        abandon(&mutex, 1);
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
        mutex.release().unwrap();
        mutex.release().unwrap();
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
    });
}

#[test]
fn how_often_it_was_owned_is_forgotten() {
    isolated(|_| {
        let mutex = unnamed();
        abandon(&mutex, 31);
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
        mutex.release().unwrap();
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
        assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::Signaled(0));
    });
}

#[test]
fn it_stays_abandoned_until_somebody_owns_it() {
    isolated(|_| {
        let mutex = unnamed();
        let never = Event::options().create_unnamed().unwrap();
        abandon(&mutex, 1);
        // A wait that takes nothing, and a handle more or less, change nothing.
        let waited = wait_all(&[&mutex, &never], waits::MOMENT).unwrap();
        assert_eq!(waited, Wait::TimedOut);
        drop(mutex.try_clone().unwrap());
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
    });
}

#[test]
fn a_lock_of_it_is_an_error_with_the_guard() {
    isolated(|_| {
        fn simply(mutex: &Mutex) -> Result<(), Error> {
            let _guard = mutex.lock()?;
            Ok(())
        }
        let mutex = unnamed();
        abandon(&mutex, 1);
        match mutex.lock() {
            Err(LockError::Abandoned(guard)) => {
                assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
                drop(guard);
            }
            other => panic!("{other:?}"),
        }
        simply(&mutex).unwrap();
        abandon(&mutex, 1);
        assert_eq!(code(simply(&mutex)), ErrorCode::ABANDONED_WAIT_0);
        // What the error had is free again.
        simply(&mutex).unwrap();
    });
}

#[test]
fn who_waits_for_a_thread_that_ends_is_told() {
    isolated(|_| {
        let mutex = unnamed();
        let end = Event::options().create_unnamed().unwrap();
        let owned = Event::options().create_unnamed().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(take(&mutex) && take(&mutex));
                owned.set().unwrap();
                end.wait(Timeout::INFINITE).unwrap();
            });
            owned.wait(Timeout::INFINITE).unwrap();
            let wait = || {
                let waited = mutex.acquire(Timeout::INFINITE).unwrap();
                mutex.release().unwrap();
                waited
            };
            let waiters = [asleep(scope, wait), asleep(scope, wait)];
            end.set().unwrap();
            let waited = waiters.map(|waiter| waiter.join().unwrap());
            let abandoned = |wait: &&Wait| **wait == Wait::Abandoned(0);
            assert_eq!(waited.iter().filter(abandoned).count(), 1, "{waited:?}");
        });
    });
}

/// By being killed, by ending well, and by a panic of the thread.
#[test]
fn however_a_process_ends_its_mutexes_are_abandoned() {
    isolated(|role| {
        let mutex = Mutex::options().create("table").unwrap();
        if role != MAIN {
            assert!(take(&mutex) && take(&mutex));
            say("mine");
            until_told();
            match role {
                "exit" => std::process::exit(0),
                "panic" => panic!("as the test wants it"),
                _ => return,
            }
        }
        for end in ["kill", "exit", "return", "panic"] {
            let mut owner = Role::start(end);
            owner.expect("mine");
            assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::TimedOut);
            thread::scope(|scope| {
                let waiter = asleep(scope, || {
                    let waited = mutex.acquire(Timeout::INFINITE).unwrap();
                    mutex.release().unwrap();
                    waited
                });
                if end == "kill" {
                    owner.kill();
                } else {
                    assert_eq!(owner.end().success(), end != "panic");
                }
                assert_eq!(waiter.join().unwrap(), Wait::Abandoned(0), "{end}");
            });
            assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
            mutex.release().unwrap();
        }
    });
}

#[test]
fn a_waiter_in_another_process_is_told() {
    isolated(|role| {
        let mutex = Mutex::options().create("table").unwrap();
        match role {
            MAIN => {
                let mut owner = Role::start("owner");
                owner.expect("mine");
                let mut waiter = Role::start("waiter");
                until_waiting(&mut waiter);
                owner.kill();
                waiter.expect("Abandoned(0)");
                waiter.say("release");
                waiter.finish();
                assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
            }
            "owner" => {
                assert!(take(&mutex));
                say("mine");
                until_told();
            }
            _ => {
                say_waiting();
                let waited = mutex.acquire(Timeout::INFINITE).unwrap();
                say(&format!("{waited:?}"));
                assert_eq!(hear().as_deref(), Some("release"));
                mutex.release().unwrap();
            }
        }
    });
}

#[test]
fn a_wait_for_several_tells_which_or_that_one_was() {
    isolated(|_| {
        let (first, second) = (unnamed(), unnamed());
        let event = Event::options().create_unnamed().unwrap();
        abandon(&second, 2);
        let waited = wait_any(&[&event, &second, &first], Timeout::ZERO).unwrap();
        assert_eq!(waited, Wait::Abandoned(1));
        second.release().unwrap();
        let waited = wait_any(&[&event, &second, &first], Timeout::ZERO).unwrap();
        assert_eq!(waited, Wait::Signaled(1));
        second.release().unwrap();

        abandon(&second, 2);
        event.set().unwrap();
        let waited = wait_all(&[&first, &event, &second], Timeout::ZERO).unwrap();
        assert_eq!(waited, Wait::Abandoned(0));
        first.release().unwrap();
        second.release().unwrap();
        event.set().unwrap();
        let waited = wait_all(&[&first, &event, &second], Timeout::ZERO).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
    });
}

#[test]
fn all_that_a_thread_owned_is_abandoned() {
    isolated(|_| {
        let mutexes: Vec<_> = (0..200).map(|_| unnamed()).collect();
        thread::scope(|scope| {
            let owner = scope.spawn(|| {
                // Some are released again: from the front, from the end, and in between.
                assert!(mutexes.iter().all(|mutex| take(mutex)));
                for mutex in mutexes.iter().step_by(3) {
                    mutex.release().unwrap();
                }
            });
            owner.join().unwrap();
        });
        for (number, mutex) in mutexes.iter().enumerate() {
            let expected = if number % 3 == 0 {
                Wait::Signaled(0)
            } else {
                Wait::Abandoned(0)
            };
            assert_eq!(wait_one(mutex, Timeout::ZERO).unwrap(), expected);
        }
    });
}
