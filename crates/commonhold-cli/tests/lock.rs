//! `commonhold lock`: one command at a time, whatever becomes of it.

#![allow(missing_docs)]

mod command;
#[path = "../../commonhold/tests/support/mod.rs"]
mod support;
#[path = "../../commonhold/tests/support/waits.rs"]
mod waits;

use std::fs;

use command::{End, Running, abandon, end, fails, left, run};
use commonhold::{Event, Mutex, Timeout, Wait};
use rustix::process::Signal;
use support::{isolated, scratch};

fn lock(words: &[&str]) -> End {
    run(&[&["lock", "m", "--"], words].concat())
}

#[test]
fn statuses_are_those_of_the_command() {
    isolated(|_| {
        assert_eq!(lock(&["true"]), end(0, ""));
        assert_eq!(lock(&["sh", "-c", "echo said; exit 3"]), end(3, "said\n"));
        assert_eq!(lock(&["sh", "-c", "kill -9 $$"]), end(137, ""));
        let missing = lock(&["no-such-command"]);
        let says = "commonhold: cannot run no-such-command: ";
        assert!(
            missing.status == 127 && missing.err.starts_with(says),
            "{missing:?}"
        );
        assert_eq!(lock(&["/dev/null"]).status, 126);
        fails(2, &["lock", "m"]);
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn the_second_waits_for_the_first() {
    isolated(|_| {
        let log = scratch().join("log");
        let told = |line| format!("echo ready; read go; echo {line} >> {}", log.display());
        let start = |line| Running::start(&["lock", "m", "--", "sh", "-c", told(line).as_str()]);
        let mut first = start("first");
        assert_eq!(first.hear(), "ready");
        let mut second = start("second");
        second.say("go");
        second.until_asleep();
        // It sleeps until the mutex is released, and not until its command ends.
        assert!(first.runs_something() && !second.runs_something());
        first.say("go");
        assert_eq!(first.end(), end(0, ""));
        assert_eq!(second.hear(), "ready");
        assert_eq!(second.end(), end(0, ""));
        assert_eq!(fs::read_to_string(&log).unwrap(), "first\nsecond\n");
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn many_at_once_lose_nothing() {
    const MANY: usize = 12;
    isolated(|_| {
        let count = scratch().join("count");
        fs::write(&count, "0").unwrap();
        let path = count.display();
        let told = format!("n=$(cat {path}); echo $((n + 1)) > {path}");
        let start = |_| Running::start(&["lock", "m", "--", "sh", "-c", told.as_str()]);
        let all: Vec<Running> = (0..MANY).map(start).collect();
        for running in all {
            assert_eq!(running.end(), end(0, ""));
        }
        let counted = fs::read_to_string(&count).unwrap();
        assert_eq!(counted.trim(), MANY.to_string());
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn an_owner_that_was_killed_is_reported_once() {
    isolated(|_| {
        let mutex = Mutex::options().create("m").unwrap();
        abandon("m");
        let told = lock(&["sh", "-c", "echo ran; exit 3"]);
        assert_eq!((told.status, told.out.as_str()), (3, "ran\n"));
        assert_eq!(
            told.err,
            "commonhold: the last owner of \"m\" ended without releasing it; what it guards may be half done\n"
        );
        assert_eq!(lock(&["true"]), end(0, ""));
        drop(mutex);
    });
}

#[test]
fn time_is_up_while_another_owns_it() {
    isolated(|_| {
        let mutex = Mutex::options().create("m").unwrap();
        let guard = mutex.lock().unwrap();
        for timeout in ["0", "1ms"] {
            let words = ["lock", "m", "--timeout", timeout, "--", "echo", "ran"];
            assert_eq!(run(&words), end(124, ""));
        }
        drop(guard);
        let words = ["lock", "m", "--timeout", "0", "--", "echo", "ran"];
        assert_eq!(run(&words), end(0, "ran\n"));
    });
}

#[test]
fn an_existing_mutex_is_needed_where_it_is_said() {
    isolated(|_| {
        let words = ["lock", "m", "--existing", "--", "echo", "ran"];
        let error = fails(1, &words);
        assert!(error.contains("there is no mutex named m;"), "{error}");
        let mutex = Mutex::options().create("m").unwrap();
        assert_eq!(run(&words), end(0, "ran\n"));
        drop(mutex);
        let _event = Event::options().create("m").unwrap();
        let error = fails(1, &words);
        assert!(
            error.contains("\"m\" is an event, and not a mutex"),
            "{error}"
        );
    });
}

/// Starts a command that has the mutex.
fn owning(told: &str) -> Running {
    let told = format!("echo ready; {told}");
    let mut owner = Running::start(&["lock", "m", "--", "sh", "-c", told.as_str()]);
    assert_eq!(owner.hear(), "ready");
    owner
}

#[test]
fn a_command_that_is_asked_to_end_is_waited_for() {
    isolated(|_| {
        let mutex = Mutex::options().create("m").unwrap();
        for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
            let owner = owning("exec cat");
            owner.signal(signal);
            assert_eq!(owner.end(), end(status, ""));
            // Released, and not abandoned.
            assert_eq!(mutex.acquire(Timeout::ZERO).unwrap(), Wait::Signaled(0));
            mutex.release().unwrap();
        }
    });
}

#[test]
fn the_terminal_interrupts_the_command_and_not_this() {
    isolated(|_| {
        let mutex = Mutex::options().create("m").unwrap();
        let told = "echo ready; exec cat";
        let mut owner = Running::start_in_group(&["lock", "m", "--", "sh", "-c", told]);
        assert_eq!(owner.hear(), "ready");
        owner.signal_group(Signal::INT);
        assert_eq!(owner.end(), end(130, ""));
        assert_eq!(mutex.acquire(Timeout::ZERO).unwrap(), Wait::Signaled(0));
        mutex.release().unwrap();

        let mut owner = owning("read end; exit 4");
        owner.signal(Signal::INT);
        owner.signal(Signal::QUIT);
        assert!(mutex.try_lock().unwrap().is_none());
        owner.say("end");
        assert_eq!(owner.end(), end(4, ""));
    });
}

#[test]
fn a_signal_ends_the_wait_and_nothing_is_run() {
    isolated(|_| {
        let mutex = Mutex::options().create("m").unwrap();
        let guard = mutex.lock().unwrap();
        let waiting = Running::start(&["lock", "m", "--", "echo", "ran"]);
        waiting.until_asleep();
        waiting.signal(Signal::INT);
        assert_eq!(waiting.end(), end(130, ""));
        drop(guard);
    });
}
