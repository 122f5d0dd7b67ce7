//! Alerts, and waits that go on after their handle is closed. win32-facts 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use std::process::{Command, Stdio};
use std::thread;

use commonhold::{
    Alert, ErrorCode, Event, Mutex, Process, Semaphore, Timeout, Wait, Waitable, wait_all_unless,
    wait_any, wait_one,
};
use support::{MAIN, Role, isolated, say, until_told};
use waits::{asleep, code, take};

fn event() -> Event {
    Event::options().create_unnamed().unwrap()
}

#[test]
fn an_alert_ends_every_kind_of_wait() {
    isolated(|_| {
        let (alert, never) = (Alert::new().unwrap(), event());
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let process = Process::of(&child).unwrap();
        thread::scope(|scope| {
            let one = asleep(scope, || wait_one(&alert, Timeout::INFINITE).unwrap());
            let any = asleep(scope, || {
                wait_any(&[&never, &alert], Timeout::INFINITE).unwrap()
            });
            let all = asleep(scope, || {
                wait_all_unless(&[&never], &alert, Timeout::INFINITE).unwrap()
            });
            let on_process = asleep(scope, || {
                let objects: [&dyn Waitable; 1] = [&process];
                wait_all_unless(&objects, &alert, Timeout::INFINITE).unwrap()
            });
            alert.raise().unwrap();
            assert_eq!(one.join().unwrap(), Wait::Signaled(0));
            assert_eq!(any.join().unwrap(), Wait::Signaled(1));
            assert_eq!(all.join().unwrap(), Wait::TimedOut);
            assert_eq!(on_process.join().unwrap(), Wait::TimedOut);
        });
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        assert!(alert.is_raised());
        alert.lower();
        assert_eq!(wait_one(&alert, Timeout::ZERO).unwrap(), Wait::TimedOut);
    });
}

#[test]
fn what_is_there_is_taken_though_the_alert_is_raised() {
    isolated(|_| {
        let (alert, ready) = (Alert::new().unwrap(), event());
        let slots = Semaphore::options().count(1).create_unnamed().unwrap();
        alert.raise().unwrap();
        ready.set().unwrap();
        let all = || wait_all_unless(&[&ready, &slots], &alert, Timeout::INFINITE).unwrap();
        assert_eq!(all(), Wait::Signaled(0));
        assert_eq!(all(), Wait::TimedOut);
        assert!(!take(&ready) && !take(&slots));
    });
}

#[test]
fn a_wait_for_all_beside_an_alert_is_woken_by_each_object() {
    isolated(|_| {
        let alert = Alert::new().unwrap();
        let (first, second) = (event(), event());
        for round in 0..200 {
            thread::scope(|scope| {
                let all =
                    scope.spawn(|| wait_all_unless(&[&first, &second], &alert, Timeout::INFINITE));
                let (earlier, later) = if round % 2 == 0 {
                    (&first, &second)
                } else {
                    (&second, &first)
                };
                earlier.set().unwrap();
                later.set().unwrap();
                assert_eq!(all.join().unwrap().unwrap(), Wait::Signaled(0));
            });
            assert!(!take(&first) && !take(&second));
        }
    });
}

#[test]
fn a_wait_outlives_its_handle_and_does_not_keep_the_name() {
    isolated(|_| {
        let event = Event::options().create("reference").unwrap();
        let (reference, signal) = (event.wait_reference(), event.wait_reference());
        thread::scope(|scope| {
            let waits = asleep(scope, || wait_one(&reference, Timeout::INFINITE).unwrap());
            let inherited = event.try_clone().unwrap();
            drop(event);
            inherited.set().unwrap();
            assert_eq!(waits.join().unwrap(), Wait::Signaled(0));
        });
        assert_eq!(wait_one(&signal, Timeout::ZERO).unwrap(), Wait::TimedOut);
        assert_eq!(code(Event::open("reference")), ErrorCode::FILE_NOT_FOUND);
        let new = Event::options().signaled(true).create("reference").unwrap();
        assert!(!new.existed());
        assert_eq!(
            wait_one(&signal, Timeout::ZERO).unwrap(),
            Wait::TimedOut,
            "another object"
        );
        drop(new);
    });
}

/// What is owned by way of a reference is owned, whichever handle is used next: a process has an object once.
#[test]
fn a_mutex_that_was_locked_by_a_reference_is_released_by_a_handle() {
    isolated(|role| {
        if role != MAIN {
            let _held = Mutex::options().create("reference").unwrap();
            say("held");
            until_told();
            return;
        }
        let mut holder = Role::start("holder");
        holder.expect("held");
        let reference = Mutex::open("reference").unwrap().wait_reference();
        assert_eq!(
            wait_one(&reference, Timeout::ZERO).unwrap(),
            Wait::Signaled(0)
        );
        let again = Mutex::open("reference").unwrap();
        assert_eq!(
            wait_one(&again, Timeout::ZERO).unwrap(),
            Wait::Signaled(0),
            "recursively"
        );
        again.release().unwrap();
        drop(reference);
        again.release().unwrap();
        assert_eq!(code(again.release()), ErrorCode::NOT_OWNER);
        drop(again);
        holder.finish();
    });
}
