//! Processes that are killed at named points of the protocols of waitable objects, while others wait.
//!
//! Nobody looks again by itself here (`COMMONHOLD_NO_RECHECK`): who lives has been woken.

use std::time::{Duration, Instant};

use super::forked::{FUTEX, FUTEX_WAITV, Forked};
use super::support::isolated;
use crate::{
    Event, Mutex, Semaphore, Timeout, Timer, Wait, Waitable, wait_all, wait_any, wait_one,
};

/// How long what must come may take. Nothing takes a tenth of it.
const WATCHDOG: Duration = Duration::from_secs(10);

fn set(name: &str, value: &str) {
    // SAFETY: the processes of these tests have no other thread that looks at its environment.
    unsafe { std::env::set_var(name, value) };
}

fn no_recheck() {
    set("COMMONHOLD_NO_RECHECK", "1");
}

/// A process that stops at these points, one after the other.
fn victim(points: &str, run: impl FnOnce()) -> Forked {
    let victim = Forked::start(|| {
        set("COMMONHOLD_STOP_AT", points);
        run();
    });
    victim.await_stop();
    victim
}

/// A process that ends once it has waited; it sleeps when this returns.
fn sleeper(wait: impl FnOnce() -> Wait) -> Forked {
    let sleeper = Forked::start(|| assert_ne!(wait(), Wait::TimedOut));
    until("does not sleep", || {
        sleeper
            .call()
            .is_some_and(|(call, _)| [FUTEX, FUTEX_WAITV].contains(&call))
    });
    sleeper
}

fn until(otherwise: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + WATCHDOG;
    while !is_so() {
        assert!(Instant::now() < end, "{otherwise}");
        std::thread::sleep(Duration::from_micros(50));
    }
}

/// How many have not ended yet.
fn left(sleepers: &mut Vec<Forked>) -> usize {
    sleepers.retain_mut(|sleeper| !sleeper.has_ended());
    sleepers.len()
}

fn all_end(what: &str, sleepers: &mut [Forked]) {
    for sleeper in sleepers {
        until(what, || sleeper.has_ended());
    }
}

const EVER: Timeout = Timeout::INFINITE;

fn semaphore(count: u32) -> Semaphore {
    Semaphore::options().count(count).create_unnamed().unwrap()
}

fn event(manual: bool, signaled: bool) -> Event {
    let options = Event::options().manual_reset(manual).signaled(signaled);
    options.create_unnamed().unwrap()
}

fn lock_and_unlock(mutex: &Mutex) -> Wait {
    let wait = mutex.acquire(EVER).unwrap();
    mutex.release().unwrap();
    wait
}

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

/// The kernel wakes but one then, for what the reserver left.
#[test]
fn what_is_left_when_a_reserver_dies_comes_to_all_it_is_for() {
    isolated(|_| {
        no_recheck();
        let units = semaphore(3);
        let take = || _ = wait_all(&[&units], EVER).unwrap();
        let reserver = victim("reserve.linked,reservation.changed", take);
        let mut sleepers: Vec<Forked> = (0..3)
            .map(|_| sleeper(|| wait_one(&units, EVER).unwrap()))
            .collect();
        reserver.resume();
        reserver.await_stop();
        reserver.kill();
        until("two units for two", || left(&mut sleepers) == 1);
        assert_eq!(units.count().unwrap(), 0);
    });
}

/// What was reserved is as it was before, and nobody owned a mutex that was.
#[test]
fn a_reservation_ends_with_its_thread() {
    isolated(|_| {
        no_recheck();
        for point in ["reserve.changed", "reserve.linked", "reservation.unlinked"] {
            let take = |object: &dyn Waitable| _ = wait_all(&[object], EVER).unwrap();

            let units = semaphore(2);
            let reserver = victim(point, || take(&units));
            let mut sleepers: Vec<Forked> = (0..3)
                .map(|_| sleeper(|| wait_one(&units, EVER).unwrap()))
                .collect();
            reserver.kill();
            until(point, || left(&mut sleepers) == 1);
            drop(sleepers);

            let auto_reset = event(false, true);
            let reserver = victim(point, || take(&auto_reset));
            auto_reset.set().unwrap();
            reserver.kill();
            assert!(auto_reset.wait(WATCHDOG).unwrap(), "{point}");
            assert!(
                !auto_reset.wait(Timeout::ZERO).unwrap(),
                "{point}: set once, taken twice"
            );

            // Reset and set while it was reserved; reset alone.
            for is_set in [true, false] {
                auto_reset.set().unwrap();
                let reserver = victim(point, || take(&auto_reset));
                auto_reset.reset().unwrap();
                if is_set {
                    auto_reset.set().unwrap();
                }
                reserver.kill();
                let taken = auto_reset.wait(Timeout::ZERO).unwrap();
                assert_eq!(taken, is_set, "{point}");
                assert!(!auto_reset.wait(Timeout::ZERO).unwrap(), "{point}");
            }

            if point == "reservation.unlinked" {
                // A mutex stays in the list once it is taken.
                continue;
            }
            let mutex = Mutex::options().create_unnamed().unwrap();
            let reserver = victim(point, || take(&mutex));
            let check = || {
                let wait = lock_and_unlock(&mutex);
                assert_eq!(wait, Wait::Signaled(0), "{point}: nobody owned it");
                wait
            };
            let mut sleepers: Vec<Forked> = (0..3).map(|_| sleeper(check)).collect();
            reserver.kill();
            all_end(point, &mut sleepers);
        }
    });
}

#[test]
fn what_a_wait_for_all_took_is_given_back_when_it_cannot_have_the_rest() {
    isolated(|_| {
        no_recheck();
        let (first, second) = (semaphore(1), semaphore(1));
        let take = || assert_ne!(wait_all(&[&first, &second], EVER).unwrap(), Wait::TimedOut);
        let mut both = victim("reserve.linked", take);
        // Which of the two it has reserved, the order of the objects says.
        let (kept, lost) = if second.acquire(Timeout::ZERO).unwrap() {
            (&first, &second)
        } else {
            assert!(first.acquire(Timeout::ZERO).unwrap());
            (&second, &first)
        };
        both.resume();
        assert!(kept.acquire(WATCHDOG).unwrap(), "it was given back");
        kept.release(1).unwrap();
        lost.release(1).unwrap();
        until("both", || both.has_ended());
    });
}

/// Who resets an event does not wait for who has it reserved. It was never there with what is set after that.
#[test]
fn what_a_wait_for_all_has_reserved_is_given_up_when_it_is_reset() {
    isolated(|_| {
        no_recheck();
        for is_older_manual in [false, true] {
            let older = event(is_older_manual, true);
            let newer = event(!is_older_manual, true);
            let (manual, auto) = if is_older_manual {
                (&older, &newer)
            } else {
                (&newer, &older)
            };
            let take = || assert_ne!(wait_all(&[&older, &newer], EVER).unwrap(), Wait::TimedOut);
            let mut both = victim("reserve.linked", take);
            // Which of the two it has reserved, the order of the objects says.
            let (reserved, other) = if auto.wait(Timeout::ZERO).unwrap() {
                (manual, auto)
            } else {
                manual.reset().unwrap();
                (auto, manual)
            };
            reserved.reset().unwrap();
            other.set().unwrap();
            both.resume();
            until("it does not wait for what was reset", || {
                both.call().is_some_and(|(call, _)| call == FUTEX)
            });
            assert!(!both.has_ended());
            reserved.set().unwrap();
            until("both", || both.has_ended());
            assert!(!auto.is_signaled().unwrap());
        }
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
        let mut woken = Forked::start(|| {
            set("COMMONHOLD_STOP_AT", "woken");
            assert_ne!(wait_one(&units, EVER).unwrap(), Wait::TimedOut);
        });
        until("does not sleep", || {
            woken.call().is_some_and(|(call, _)| call == FUTEX)
        });
        let mut asleep = [sleeper(|| wait_one(&units, EVER).unwrap())];
        units.release(1).unwrap();
        woken.await_stop();
        looking.resume();
        looking.await_stop();
        looking.kill();
        woken.resume();
        until("the one that was woken", || woken.has_ended());
        units.release(1).unwrap();
        all_end("the one that slept on", &mut asleep);
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
