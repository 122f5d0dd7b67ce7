//! Waitable objects in processes that fork: Windows has nothing of the kind.

#![allow(missing_docs)]
#![allow(unsafe_code)]

#[path = "support/forks.rs"]
mod forks;
mod support;
#[path = "support/waitables.rs"]
mod waitables;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, Mutex, Semaphore, Thread, Timeout, Timer, Wait, Waitable, wait_all, wait_any,
    wait_one,
};
use forks::fork;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use support::isolated;
use waitables::Object;
use waits::{asleep, code, take, until_asleep, wait_elsewhere};

#[test]
fn a_child_neither_owns_its_parents_mutex_nor_breaks_it() {
    isolated(|_| {
        let unnamed = Mutex::options().create_unnamed().unwrap();
        let named = Mutex::options().create("table").unwrap();
        for mutex in [unnamed, named] {
            let guards = [mutex.lock().unwrap(), mutex.lock().unwrap()];
            fork(|| {
                assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
                assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::TimedOut);
                assert_eq!(wait_one(&mutex, waits::MOMENT).unwrap(), Wait::TimedOut);
                // The child's copy of the guards has nothing to release.
                for guard in &guards {
                    // SAFETY: the process ends without dropping the guard a second time.
                    drop(unsafe { std::ptr::read(guard) });
                }
                drop(mutex.try_clone().unwrap());
            })
            .finish();
            assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
            drop(guards);
            assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
            assert!(take(&mutex));
            mutex.release().unwrap();
        }
    });
}

#[test]
fn the_parent_goes_on_owning_what_it_owns() {
    isolated(|_| {
        let mutex = Mutex::options().create("table").unwrap();
        assert!(take(&mutex) && take(&mutex));
        for _ in 0..3 {
            fork(|| assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER)).finish();
            let killed = fork(|| drop(mutex.acquire(Timeout::INFINITE)));
            until_asleep(killed.pid(), killed.pid());
            killed.kill();
            assert_eq!(wait_elsewhere(&mutex, Timeout::ZERO), Wait::TimedOut);
        }
        let waiter = fork(|| {
            assert_eq!(mutex.acquire(Timeout::INFINITE).unwrap(), Wait::Signaled(0));
            mutex.release().unwrap();
        });
        until_asleep(waiter.pid(), waiter.pid());
        mutex.release().unwrap();
        mutex.release().unwrap();
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
        waiter.finish();
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
    });
}

#[test]
fn what_a_child_owns_when_it_ends_is_abandoned() {
    isolated(|_| {
        let mutex = Mutex::options().create("table").unwrap();
        let owned = Event::options().create_unnamed().unwrap();
        // What the thread owns that forks is none of the child's.
        let other = Mutex::options().owned(true).create("other").unwrap();
        fork(|| assert!(take(&mutex) && take(&mutex))).finish();
        assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
        mutex.release().unwrap();
        let child = fork(|| {
            assert!(take(&mutex));
            owned.set().unwrap();
            loop {
                thread::park();
            }
        });
        assert!(owned.wait(Timeout::INFINITE).unwrap());
        thread::scope(|scope| {
            let waiter = asleep(scope, || mutex.acquire(Timeout::INFINITE).unwrap());
            child.kill();
            assert_eq!(waiter.join().unwrap(), Wait::Abandoned(0));
        });
        assert_eq!(wait_elsewhere(&other, Timeout::ZERO), Wait::TimedOut);
        other.release().unwrap();
    });
}

#[test]
fn parent_and_child_wait_for_each_other() {
    fn check<T: Object>() {
        let objects = [T::create_unnamed().unwrap(), T::create("mine").unwrap()];
        for object in objects {
            let ready = Event::options().create_unnamed().unwrap();
            object.hold();
            let child = fork(|| {
                assert!(
                    wait_one(&object, Timeout::INFINITE)
                        .unwrap()
                        .index()
                        .is_some()
                );
                if T::TYPE == "mutex" {
                    object.free().unwrap();
                }
                ready.set().unwrap();
            });
            until_asleep(child.pid(), child.pid());
            object.free().unwrap();
            assert!(ready.wait(Timeout::INFINITE).unwrap());
            child.finish();
            object.hold();
            object.free().unwrap();
            assert!(object.take(), "{}", T::TYPE);
        }
    }
    isolated(|_| {
        for_each_type!(check);
    });
}

#[test]
fn a_child_sleeps_on_several_and_its_threads_own() {
    isolated(|_| {
        let event = Event::options().create_unnamed().unwrap();
        let units = Semaphore::options().create("units").unwrap();
        let mutex = Mutex::options().create("table").unwrap();
        let child = fork(|| {
            let objects: [&dyn Waitable; 2] = [&units, &event];
            let waited = wait_any(&objects, Timeout::INFINITE).unwrap();
            assert_eq!(waited, Wait::Signaled(1));
            let waited = wait_all(&objects, Timeout::INFINITE).unwrap();
            assert_eq!(waited, Wait::Signaled(0));
            assert_eq!(wait_elsewhere(&mutex, Timeout::INFINITE), Wait::Signaled(0));
            assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
            let this = Thread::current().unwrap();
            assert!(!this.wait(Timeout::ZERO).unwrap());
            mutex.release().unwrap();
        });
        until_asleep(child.pid(), child.pid());
        event.set().unwrap();
        while event.is_signaled().unwrap() {
            thread::yield_now();
        }
        units.release(1).unwrap();
        event.set().unwrap();
        child.finish();
        assert_eq!(units.count().unwrap(), 0);
    });
}

/// A child finds the library as no other thread has left it in the middle of anything.
#[test]
fn forks_while_other_threads_create_open_and_close() {
    isolated(|_| {
        let stop = AtomicBool::new(false);
        let kept = Semaphore::options().create("kept").unwrap();
        thread::scope(|scope| {
            for number in 0..3 {
                let (stop, kept) = (&stop, &kept);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let name = format!("mine {number}");
                        let mutex = Mutex::options().owned(true).create(&*name).unwrap();
                        drop(Mutex::open(&*name).unwrap());
                        let event = Event::options().create_unnamed().unwrap();
                        drop((mutex.try_clone().unwrap(), kept.try_clone().unwrap()));
                        event.set().unwrap();
                        // It may have existed: a child has it, which was forked when this thread did.
                        let _ = mutex.release();
                    }
                });
            }
            for number in 0..200 {
                fork(|| {
                    let name = format!("child {number}");
                    let mutex = Mutex::options().owned(true).create(&*name).unwrap();
                    assert!(!mutex.existed());
                    drop(Mutex::open(&*name).unwrap());
                    assert!(Semaphore::open("kept").unwrap().release(1).is_ok());
                    assert!(kept.try_clone().unwrap().acquire(Timeout::ZERO).unwrap());
                    let timer = Timer::options().create_unnamed().unwrap();
                    timer.set(Duration::ZERO, Duration::ZERO).unwrap();
                    assert!(take(&timer));
                    mutex.release().unwrap();
                })
                .finish();
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(kept.count().unwrap(), 0);
        // What children held that are gone is removed by who looks.
        for number in 0..3 {
            let name = format!("mine {number}");
            assert_eq!(code(Mutex::open(&*name)), ErrorCode::FILE_NOT_FOUND);
        }
        for number in 0..200 {
            let name = format!("child {number}");
            assert_eq!(code(Mutex::open(&*name)), ErrorCode::FILE_NOT_FOUND);
        }
    });
}
