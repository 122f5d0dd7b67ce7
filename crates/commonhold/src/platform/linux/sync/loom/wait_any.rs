//! Waits for any of several objects.

use std::time::Duration;

use super::{A, B, C, FOREVER, be, explore, god, semaphore, spawn, wait_any, with_deaths};

/// Of two objects on which one thread sleeps, another sleeps on the second. Both get a unit.
fn two_objects(fuse: Option<u32>, are_asleep: bool) -> bool {
    let (first, second) = (semaphore(0, 9), semaphore(0, 9));
    let (theirs, others) = (first.elsewhere(), second.elsewhere());
    let any = spawn(A, fuse, move |me| wait_any([&theirs, &others], me, FOREVER));
    let theirs = second.elsewhere();
    let alone = spawn(B, None, move |me| {
        theirs.wait_forever(me);
    });
    if are_asleep {
        god::until_settled(2);
    }
    be(C, None, |me| {
        second.add_units(me, 1);
        first.add_units(me, 1);
    });
    let index = any.join().expect("no panic");
    // What was left of the second must reach who sleeps on it alone; only what was taken is given again.
    if index == Some(Some(1)) || index.is_none() && second.units() == 0 {
        be(C, None, |me| second.add_units(me, 1));
    }
    alone.join().expect("no panic");
    for object in [first, second] {
        while object.take_now().is_some() {}
        assert_eq!(object.units(), 0);
    }
    index.is_none()
}

#[test]
fn who_leaves_with_one_object_passes_on_the_wake_for_another() {
    explore(2, || assert!(!two_objects(None, true)));
    with_deaths(1, |fuse| two_objects(fuse, false));
    with_deaths(1, |fuse| two_objects(fuse, true));
}

/// Time is up as a unit comes.
#[test]
fn who_leaves_with_none_passes_on_the_wake() {
    explore(2, || {
        let (first, second) = (semaphore(0, 9), semaphore(0, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let any = spawn(A, None, move |me| {
            wait_any([&theirs, &others], me, Some(Duration::from_nanos(5)))
        });
        let theirs = second.elsewhere();
        let alone = spawn(B, None, move |me| {
            theirs.wait_forever(me);
        });
        god::until_settled(2);
        let clock = ::loom::thread::spawn(|| god::move_clocks_to(100));
        be(C, None, |me| second.add_units(me, 1));
        clock.join().expect("no panic");
        if any.join().expect("no panic") == Some(Some(1)) {
            be(C, None, |me| second.add_units(me, 1));
        }
        alone.join().expect("no panic");
        assert_eq!(second.units(), 0);
    });
}

/// The signaler dies, where one sleeps on several objects.
#[test]
fn a_unit_reaches_who_sleeps_on_several_if_its_signaler_dies() {
    with_deaths(1, |fuse| {
        let (first, second) = (semaphore(0, 9), semaphore(0, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let any = spawn(A, None, move |me| wait_any([&theirs, &others], me, FOREVER));
        let lived = be(C, fuse, |me| second.add_units(me, 1)).is_some();
        if !lived && second.units() == 0 {
            be(B, None, |me| first.add_units(me, 1));
        }
        assert!(any.join().expect("no panic").is_some());
        while second.take_now().is_some() {}
        !lived
    });
}

/// Who sleeps on several is killed in its sleep, or just woken, while a unit comes for which another sleeps.
#[test]
fn a_unit_is_not_lost_with_one_who_slept_on_several() {
    explore(2, || {
        let (first, second) = (semaphore(0, 9), semaphore(0, 9));
        let (theirs, others) = (first.elsewhere(), second.elsewhere());
        let any = spawn(A, None, move |me| wait_any([&theirs, &others], me, FOREVER));
        let theirs = second.elsewhere();
        let alone = spawn(B, None, move |me| {
            theirs.wait_forever(me);
        });
        god::until_settled(2);
        let killer = ::loom::thread::spawn(|| god::kill(A));
        be(C, None, |me| second.add_units(me, 1));
        killer.join().expect("no panic");
        let index = any.join().expect("no panic");
        if index.is_some() {
            be(C, None, |me| second.add_units(me, 1));
        }
        alone.join().expect("no panic");
        assert_eq!(second.units(), 0);
    });
}
