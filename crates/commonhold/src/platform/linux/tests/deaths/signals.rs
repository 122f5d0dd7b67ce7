//! Who dies between a change and the wake for it, or with a wake that was for another.

use super::*;
use crate::{Timer, wait_any, wait_one};

/// The kernel wakes but one then, whatever the signal was worth.
#[test]
fn a_signal_whose_giver_dies_before_the_wake_comes_to_all_it_is_for() {
    isolated(|_| {
        no_recheck();
        let never = event(false, false);
        for several in [false, true] {
            let wait = |object: &dyn Waitable| {
                if several {
                    wait_any(&[&never, object], EVER).unwrap()
                } else {
                    wait_one(object, EVER).unwrap()
                }
            };
            let units = semaphore(0);
            let mut sleepers: Vec<Forked> = (0..4).map(|_| sleeper(|| wait(&units))).collect();
            victim("signal.changed", || _ = units.release(3).unwrap()).kill();
            until("three units for three", || left(&mut sleepers) == 1);
            assert_eq!(units.count().unwrap(), 0);

            let auto_reset = event(false, false);
            let mut sleepers: Vec<Forked> = (0..2).map(|_| sleeper(|| wait(&auto_reset))).collect();
            victim("signal.changed", || auto_reset.set().unwrap()).kill();
            until("one for one", || left(&mut sleepers) == 1);

            let manual_reset = event(true, false);
            let mut sleepers: Vec<Forked> =
                (0..3).map(|_| sleeper(|| wait(&manual_reset))).collect();
            victim("signal.changed", || manual_reset.set().unwrap()).kill();
            all_end("an event for all", &mut sleepers);
        }
    });
}

#[test]
fn a_mutex_whose_owner_dies_releasing_it_goes_on_to_the_next() {
    isolated(|_| {
        no_recheck();
        for point in ["release.unlinked", "release.changed"] {
            let mutex = Mutex::options().create_unnamed().unwrap();
            let owner = victim(&format!("own.changed,{point}"), || {
                _ = lock_and_unlock(&mutex);
            });
            let mut sleepers: Vec<Forked> = (0..3)
                .map(|_| sleeper(|| lock_and_unlock(&mutex)))
                .collect();
            owner.resume();
            owner.await_stop();
            owner.kill();
            all_end(point, &mut sleepers);
        }
    });
}

#[test]
fn a_mutex_whose_owner_dies_taking_it_goes_on_to_the_next() {
    isolated(|_| {
        no_recheck();
        let mutex = Mutex::options().create_unnamed().unwrap();
        let owner = victim("own.changed", || _ = lock_and_unlock(&mutex));
        let mut sleepers: Vec<Forked> = (0..3)
            .map(|_| sleeper(|| lock_and_unlock(&mutex)))
            .collect();
        owner.kill();
        all_end("a mutex for all", &mut sleepers);
    });
}

/// Who fires a timer is stopped, and killed: it is as due as before.
#[test]
fn a_timer_whose_firing_ends_with_a_death_is_fired_by_the_next() {
    isolated(|_| {
        no_recheck();
        for (point, manual) in ["reserve.changed", "reserve.linked", "reservation.unlinked"]
            .into_iter()
            .flat_map(|point| [(point, false), (point, true)])
        {
            let options = Timer::options().manual_reset(manual);
            let timer = options.create_unnamed().unwrap();
            timer.set(Duration::ZERO, Duration::ZERO).unwrap();
            let firing = victim(point, || _ = timer.is_signaled().unwrap());
            let mut waiting = [sleeper(|| wait_one(&timer, EVER).unwrap())];
            firing.kill();
            all_end(point, &mut waiting);
            assert_eq!(timer.wait(Timeout::ZERO).unwrap(), manual, "{point}");
            assert_eq!(timer.due_in().unwrap(), None);
        }
    });
}

#[test]
fn a_wake_that_came_to_one_who_dies_goes_on_to_the_next() {
    isolated(|_| {
        no_recheck();
        let units = semaphore(0);
        let wait = || _ = wait_one(&units, EVER).unwrap();
        let first = Forked::start(|| {
            set("COMMONHOLD_STOP_AT", "woken");
            wait();
        });
        until("does not sleep", || {
            first.call().is_some_and(|(call, _)| call == FUTEX)
        });
        let mut next = [sleeper(|| wait_one(&units, EVER).unwrap())];
        units.release(1).unwrap();
        first.await_stop();
        first.kill();
        all_end("the next one", &mut next);
    });
}

/// The wake of one who died comes to a thread that takes something else.
#[test]
fn who_takes_another_object_passes_on_the_wake() {
    isolated(|_| {
        no_recheck();
        let (preferred, other) = (semaphore(0), semaphore(0));
        let mut picky = Forked::start(|| {
            set("COMMONHOLD_STOP_AT", "woken");
            assert_eq!(
                wait_any(&[&preferred, &other], EVER).unwrap(),
                Wait::Signaled(0)
            );
        });
        until("does not sleep", || {
            picky.call().is_some_and(|(call, _)| call == FUTEX_WAITV)
        });
        let mut next = [sleeper(|| wait_one(&other, EVER).unwrap())];
        victim("signal.changed", || _ = other.release(1).unwrap()).kill();
        picky.await_stop();
        preferred.release(1).unwrap();
        picky.resume();
        until("the first", || picky.has_ended());
        all_end("the next one", &mut next);
    });
}

/// Who looks whether anybody still sleeps has no waiters' bit in the word for a moment; it died then, and others
/// had gone to sleep before.
#[test]
fn who_dies_looking_for_sleepers_leaves_none_asleep() {
    isolated(|_| {
        no_recheck();
        let units = semaphore(0);
        // So that the bit is there, and nobody sleeps.
        sleeper(|| wait_one(&units, EVER).unwrap()).kill();
        let looking = victim("calm.begun,calm.reserved", || _ = units.release(1).unwrap());
        assert!(units.acquire(Timeout::ZERO).unwrap());
        let woken = Forked::start(|| {
            set("COMMONHOLD_STOP_AT", "woken");
            assert_ne!(wait_one(&units, EVER).unwrap(), Wait::TimedOut);
        });
        until("does not sleep", || {
            woken.call().is_some_and(|(call, _)| call == FUTEX)
        });
        let mut both = vec![woken, sleeper(|| wait_one(&units, EVER).unwrap())];
        units.release(1).unwrap();
        both[0].await_stop();
        looking.resume();
        looking.await_stop();
        looking.kill();
        both[0].resume();
        // The first, but where it was so slow to go to sleep that the second was asleep before it.
        until("the one that was woken", || left(&mut both) == 1);
        units.release(1).unwrap();
        all_end("the one that slept on", &mut both);
    });
}

/// Between the wake that finds nobody and the end of the waiters' bit, somebody can take what there was, and another
/// go to sleep.
#[test]
fn who_finds_no_sleeper_does_not_forget_one_that_came_since() {
    isolated(|_| {
        no_recheck();
        let units = semaphore(0);
        sleeper(|| wait_one(&units, EVER).unwrap()).kill();
        let mut looking = victim("calm.begun", || _ = units.release(1).unwrap());
        assert!(units.acquire(Timeout::ZERO).unwrap());
        let mut asleep = [sleeper(|| wait_one(&units, EVER).unwrap())];
        looking.resume();
        until("the one that looks", || looking.has_ended());
        units.release(1).unwrap();
        all_end("the one that came since", &mut asleep);
    });
}
