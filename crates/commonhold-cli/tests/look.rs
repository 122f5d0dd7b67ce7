//! What `ls`, `info` and `holders` say of real objects.

#![allow(missing_docs)]

#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsRawFd as _;
use std::process::{self, Command, Output, Stdio};

use commonhold::{Event, Mutex, Rights, Section, Semaphore, Timeout, Timer, Wait};
use serde_json::Value;
use support::{entry, isolated};

fn commonhold(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn said(output: &Output) -> (Option<i32>, &str, &str) {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// What it says, if that is good.
fn say(arguments: &[&str]) -> String {
    let output = commonhold(arguments).output().unwrap();
    let (status, told, error) = said(&output);
    assert_eq!((status, error), (Some(0), ""), "{told}");
    told.to_owned()
}

/// The lines, each in words, without those that differ from run to run.
fn lines(told: &str) -> Vec<Vec<&str>> {
    told.lines()
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn nothing_is_listed_where_nothing_is_and_nothing_made() {
    isolated(|_| {
        assert_eq!(
            say(&["ls"]),
            "NAME  TYPE  STATE  HOLDERS  MEMORY  AGE  OPEN TO\n"
        );
        assert_eq!(say(&["ls", "--all", "--json"]), "[]\n");
        let root = std::env::var_os("COMMONHOLD_ROOT").unwrap();
        assert_eq!(fs::read_dir(root).unwrap().count(), 0);
    });
}

#[test]
fn objects_are_listed_in_columns() {
    isolated(|_| {
        let _frames = Section::options().size(64 << 20).create("frames").unwrap();
        let lock = Mutex::options().create("lock").unwrap();
        assert_eq!(lock.acquire(Timeout::ZERO).unwrap(), Wait::Signaled(0));
        let _slots = Semaphore::options()
            .count(2)
            .maximum(5)
            .create("slots")
            .unwrap();
        let _go = Event::options()
            .manual_reset(true)
            .signaled(true)
            .create("go\x1b[31m")
            .unwrap();
        let _tick = Timer::options().create("tick").unwrap();
        let told = say(&["ls"]);
        let thread = rustix::thread::gettid().as_raw_pid().to_string();
        let told: Vec<Vec<&str>> = lines(&told)
            .into_iter()
            .map(|mut line| {
                // How old it is: before who may open it.
                match line.iter().position(|word| *word == "AGE") {
                    Some(heading) => line.remove(heading),
                    None => line.remove(line.len() - 2),
                };
                line
            })
            .collect();
        assert_eq!(
            told,
            [
                "NAME TYPE STATE HOLDERS MEMORY OPEN TO"
                    .split(' ')
                    .collect::<Vec<_>>(),
                "frames section 64M readwrite 1 4K user"
                    .split(' ')
                    .collect(),
                "go\\u{1b}[31m event signaled, manual 1 4K user"
                    .split(' ')
                    .collect(),
                format!("lock mutex owned by thread {thread} 1 4K user")
                    .split(' ')
                    .collect(),
                "slots semaphore 2 of 5 1 4K user".split(' ').collect(),
                "tick timer not set 1 4K user".split(' ').collect(),
            ]
        );
        let names = |arguments: &[&str]| -> Vec<String> {
            let told = say(arguments);
            told.lines()
                .skip(1)
                .map(|line| line.split(' ').next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(&["ls", "*s"]), ["frames", "slots"]);
        assert_eq!(names(&["ls", "--type", "mutex"]), ["lock"]);
        assert_eq!(names(&["ls", "--sort", "size"])[0], "frames");
        // Those that were made in one tick of the clock are as old as each other.
        assert_eq!(names(&["ls", "--sort", "age"]).len(), 5);
        assert_eq!(names(&["ls", "--global"]), [""; 0]);
        lock.release().unwrap();
    });
}

#[test]
fn json_has_a_field_for_everything() {
    isolated(|_| {
        let section = Section::options().size(100_000).create("frames").unwrap();
        let view = section.map().unwrap();
        let reader = section.duplicate(Rights::MAP_READ).unwrap();
        let told: Value = serde_json::from_str(&say(&["ls", "--json"])).unwrap();
        let [frames] = told.as_array().unwrap().as_slice() else {
            panic!("{told}");
        };
        for (field, value) in [
            ("name", Value::from("frames")),
            ("namespace", "local".into()),
            ("type", "section".into()),
            ("size", 102_400.into()),
            ("protection", "readwrite".into()),
            ("file", Value::Null),
            ("waiters", Value::Null),
            ("held", true.into()),
            ("memory", 4096.into()),
            ("mode", "600".into()),
            ("path", entry("frames").to_str().unwrap().into()),
        ] {
            assert_eq!(frames[field], value, "{field}");
        }
        assert!(frames["age"].as_f64().unwrap() >= 0.0);
        let user = &frames["users"][0];
        assert_eq!(user["pid"], process::id());
        let descriptors: Vec<_> = user["handles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["descriptor"])
            .collect();
        assert!(
            descriptors.contains(&&Value::from(section.as_raw_fd())),
            "{user}"
        );
        assert!(
            descriptors.contains(&&Value::from(reader.as_raw_fd())),
            "{user}"
        );
        assert_eq!(user["views"][0]["start"], view.as_ptr() as u64);
        assert_eq!(
            say(&["info", "frames", "--json"]).parse::<Value>().unwrap()["path"],
            frames["path"]
        );
        assert_eq!(
            say(&["holders", "frames", "--json"])
                .parse::<Value>()
                .unwrap()[0]["pid"],
            process::id()
        );
    });
}

#[test]
fn info_and_holders_tell_who_keeps_it() {
    isolated(|_| {
        let section = Section::options().size(4096).create("frames").unwrap();
        let _view = section.map().unwrap();
        let told = say(&["info", "frames"]);
        let pid = process::id();
        for line in [
            "name        frames".to_owned(),
            "state       4K readwrite".into(),
            "attributes  commit".into(),
            "layout      version 1, pages of 4096 bytes".into(),
            "held        by 1 process".into(),
            format!("path        {}", entry("frames").display()),
            format!("  handle {}: all rights", section.as_raw_fd()),
        ] {
            assert!(told.lines().any(|told| told == line), "{line}\n{told}");
        }
        assert!(told.contains(&format!("\nprocess {pid}: ")), "{told}");
        assert!(told.contains(": rw-s from offset 0x0"), "{told}");
        let told = say(&["holders", "frames"]);
        let told = lines(&told);
        assert_eq!(told[0], ["PID", "HANDLES", "VIEWS", "COMMAND"]);
        assert_eq!(told[1][..3], [&pid.to_string(), "1", "1"]);
    });
}

#[test]
fn rights_are_told_in_the_words_of_the_type() {
    isolated(|_| {
        let event = Event::options().create("ready").unwrap();
        let setter = event.duplicate(Rights::MODIFY_STATE).unwrap();
        let told = say(&["info", "ready"]);
        let line = format!("  handle {}: modify", setter.as_raw_fd());
        assert!(told.lines().any(|told| told == line), "{told}");
    });
}

#[test]
fn info_tells_who_waits() {
    isolated(|_| {
        let ready = Event::options().create("ready").unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                assert!(ready.wait(Timeout::INFINITE).unwrap());
                rustix::thread::gettid().as_raw_pid()
            });
            // Until it has gone to sleep; that root may see it, and this user where the system lets it.
            let told = || say(&["info", "ready", "--json"]).parse::<Value>().unwrap();
            let may_see = rustix::process::geteuid().is_root();
            let mut sleepers = told()["sleepers"].clone();
            while may_see && sleepers == Value::Array(Vec::new()) {
                sleepers = told()["sleepers"].clone();
            }
            let told = say(&["info", "ready"]);
            ready.set().unwrap();
            let waiter = waiter.join().unwrap();
            if may_see {
                assert_eq!(sleepers[0], waiter);
                let line = format!("  thread {waiter} waits");
                assert!(told.lines().any(|told| told == line), "{told}");
            }
        });
    });
}

#[test]
fn what_is_missing_or_no_name_is_said_with_a_remedy() {
    isolated(|_| {
        let _frames = Section::options().size(4096).create("Frames").unwrap();
        for (name, expected) in [
            (
                "frames",
                "there is no object named frames; did you mean Frames? upper and lower case differ",
            ),
            (
                "zebra",
                "there is no object named zebra; a name is there while a process holds it (`commonhold ls` shows all)",
            ),
            ("", "no object has the empty name"),
        ] {
            let output = commonhold(&["info", name]).output().unwrap();
            assert_eq!(
                said(&output),
                (Some(1), "", format!("commonhold: {expected}\n").as_str())
            );
        }
        let output = commonhold(&["ls", "--sort", "colour"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
    });
}

#[test]
fn damaged_files_are_listed_and_left() {
    isolated(|_| {
        let _held = Section::options().size(4096).create("held").unwrap();
        fs::write(entry("rubbish"), [1; 8192]).unwrap();
        let told = say(&["ls", "--type", "damaged"]);
        let told = lines(&told);
        assert_eq!(
            told[1][..6],
            ["rubbish", "damaged", "it", "is", "no", "object"]
        );
        assert_eq!(fs::read(entry("rubbish")).unwrap(), [1; 8192]);
        fs::remove_file(entry("rubbish")).unwrap();
    });
}

#[test]
fn watching_goes_on_until_nobody_reads() {
    isolated(|_| {
        let held = Event::options().create("first").unwrap();
        let mut watch = commonhold(&["ls", "--watch", "50ms"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(watch.stdout.take().unwrap()).lines();
        assert!(told.any(|line| line.unwrap().starts_with("first ")));
        let _second = Event::options().create("second").unwrap();
        assert!(told.any(|line| line.unwrap().starts_with("second ")));
        drop(held);
        assert!(told.by_ref().any(|line| line.unwrap().is_empty()));
        drop(told);
        assert_eq!(watch.wait().unwrap().code(), Some(141));
    });
}
