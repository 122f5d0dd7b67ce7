//! Events are signaled or not. win32-facts 5.3.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{Event, Timeout, wait_one};
use std::thread;
use support::{MAIN, Role, isolated, say, until_told};
use waits::{asleep, say_waiting, take, times_out, until_waiting};

fn unnamed(manual: bool) -> Event {
    let options = Event::options().manual_reset(manual);
    options.create_unnamed().unwrap()
}

#[test]
fn it_is_as_it_was_created() {
    isolated(|_| {
        for manual in [false, true] {
            for signaled in [false, true] {
                let options = Event::options().manual_reset(manual).signaled(signaled);
                let event = options.create_unnamed().unwrap();
                assert_eq!(event.is_signaled().unwrap(), signaled);
                assert_eq!(take(&event), signaled);
                assert_eq!(take(&event), signaled && manual);
            }
        }
        let event = Event::options().create_unnamed().unwrap();
        event.set().unwrap();
        assert!(take(&event) && !take(&event), "auto-reset by default");
    });
}

#[test]
fn an_auto_reset_event_lets_one_go_each_time() {
    isolated(|_| {
        let event = unnamed(false);
        // It stays signaled until somebody comes, and is not set twice.
        event.set().unwrap();
        event.set().unwrap();
        assert!(event.is_signaled().unwrap());
        assert!(take(&event));
        assert!(!take(&event) && !event.is_signaled().unwrap());
        thread::scope(|scope| {
            let waiters = [(); 3].map(|()| asleep(scope, || event.wait(Timeout::INFINITE)));
            for gone in 1..=3 {
                event.set().unwrap();
                while waiters.iter().filter(|it| it.is_finished()).count() < gone {
                    thread::yield_now();
                }
                assert!(!event.is_signaled().unwrap());
                assert!(times_out(|moment| wait_one(&event, moment).unwrap()));
                let finished = waiters.iter().filter(|it| it.is_finished()).count();
                assert_eq!(finished, gone);
            }
        });
    });
}

/// The one that it was set for first has not run yet, or has: either way two go.
#[test]
fn an_auto_reset_event_that_is_set_twice_lets_two_go() {
    isolated(|_| {
        let event = unnamed(false);
        for _ in 0..20 {
            thread::scope(|scope| {
                let waiters = [(); 2].map(|()| asleep(scope, || event.wait(Timeout::INFINITE)));
                event.set().unwrap();
                event.set().unwrap();
                for waiter in waiters {
                    assert!(waiter.join().unwrap().unwrap());
                }
            });
            assert!(!take(&event));
        }
    });
}

#[test]
fn a_manual_reset_event_lets_all_go_until_it_is_reset() {
    isolated(|_| {
        let event = unnamed(true);
        thread::scope(|scope| {
            let waiters = [(); 5].map(|()| asleep(scope, || event.wait(Timeout::INFINITE)));
            event.set().unwrap();
            for waiter in waiters {
                assert!(waiter.join().unwrap().unwrap());
            }
        });
        event.set().unwrap();
        assert!(take(&event) && take(&event) && event.is_signaled().unwrap());
        event.reset().unwrap();
        event.reset().unwrap();
        assert!(!take(&event) && !event.is_signaled().unwrap());
    });
}

/// Set and reset at once: all who slept when it was set are let go nevertheless.
#[test]
fn who_slept_when_it_was_set_goes_even_if_it_is_reset_at_once() {
    isolated(|_| {
        let event = unnamed(true);
        for _ in 0..20 {
            thread::scope(|scope| {
                let waiters = [(); 3].map(|()| asleep(scope, || event.wait(Timeout::INFINITE)));
                event.set().unwrap();
                event.reset().unwrap();
                for waiter in waiters {
                    assert!(waiter.join().unwrap().unwrap());
                }
            });
            assert!(!take(&event));
        }
    });
}

#[test]
fn an_event_that_is_reset_lets_nobody_go() {
    isolated(|_| {
        for manual in [false, true] {
            let event = unnamed(manual);
            event.reset().unwrap();
            event.set().unwrap();
            event.reset().unwrap();
            assert!(!event.is_signaled().unwrap());
            assert!(times_out(|moment| wait_one(&event, moment).unwrap()));
        }
    });
}

#[test]
fn it_is_set_for_other_processes() {
    isolated(|role| {
        let manual = role.strip_prefix("manual").is_some();
        if role != MAIN {
            let event = Event::open(if manual { "manual" } else { "auto" }).unwrap();
            say_waiting();
            assert!(event.wait(Timeout::INFINITE).unwrap());
            Event::open("gone").unwrap().set().unwrap();
            say("gone");
            return until_told();
        }
        let gone = Event::options().create("gone").unwrap();
        let gate = Event::options()
            .manual_reset(true)
            .create("manual")
            .unwrap();
        let turn = Event::options().create("auto").unwrap();
        let mut at_gate = [(); 3].map(|()| Role::start("manual"));
        at_gate.iter_mut().for_each(until_waiting);
        gate.set().unwrap();
        for mut role in at_gate {
            role.expect("gone");
            role.finish();
        }
        assert!(gate.is_signaled().unwrap() && gone.wait(Timeout::ZERO).unwrap());
        let mut in_turn = [(); 3].map(|()| Role::start("auto"));
        in_turn.iter_mut().for_each(until_waiting);
        for _ in 0..3 {
            turn.set().unwrap();
            assert!(gone.wait(Timeout::INFINITE).unwrap());
            assert!(!gone.wait(waits::MOMENT).unwrap());
        }
        for role in &mut in_turn {
            role.expect("gone");
        }
        in_turn.into_iter().for_each(Role::finish);
        assert!(!turn.is_signaled().unwrap());
    });
}

/// Each set is answered before the next: a turn that were lost would be waited for in vain.
#[test]
fn two_processes_take_turns() {
    isolated(|role| {
        let there = Event::options().create("ping").unwrap();
        let back = Event::options().create("pong").unwrap();
        if role != MAIN {
            for _ in 0..5000 {
                assert!(there.wait(Timeout::INFINITE).unwrap());
                back.set().unwrap();
            }
            return;
        }
        let other = Role::start("other");
        for _ in 0..5000 {
            there.set().unwrap();
            assert!(back.wait(Timeout::INFINITE).unwrap());
        }
        other.finish();
        assert!(!take(&there) && !take(&back));
    });
}
