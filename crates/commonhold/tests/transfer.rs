//! Handles that travel over sockets, and peers that send something else.

#![allow(missing_docs)]

mod support;

use commonhold::os::linux::ObjectExt as _;
use commonhold::{ErrorCode, MapAccess, Rights, Section};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use std::fs::{self, File};
use std::io::{IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use support::{MAIN, Role, isolated, say, scratch, until_told};

const SIZE: u64 = 64 * 1024;

fn named(name: &str) -> Section {
    Section::options().size(SIZE).create(name).unwrap()
}

fn new_file(name: &str) -> PathBuf {
    let path = scratch().join(name);
    fs::write(&path, vec![0; usize::try_from(SIZE).unwrap()]).unwrap();
    path
}

fn over_file(path: &PathBuf) -> Section {
    let file = File::options().read(true).write(true).open(path).unwrap();
    Section::options().file(&file).create_unnamed().unwrap()
}

fn value(section: &Section) -> u64 {
    let view = section.map_options().access(MapAccess::READ).map();
    view.unwrap().get(0).unwrap()
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A process that receives one section from its parent after the other, and says what each is.
fn receive_and_say() {
    let socket = UnixStream::connect(scratch().join("socket")).unwrap();
    loop {
        match Section::receive(&socket) {
            Ok(section) => say(&format!(
                "{:x} {}",
                section.rights().bits(),
                value(&section)
            )),
            Err(error) if error.code() == ErrorCode::BROKEN_PIPE => break,
            Err(error) => say(&format!("error {}", error.code().get())),
        }
    }
    until_told();
}

fn start_receiver(listener: &UnixListener) -> (Role, UnixStream) {
    let receiver = Role::start("receiver");
    (receiver, listener.accept().unwrap().0)
}

#[test]
fn a_process_receives_what_another_sends_with_the_same_rights() {
    isolated(|role| {
        if role != MAIN {
            return receive_and_say();
        }
        let listener = UnixListener::bind(scratch().join("socket")).unwrap();
        let (mut receiver, socket) = start_receiver(&listener);
        let path = new_file("table");
        let unlinked = new_file("unlinked");
        let sections = [
            Section::options().size(SIZE).create_unnamed().unwrap(),
            named("frames"),
            over_file(&path),
            over_file(&unlinked),
        ];
        fs::remove_file(unlinked).unwrap();
        for (number, section) in (1_u64..).zip(&sections) {
            section.map().unwrap().put(0, &number).unwrap();
            section.send(&socket).unwrap();
            receiver.expect(&format!("f0007 {number}"));
            section
                .duplicate(Rights::MAP_READ)
                .unwrap()
                .send(&socket)
                .unwrap();
            receiver.expect(&format!("4 {number}"));
        }
        drop(socket);
        receiver.finish();
    });
}

#[test]
fn a_received_handle_is_a_holder() {
    isolated(|_| {
        let (here, there) = UnixStream::pair().unwrap();
        let section = named("frames");
        section.send(&here).unwrap();
        drop(section);
        // It is held by nothing but the socket.
        assert!(Section::open("frames").is_ok());
        let received = Section::receive(&there).unwrap();
        assert!(received.existed() && !received.is_inheritable());
        assert!(Section::open("frames").is_ok());
        drop(received);
        let absent = Section::open("frames").unwrap_err();
        assert_eq!(absent.code(), ErrorCode::FILE_NOT_FOUND);
    });
}

#[test]
fn a_section_that_nobody_receives_goes_with_the_socket() {
    isolated(|_| {
        let (here, there) = UnixStream::pair().unwrap();
        named("frames").send(&here).unwrap();
        drop((here, there));
        assert!(!named("frames").existed());
    });
}

#[test]
fn several_sections_in_one_socket_stay_apart() {
    isolated(|_| {
        let (here, there) = UnixStream::pair().unwrap();
        for number in 0..3_u64 {
            let section = over_file(&new_file(&number.to_string()));
            section.map().unwrap().put(0, &number).unwrap();
            section.send(&here).unwrap();
        }
        for number in 0..3_u64 {
            assert_eq!(value(&Section::receive(&there).unwrap()), number);
        }
    });
}

#[test]
fn a_named_section_of_another_namespace_is_refused() {
    isolated(|role| {
        if role != MAIN {
            return receive_and_say();
        }
        let listener = UnixListener::bind(scratch().join("socket")).unwrap();
        let elsewhere = scratch().join("root");
        fs::create_dir_all(elsewhere.join("files")).unwrap();
        std::os::unix::fs::symlink(scratch().join("socket"), elsewhere.join("files/socket"))
            .unwrap();
        let mut receiver = Role::start_with("receiver", |command| {
            command.env("COMMONHOLD_ROOT", elsewhere)
        });
        let socket = listener.accept().unwrap().0;
        let held = named("frames");
        held.send(&socket).unwrap();
        receiver.expect("error 6");
        Section::options()
            .size(SIZE)
            .create_unnamed()
            .unwrap()
            .send(&socket)
            .unwrap();
        receiver.expect("f0007 0");
        drop(socket);
        receiver.finish();
    });
}

#[test]
fn a_peer_that_is_gone_is_a_broken_pipe() {
    isolated(|_| {
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        let section = named("frames");
        assert_eq!(
            section.send(&here).unwrap_err().code(),
            ErrorCode::BROKEN_PIPE
        );
        assert_eq!(
            Section::receive(&here).unwrap_err().code(),
            ErrorCode::BROKEN_PIPE
        );
    });
}

/// Sends bytes and descriptors as they are given, true or not.
fn send(socket: &UnixStream, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(64))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(descriptors)));
    }
    let bytes = [IoSlice::new(bytes)];
    rustix::net::sendmsg(socket, &bytes, &mut ancillary, SendFlags::empty()).unwrap();
}

/// What a peer says before so many descriptors.
fn announced(count: u8) -> [u8; 8] {
    let mut bytes = *b"CHOLD1:\0";
    bytes[7] = count;
    bytes
}

#[test]
fn a_peer_that_lies_is_refused_and_leaves_no_descriptor() {
    isolated(|_| {
        let section = Section::options().size(SIZE).create_unnamed().unwrap();
        let fd = section.as_fd();
        let null = File::open("/dev/null").unwrap();
        let lies: [(&str, [u8; 8], Vec<BorrowedFd<'_>>); 11] = [
            ("none of none", announced(0), vec![]),
            ("none of one", announced(1), vec![]),
            ("one of none", announced(0), vec![fd]),
            ("one of two", announced(2), vec![fd]),
            ("two of one", announced(1), vec![fd, fd]),
            ("three of three", announced(3), vec![fd; 3]),
            ("more than there is room for", announced(1), vec![fd; 60]),
            ("as many as it says", announced(60), vec![fd; 60]),
            ("other bytes", *b"CHOLD2:\x01", vec![fd]),
            ("zeroes", [0; 8], vec![fd]),
            ("no section", announced(1), vec![null.as_fd()]),
        ];
        let before = open_descriptors();
        for (what, bytes, descriptors) in &lies {
            let (here, there) = UnixStream::pair().unwrap();
            send(&here, bytes, descriptors);
            let error = Section::receive(&there).expect_err(what);
            assert_eq!(error.code(), ErrorCode::INVALID_HANDLE, "{what}");
        }
        assert_eq!(open_descriptors(), before);
    });
}

#[test]
fn a_message_that_is_cut_short_is_a_broken_pipe_and_one_in_pieces_is_whole() {
    isolated(|_| {
        let section = Section::options().size(SIZE).create_unnamed().unwrap();
        let before = open_descriptors();
        for cut in 1..8 {
            let (here, there) = UnixStream::pair().unwrap();
            send(&here, &announced(1)[..cut], &[section.as_fd()]);
            drop(here);
            let error = Section::receive(&there).unwrap_err();
            assert_eq!(error.code(), ErrorCode::BROKEN_PIPE, "{cut} bytes");
        }
        assert_eq!(open_descriptors(), before);
        let (mut here, there) = UnixStream::pair().unwrap();
        send(&here, &announced(1)[..3], &[section.as_fd()]);
        here.write_all(&announced(1)[3..]).unwrap();
        assert_eq!(Section::receive(&there).unwrap().rights(), section.rights());
    });
}

#[test]
fn the_file_that_comes_along_must_be_the_sections() {
    isolated(|_| {
        let path = new_file("table");
        let section = over_file(&path);
        let object = section.as_fd();
        let other = File::options()
            .read(true)
            .write(true)
            .open(new_file("other"))
            .unwrap();
        let (right, reading) = (
            File::options().read(true).write(true).open(&path).unwrap(),
            File::open(&path).unwrap(),
        );
        let received = |body: &File| {
            let (here, there) = UnixStream::pair().unwrap();
            send(&here, &announced(2), &[object, body.as_fd()]);
            Section::receive(&there).map_err(|error| error.code())
        };
        assert_eq!(received(&right).unwrap().rights(), section.rights());
        assert_eq!(received(&other).unwrap_err(), ErrorCode::INVALID_HANDLE);
        // A section to write with over a file to read from gives less, or nothing: never a writable view.
        match received(&reading) {
            Ok(section) => assert!(!section.rights().contains(Rights::MAP_WRITE)),
            Err(code) => assert_eq!(code, ErrorCode::ACCESS_DENIED),
        }
    });
}

#[test]
fn the_kernel_keeps_a_received_reader_from_writing() {
    isolated(|_| {
        let (here, there) = UnixStream::pair().unwrap();
        for section in [named("frames"), over_file(&new_file("table"))] {
            section
                .duplicate(Rights::MAP_READ)
                .unwrap()
                .send(&here)
                .unwrap();
            let received = Section::receive(&there).unwrap();
            let refused = received.map_options().access(MapAccess::WRITE).map();
            assert_eq!(refused.unwrap_err().code(), ErrorCode::ACCESS_DENIED);
            let written = rustix::io::pwrite(OwnedFd::from(received), b"x", 0);
            assert_eq!(written.unwrap_err(), rustix::io::Errno::BADF);
        }
    });
}
