//! Who dies with an object reserved.

use super::*;
use crate::{wait_all, wait_one};

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
