//! The waiters' bit, where nobody sleeps any more, or somebody comes just then.

use super::super::state::WAITERS;
use super::{A, B, C, Kind, Mapped, State, Taken, be, explore, god, spawn, with_deaths};

/// Of an object whose sleepers were killed.
fn left_by_sleepers(kind: Kind) -> std::sync::Arc<Mapped> {
    let state = State::initial(kind, 0);
    Mapped::new(kind, state.with_word(state.word() | WAITERS))
}

/// A unit is added, and nobody is there to wake; but one comes.
#[test]
fn the_bit_of_a_semaphore_is_cleared_as_a_sleeper_comes() {
    with_deaths(2, |fuse| {
        let object = left_by_sleepers(Kind::Semaphore { maximum: 9 });
        let theirs = object.elsewhere();
        let sleeper = spawn(A, None, move |me| {
            theirs.wait_forever(me);
        });
        let lived = be(B, fuse, |me| object.add_units(me, 1)).is_some();
        if !lived && object.units() == 0 {
            be(C, None, |me| object.add_units(me, 1));
        }
        sleeper.join().expect("no panic");
        let rest = object.units();
        assert!(rest == 0 || !lived && rest == 1);
        assert_eq!(object.take_now().is_some(), rest == 1);
        !lived
    });
}

/// Who found nobody to wake is slow, and the state comes back to what it was, while two have come.
#[test]
fn the_bit_stays_for_who_comes_as_the_state_comes_back() {
    explore(2, || {
        let object = left_by_sleepers(Kind::Semaphore { maximum: 9 });
        let theirs = object.elsewhere();
        let slow = spawn(B, None, move |me| {
            theirs.add_units(me, 1);
        });
        let is_taken = be(C, None, |me| object.try_take(me))
            .expect("it has no fuse")
            .is_some();
        if !is_taken {
            slow.join().expect("no panic");
            return;
        }
        let sleepers = [A, A + 100].map(|tid| {
            let theirs = object.elsewhere();
            spawn(tid, None, move |me| {
                theirs.wait_forever(me);
            })
        });
        god::until_settled(2);
        be(C, None, |me| object.add_units(me, 1));
        be(C, None, |me| object.add_units(me, 1));
        for sleeper in sleepers {
            sleeper.join().expect("no panic");
        }
        slow.join().expect("no panic");
        assert_eq!(object.take_now(), None);
    });
}

/// A mutex is released, and nobody is there to wake; but one comes.
#[test]
fn a_mutex_that_is_calmed_is_not_abandoned() {
    with_deaths(2, |fuse| {
        let object = left_by_sleepers(Kind::Mutex);
        let theirs = object.elsewhere();
        let sleeper = spawn(A, None, move |me| {
            let taken = theirs.wait_forever(me);
            assert!(theirs.release(me));
            taken
        });
        let lived = be(B, fuse, |me| {
            object.wait_forever(me);
            assert!(object.release(me));
        })
        .is_some();
        let told = [sleeper.join().expect("no panic"), object.take_now()];
        let told = told
            .iter()
            .filter(|taken| **taken == Some(Taken::Abandoned))
            .count();
        assert_eq!(told, usize::from(god::has_left(B, &object)));
        assert_eq!(object.take_now(), Some(Taken::Normally));
        !lived
    });
}

/// Alone, the one who finds the bit clears it.
#[test]
fn the_bit_is_cleared_where_nobody_sleeps() {
    with_deaths(1, |fuse| {
        let object = left_by_sleepers(Kind::Semaphore { maximum: 9 });
        let lived = be(B, fuse, |me| object.add_units(me, 1)).is_some();
        assert!(!lived || !object.load().has_waiters());
        let units = object.units();
        assert_eq!(object.take_now().is_some(), units == 1);
        !lived
    });
}
