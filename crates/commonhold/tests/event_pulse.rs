//! Events that are pulsed: for those who wait right now. win32-facts 5.3.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{Event, Semaphore, Timeout, Wait, wait_all, wait_any};
use std::thread;
use support::{MAIN, Role, isolated, say, until_told};
use waits::{asleep, asleep_with_id, say_waiting, take, until_asleep, until_waiting};

fn unnamed(manual: bool) -> Event {
    let options = Event::options().manual_reset(manual);
    options.create_unnamed().unwrap()
}

#[test]
fn a_pulse_leaves_it_not_signaled() {
    isolated(|_| {
        for manual in [false, true] {
            for signaled in [false, true] {
                let options = Event::options().manual_reset(manual).signaled(signaled);
                let event = options.create_unnamed().unwrap();
                event.pulse().unwrap();
                assert!(!event.is_signaled().unwrap() && !take(&event));
                // Nobody waited, and who comes later is too late.
                assert!(!event.wait(waits::MOMENT).unwrap());
            }
        }
    });
}

#[test]
fn a_pulse_of_a_manual_reset_event_lets_all_go_who_wait() {
    isolated(|_| {
        let event = unnamed(true);
        for _ in 0..3 {
            thread::scope(|scope| {
                let waiters = [(); 5].map(|()| asleep(scope, || event.wait(Timeout::INFINITE)));
                event.pulse().unwrap();
                for waiter in waiters {
                    assert!(waiter.join().unwrap().unwrap());
                }
            });
            assert!(!event.is_signaled().unwrap() && !take(&event));
        }
    });
}

#[test]
fn a_pulse_of_an_auto_reset_event_lets_one_go() {
    isolated(|_| {
        let event = unnamed(false);
        thread::scope(|scope| {
            let waiters = [(); 3].map(|()| asleep(scope, || event.wait(Timeout::INFINITE)));
            for gone in 1..=3 {
                event.pulse().unwrap();
                while waiters.iter().filter(|it| it.is_finished()).count() < gone {
                    thread::yield_now();
                }
                assert!(!event.is_signaled().unwrap());
                assert!(!event.wait(waits::MOMENT).unwrap());
                let finished = waiters.iter().filter(|it| it.is_finished()).count();
                assert_eq!(finished, gone);
            }
        });
    });
}

#[test]
fn a_pulse_lets_those_go_who_wait_for_it_among_others() {
    isolated(|_| {
        let (auto, manual) = (unnamed(false), unnamed(true));
        thread::scope(|scope| {
            let wait = || wait_any(&[&auto, &manual], Timeout::INFINITE).unwrap();
            let waiter = asleep(scope, wait);
            auto.pulse().unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
            let waiters = [asleep(scope, wait), asleep(scope, wait)];
            manual.pulse().unwrap();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Wait::Signaled(1));
            }
        });
        assert!(!take(&auto) && !take(&manual));
    });
}

/// Who waits for the event and a unit, of which there is none, misses the pulse.
#[test]
fn a_pulse_ends_a_wait_for_all_only_if_the_others_are_signaled() {
    isolated(|_| {
        for manual in [false, true] {
            let event = unnamed(manual);
            let units = Semaphore::options().create_unnamed().unwrap();
            thread::scope(|scope| {
                let wait = || wait_all(&[&event, &units], Timeout::INFINITE).unwrap();
                let (waiter, tid) = asleep_with_id(scope, wait);
                let on_event = until_asleep(std::process::id(), tid);
                event.pulse().unwrap();
                // It looks at the units, and sleeps on them, before there are any.
                while until_asleep(std::process::id(), tid) == on_event {
                    thread::yield_now();
                }
                units.release(1).unwrap();
                assert!(!event.wait(waits::MOMENT).unwrap() && !waiter.is_finished());
                assert_eq!(units.count().unwrap(), 1);
                event.set().unwrap();
                assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
                assert_eq!(units.count().unwrap(), 0);
                event.reset().unwrap();

                units.release(1).unwrap();
                let waiter = asleep(scope, wait);
                event.pulse().unwrap();
                assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
                assert_eq!(units.count().unwrap(), 0);
            });
            assert!(!event.is_signaled().unwrap(), "manual: {manual}");
        }
    });
}

#[test]
fn a_pulse_reaches_other_processes() {
    isolated(|role| {
        let gate = Event::options().manual_reset(true).create("gate").unwrap();
        if role != MAIN {
            say_waiting();
            assert!(gate.wait(Timeout::INFINITE).unwrap());
            say("gone");
            return until_told();
        }
        let mut others = [(); 3].map(|()| Role::start("other"));
        others.iter_mut().for_each(until_waiting);
        gate.pulse().unwrap();
        for other in &mut others {
            other.expect("gone");
        }
        others.into_iter().for_each(Role::finish);
        assert!(!take(&gate));
    });
}
