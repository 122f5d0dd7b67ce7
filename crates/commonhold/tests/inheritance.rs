//! Handles that go to the programs that a process starts, and out of other processes. win32-facts 6.1 and 6.3.

#![allow(missing_docs)]
#![allow(unsafe_code)]

#[path = "support/sections.rs"]
mod sections;
mod support;

use commonhold::os::linux::ObjectExt as _;
use commonhold::{ErrorCode, MapAccess, Rights, Section};
use sections::{SIZE, all_kinds, assert_absent, map_code, named};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use support::{MAIN, Role, isolated, say, until_told};

const DESCRIPTOR: &str = "COMMONHOLD_TEST_DESCRIPTOR";

#[test]
fn handles_are_not_inheritable_unless_said_so() {
    isolated(|_| {
        for section in all_kinds() {
            assert!(!section.is_inheritable());
            section.set_inheritable(true).unwrap();
            assert!(section.is_inheritable());
            // A duplicate has an inherit flag of its own.
            assert!(!section.try_clone().unwrap().is_inheritable());
            assert!(
                !section
                    .duplicate(Rights::MAP_READ)
                    .unwrap()
                    .is_inheritable()
            );
            section.set_inheritable(false).unwrap();
            assert!(!section.is_inheritable());
        }
        let options = Section::options().size(SIZE).inheritable(true);
        assert!(options.create_unnamed().unwrap().is_inheritable());
        let named = options.create("frames").unwrap();
        assert!(named.is_inheritable());
        assert!(!Section::open("frames").unwrap().is_inheritable());
    });
}

/// The child's side: takes what it inherited, and says what it is.
fn take_inherited() {
    let descriptor = std::env::var(DESCRIPTOR).unwrap().parse().unwrap();
    match Section::duplicate_from(std::process::id(), descriptor) {
        Ok(section) => {
            let access = MapAccess::READ;
            let view = section.map_options().access(access).map().unwrap();
            let value = view.get::<u64>(0).unwrap();
            say(&format!("{:x} {value}", section.rights().bits()));
            until_told();
        }
        Err(error) => say(&format!("error {}", error.code().get())),
    }
}

fn start_child(section: &Section) -> Role {
    let descriptor = section.as_fd().as_raw_fd().to_string();
    Role::start_with("child", |command| command.env(DESCRIPTOR, descriptor))
}

#[test]
fn a_started_program_takes_the_handles_that_it_inherited() {
    isolated(|role| {
        if role != MAIN {
            return take_inherited();
        }
        for section in all_kinds() {
            section.map().unwrap().put(0, &4711_u64).unwrap();
            section.set_inheritable(true).unwrap();
            start_child(&section).expect("f0007 4711");
            let reader = section.duplicate(Rights::MAP_READ).unwrap();
            reader.set_inheritable(true).unwrap();
            start_child(&reader).expect("4 4711");
            section.set_inheritable(false).unwrap();
            start_child(&section).expect("error 6");
        }
    });
}

#[test]
fn an_inherited_handle_holds_the_name_when_the_parents_is_closed() {
    isolated(|role| {
        if role != MAIN {
            return take_inherited();
        }
        let section = named("frames");
        section.set_inheritable(true).unwrap();
        let mut child = start_child(&section);
        child.expect("f0007 0");
        drop(section);
        assert!(Section::open("frames").is_ok());
        child.kill();
        assert_absent("frames");
    });
}

/// A program that knows nothing of its inheritance is a holder nevertheless, as on Windows.
#[test]
fn a_program_that_never_looks_at_what_it_inherited_holds_it() {
    isolated(|role| {
        if role != MAIN {
            say("here");
            return until_told();
        }
        let section = named("frames");
        section.set_inheritable(true).unwrap();
        let mut child = Role::start("child");
        child.expect("here");
        drop(section);
        assert!(Section::open("frames").is_ok());
        child.finish();
        // Nobody reaped it when the child ended; whoever looks does.
        assert_absent("frames");
    });
}

#[test]
fn a_handle_of_another_process_is_duplicated_by_its_number() {
    isolated(|role| {
        if role != MAIN {
            let section = match role {
                "whole" => Section::options().size(SIZE).create_unnamed().unwrap(),
                "reader" => named("frames").duplicate(Rights::MAP_READ).unwrap(),
                _ => all_kinds().pop().unwrap(),
            };
            say(&section.as_fd().as_raw_fd().to_string());
            return until_told();
        }
        for (role, rights) in [("whole", 0xf_0007), ("reader", 0x4), ("file", 0xf_0007)] {
            let mut other = Role::start(role);
            let descriptor = other.hear().parse().unwrap();
            let section = Section::duplicate_from(other.pid(), descriptor).unwrap();
            assert_eq!(section.rights().bits(), rights, "{role}");
            assert!(!section.is_inheritable());
            // It is a holder like any other, and outlives the other process.
            other.kill();
            assert_eq!(map_code(&section, MapAccess::READ), None, "{role}");
        }
        assert_absent("frames");
    });
}

#[test]
fn what_is_not_a_section_of_a_living_process_is_not_duplicated() {
    isolated(|role| {
        if role != MAIN {
            return until_told();
        }
        let own = std::process::id();
        let null = OwnedFd::from(File::open("/dev/null").unwrap());
        let gone = Role::start("other");
        let gone_pid = gone.pid();
        gone.kill();
        let others = [
            (own, 1_000_000),
            (own, -1),
            (own, null.as_raw_fd()),
            (own, 0),
            (gone_pid, 0),
            (0, 0),
            (u32::MAX, 0),
        ];
        for (process, descriptor) in others {
            let refused = Section::duplicate_from(process, descriptor);
            let what = format!("process {process} descriptor {descriptor}");
            assert_eq!(
                refused.unwrap_err().code(),
                ErrorCode::INVALID_HANDLE,
                "{what}"
            );
        }
    });
}

/// A forked process shares the descriptors, and so holds what they hold until it is gone.
#[test]
fn a_forked_process_holds_what_its_parent_held() {
    isolated(|_| {
        let section = named("frames");
        let section_of_child = section.as_fd().as_raw_fd();
        // SAFETY: the child only makes system calls.
        let child = match unsafe { libc::fork() } {
            0 => loop {
                // SAFETY: waits for a signal.
                unsafe { libc::pause() };
            },
            child => child,
        };
        drop(section);
        assert!(Section::open("frames").is_ok());
        let of_child = Section::duplicate_from(child.unsigned_abs(), section_of_child).unwrap();
        assert_eq!(of_child.rights().bits(), 0xf_0007);
        drop(of_child);
        let pid = rustix::process::Pid::from_raw(child);
        rustix::process::kill_process(pid.unwrap(), rustix::process::Signal::KILL).unwrap();
        rustix::process::waitpid(pid, rustix::process::WaitOptions::empty()).unwrap();
        assert_absent("frames");
    });
}
