//! What a section over a file and its file do to each other, and how other processes find the file.
//! win32-facts 1.6.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;

use commonhold::{ErrorCode, MapAccess, Protection, Section};
use std::fs::{self, File, OpenOptions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use support::{MAIN, Role, hear, isolated, say, scratch, until_told};

const SIZE: usize = 10_000;

/// A file of so many bytes of `x`.
fn new_file(name: &str) -> PathBuf {
    let path = scratch().join(name);
    fs::write(&path, [b'x'; SIZE]).unwrap();
    path
}

fn open(path: &PathBuf) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap()
}

fn section(path: &PathBuf) -> Section {
    Section::options()
        .file(&open(path))
        .create("table")
        .unwrap()
}

fn first_byte(section: &Section) -> u8 {
    let view = section.map_options().access(MapAccess::READ).map();
    view.unwrap().get(0).unwrap()
}

#[test]
fn views_and_the_file_are_the_same_bytes() {
    isolated(|_| {
        let path = new_file("table");
        let view = section(&path).map().unwrap();
        view.write(9_990, b"0123456789").unwrap();
        assert_eq!(fs::read(&path).unwrap()[9_990..], *b"0123456789");
        open(&path).write_all_at(b"abc", 5000).unwrap();
        assert_eq!(&view.get::<[u8; 3]>(5000).unwrap(), b"abc");
        view.flush(..).unwrap();
        view.flush(5000..5001).unwrap();
    });
}

#[test]
fn a_copying_view_leaves_the_file_alone() {
    isolated(|_| {
        let path = new_file("table");
        let options = Section::options().protection(Protection::WriteCopy);
        let section = options
            .file(&File::open(&path).unwrap())
            .create_unnamed()
            .unwrap();
        let view = section.map_options().access(MapAccess::COPY).map().unwrap();
        view.write(0, b"mine").unwrap();
        view.flush(..).unwrap();
        assert_eq!(fs::read(&path).unwrap(), [b'x'; SIZE]);
        assert_eq!(&view.get::<[u8; 5]>(0).unwrap(), b"minex");
    });
}

/// win32-facts 3.4: the last page's rest is zero, and what is written there reaches no file.
#[test]
fn the_rest_of_the_last_page_is_nobodys() {
    isolated(|_| {
        let path = new_file("table");
        let view = section(&path).map().unwrap();
        assert_eq!(
            view.get::<u8>(SIZE).unwrap_err().code(),
            ErrorCode::INVALID_ADDRESS
        );
        // SAFETY: within the last page that is mapped, which other code here does not touch.
        let rest = unsafe { view.as_ptr().add(SIZE) };
        // SAFETY: as above.
        assert_eq!(unsafe { rest.read_volatile() }, 0);
        // SAFETY: as above.
        unsafe { rest.write_volatile(1) };
        view.flush(..).unwrap();
        drop(view);
        assert_eq!(fs::read(&path).unwrap(), [b'x'; SIZE]);
    });
}

#[test]
fn the_section_keeps_the_file_when_its_descriptor_is_closed_and_its_size_when_it_grows() {
    isolated(|_| {
        let path = new_file("table");
        let section = section(&path);
        open(&path).set_len(20_000).unwrap();
        assert_eq!(section.info().unwrap().size, SIZE as u64);
        let too_much = section.map_options().len(SIZE + 1).map().unwrap_err();
        assert_eq!(too_much.code(), ErrorCode::ACCESS_DENIED);
        assert_eq!(first_byte(&section), b'x');
    });
}

/// Windows refuses to cut a file that a section is over: 1224. Linux has no such bond.
#[test]
fn a_file_that_was_cut_is_not_mapped_and_what_is_mapped_of_it_raises_sigbus() {
    isolated(|role| {
        let path = scratch().join("table");
        if role != MAIN {
            let view = Section::open("table").unwrap().map().unwrap();
            say("mapped");
            until_told();
            let _ = view.get::<u8>(9_000);
            unreachable!("the page is gone");
        }
        let path = {
            assert_eq!(new_file("table"), path);
            path
        };
        let section = section(&path);
        let mut toucher = Role::start("toucher");
        toucher.expect("mapped");
        open(&path).set_len(100).unwrap();
        assert_eq!(section.map().unwrap_err().code(), ErrorCode::FILE_INVALID);
        assert_eq!(toucher.end().signal(), Some(libc::SIGBUS));
        // What is still there can be mapped.
        assert_eq!(
            section
                .map_options()
                .len(100)
                .map()
                .unwrap()
                .get::<u8>(0)
                .unwrap(),
            b'x'
        );
    });
}

/// Windows refuses to remove a file that a section is over: 5.
#[test]
fn a_file_can_be_removed_and_lives_on_in_its_sections() {
    isolated(|role| match role {
        MAIN => {
            let path = new_file("table");
            let held = section(&path);
            fs::remove_file(&path).unwrap();
            assert_eq!(first_byte(&held), b'x');
            // Neither a new file at the path, nor none, leads another process astray.
            Role::start("opener").expect("x");
            fs::write(&path, [b'y'; SIZE]).unwrap();
            Role::start("opener").expect("x");
        }
        _ => say_first_byte(),
    });
}

fn say_first_byte() {
    let section = Section::open("table").unwrap();
    say(&char::from(first_byte(&section)).to_string());
    until_told();
}

#[test]
fn a_file_that_was_renamed_is_still_found() {
    isolated(|role| match role {
        MAIN => {
            let path = new_file("table");
            let held = section(&path);
            fs::rename(&path, scratch().join("elsewhere")).unwrap();
            Role::start("opener").expect("x");
            drop(held);
        }
        _ => say_first_byte(),
    });
}

#[test]
fn a_removed_file_is_found_with_whoever_still_has_it() {
    isolated(|role| match role {
        MAIN => {
            let path = new_file("table");
            let creator = section(&path);
            let mut second = Role::start("second");
            second.expect("x");
            fs::remove_file(&path).unwrap();
            // The process that the section names as its file's holder has it no more.
            drop(creator);
            let mut third = Role::start("third");
            third.expect("x");
            // Nor has the one that the second lookup found.
            second.kill();
            Role::start("fourth").expect("x");
            third.finish();
        }
        _ => say_first_byte(),
    });
}

#[test]
fn a_file_that_nobody_can_give_is_a_clear_error() {
    isolated(|role| {
        if role != MAIN {
            let error = Section::open("table").unwrap_err();
            say(&error.code().get().to_string());
            say(&error.to_string());
            return;
        }
        let path = new_file("table");
        // The descriptor of a section holds the section, not the file.
        let descriptor = OwnedFd::from(section(&path));
        fs::remove_file(&path).unwrap();
        let mut opener = Role::start("opener");
        opener.expect("1006");
        let said = opener.hear();
        assert!(
            said.contains(path.to_str().unwrap()) && said.contains("removed"),
            "{said}"
        );
        opener.finish();
        let error = Section::options()
            .file(&open(&new_file("other")))
            .create("table");
        assert_eq!(error.unwrap_err().code(), ErrorCode::FILE_INVALID);
        drop(descriptor);
        assert!(!section(&new_file("third")).existed());
    });
}

#[test]
fn a_file_that_may_not_be_written_is_opened_for_reading() {
    isolated(|role| {
        if role != MAIN {
            let section = Section::open("table").unwrap();
            say(&format!("{:x}", section.rights().bits()));
            say(&char::from(first_byte(&section)).to_string());
            return;
        }
        let path = new_file("table");
        let options = Section::options().protection(Protection::ReadOnly);
        let section = options
            .file(&File::open(&path).unwrap())
            .create("table")
            .unwrap();
        let mut opener = Role::start("opener");
        opener.expect("f0005");
        opener.expect("x");
        opener.finish();
        drop(section);
    });
}

/// win32-facts 4: both generations are coherent because both are over the same file.
#[test]
fn a_view_outlives_the_name_and_shares_the_file_with_the_next_section_of_the_name() {
    isolated(|_| {
        let path = new_file("table");
        let view = section(&path).map().unwrap();
        assert_eq!(
            Section::open("table").unwrap_err().code(),
            ErrorCode::FILE_NOT_FOUND
        );
        let second = section(&path);
        assert!(!second.existed());
        view.write(0, b"old").unwrap();
        let fresh = second.map().unwrap();
        assert_eq!(&fresh.get::<[u8; 3]>(0).unwrap(), b"old");
        fresh.write(1, b"k").unwrap();
        assert_eq!(&view.get::<[u8; 3]>(0).unwrap(), b"okd");
    });
}

#[test]
fn two_processes_share_a_file_by_the_name_of_its_section() {
    isolated(|role| {
        if role == MAIN {
            let path = new_file("table");
            let view = section(&path).map().unwrap();
            let held = section(&path);
            let mut peer = Role::start("peer");
            peer.expect("mapped");
            view.write(0, b"ping").unwrap();
            peer.say("look");
            peer.expect("ping");
            assert_eq!(&view.get::<[u8; 4]>(4).unwrap(), b"pong");
            peer.finish();
            drop(held);
        } else {
            let view = Section::open("table").unwrap().map().unwrap();
            say("mapped");
            assert_eq!(hear().as_deref(), Some("look"));
            let heard = view.get::<[u8; 4]>(0).unwrap();
            view.write(4, b"pong").unwrap();
            say(&String::from_utf8_lossy(&heard));
        }
    });
}
