//! Mutexes.

use super::{A, B, C, FRESH, Taken, be, explore, god, mutex, spawn, with_deaths};

/// Two take it, one waits for the other; the first may be killed.
#[test]
fn a_mutex_has_one_owner_and_tells_of_one_that_died() {
    with_deaths(2, |fuse| {
        let mine = mutex();
        let theirs = mine.elsewhere();
        let inside = std::sync::Arc::new(::loom::cell::UnsafeCell::new(()));
        let guarded = std::sync::Arc::clone(&inside);
        let other = spawn(A, fuse, move |me| {
            let taken = theirs.own_forever(me);
            guarded.with_mut(|_| ());
            assert!(theirs.release(me));
            taken
        });
        let taken = be(B, None, |me| {
            let taken = mine.own_forever(me);
            inside.with_mut(|_| ());
            assert!(mine.release(me));
            taken
        });
        let others = other.join().expect("it does not panic");
        assert!(others.is_none_or(|taken| taken == Taken::Normally));
        let last = mine.take_now();
        let told = [taken, last]
            .iter()
            .filter(|taken| **taken == Some(Taken::Abandoned))
            .count();
        assert_eq!(told, usize::from(god::has_left(A, &mine)));
        assert_eq!(mine.take_now(), Some(Taken::Normally));
        others.is_none()
    });
}

/// The owner releases it to two, of whom one may be killed.
#[test]
fn a_mutex_reaches_the_second_sleeper_if_the_first_dies() {
    with_deaths(1, |fuse| {
        let mine = mutex();
        let (first, second) = (mine.elsewhere(), mine.elsewhere());
        let released = be(C, None, |me| {
            assert_eq!(mine.try_take(me), Some(Taken::Normally));
            let take = move |me: &super::Me| {
                let taken = first.wait_forever(me);
                assert!(first.release(me));
                taken
            };
            let first = spawn(A, fuse, take);
            let second = spawn(B, None, move |me| {
                let taken = second.wait_forever(me);
                assert!(second.release(me));
                taken
            });
            god::until_settled(2);
            assert!(mine.release(me));
            (
                first.join().expect("no panic"),
                second.join().expect("no panic"),
            )
        });
        let (first, second) = released.expect("it has no fuse");
        let told = [second, mine.take_now()]
            .iter()
            .filter(|taken| **taken == Some(Taken::Abandoned))
            .count();
        assert_eq!(told, usize::from(god::has_left(A, &mine)));
        first.is_none()
    });
}

/// A thread is killed in its sleep, while the mutex is released.
#[test]
fn a_mutex_reaches_the_second_sleeper_if_the_first_is_killed_in_its_sleep() {
    explore(2, || {
        let mine = mutex();
        let (first, second) = (mine.elsewhere(), mine.elsewhere());
        be(C, None, |me| {
            assert_eq!(mine.try_take(me), Some(Taken::Normally));
            let first = spawn(A, None, move |me| {
                first.wait_forever(me);
                assert!(first.release(me));
            });
            let second = spawn(B, None, move |me| {
                assert_eq!(second.wait_forever(me), Taken::Normally);
                assert!(second.release(me));
            });
            god::until_settled(2);
            let killer = ::loom::thread::spawn(|| god::kill(A));
            assert!(mine.release(me));
            killer.join().expect("no panic");
            first.join().expect("no panic");
            second.join().expect("no panic");
        });
        assert_eq!(mine.take_now(), Some(Taken::Normally));
    });
}

/// The owner ends without releasing it, and two sleep on it.
#[test]
fn a_mutex_of_a_dead_owner_reaches_all_who_sleep() {
    with_deaths(1, |fuse| {
        let mine = mutex();
        let (first, second) = (mine.elsewhere(), mine.elsewhere());
        let mut sleepers = None;
        let lived = be(C, None, |me| {
            mine.wait_forever(me);
            let first = spawn(A, fuse, move |me| {
                let taken = first.wait_forever(me);
                assert!(first.release(me));
                taken
            });
            let second = spawn(B, None, move |me| {
                let taken = second.wait_forever(me);
                assert!(second.release(me));
                taken
            });
            sleepers = Some((first, second));
            god::until_settled(2);
            god::end();
        });
        assert!(lived.is_none());
        let (first, second) = sleepers.expect("they were started");
        let (first, second) = (
            first.join().expect("no panic"),
            second.join().expect("no panic"),
        );
        let taken = [first, second, mine.take_now()];
        let told = taken
            .iter()
            .filter(|taken| **taken == Some(Taken::Abandoned))
            .count();
        let deaths = 1 + usize::from(god::has_left(A, &mine));
        // Who died may have been told of the first death.
        assert!(
            told == deaths || first.is_none() && told + 1 == deaths,
            "{told} of {deaths}"
        );
        assert_eq!(be(FRESH, None, |me| mine.is_mine(me)), Some(false));
        first.is_none()
    });
}
