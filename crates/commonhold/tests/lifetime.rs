//! An object exists exactly as long as somebody holds it.

#![allow(missing_docs, clippy::single_match_else)]

mod support;

use std::fs;

use commonhold::{ErrorCode, Section};
use support::{MAIN, Role, become_role, entry, hear, isolated, say, until_told};

const SIZE: u64 = 64 * 1024;

fn create(name: &str) -> Section {
    let section = Section::options().size(SIZE).create(name).unwrap();
    assert!(!section.existed());
    section
}

fn assert_absent(name: &str) {
    assert_eq!(
        Section::open(name).unwrap_err().code(),
        ErrorCode::FILE_NOT_FOUND
    );
}

#[test]
fn the_name_goes_with_the_last_handle() {
    isolated(|_| {
        let first = create("frames");
        let second = Section::open("frames").unwrap();
        drop(first);
        assert!(
            Section::options()
                .size(SIZE)
                .create("frames")
                .unwrap()
                .existed()
        );
        drop(second);
        assert_absent("frames");
    });
}

/// win32-facts 4: the whole table.
#[test]
fn a_view_keeps_the_memory_and_not_the_name() {
    isolated(|_| {
        let first = create("frames");
        let view = first.map().unwrap();
        view.write(0, b"old").unwrap();
        drop(Section::open("frames").unwrap());
        drop(first);
        assert_absent("frames");
        let second = create("frames");
        let fresh = second.map().unwrap();
        assert_eq!(fresh.get::<[u8; 3]>(0).unwrap(), [0; 3]);
        assert_eq!(view.get::<[u8; 3]>(0).unwrap(), *b"old");
        view.write(0, b"odd").unwrap();
        assert_eq!(fresh.get::<[u8; 3]>(0).unwrap(), [0; 3]);
    });
}

#[test]
fn the_name_is_free_at_once_when_the_holder_is_killed() {
    isolated(|role| match role {
        MAIN => {
            let mut holder = Role::start("holder");
            holder.expect("holding");
            assert!(
                Section::options()
                    .size(SIZE)
                    .create("frames")
                    .unwrap()
                    .existed()
            );
            holder.kill();
            drop(create("frames"));
        }
        _ => {
            let _section = create("frames");
            say("holding");
            until_told();
        }
    });
}

/// A holder that becomes another program takes only what is inheritable along.
#[test]
fn exec_ends_a_holder() {
    isolated(|role| match role {
        MAIN => {
            let mut holder = Role::start("holder");
            holder.expect("holding");
            assert!(Section::open("frames").is_ok());
            holder.say("exec");
            holder.expect("another program");
            assert_absent("frames");
            holder.kill();
        }
        "another program" => {
            say("another program");
            until_told();
        }
        _ => {
            let _section = create("frames");
            say("holding");
            assert_eq!(hear().as_deref(), Some("exec"));
            become_role("another program");
        }
    });
}

/// The name may come to mean another object, by hand: a handle still maps what it holds.
#[test]
fn a_handle_maps_its_own_object_whatever_its_name_leads_to() {
    isolated(|_| {
        let large = Section::options().size(16 * SIZE).create("frames").unwrap();
        fs::rename(entry("frames"), entry("moved")).unwrap();
        let small = create("frames");
        small.map().unwrap().write(0, b"small").unwrap();
        let view = large.map().unwrap();
        assert_eq!(view.len() as u64, 16 * SIZE);
        assert_eq!(view.get::<[u8; 5]>(0).unwrap(), [0; 5]);
        assert_eq!(view.get::<u8>(view.len() - 1).unwrap(), 0);
        drop(small);
        fs::remove_file(entry("moved")).unwrap();
    });
}

#[test]
fn a_stopped_holder_is_a_holder() {
    isolated(|role| match role {
        MAIN => {
            let mut holder = Role::start("holder");
            holder.expect("holding");
            let pid = rustix::process::Pid::from_raw(holder.pid().try_into().unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
            assert!(Section::open("frames").is_ok());
            holder.kill();
            assert_absent("frames");
        }
        _ => {
            let _section = create("frames");
            say("holding");
            until_told();
        }
    });
}
