//! Events.

use super::{A, B, C, Mapped, Taken, be, event, explore, god, spawn, with_deaths};

fn waiter(object: &Mapped, tid: u32, fuse: Option<u32>) -> ::loom::thread::JoinHandle<Option<()>> {
    let object = object.elsewhere();
    spawn(tid, fuse, move |me| {
        object.wait_forever(me);
    })
}

/// One is set for two; who dies may have taken it.
#[test]
fn an_event_that_is_set_reaches_the_second_sleeper_if_the_first_dies() {
    with_deaths(1, |fuse| {
        let object = event(false, 0);
        let (first, second) = (waiter(&object, A, fuse), waiter(&object, B, None));
        be(C, None, |me| object.set(me));
        for ended in 1..=2 {
            god::until_ended(ended);
            if object.units() == 0 {
                be(C, None, |me| object.set(me));
            }
        }
        second.join().expect("no panic");
        let lived = first.join().expect("no panic").is_some();
        assert_eq!(object.take_now(), Some(Taken::Normally));
        assert_eq!(object.take_now(), None);
        !lived
    });
}

/// Who sets it dies on the way.
#[test]
fn an_event_that_was_set_reaches_a_sleeper_if_its_setter_dies() {
    with_deaths(2, |fuse| {
        let object = event(false, 0);
        let sleeper = waiter(&object, A, None);
        let lived = be(C, fuse, |me| object.set(me)).is_some();
        if !lived && object.units() == 0 {
            be(B, None, |me| object.set(me));
        }
        sleeper.join().expect("no panic");
        assert!(object.units() == 0 || !lived);
        let rest = object.units();
        assert_eq!(object.take_now().is_some(), rest > 0);
        !lived
    });
}

/// It is set twice while two sleep: both are let go, even if one dies.
#[test]
fn an_event_that_is_set_twice_lets_two_sleepers_go() {
    with_deaths(1, |fuse| {
        let object = event(false, 0);
        let (first, second) = (waiter(&object, A, fuse), waiter(&object, B, None));
        god::until_settled(2);
        be(C, None, |me| {
            object.set(me);
            object.set(me);
        });
        let lived = first.join().expect("no panic").is_some();
        second.join().expect("no panic");
        let rest = std::iter::from_fn(|| object.take_now()).count();
        assert!(rest == 0 || !lived && rest <= 2, "{rest}");
        !lived
    });
}

/// Two sleep on a manual event; who sets it may be killed.
#[test]
fn a_manual_event_lets_all_go_even_if_its_setter_dies() {
    with_deaths(1, |fuse| {
        let object = event(true, 0);
        let (first, second) = (waiter(&object, A, None), waiter(&object, B, None));
        let lived = be(C, fuse, |me| object.set(me)).is_some();
        if object.units() == 0 {
            assert!(!lived);
            be(C, None, |me| object.set(me));
        }
        first.join().expect("no panic");
        second.join().expect("no panic");
        assert_eq!(object.take_now(), Some(Taken::Normally));
        !lived
    });
}

/// As above, but of those who sleep one is killed.
#[test]
fn a_manual_event_lets_all_go_even_if_a_sleeper_dies() {
    with_deaths(1, |fuse| {
        let object = event(true, 0);
        let (first, second) = (waiter(&object, A, fuse), waiter(&object, B, None));
        be(C, None, |me| object.set(me));
        let lived = first.join().expect("no panic").is_some();
        second.join().expect("no panic");
        assert_eq!(object.take_now(), Some(Taken::Normally));
        !lived
    });
}

/// Set and reset at once, or pulsed: who slept goes.
#[test]
fn a_manual_event_that_is_reset_at_once_has_let_sleepers_go() {
    for is_pulsed in [false, true] {
        explore(2, move || {
            let object = event(true, 0);
            let (first, second) = (waiter(&object, A, None), waiter(&object, B, None));
            god::until_settled(2);
            be(C, None, |me| {
                if is_pulsed {
                    object.pulse(me);
                } else {
                    object.set(me);
                    object.reset();
                }
            });
            first.join().expect("no panic");
            second.join().expect("no panic");
            assert_eq!(object.take_now(), None);
        });
    }
}

/// A manual event is set, used, reset and slept on anew, before who set it has looked who still sleeps.
#[test]
fn a_manual_event_does_not_forget_who_comes_after_a_reset() {
    explore(2, || {
        let object = event(true, 0);
        let theirs = object.elsewhere();
        let sleeper = spawn(A, None, move |me| {
            theirs.wait_forever(me);
            theirs.reset();
            theirs.wait_forever(me);
        });
        be(C, None, |me| object.set(me));
        god::until_settled(1);
        be(C, None, |me| object.set(me));
        sleeper.join().expect("no panic");
        assert_eq!(object.take_now(), Some(Taken::Normally));
    });
}

/// A pulse lets one of two go who sleep on an automatic event.
#[test]
fn a_pulse_lets_one_of_two_sleepers_go() {
    explore(2, || {
        let object = event(false, 0);
        let (first, second) = (waiter(&object, A, None), waiter(&object, B, None));
        god::until_settled(2);
        be(C, None, |me| object.pulse(me));
        // One has gone, or goes; this is for the other, and for no third.
        be(C, None, |me| object.set(me));
        first.join().expect("no panic");
        second.join().expect("no panic");
        assert_eq!(object.take_now(), None);
    });
}
