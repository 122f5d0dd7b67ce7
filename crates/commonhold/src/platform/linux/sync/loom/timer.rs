//! Timers.

use std::sync::Arc;

use super::super::timer::{Clock, Setting};
use super::{A, B, C, Kind, Mapped, State, Taken, be, explore, god, spawn, with_deaths};

fn timer(manual: bool) -> Arc<Mapped> {
    let kind = Kind::Timer { manual };
    Mapped::new(kind, State::initial(kind, 0))
}

fn due(due: u64) -> Option<Setting> {
    let (clock, period) = (Clock::Monotonic, 0);
    Some(Setting { clock, due, period })
}

/// A timer is due as it is set anew; who sets it may be killed, and who sleeps on it gets up at either time.
#[test]
fn a_timer_is_set_as_it_is_due() {
    with_deaths(1, |fuse| {
        let object = timer(false);
        be(C, None, |me| object.set_timer(me, due(10)));
        let theirs = object.elsewhere();
        let sleeper = spawn(A, None, move |me| {
            theirs.wait_forever(me);
        });
        let clock = ::loom::thread::spawn(|| god::move_clocks_to(10));
        let lived = be(B, fuse, |me| object.set_timer(me, due(20))).is_some();
        clock.join().expect("no panic");
        let query = be(C, None, |me| object.query_timer(me)).expect("it has no fuse");
        god::move_clocks_to(20);
        sleeper.join().expect("no panic");
        assert!(!lived || query.0 == due(20) || query.0.is_none());
        let is_signaled = be(C, None, |me| object.query_timer(me))
            .expect("it has no fuse")
            .1;
        assert_eq!(object.take_now().is_some(), is_signaled);
        assert_eq!(object.take_now(), None);
        be(C, None, |me| object.set_timer(me, due(1))).expect("it has no fuse");
        assert_eq!(object.take_now(), Some(Taken::Normally));
        !lived
    });
}

/// Two sleep on a manual timer that comes to be due; one may be killed.
#[test]
fn a_manual_timer_lets_all_go_even_if_one_dies() {
    with_deaths(1, |fuse| {
        let object = timer(true);
        be(C, None, |me| object.set_timer(me, due(10)));
        let (theirs, others) = (object.elsewhere(), object.elsewhere());
        let first = spawn(A, fuse, move |me| {
            theirs.wait_forever(me);
        });
        let second = spawn(B, None, move |me| {
            others.wait_forever(me);
        });
        god::move_clocks_to(10);
        let lived = first.join().expect("no panic").is_some();
        second.join().expect("no panic");
        assert_eq!(object.take_now(), Some(Taken::Normally));
        !lived
    });
}

/// A sleeper learns that the time was set to be earlier.
#[test]
fn a_sleeper_learns_of_an_earlier_time() {
    explore(3, || {
        let object = timer(false);
        be(C, None, |me| object.set_timer(me, due(1000)));
        let theirs = object.elsewhere();
        let sleeper = spawn(A, None, move |me| {
            theirs.wait_forever(me);
        });
        be(B, None, |me| object.set_timer(me, due(10)));
        god::move_clocks_to(10);
        sleeper.join().expect("no panic");
        assert_eq!(object.take_now(), None);
    });
}
