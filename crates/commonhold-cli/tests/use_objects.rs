//! `commonhold wait`, `event`, `semaphore` and `timer` with real objects.

#![allow(missing_docs)]

mod command;
#[path = "../../commonhold/tests/support/mod.rs"]
mod support;
#[path = "../../commonhold/tests/support/waits.rs"]
mod waits;

use std::time::Duration;

use command::{Running, abandon, end, fails, left, run};
use commonhold::{Event, Mutex, Section, Semaphore, Timeout, Timer, Wait};
use rustix::process::Signal;
use support::isolated;

#[test]
fn any_takes_the_first_that_is_there_and_says_which() {
    isolated(|_| {
        let event = Event::options().create("e").unwrap();
        let semaphore = Semaphore::options().count(2).create("s").unwrap();
        assert_eq!(run(&["wait", "any", "e", "s"]), end(3, "s\n"));
        assert_eq!(semaphore.count().unwrap(), 1);
        event.set().unwrap();
        let words = ["wait", "any", "s", "e", "--index"];
        assert_eq!(run(&words), end(0, "0\n"));
        assert_eq!(run(&words), end(3, "1\n"));
        let words = ["wait", "any", "e", "s", "--timeout", "0"];
        assert_eq!(run(&words), end(124, ""));
    });
}

#[test]
fn any_sleeps_until_there_is_one() {
    isolated(|_| {
        let event = Event::options().create("e").unwrap();
        let timer = Timer::options().create("t").unwrap();
        let waiting = Running::start(&["wait", "any", "t", "e"]);
        waiting.until_asleep();
        event.set().unwrap();
        assert_eq!(waiting.end(), end(3, "e\n"));
        assert!(!event.is_signaled().unwrap());

        let waiting = Running::start(&["wait", "any", "t", "e"]);
        waiting.until_asleep();
        timer.set(Duration::ZERO, Duration::ZERO).unwrap();
        assert_eq!(waiting.end(), end(0, "t\n"));
    });
}

#[test]
fn all_are_taken_at_one_moment_or_none() {
    isolated(|_| {
        let event = Event::options().create("e").unwrap();
        let semaphore = Semaphore::options().count(1).create("s").unwrap();
        let mutex = Mutex::options().create("m").unwrap();
        let words = ["wait", "all", "e", "s", "m", "--timeout", "1ms"];
        assert_eq!(run(&words), end(124, ""));
        assert_eq!(semaphore.count().unwrap(), 1);

        let waiting = Running::start(&["wait", "all", "e", "s", "m"]);
        waiting.until_asleep();
        assert_eq!(semaphore.count().unwrap(), 1);
        event.set().unwrap();
        assert_eq!(waiting.end(), end(0, ""));
        assert_eq!(semaphore.count().unwrap(), 0);
        assert!(!event.is_signaled().unwrap());
        assert_eq!(mutex.acquire(Timeout::ZERO).unwrap(), Wait::Signaled(0));
        mutex.release().unwrap();
    });
}

#[test]
fn a_mutex_is_released_when_the_command_ends() {
    isolated(|_| {
        let mutex = Mutex::options().create("m").unwrap();
        for _ in 0..2 {
            assert_eq!(run(&["wait", "any", "m"]), end(0, "m\n"));
        }
        assert_eq!(mutex.acquire(Timeout::ZERO).unwrap(), Wait::Signaled(0));
        mutex.release().unwrap();
    });
}

#[test]
fn a_mutex_that_was_not_released_is_told_of() {
    isolated(|_| {
        let _mutex = Mutex::options().create("m").unwrap();
        let _event = Event::options()
            .manual_reset(true)
            .signaled(true)
            .create("e");
        abandon("m");
        assert_eq!(run(&["wait", "any", "m", "e"]), end(0, "m\tabandoned\n"));
        assert_eq!(run(&["wait", "any", "m", "e"]), end(0, "m\n"));
        abandon("m");
        let words = ["wait", "any", "m", "--index"];
        assert_eq!(run(&words), end(0, "0\tabandoned\n"));
        abandon("m");
        assert_eq!(run(&["wait", "all", "e", "m"]), end(0, "abandoned\n"));
        assert_eq!(run(&["wait", "all", "e", "m"]), end(0, ""));
    });
}

/// The last holder, too, so that the name would be left if it did not close its handle.
#[test]
fn a_signal_ends_a_wait_and_leaves_nothing() {
    isolated(|_| {
        for how in ["any", "all"] {
            let events = ["e", "f"].map(|name| Event::options().create(name).unwrap());
            let waiting = Running::start(&["wait", how, "e", "f"]);
            waiting.until_asleep();
            drop(events);
            waiting.signal(Signal::INT);
            assert_eq!(waiting.end(), end(130, ""));
            assert_eq!(left(), [""; 0]);
        }
    });
}

#[test]
fn what_cannot_be_waited_for_is_an_error_that_says_why() {
    isolated(|_| {
        let error = fails(1, &["wait", "any", "x"]);
        assert!(error.contains("there is no object named x;"), "{error}");
        let _section = Section::options().size(4096).create("x").unwrap();
        let error = fails(1, &["wait", "all", "x"]);
        assert!(
            error.contains("\"x\" is a section, which cannot be waited for"),
            "{error}"
        );
        let _event = Event::options().create("e").unwrap();
        fails(1, &["wait", "all", "e", "e"]);
        fails(2, &["wait", "any"]);
        fails(2, &["wait", "any", r"a\b"]);
        fails(2, &["wait", "any", "e", "--timeout", "never"]);
    });
}

#[test]
fn as_many_as_are_said_can_be_waited_for() {
    isolated(|_| {
        let _event = Event::options().create("e").unwrap();
        let _last = Event::options().signaled(true).create("f").unwrap();
        let mut words = vec!["wait", "any", "--index"];
        words.extend(["e"; 126]);
        words.push("f");
        assert_eq!(run(&words), end(123, "126\n"));
        words.push("f");
        fails(2, &words);
    });
}

#[test]
fn events_are_set_reset_and_pulsed() {
    isolated(|_| {
        let event = Event::options().manual_reset(true).create("e").unwrap();
        assert_eq!(run(&["event", "set", "e"]), end(0, ""));
        assert!(event.is_signaled().unwrap());
        assert_eq!(run(&["event", "reset", "e"]), end(0, ""));
        assert!(!event.is_signaled().unwrap());

        let waiting = Running::start(&["wait", "any", "e"]);
        waiting.until_asleep();
        assert_eq!(run(&["event", "pulse", "e"]), end(0, ""));
        assert_eq!(waiting.end(), end(0, "e\n"));
        assert!(!event.is_signaled().unwrap());

        for action in ["set", "reset", "pulse"] {
            let error = fails(1, &["event", action, "x"]);
            let says = "there is no event named x; a name is there while a process holds it";
            assert!(error.contains(says), "{error}");
        }
    });
}

#[test]
fn units_of_a_semaphore_are_taken_and_given_back() {
    isolated(|_| {
        let semaphore = Semaphore::options()
            .count(1)
            .maximum(3)
            .create("s")
            .unwrap();
        assert_eq!(run(&["semaphore", "acquire", "s"]), end(0, ""));
        assert_eq!(semaphore.count().unwrap(), 0);
        let words = ["semaphore", "acquire", "s", "--timeout", "0"];
        assert_eq!(run(&words), end(124, ""));

        let waiting = Running::start(&["semaphore", "acquire", "s"]);
        waiting.until_asleep();
        assert_eq!(run(&["semaphore", "release", "s"]), end(0, "0\n"));
        assert_eq!(waiting.end(), end(0, ""));

        let words = ["semaphore", "release", "s", "--count", "2"];
        assert_eq!(run(&words), end(0, "0\n"));
        let error = fails(1, &words);
        assert!(
            error.contains("\"s\" counts to 3; none was added"),
            "{error}"
        );
        assert_eq!(semaphore.count().unwrap(), 2);
        let error = fails(1, &["semaphore", "acquire", "x"]);
        assert!(error.contains("there is no semaphore named x;"));
    });
}

#[test]
fn timers_are_set_and_cancelled() {
    isolated(|_| {
        let timer = Timer::options().create("t").unwrap();
        let hour = Duration::from_secs(3600);
        let set = |words: &[&str]| run(&[&["timer", "set", "t"], words].concat());
        assert_eq!(set(&["--after", "1h"]), end(0, ""));
        assert!(!timer.is_signaled().unwrap());
        assert!(timer.due_in().unwrap().is_some_and(|left| left <= hour));
        assert_eq!(run(&["timer", "cancel", "t"]), end(0, ""));
        assert_eq!(timer.due_in().unwrap(), None);

        assert_eq!(set(&["--at", "2001-01-01T00:00:00Z"]), end(0, ""));
        assert_eq!(run(&["wait", "any", "t"]), end(0, "t\n"));
        assert_eq!(timer.due_in().unwrap(), None);
        assert_eq!(set(&["--at", "2200-01-01T00:00:00Z"]), end(0, ""));
        assert!(timer.due_in().unwrap().is_some_and(|left| left > hour));

        assert_eq!(set(&["--after", "0", "--every", "1h"]), end(0, ""));
        assert_eq!(run(&["wait", "any", "t"]), end(0, "t\n"));
        assert!(timer.due_in().unwrap().is_some_and(|left| left <= hour));

        fails(2, &["timer", "set", "t"]);
        fails(
            2,
            &[
                "timer",
                "set",
                "t",
                "--after",
                "1",
                "--at",
                "2200-01-01T00:00:00Z",
            ],
        );
        let error = fails(2, &["timer", "set", "t", "--at", "tomorrow"]);
        assert!(error.contains("it is no time in UTC; write"), "{error}");
        let error = fails(1, &["timer", "cancel", "x"]);
        assert!(error.contains("there is no timer named x;"), "{error}");
        let error = fails(1, &["event", "set", "t"]);
        assert!(
            error.contains("\"t\" is a timer, and not an event"),
            "{error}"
        );
    });
}
