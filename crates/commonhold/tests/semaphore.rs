//! Semaphores count units. win32-facts 5.4.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{ErrorCode, Semaphore, Timeout, Wait, wait_any};
use std::thread;
use support::{MAIN, Role, hear, isolated, say, until_told};
use waits::{asleep, code, say_waiting, times_out, until_waiting};

const MOST: u32 = 0x7fff_ffff;

fn unnamed(count: u32, maximum: u32) -> Semaphore {
    let options = Semaphore::options().count(count).maximum(maximum);
    options.create_unnamed().unwrap()
}

#[test]
fn what_cannot_be_counted_is_refused() {
    isolated(|_| {
        let invalid = [
            (0, 0),
            (1, 0),
            (2, 1),
            (u32::MAX, MOST),
            (0, MOST + 1),
            (0, u32::MAX),
        ];
        for (count, maximum) in invalid {
            let options = Semaphore::options().count(count).maximum(maximum);
            for refused in [
                options.create_unnamed(),
                options.create("slots"),
                options.create_new("slots"),
                options.open_or_create("slots"),
            ] {
                let what = format!("{count} of {maximum}");
                assert_eq!(code(refused), ErrorCode::INVALID_PARAMETER, "{what}");
            }
        }
        assert_eq!(code(Semaphore::open("slots")), ErrorCode::FILE_NOT_FOUND);
        for (count, maximum) in [(0, 1), (1, 1), (0, MOST), (MOST, MOST)] {
            let semaphore = unnamed(count, maximum);
            assert_eq!(semaphore.count().unwrap(), count);
            assert_eq!(semaphore.maximum(), maximum);
        }
    });
}

#[test]
fn each_wait_takes_a_unit() {
    isolated(|_| {
        let semaphore = unnamed(2, 2);
        assert!(semaphore.acquire(Timeout::INFINITE).unwrap());
        assert!(semaphore.acquire(Timeout::ZERO).unwrap());
        assert!(!semaphore.acquire(Timeout::ZERO).unwrap());
        assert!(times_out(|moment| {
            commonhold::wait_one(&semaphore, moment).unwrap()
        }));
        assert_eq!(semaphore.count().unwrap(), 0);
    });
}

#[test]
fn a_release_tells_the_count_before() {
    isolated(|_| {
        let semaphore = unnamed(0, 10);
        assert_eq!(semaphore.release(1).unwrap(), 0);
        assert_eq!(semaphore.release(4).unwrap(), 1);
        assert_eq!(semaphore.release(5).unwrap(), 5);
        assert_eq!(semaphore.count().unwrap(), 10);
    });
}

#[test]
fn a_release_beyond_the_maximum_adds_nothing() {
    isolated(|_| {
        let semaphore = unnamed(3, 5);
        for units in [3, 6, MOST] {
            assert_eq!(code(semaphore.release(units)), ErrorCode::TOO_MANY_POSTS);
            assert_eq!(semaphore.count().unwrap(), 3);
        }
        for units in [0, MOST + 1, u32::MAX] {
            assert_eq!(code(semaphore.release(units)), ErrorCode::INVALID_PARAMETER);
            assert_eq!(semaphore.count().unwrap(), 3);
        }
        assert_eq!(semaphore.release(2).unwrap(), 3);
        let full = unnamed(MOST, MOST);
        assert_eq!(code(full.release(1)), ErrorCode::TOO_MANY_POSTS);
        assert_eq!(full.count().unwrap(), MOST);
    });
}

#[test]
fn a_release_lets_as_many_go_and_the_rest_stays() {
    isolated(|_| {
        let semaphore = unnamed(0, 10);
        let wait = || semaphore.acquire(Timeout::INFINITE).unwrap();
        thread::scope(|scope| {
            let waiters = [asleep(scope, wait), asleep(scope, wait)];
            assert_eq!(semaphore.release(5).unwrap(), 0);
            for waiter in waiters {
                assert!(waiter.join().unwrap());
            }
            assert_eq!(semaphore.count().unwrap(), 3);
        });
        let semaphore = unnamed(0, 10);
        let wait = || semaphore.acquire(Timeout::INFINITE).unwrap();
        thread::scope(|scope| {
            let waiters = [(); 3].map(|()| asleep(scope, wait));
            semaphore.release(2).unwrap();
            while waiters.iter().filter(|it| it.is_finished()).count() < 2 {
                thread::yield_now();
            }
            assert_eq!(semaphore.count().unwrap(), 0);
            assert!(!semaphore.acquire(waits::MOMENT).unwrap());
            let still_waits = |it: &&thread::ScopedJoinHandle<'_, bool>| !it.is_finished();
            assert_eq!(waiters.iter().filter(still_waits).count(), 1);
            semaphore.release(1).unwrap();
        });
    });
}

#[test]
fn one_wait_with_it_twice_takes_one_unit() {
    isolated(|_| {
        let semaphore = unnamed(2, 2);
        let again = semaphore.try_clone().unwrap();
        let waited = wait_any(&[&semaphore, &semaphore, &again], Timeout::ZERO).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
        assert_eq!(semaphore.count().unwrap(), 1);
    });
}

#[test]
fn units_go_from_process_to_process_and_do_not_come_back_from_the_dead() {
    isolated(|role| {
        let semaphore = Semaphore::options().maximum(2).create("slots").unwrap();
        if role != MAIN {
            say_waiting();
            assert!(semaphore.acquire(Timeout::INFINITE).unwrap());
            say("taken");
            if hear().as_deref() == Some("give") {
                say(&format!("{}", semaphore.release(1).unwrap()));
            }
            return until_told();
        }
        let mut others = [Role::start("other"), Role::start("other")];
        others.iter_mut().for_each(until_waiting);
        assert_eq!(semaphore.release(2).unwrap(), 0);
        let [mut first, mut second] = others;
        first.expect("taken");
        second.expect("taken");
        assert_eq!(semaphore.count().unwrap(), 0);
        first.say("give");
        first.expect("0");
        assert!(semaphore.acquire(Timeout::ZERO).unwrap());
        first.finish();
        second.kill();
        assert_eq!(semaphore.count().unwrap(), 0);
        assert_eq!(code(semaphore.release(3)), ErrorCode::TOO_MANY_POSTS);
    });
}

/// Who is killed while it sleeps takes no unit along.
#[test]
fn a_killed_sleeper_leaves_the_units_to_others() {
    isolated(|role| {
        let semaphore = Semaphore::options().create("slots").unwrap();
        if role != MAIN {
            say_waiting();
            assert!(semaphore.acquire(Timeout::INFINITE).unwrap());
            say("taken");
            return until_told();
        }
        let mut killed = Role::start("other");
        until_waiting(&mut killed);
        let mut lives = Role::start("other");
        until_waiting(&mut lives);
        killed.kill();
        semaphore.release(1).unwrap();
        lives.expect("taken");
        assert_eq!(semaphore.count().unwrap(), 0);
        lives.finish();
    });
}
