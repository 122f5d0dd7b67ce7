//! How long waitable objects, and their names, exist. win32-facts 4, 5.2 and 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waitables.rs"]
mod waitables;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{ErrorCode, Event, Mutex, Semaphore, Timeout, Timer, Wait, wait_one};
use std::thread;
use std::time::Duration;
use support::{MAIN, Role, become_role, hear, isolated, say, until_told};
use waitables::Object;
use waits::{asleep, code, say_waiting, take, until_waiting, wait_elsewhere};

fn assert_absent<T: Object>() {
    let absent = code(T::open("mine"));
    assert_eq!(absent, ErrorCode::FILE_NOT_FOUND, "{}", T::TYPE);
}

#[test]
fn the_name_goes_with_the_last_handle_and_the_state_with_it() {
    fn check<T: Object>() {
        let first = T::create("mine").unwrap();
        let second = T::open("mine").unwrap();
        first.hold();
        drop(first);
        assert!(T::open("mine").is_ok());
        second.free().unwrap();
        drop(second);
        assert_absent::<T>();
        let fresh = T::create("mine").unwrap();
        assert!(!fresh.existed());
        let is_mutex = T::TYPE == "mutex";
        assert_eq!(fresh.take(), is_mutex, "{}", T::TYPE);
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn the_name_is_free_at_once_when_the_holder_is_killed() {
    fn hold<T: Object>() {
        let object = T::create("mine").unwrap();
        object.hold();
        object.free().unwrap();
        say("holding");
        until_told();
    }
    fn check<T: Object>() {
        let mut holder = Role::start(T::TYPE);
        holder.expect("holding");
        assert!(T::open("mine").unwrap().take(), "{}", T::TYPE);
        holder.kill();
        assert_absent::<T>();
        assert!(!T::create("mine").unwrap().existed());
    }
    isolated(|role| {
        if role != MAIN {
            for_type!(role, hold);
            return;
        }
        for_each_type!(check);
    });
}

/// Those who are killed while they sleep hold it no more, too.
#[test]
fn killed_sleepers_are_no_holders() {
    fn sleep<T: Object>() {
        let object = T::create("mine").unwrap();
        say_waiting();
        assert!(
            wait_one(&object, Timeout::INFINITE)
                .unwrap()
                .index()
                .is_some()
        );
    }
    fn check<T: Object>() {
        let object = T::create("mine").unwrap();
        object.hold();
        let mut sleepers = [Role::start(T::TYPE), Role::start(T::TYPE)];
        sleepers.iter_mut().for_each(until_waiting);
        sleepers.into_iter().for_each(Role::kill);
        object.free().unwrap();
        assert!(object.take());
        drop(object);
        assert_absent::<T>();
    }
    isolated(|role| {
        if role != MAIN {
            for_type!(role, sleep);
            return;
        }
        for_each_type!(check);
    });
}

/// Whoever waits has a handle of its own.
#[test]
fn who_waits_goes_on_when_others_close_their_handles() {
    isolated(|_| {
        let event = Event::options().create("ready").unwrap();
        let signaler = Event::open("ready").unwrap();
        let semaphore = Semaphore::options().create("slots").unwrap();
        let releaser = semaphore.try_clone().unwrap();
        thread::scope(|scope| {
            let waiter = asleep(scope, move || event.wait(Timeout::INFINITE).unwrap());
            signaler.set().unwrap();
            drop(signaler);
            assert!(waiter.join().unwrap());
            let waiter = asleep(scope, move || semaphore.acquire(Timeout::INFINITE).unwrap());
            releaser.release(1).unwrap();
            drop(releaser);
            assert!(waiter.join().unwrap());
        });
        assert_eq!(code(Event::open("ready")), ErrorCode::FILE_NOT_FOUND);
        assert_eq!(code(Semaphore::open("slots")), ErrorCode::FILE_NOT_FOUND);
    });
}

#[test]
fn who_closes_a_mutex_owns_it_still_and_who_waits_is_told_when_it_ends() {
    isolated(|_| {
        let mutex = Mutex::options().create("table").unwrap();
        let [closed, end] = [(); 2].map(|()| Event::options().create_unnamed().unwrap());
        thread::scope(|scope| {
            scope.spawn(|| {
                let mine = Mutex::open("table").unwrap();
                assert!(take(&mine) && take(&mine));
                drop(mine);
                closed.set().unwrap();
                end.wait(Timeout::INFINITE).unwrap();
            });
            closed.wait(Timeout::INFINITE).unwrap();
            assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::TimedOut);
            let waiter = asleep(scope, || {
                let waited = mutex.acquire(Timeout::INFINITE).unwrap();
                mutex.release().unwrap();
                waited
            });
            end.set().unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Abandoned(0));
        });
    });
}

#[test]
fn a_mutex_that_its_owner_closed_is_released_by_another_handle() {
    isolated(|role| {
        if role != MAIN {
            let mutex = Mutex::open("table").unwrap();
            assert!(take(&mutex) && take(&mutex));
            // The process has no handle any more, and comes back to what it owns, as deep as it does.
            drop(mutex);
            say("closed");
            assert_eq!(hear().as_deref(), Some("release"));
            let mutex = Mutex::open("table").unwrap();
            assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
            mutex.release().unwrap();
            drop(mutex);
            let mutex = Mutex::open("table").unwrap();
            mutex.release().unwrap();
            assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
            say("released");
            return until_told();
        }
        let mutex = Mutex::options().create("table").unwrap();
        let mut owner = Role::start("owner");
        owner.expect("closed");
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::TimedOut);
        thread::scope(|scope| {
            let waiter = asleep(scope, || {
                let waited = mutex.acquire(Timeout::INFINITE).unwrap();
                mutex.release().unwrap();
                waited
            });
            owner.say("release");
            owner.expect("released");
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
        });
        owner.finish();
    });
}

/// The object is gone, and the thread's list of what it owns is whole nevertheless.
#[test]
fn mutexes_that_nobody_holds_any_more_may_be_owned() {
    isolated(|_| {
        let kept = Mutex::options().create_unnamed().unwrap();
        thread::scope(|scope| {
            let owner = scope.spawn(|| {
                for number in 0..50 {
                    let mutex = Mutex::options().owned(true).create("table").unwrap();
                    assert!(!mutex.existed(), "{number}");
                    drop(mutex);
                    assert!(take(&kept));
                    if number % 2 == 0 {
                        kept.release().unwrap();
                    }
                }
            });
            owner.join().unwrap();
        });
        assert_eq!(wait_one(&kept, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
        let fresh = Mutex::options().create("table").unwrap();
        assert!(!fresh.existed());
        assert_eq!(wait_one(&fresh, Timeout::ZERO).unwrap(), Wait::Signaled(0));
    });
}

/// By the thread that the process started with, and by another one, which gets that one's id then.
#[test]
fn who_becomes_another_program_owns_nothing() {
    isolated(|role| {
        if role == "another program" {
            say("another program");
            return until_told();
        }
        let mutex = Mutex::options().create("table").unwrap();
        if role != MAIN {
            let own_and_exec = || {
                assert!(take(&mutex) && take(&mutex));
                say("mine");
                assert_eq!(hear().as_deref(), Some("exec"));
                become_role("another program");
            };
            if (role == "leader") == (waits::tid() == std::process::id()) {
                own_and_exec();
            }
            thread::scope(|scope| scope.spawn(own_and_exec).join().unwrap());
        }
        for role in ["leader", "another thread"] {
            for waits_before in [true, false] {
                let mut owner = Role::start(role);
                owner.expect("mine");
                assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::TimedOut);
                let acquire = || {
                    let waited = mutex.acquire(Timeout::INFINITE).unwrap();
                    mutex.release().unwrap();
                    waited
                };
                thread::scope(|scope| {
                    let waiter = waits_before.then(|| asleep(scope, acquire));
                    owner.say("exec");
                    owner.expect("another program");
                    let outcome = match waiter {
                        Some(waiter) => waiter.join().unwrap(),
                        None => acquire(),
                    };
                    assert_eq!(outcome, Wait::Abandoned(0), "{role}");
                });
                owner.finish();
            }
        }
    });
}

#[test]
fn a_timer_goes_with_its_last_holder() {
    isolated(|_| {
        let timer = Timer::options().create("tick").unwrap();
        timer.free().unwrap();
        drop(timer);
        let timer = Timer::options().create("tick").unwrap();
        assert!(!timer.existed() && !take(&timer));
        assert_eq!(timer.due_in().unwrap(), None);
    });
}

/// Whatever stands in the shared word: what is in a thread's list stays mapped, and the list whole.
#[test]
fn closing_an_owned_mutex_that_was_overwritten_harms_nobody() {
    isolated(|_| {
        let other = Mutex::options().create("other").unwrap();
        let mutex = Mutex::options().owned(true).create("mutex").unwrap();
        support::patch(
            &support::entry("mutex"),
            rustix::param::page_size() as u64 - 24,
            &[0; 8],
        );
        drop(mutex);
        for _ in 0..10 {
            drop(other.lock().unwrap());
        }
    });
}

/// Whatever stands where a timer's settings are: looking at it, waiting for it and setting it come to an end.
#[test]
fn a_timer_whose_settings_were_overwritten_can_be_set_again() {
    isolated(|_| {
        let hour = Duration::from_secs(3600);
        // Both of two places: when it is due, how often after, and by which clock.
        let settings = rustix::param::page_size() as u64 - 192;
        for clock in [0, 1, 2, 3, u64::MAX] {
            for (due, period) in [
                (0, 0),
                (0, 1),
                (1, u64::MAX),
                (u64::MAX, 1),
                (u64::MAX, u64::MAX),
            ] {
                let timer = Timer::options().create("timer").unwrap();
                timer.set(hour, hour).unwrap();
                let written = [due, period, clock, due, period, clock];
                let bytes: Vec<u8> = written.into_iter().flat_map(u64::to_ne_bytes).collect();
                support::patch(&support::entry("timer"), settings, &bytes);
                _ = timer.is_signaled().unwrap();
                _ = timer.due_in().unwrap();
                _ = timer.wait(Timeout::ZERO).unwrap();
                _ = timer.wait(Duration::from_millis(2)).unwrap();
                timer.set(hour, Duration::ZERO).unwrap();
                assert!(!timer.wait(Timeout::ZERO).unwrap(), "{written:?}");
                let left = timer.due_in().unwrap().unwrap();
                assert!(left <= hour, "{written:?}: {left:?}");
                timer.set(Duration::ZERO, Duration::ZERO).unwrap();
                assert!(timer.wait(Timeout::INFINITE).unwrap());
                assert!(!timer.wait(Timeout::ZERO).unwrap());
            }
        }
    });
}
