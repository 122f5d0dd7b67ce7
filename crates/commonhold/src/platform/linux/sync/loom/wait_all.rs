//! Waits for all of several objects.

use super::{
    A, B, C, FOREVER, Taken, be, event, explore, god, mutex, semaphore, spawn, wait_all,
    with_deaths,
};

#[test]
fn all_are_taken_while_another_takes_one_and_gives_it_back() {
    explore(3, || {
        let (first, second) = (semaphore(1, 9), semaphore(1, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let all = spawn(A, None, move |me| wait_all([&theirs, &others], me, FOREVER));
        be(B, None, |me| {
            if second.try_take(me).is_some() {
                second.add_units(me, 1);
            }
        });
        assert_eq!(all.join().expect("no panic"), Some(Some(Taken::Normally)));
        assert_eq!((first.units(), second.units()), (0, 0));
    });
}

#[test]
fn who_dies_taking_all_keeps_nobody_from_them() {
    with_deaths(2, |fuse| {
        let (first, second) = (semaphore(1, 9), semaphore(1, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let all = spawn(A, fuse, move |me| wait_all([&theirs, &others], me, FOREVER));
        be(B, None, |me| {
            if second.try_take(me).is_some() {
                second.add_units(me, 1);
            }
        });
        let all = all.join().expect("no panic");
        for object in [&first, &second] {
            let units = object.units();
            assert!(units == 0 || all.is_none() && units == 1);
            assert_eq!(object.take_now().is_some(), units == 1);
        }
        all.is_none()
    });
}

#[test]
fn who_dies_taking_one_leaves_all_to_be_taken() {
    with_deaths(2, |fuse| {
        let (first, second) = (semaphore(1, 9), semaphore(1, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let all = spawn(A, None, move |me| wait_all([&theirs, &others], me, FOREVER));
        let taker = be(B, fuse, |me| {
            if second.try_take(me).is_some() {
                second.add_units(me, 1);
            }
        });
        if taker.is_none() && second.units() == 0 {
            be(C, None, |me| second.add_units(me, 1));
        }
        assert_eq!(all.join().expect("no panic"), Some(Some(Taken::Normally)));
        assert_eq!(first.units(), 0);
        assert!(second.units() == 0 || taker.is_none());
        taker.is_none()
    });
}

/// What is set after it was taken with others stays set.
#[test]
fn what_is_set_during_a_reservation_is_not_lost() {
    explore(3, || {
        let (first, second) = (semaphore(1, 9), event(false, 1));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let all = spawn(A, None, move |me| wait_all([&theirs, &others], me, FOREVER));
        let is_after = be(B, None, |me| {
            // Of the two this is committed first.
            let is_after = first.units() == 0;
            second.set(me);
            is_after
        });
        assert_eq!(all.join().expect("no panic"), Some(Some(Taken::Normally)));
        let units = second.units();
        assert!(units == 1 || units == 0 && is_after == Some(false));
        assert_eq!(second.take_now().is_some(), units == 1);
    });
}

/// What is reset before the other is there was never there with it, also where it was reserved by then.
#[test]
fn what_is_reset_during_a_reservation_is_given_up() {
    for is_manual in [false, true] {
        explore(3, move || {
            let (first, second) = (event(is_manual, 1), semaphore(0, 9));
            let (theirs, others) = (first.elsewhere(), second.elsewhere());
            let all = spawn(A, None, move |me| {
                wait_all([&theirs, &others], me, FOREVER);
                theirs.units()
            });
            first.reset();
            be(B, None, |me| second.add_units(me, 1));
            let before = first.units();
            be(B, None, |me| first.set(me));
            assert_eq!(before, 0);
            let units = all.join().expect("no panic").expect("it has no fuse");
            assert_eq!(
                units,
                u32::from(is_manual),
                "it was taken before it was set"
            );
            assert_eq!((first.units(), second.units()), (units, 0));
        });
    }
}

/// A sleeper on what is reserved is let go by who set it meanwhile, or by who reserved it, even if that dies.
#[test]
fn who_sleeps_on_what_is_reserved_is_not_forgotten() {
    with_deaths(2, |fuse| {
        let (first, second) = (event(false, 1), semaphore(1, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let all = spawn(A, fuse, move |me| {
            wait_all([&theirs, &others], me, Some(std::time::Duration::ZERO))
        });
        let theirs = first.elsewhere();
        let sleeper = spawn(B, None, move |me| {
            theirs.wait_forever(me);
        });
        be(C, None, |me| {
            // It may have to be rolled back.
            second.try_take(me);
        });
        let all = all.join().expect("no panic");
        if all.flatten().is_some() || all.is_none() && first.units() == 0 {
            be(C, None, |me| first.set(me));
        }
        sleeper.join().expect("no panic");
        while first.take_now().is_some() {}
        assert_eq!(first.units(), 0);
        all.is_none()
    });
}

/// A mutex is reserved with a semaphore that may be gone: who dies then has not owned it.
#[test]
fn a_mutex_that_was_but_reserved_is_not_abandoned() {
    for was_abandoned in [false, true] {
        with_deaths(
            2,
            match was_abandoned {
                false => |fuse| reserved_mutex(fuse, false),
                true => |fuse| reserved_mutex(fuse, true),
            } as fn(Option<u32>) -> bool,
        );
    }
}

fn reserved_mutex(fuse: Option<u32>, was_abandoned: bool) -> bool {
    let (first, second) = (mutex(), semaphore(1, 9));
    if was_abandoned {
        let owner = be(C, None, |me| {
            first.try_take(me);
            god::end()
        });
        assert!(owner.is_none_or(|(): ()| false));
    }
    let (theirs, others) = (first.elsewhere(), second.elsewhere());
    let all = spawn(A, fuse, move |me| {
        let all = wait_all([&theirs, &others], me, Some(std::time::Duration::ZERO));
        if all.is_some() {
            assert!(theirs.release(me));
        }
        all
    });
    let (_, mine) = be(B, None, |me| {
        let had_second = second.try_take(me);
        let mine = first.wait_forever(me);
        assert!(first.release(me));
        (had_second, mine)
    })
    .expect("it has no fuse");
    let all = all.join().expect("no panic");
    let last = first.take_now();
    let taken = [all.flatten(), Some(mine), last];
    let told = taken
        .iter()
        .filter(|taken| **taken == Some(Taken::Abandoned))
        .count();
    let deaths = usize::from(was_abandoned) + usize::from(god::has_left(A, &first));
    // Who owned it last may have been told of the death before, and died; no death is told of twice.
    let untold = usize::from(all.is_none() && was_abandoned);
    assert!(
        told <= deaths && told + untold >= deaths,
        "{told} of {deaths}: {taken:?}"
    );
    if all.is_none() && deaths == usize::from(was_abandoned) && !has_taken(second.units(), mine) {
        assert!(told == deaths);
    }
    assert_eq!(first.take_now(), Some(Taken::Normally));
    all.is_none()
}

/// Whether the dead may have had the mutex and released it.
fn has_taken(units: u32, _mine: Taken) -> bool {
    units == 0
}

/// A thread that wants both is woken for the first alone: another sleeps on that, and gets it.
#[test]
fn who_has_no_use_for_a_wake_passes_it_on() {
    with_deaths(1, |fuse| {
        let (first, second) = (semaphore(0, 9), semaphore(0, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let all = spawn(A, fuse, move |me| wait_all([&theirs, &others], me, FOREVER));
        // So that it is the first in the queue.
        god::until_settled(1);
        let theirs = first.elsewhere();
        let alone = spawn(B, None, move |me| {
            theirs.wait_forever(me);
        });
        be(C, None, |me| first.add_units(me, 1));
        alone.join().expect("no panic");
        be(C, None, |me| {
            first.add_units(me, 1);
            second.add_units(me, 1);
        });
        let all = all.join().expect("no panic");
        assert!(all.is_none() || first.units() == 0 && second.units() == 0);
        for object in [&first, &second] {
            let units = object.units();
            assert!(units <= 1);
            assert_eq!(object.take_now().is_some(), units == 1);
        }
        all.is_none()
    });
}
