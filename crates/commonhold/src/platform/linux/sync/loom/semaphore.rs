//! Semaphores.

use super::{A, B, C, Mapped, Taken, be, explore, god, semaphore, spawn, wait_all, with_deaths};

type Taker = ::loom::thread::JoinHandle<Option<()>>;

/// Takes a unit, in a process of its own.
fn taker(object: &Mapped, tid: u32, fuse: Option<u32>) -> Taker {
    let object = object.elsewhere();
    spawn(tid, fuse, move |me| {
        object.wait_forever(me);
    })
}

/// Adds a unit if there is none: what is there already must reach a sleeper without that.
fn add_if_none(object: &Mapped, tid: u32) {
    if object.units() == 0 {
        be(tid, None, |me| object.add_units(me, 1));
    }
}

/// How many units are left, which all can be taken.
fn take_the_rest(object: &Mapped) -> u32 {
    let rest = object.units();
    for _ in 0..rest {
        assert_eq!(object.take_now(), Some(Taken::Normally));
    }
    assert_eq!(object.take_now(), None);
    rest
}

/// One unit for two, of whom one may be killed.
#[test]
fn a_unit_reaches_the_second_sleeper_if_the_first_dies() {
    with_deaths(1, |fuse| {
        let object = semaphore(0, 9);
        let (first, second) = (taker(&object, A, fuse), taker(&object, B, None));
        be(C, None, |me| object.add_units(me, 1));
        let lived = serve(&object, first, second);
        assert!(take_the_rest(&object) <= 1);
        !lived
    });
}

/// Both sleep before the unit comes.
#[test]
fn a_unit_reaches_the_second_sleeper_if_the_first_dies_of_two_who_sleep() {
    with_deaths(1, |fuse| {
        let object = semaphore(0, 9);
        let first = taker(&object, A, fuse);
        god::until_settled(1);
        let second = taker(&object, B, None);
        god::until_settled(2);
        be(C, None, |me| object.add_units(me, 1));
        let lived = serve(&object, first, second);
        assert!(take_the_rest(&object) <= 1);
        !lived
    });
}

/// Whenever one has ended, adds what it took; whether the first lived.
fn serve(object: &Mapped, first: Taker, second: Taker) -> bool {
    for ended in 1..=2 {
        god::until_ended(ended);
        add_if_none(object, C);
    }
    second.join().expect("no panic");
    first.join().expect("no panic").is_some()
}

/// A sleeper is killed in its sleep while a unit comes.
#[test]
fn a_unit_reaches_the_second_sleeper_if_the_first_is_killed_in_its_sleep() {
    explore(2, || {
        let object = semaphore(0, 9);
        let (first, second) = (taker(&object, A, None), taker(&object, B, None));
        god::until_settled(2);
        let killer = ::loom::thread::spawn(|| god::kill(A));
        be(C, None, |me| object.add_units(me, 1));
        killer.join().expect("no panic");
        serve(&object, first, second);
        assert!(take_the_rest(&object) <= 1);
    });
}

/// Two units, one after the other or at once, for two sleepers.
#[test]
fn two_units_reach_two_sleepers() {
    for at_once in [false, true] {
        explore(2, move || {
            let object = semaphore(0, 9);
            let (first, second) = (taker(&object, A, None), taker(&object, B, None));
            be(C, None, |me| {
                if at_once {
                    assert_eq!(object.add_units(me, 2), Some(0));
                } else {
                    object.add_units(me, 1);
                    object.add_units(me, 1);
                }
            });
            first.join().expect("no panic");
            second.join().expect("no panic");
            assert_eq!(take_the_rest(&object), 0);
        });
    }
}

/// Who slept alone, and was woken in vain, is slow to say that it sleeps no more: another one does by then.
#[test]
fn who_slept_alone_before_does_not_take_the_bit_of_who_sleeps_now() {
    explore(2, || {
        let object = semaphore(0, 9);
        let slow = taker(&object, A, None);
        be(C, None, |me| object.add_units(me, 1));
        let is_taken = be(C, None, |me| object.try_take(me)).is_some_and(|taken| taken.is_some());
        let second = is_taken.then(|| {
            let second = taker(&object, B, None);
            god::until_settled(1);
            be(C, None, |me| object.add_units(me, 1));
            be(C, None, |me| object.add_units(me, 1));
            second
        });
        slow.join().expect("no panic");
        if let Some(second) = second {
            second.join().expect("no panic");
        }
        assert_eq!(take_the_rest(&object), 0);
    });
}

/// Who adds a unit is killed on the way.
#[test]
fn a_unit_that_was_added_reaches_a_sleeper_if_its_signaler_dies() {
    with_deaths(2, |fuse| {
        let object = semaphore(0, 9);
        let sleeper = taker(&object, A, None);
        let lived = be(C, fuse, |me| object.add_units(me, 1)).is_some();
        if !lived {
            add_if_none(&object, B);
        }
        sleeper.join().expect("no panic");
        let rest = take_the_rest(&object);
        assert!(rest == 0 || !lived && rest == 1);
        !lived
    });
}

/// A release of a full semaphore waits for a reservation to end, which leaves it full or not.
#[test]
fn a_full_semaphore_refuses_or_is_not_full_any_more() {
    with_deaths(2, |fuse| {
        let (full, other) = (semaphore(1, 1), semaphore(1, 1));
        let (theirs, others) = (full.elsewhere(), other.elsewhere());
        let taker = spawn(A, fuse, move |me| {
            wait_all([&theirs, &others], me, Some(std::time::Duration::ZERO))
        });
        let theirs = full.elsewhere();
        let adder = spawn(B, None, move |me| {
            (other.try_take(me).is_some(), theirs.add_units(me, 1))
        });
        let taken = taker.join().expect("no panic");
        if taken.is_none() {
            // Between the last change and the wake the kernel has nothing to pass on: nothing is available.
            god::let_all_look_again();
        }
        let added = adder.join().expect("no panic");
        let (had_other, before) = added.expect("it has no fuse");
        let units = full.units();
        match (taken, before) {
            (Some(Some(_)), Some(0)) => assert_eq!(units, 1),
            (Some(Some(_)), None) => assert_eq!(units, 0),
            (Some(None), None) => assert!(units == 1 && had_other),
            // The dead may have taken it or not.
            (None, None) => (),
            (None, Some(0)) => assert_eq!(units, 1),
            what => panic!("{what:?}"),
        }
        assert_eq!(take_the_rest(&full), units);
        taken.is_none()
    });
}
