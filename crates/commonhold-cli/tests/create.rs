//! `commonhold create`: objects exist while they are held, and not longer.

#![allow(missing_docs)]

mod command;
#[path = "../../commonhold/tests/support/mod.rs"]
mod support;
#[path = "../../commonhold/tests/support/waits.rs"]
mod waits;

use std::fs;

use command::{BINARY, Running, end, fails, left, run};
use commonhold::os::linux::ObjectExt as _;
use commonhold::{
    ErrorCode, Event, MapAccess, Mutex, Protection, Section, Semaphore, Timeout, Timer,
};
use rustix::process::Signal;
use support::{isolated, scratch};
use waits::code;

#[test]
fn an_object_is_held_until_a_signal_comes_and_nothing_is_left() {
    isolated(|_| {
        let signals = [
            (Signal::INT, 130),
            (Signal::TERM, 143),
            (Signal::HUP, 129),
            (Signal::QUIT, 131),
        ];
        for (signal, status) in signals {
            let mut holder = Running::start(&["create", "mutex", "m", "--hold"]);
            let held = "created mutex \"m\", and holds it until it is interrupted";
            assert_eq!(holder.hear(), held);
            drop(Mutex::open("m").unwrap());
            holder.signal(signal);
            assert_eq!(holder.end(), end(status, ""));
            assert_eq!(left(), [""; 0]);
        }
    });
}

#[test]
fn every_type_is_created_as_it_is_told_to() {
    isolated(|_| {
        let create = |words: &[&str]| {
            let mut holder = Running::start(&[&["create"], words, &["--hold"]].concat());
            holder.hear();
            holder
        };
        let holders = [
            create(&["section", "s", "--size", "64K", "--protect", "readonly"]),
            create(&["semaphore", "c", "--count", "2", "--maximum", "3"]),
            create(&["event", "e", "--manual-reset", "--signaled"]),
            create(&["event", "f"]),
            create(&["timer", "t", "--manual-reset"]),
        ];

        let section = Section::open("s").unwrap();
        let info = section.info().unwrap();
        assert_eq!((info.size, info.protection), (65536, Protection::ReadOnly));
        let semaphore = Semaphore::open("c").unwrap();
        assert_eq!((semaphore.count().unwrap(), semaphore.maximum()), (2, 3));
        let event = Event::open("e").unwrap();
        assert!(event.wait(Timeout::ZERO).unwrap() && event.is_signaled().unwrap());
        assert!(!Event::open("f").unwrap().is_signaled().unwrap());
        let timer = Timer::open("t").unwrap();
        timer
            .set(std::time::Duration::ZERO, std::time::Duration::ZERO)
            .unwrap();
        assert!(timer.wait(Timeout::INFINITE).unwrap() && timer.is_signaled().unwrap());

        drop((section, semaphore, event, timer));
        for holder in holders {
            holder.signal(Signal::TERM);
            assert_eq!(holder.end(), end(143, ""));
        }
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn a_section_is_over_a_file_if_it_is_told_to() {
    isolated(|_| {
        let path = scratch().join("file");
        fs::write(&path, "as it was").unwrap();
        let path = path.to_str().unwrap();
        let words = ["create", "section", "s", "--file", path, "--hold"];
        let mut holder = Running::start(&words);
        holder.hear();
        let section = Section::open("s").unwrap();
        let view = section
            .map_options()
            .access(MapAccess::WRITE)
            .map()
            .unwrap();
        view.write(6, b"is ").unwrap();
        drop((view, section));
        holder.signal(Signal::INT);
        assert_eq!(holder.end(), end(130, ""));
        assert_eq!(fs::read_to_string(path).unwrap(), "as it is ");

        let error = fails(
            1,
            &["create", "section", "s", "--file", "/missing", "--", "true"],
        );
        assert!(error.contains("truncate -s SIZE /missing"), "{error}");
    });
}

#[test]
fn what_exists_is_opened_but_not_as_something_new_or_else() {
    isolated(|_| {
        let event = Event::options().signaled(true).create("e").unwrap();
        let mut second = Running::start(&["create", "event", "e", "--hold"]);
        let opened = "opened event \"e\", and holds it until it is interrupted";
        assert_eq!(second.hear(), opened);
        drop(event);
        // As it was, and held by the command alone.
        assert!(Event::open("e").unwrap().is_signaled().unwrap());

        let error = fails(1, &["create", "event", "e", "--new", "--hold"]);
        assert!(error.contains("there is an object named \"e\" already"));
        let error = fails(1, &["create", "mutex", "e", "--hold"]);
        assert!(
            error.contains("\"e\" is an event, and not a mutex"),
            "{error}"
        );
        second.signal(Signal::TERM);
        assert_eq!(second.end(), end(143, ""));
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn a_command_inherits_the_handle_and_the_object_is_gone_afterwards() {
    isolated(|_| {
        let told = "echo $$ $COMMONHOLD_DESCRIPTOR; read end; exit 3";
        let words = ["create", "section", "s", "--size", "4096", "--"];
        let mut running = Running::start(&[&words[..], &["sh", "-c", told]].concat());
        let line = running.hear();
        let (pid, descriptor) = line.split_once(' ').unwrap();
        let (pid, descriptor) = (pid.parse().unwrap(), descriptor.parse().unwrap());
        assert_ne!(running.pid(), pid);
        let inherited = Section::duplicate_from(pid, descriptor).unwrap();
        inherited.map().unwrap().write(0, b"seen").unwrap();
        let mut seen = [0; 4];
        let by_name = Section::open("s").unwrap();
        by_name.map().unwrap().read(0, &mut seen).unwrap();
        assert_eq!(&seen, b"seen");
        drop((inherited, by_name));

        running.say("end");
        assert_eq!(running.end(), end(3, ""));
        assert_eq!(left(), [""; 0]);
    });
}

/// The handle that it inherited is enough.
#[test]
fn a_command_holds_the_object_even_if_the_one_that_ran_it_is_killed() {
    isolated(|_| {
        let words = ["create", "mutex", "m", "--", "sh", "-c"];
        let mut running =
            Running::start(&[&words[..], &["echo ready; read end; echo end"]].concat());
        assert_eq!(running.hear(), "ready");
        running.kill();
        drop(Mutex::open("m").unwrap());
        running.say("end");
        assert_eq!(running.hear(), "end");
        // It ends now, but nobody here is told when.
        while Mutex::open("m").is_ok() {
            std::thread::yield_now();
        }
        assert_eq!(code(Mutex::open("m")), ErrorCode::FILE_NOT_FOUND);
    });
}

#[test]
fn statuses_are_those_of_the_command() {
    isolated(|_| {
        let create = |words: &[&str]| run(&[&["create", "mutex", "m", "--"], words].concat());
        assert_eq!(create(&["true"]), end(0, ""));
        assert_eq!(create(&["echo", "-n", "--hold"]), end(0, "--hold"));
        assert_eq!(create(&["sh", "-c", "kill -9 $$"]), end(137, ""));
        assert_eq!(create(&["no-such-command"]).status, 127);
        assert_eq!(create(&["/dev/null"]).status, 126);
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn a_signal_that_is_ignored_from_the_start_stays_so() {
    isolated(|_| {
        let told = format!("trap '' HUP; exec {BINARY} create mutex m --hold");
        let mut holder = Running::start_program("sh", &["-c", &told]);
        holder.hear();
        holder.signal(Signal::HUP);
        holder.signal(Signal::TERM);
        assert_eq!(holder.end(), end(143, ""));

        let told = format!(
            "trap '' HUP; exec {BINARY} create mutex m -- sh -c 'kill -HUP $$; echo alive'"
        );
        let running = Running::start_program("sh", &["-c", &told]);
        assert_eq!(running.end(), end(0, "alive\n"));
    });
}

#[test]
fn an_object_that_nobody_would_hold_is_refused_with_the_reason() {
    isolated(|_| {
        let error = fails(2, &["create", "mutex", "m"]);
        assert!(
            error.contains("nobody holds is gone at once") && error.contains("--hold"),
            "{error}"
        );
        fails(2, &["create", "mutex", "m", "--hold", "--", "true"]);
        fails(2, &["create", "section", "s", "--hold"]);
        fails(2, &["create", "mutex", "", "--hold"]);
        let error = fails(1, &["create", "mutex", "m", "--everyone", "--hold"]);
        assert!(error.contains(r"only names in Global\"), "{error}");
    });
}

#[test]
fn who_does_not_read_that_it_is_held_has_nothing_held() {
    isolated(|_| {
        let told = format!("exec {BINARY} create mutex m --hold >/dev/full");
        let failed = Running::start_program("sh", &["-c", &told]).end();
        assert_eq!(failed.status, 1, "{failed:?}");
        assert_eq!(left(), [""; 0]);
    });
}
