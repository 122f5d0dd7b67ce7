//! Mutexes are owned by one thread at a time, as often as it likes. win32-facts 5.2.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{ErrorCode, LockError, Mutex, Rights, Section, Timeout, Wait, wait_one};
use std::thread;
use support::{MAIN, Role, hear, isolated, say, until_told};
use waits::{asleep, code, say_waiting, take, times_out, until_waiting, wait_elsewhere};

fn unnamed() -> Mutex {
    Mutex::options().create_unnamed().unwrap()
}

#[test]
fn the_owner_locks_it_again_and_releases_it_as_often() {
    isolated(|_| {
        let mutex = unnamed();
        for _ in 0..31 {
            assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
        }
        for _ in 0..31 {
            assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
            mutex.release().unwrap();
        }
        // That thread owns it when it ends.
        assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::Signaled(0));
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
        mutex.release().unwrap();
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
    });
}

/// It takes some seconds to count so far, and a minute without optimization.
#[test]
#[cfg_attr(debug_assertions, ignore = "counts to 2³¹")]
fn it_is_owned_so_often_and_no_oftener() {
    isolated(|_| {
        let mutex = unnamed();
        for _ in 0..i32::MAX {
            assert!(mutex.acquire(Timeout::ZERO).unwrap().index().is_some());
        }
        for _ in 0..2 {
            let refused = code(mutex.acquire(Timeout::ZERO));
            assert_eq!(refused, ErrorCode::MUTANT_LIMIT_EXCEEDED);
        }
        mutex.release().unwrap();
        assert!(take(&mutex));
    });
}

#[test]
fn only_the_owner_releases_it() {
    isolated(|_| {
        let mutex = unnamed();
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
        assert!(take(&mutex));
        // Ownership is a thread's, not its process's.
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER));
        });
        assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
        mutex.release().unwrap();
    });
}

#[test]
fn any_handle_releases_it_whatever_its_rights() {
    isolated(|_| {
        let mutex = Mutex::options().create("table").unwrap();
        for bit in (0..=0).chain(16..=20) {
            assert!(take(&mutex));
            let rights = Rights::from_bits_retain(1 << bit);
            Mutex::open_with("table", rights)
                .unwrap()
                .release()
                .unwrap();
            assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER, "bit {bit}");
        }
        assert!(take(&mutex));
        let nothing = mutex.duplicate(Rights::empty()).unwrap();
        nothing.release().unwrap();
        assert_eq!(code(nothing.release()), ErrorCode::NOT_OWNER);
    });
}

#[test]
fn who_creates_it_may_own_it_from_the_start() {
    isolated(|_| {
        let options = Mutex::options().owned(true);
        for mutex in [
            options.create_unnamed().unwrap(),
            options.create("table").unwrap(),
        ] {
            assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
            mutex.release().unwrap();
            assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
        }
        // Of one that exists, it is ignored.
        let free = Mutex::options().create("free").unwrap();
        let again = options.create("free").unwrap();
        assert!(again.existed());
        assert_eq!(code(again.release()), ErrorCode::NOT_OWNER);
        assert!(take(&free));
    });
}

#[test]
fn a_lock_ends_with_its_guard() {
    isolated(|_| {
        let mutex = unnamed();
        let is_free = || {
            thread::scope(|scope| {
                let other = scope.spawn(|| mutex.try_lock().unwrap().is_some());
                other.join().unwrap()
            })
        };
        let outer = mutex.lock().unwrap();
        let inner = mutex.try_lock().unwrap().unwrap();
        assert!(!is_free());
        drop(outer);
        assert!(!is_free());
        drop(inner);
        assert!(is_free());
        let guard = mutex.lock_timeout(waits::MOMENT).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(times_out(|moment| mutex.acquire(moment).unwrap()));
                assert!(mutex.lock_timeout(waits::MOMENT).unwrap().is_none());
            });
        });
        drop(guard);
        assert!(is_free());
        // A handle that may not wait is an error, and not a lock.
        let cannot_wait = mutex.duplicate(Rights::QUERY_STATE).unwrap();
        match cannot_wait.lock() {
            Err(LockError::Failed(error)) => assert_eq!(error.code(), ErrorCode::ACCESS_DENIED),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn who_waits_gets_it_when_it_is_released() {
    isolated(|_| {
        let mutex = unnamed();
        assert!(take(&mutex) && take(&mutex));
        thread::scope(|scope| {
            let waiter = asleep(scope, || drop(mutex.lock().unwrap()));
            mutex.release().unwrap();
            assert!(!waiter.is_finished());
            mutex.release().unwrap();
            waiter.join().unwrap();
        });
        assert!(take(&mutex));
    });
}

#[test]
fn another_process_gets_it_when_it_is_released() {
    isolated(|role| {
        let mutex = Mutex::options().create("table").unwrap();
        if role != MAIN {
            assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
            assert_eq!(mutex.acquire(Timeout::ZERO).unwrap(), Wait::TimedOut);
            say_waiting();
            let guard = mutex.lock().unwrap();
            say("mine");
            drop(guard);
            return until_told();
        }
        let guard = mutex.lock().unwrap();
        let mut others = [Role::start("other"), Role::start("other")];
        others.iter_mut().for_each(until_waiting);
        drop(guard);
        // Whichever is first, the other one is next.
        for other in &mut others {
            other.expect("mine");
        }
        drop(mutex.lock().unwrap());
        others.into_iter().for_each(Role::finish);
    });
}

/// Read, and written a moment later: what others wrote between would be lost.
#[test]
fn what_it_guards_is_changed_by_one_at_a_time() {
    const PROCESSES: u64 = 3;
    const THREADS: u64 = 2;
    const TIMES: u64 = 3000;
    isolated(|role| {
        let mutex = Mutex::options().create("table").unwrap();
        let section = Section::options().size(4096).create("counter").unwrap();
        let view = section.map().unwrap();
        if role != MAIN {
            say("ready");
            assert_eq!(hear().as_deref(), Some("go"));
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        for _ in 0..TIMES {
                            let guard = mutex.lock().unwrap();
                            let count = view.get::<u64>(0).unwrap();
                            view.put(0, &(count + 1)).unwrap();
                            drop(guard);
                        }
                    });
                }
            });
            return;
        }
        let mut others: Vec<_> = (0..PROCESSES).map(|_| Role::start("other")).collect();
        for other in &mut others {
            other.expect("ready");
        }
        for other in &mut others {
            other.say("go");
        }
        others.into_iter().for_each(Role::finish);
        let count = view.get::<u64>(0).unwrap();
        assert_eq!(count, PROCESSES * THREADS * TIMES);
    });
}
