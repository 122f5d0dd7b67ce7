//! What others may put into a namespace directory: errors, whatever it is.

use std::fs::{self, File};
use std::io::{IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rustix::fs::MemfdFlags;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::support::{Role, isolated};
use crate::os::linux::ObjectExt as _;
use crate::platform::linux::control::{ObjectType, Record};
use crate::platform::linux::lock;
use crate::platform::linux::object::Object;
use crate::{ErrorCode, Section, SectionAttributes};

const SIZE: u64 = 4096;

/// The namespace directory of the test, which exists from then on.
fn namespace() -> PathBuf {
    drop(Section::options().size(SIZE).create("first use").unwrap());
    let root = std::env::var_os("COMMONHOLD_ROOT").unwrap();
    fs::read_dir(root).unwrap().next().unwrap().unwrap().path()
}

/// Every way to use a name; each must be refused with the code.
fn assert_refused(name: &str, code: ErrorCode) {
    let options = Section::options().size(SIZE);
    for result in [
        Section::open(name),
        options.create(name),
        options.create_new(name),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn what_is_no_object_is_refused_and_stays() {
    isolated(|role| {
        let namespace = namespace();
        if role == "bystander" {
            return;
        }
        fs::write(namespace.join("text"), "somebody's notes").unwrap();
        fs::write(namespace.join("page"), [0x55; 4096]).unwrap();
        fs::write(namespace.join("empty"), "").unwrap();
        fs::create_dir(namespace.join("directory")).unwrap();
        symlink("/dev/null", namespace.join("symlink")).unwrap();
        symlink("symlink-loop", namespace.join("symlink-loop")).unwrap();
        let fifo = namespace.join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(namespace.join("socket")).unwrap();
        File::create(namespace.join("huge"))
            .unwrap()
            .set_len(1 << 50)
            .unwrap();
        let all = [
            "text",
            "page",
            "empty",
            "directory",
            "symlink",
            "symlink-loop",
            "fifo",
            "socket",
            "huge",
        ];
        for name in all {
            assert_refused(name, ErrorCode::FILE_CORRUPT);
            // It may be somebody's: it is not ours to remove.
            assert!(fs::symlink_metadata(namespace.join(name)).is_ok(), "{name}");
        }
        drop(socket);
        // Neither is it in the way of the sweep at a process's first use of the namespace.
        Role::start("bystander").finish();
        fs::remove_dir(namespace.join("directory")).unwrap();
        for name in all {
            let _ = fs::remove_file(namespace.join(name));
        }
    });
}

/// The bytes of a live section's file, held by someone, with some of them changed.
fn damaged(change: impl FnOnce(&mut Vec<u8>)) -> (File, PathBuf) {
    let namespace = namespace();
    let section = Section::options().size(SIZE).create("damaged").unwrap();
    let path = namespace.join("damaged");
    let mut bytes = fs::read(&path).unwrap();
    drop(section);
    change(&mut bytes);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    file.write_all(&bytes).unwrap();
    assert_eq!(lock::hold(file.as_fd()), Ok(true));
    (file, path)
}

fn code_of(change: impl FnOnce(&mut Vec<u8>)) -> Option<ErrorCode> {
    let (_file, path) = damaged(change);
    let result = Section::open("damaged").and_then(|section| section.map().map(drop));
    fs::remove_file(path).unwrap();
    result.err().map(|error| error.code())
}

#[test]
fn a_damaged_control_page_is_refused() {
    isolated(|_| {
        // Unchanged it is a section: the changes below are what is refused.
        assert_eq!(code_of(|_| ()), None);
        let page = 4096;
        let corrupt = Some(ErrorCode::FILE_CORRUPT);
        assert_eq!(code_of(|bytes| bytes[page] ^= 1), corrupt, "magic");
        assert_eq!(
            code_of(|bytes| bytes[page + 8] = 2),
            Some(ErrorCode::REVISION_MISMATCH)
        );
        assert_eq!(code_of(|bytes| bytes[page + 12] = 99), corrupt, "type");
        assert_eq!(
            code_of(|bytes| bytes[page + 12] = 2),
            Some(ErrorCode::INVALID_HANDLE)
        );
        assert_eq!(code_of(|bytes| bytes[page + 33] = 0x20), corrupt, "size");
        assert_eq!(code_of(|bytes| bytes[page + 39] = 0xff), corrupt, "size");
        assert_eq!(code_of(|bytes| bytes[page + 40] = 1), corrupt, "protection");
        assert_eq!(
            code_of(|bytes| bytes[page + 47] = 0x04),
            corrupt,
            "attributes"
        );
        assert_eq!(code_of(|bytes| bytes[page + 48] = 1), corrupt, "body");
        assert_eq!(code_of(|bytes| bytes[page + 57] = 1), corrupt, "page size");
        assert_eq!(
            code_of(|bytes| bytes[page + 60] = 3),
            corrupt,
            "length of the name"
        );
        assert_eq!(code_of(|bytes| bytes[page + 384] = b'D'), corrupt, "name");
        assert_eq!(code_of(|bytes| bytes.truncate(page)), corrupt, "truncated");
        assert_eq!(
            code_of(|bytes| bytes.truncate(page + 100)),
            corrupt,
            "truncated"
        );
        assert_eq!(
            code_of(|bytes| drop(bytes.drain(..page))),
            corrupt,
            "no data"
        );
        assert_eq!(code_of(Vec::clear), corrupt, "empty");
    });
}

/// What a newer version made and left is reaped like what this one made: the locks are the same.
#[test]
fn a_leftover_of_another_version_is_reaped() {
    isolated(|_| {
        let (file, path) = damaged(|bytes| bytes[4096 + 8] = 77);
        assert_refused("damaged", ErrorCode::REVISION_MISMATCH);
        drop(file);
        let section = Section::options().size(SIZE).create_new("damaged").unwrap();
        drop(section);
        assert!(!path.exists());
    });
}

#[test]
fn random_damage_never_does_more_than_fail() {
    isolated(|_| {
        let changes = prop::collection::vec((0..8192_usize, any::<u8>()), 1..20);
        let damage = (changes, prop::option::of(0..9000_usize), prop::bool::ANY);
        let config = ProptestConfig {
            cases: 400,
            failure_persistence: None,
            ..Default::default()
        };
        let held = TestRunner::new(config).run(&damage, |(changes, len, in_header)| {
            let (file, path) = damaged(|bytes| {
                for (at, byte) in changes {
                    // Half of the cases keep to the fields, which are few among the bytes.
                    let at = if in_header { 4096 + at % 128 } else { at };
                    bytes[at] = byte;
                }
                if let Some(len) = len {
                    bytes.resize(len, 0);
                }
            });
            if let Ok(section) = Section::open("damaged") {
                let view = section.map().unwrap();
                let mut bytes = vec![0; view.len()];
                view.read(0, &mut bytes).unwrap();
            }
            // Nobody holds it any more: it is reaped, or is no object and stays.
            drop(file);
            let _ = Section::options().size(SIZE).create("damaged");
            let _ = fs::remove_file(path);
            Ok(())
        });
        held.unwrap();
    });
}

/// A file that grows, shrinks and changes while it is opened is an error or a section, and nothing worse.
#[test]
fn a_file_that_changes_meanwhile_never_does_more_than_fail() {
    isolated(|role| {
        let path = namespace().join("changing");
        if role == "changer" {
            let file = File::options().write(true).open(&path).unwrap();
            let good = fs::read(&path).unwrap();
            super::support::say("changing");
            for round in 0_u64.. {
                // The data stays: cutting it under a mapping is SIGBUS, which the documentation tells.
                file.write_all_at(&good[4096..], 4096).unwrap();
                file.write_all_at(&[0xff; 64], 4096 + round * 13 % 1000)
                    .unwrap();
                file.set_len(8192 + round % 3 * 4096).unwrap();
            }
        }
        let section = Section::options().size(SIZE).create("changing").unwrap();
        let mut changer = Role::start("changer");
        changer.expect("changing");
        let mut opened = 0;
        for _ in 0..2000 {
            opened += usize::from(Section::open("changing").is_ok());
        }
        changer.kill();
        drop(section);
        let _ = fs::remove_file(path);
        assert!(opened < 2000, "the changes were seen");
    });
}

/// An exclusive lock that never ends is an error in the end, on what is an object as on what is none.
#[test]
fn a_reaper_that_never_ends_is_an_error() {
    isolated(|_| {
        let namespace = namespace();
        let garbage = File::create(namespace.join("garbage")).unwrap();
        assert_eq!(lock::seize(&garbage), Ok(true));
        assert_refused("garbage", ErrorCode::FILE_CORRUPT);
        fs::remove_file(namespace.join("garbage")).unwrap();

        let (file, path) = damaged(|_| ());
        // In place of the shared lock that makes it an object.
        assert_eq!(lock::seize(&file), Ok(true));
        let error = Section::open("damaged").unwrap_err();
        assert_eq!(error.code(), ErrorCode::BUSY, "{error}");
        drop(file);
        assert!(Section::options().size(SIZE).create_new("damaged").is_ok());
        assert!(!path.exists());
    });
}

/// A umask takes nothing from what the user's own processes need.
#[test]
fn a_umask_does_not_shut_the_user_out() {
    isolated(|role| {
        if role == "another" {
            assert!(Section::open("masked").is_ok());
            return;
        }
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
        let section = Section::options().size(SIZE).create("masked").unwrap();
        let namespace = std::env::var_os("COMMONHOLD_ROOT").unwrap();
        let namespace = fs::read_dir(namespace).unwrap().next().unwrap().unwrap();
        assert_eq!(
            namespace.metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
        Role::start("another").finish();
        drop(section);
    });
}

/// Asking what is committed takes no memory: the kernel gives it to holes that are touched by mapping.
#[test]
fn asking_for_uncommitted_pages_takes_no_memory() {
    isolated(|_| {
        let options = Section::options()
            .size(1 << 32)
            .attributes(SectionAttributes::RESERVE);
        let section = options.create_unnamed().unwrap();
        let blocks = || rustix::fs::fstat(section.as_fd()).unwrap().st_blocks;
        let before = blocks();
        let view = section.map().unwrap();
        assert_eq!(view.query(0).unwrap().len, 1 << 32);
        assert_eq!(
            view.get::<u64>(1 << 20).unwrap_err().code(),
            ErrorCode::NOACCESS
        );
        assert_eq!(blocks(), before);
    });
}

/// Sends what a section's peer sends, with other descriptors.
fn receive(descriptors: &[BorrowedFd<'_>]) -> Result<Section, ErrorCode> {
    let (here, there) = UnixStream::pair().unwrap();
    let count = u8::try_from(descriptors.len()).unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    assert!(ancillary.push(SendAncillaryMessage::ScmRights(descriptors)));
    let message = [b"CHOLD1:".as_slice(), &[count]].concat();
    let bytes = [IoSlice::new(&message)];
    sendmsg(&here, &bytes, &mut ancillary, SendFlags::empty()).unwrap();
    Section::receive(&there).map_err(|error| error.code())
}

/// A peer cannot have this process open a file for it by sending a page that names one.
#[test]
fn what_is_received_brings_its_file_along() {
    isolated(|_| {
        let path = super::support::scratch().join("file");
        fs::write(&path, "secret").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let other = File::open("/proc/self/exe").unwrap();
        let section = Section::options().file(&file).create_unnamed().unwrap();
        let code = |result: Result<Section, ErrorCode>| result.err();
        assert_eq!(code(receive(&[section.as_fd(), file.as_fd()])), None);
        assert_eq!(
            code(receive(&[section.as_fd()])),
            Some(ErrorCode::INVALID_HANDLE)
        );
        let wrong = receive(&[section.as_fd(), other.as_fd()]);
        assert_eq!(code(wrong), Some(ErrorCode::INVALID_HANDLE));
        // Nor can whoever holds it make the page say something else.
        let rewritten = rustix::io::pwrite(section.as_fd(), b"x", 1024);
        assert_eq!(rewritten, Err(rustix::io::Errno::PERM));
    });
}

/// Bytes that could be cut away are not taken for large pages.
#[test]
fn forged_large_pages_are_refused() {
    isolated(|_| {
        let ordinary = rustix::fs::memfd_create(c"forged", MemfdFlags::ALLOW_SEALING).unwrap();
        let mut record = Record::new(ObjectType::Section);
        record.size = 2 << 20;
        record.protection = 4;
        record.attributes = (SectionAttributes::COMMIT | SectionAttributes::LARGE_PAGES).bits();
        record.body = 2;
        super::super::body::describe(&mut record, &ordinary).unwrap();
        let object = Object::create_unnamed(&mut record, 0, b"").unwrap();
        let result = receive(&[object.as_fd(), ordinary.as_fd()]);
        assert_eq!(result.err(), Some(ErrorCode::FILE_CORRUPT));
    });
}

/// Who could write to the page of a section over a file could have others open another file.
#[test]
fn a_page_that_others_could_have_written_is_not_followed() {
    isolated(|_| {
        let root = PathBuf::from(std::env::var_os("COMMONHOLD_ROOT").unwrap());
        let namespace = root.join("commonhold.global");
        fs::create_dir(&namespace).unwrap();
        fs::set_permissions(&namespace, fs::Permissions::from_mode(0o1777)).unwrap();
        let path = super::support::scratch().join("file");
        fs::write(&path, "shared").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let name = r"Global\file";
        let section = Section::options()
            .file(&file)
            .for_everyone(true)
            .create(name)
            .unwrap();
        let entry = namespace.join("file");
        let mode = fs::metadata(&entry).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "nobody else writes to it");
        assert!(Section::open(name).is_ok());
        fs::set_permissions(&entry, fs::Permissions::from_mode(0o666)).unwrap();
        let error = Section::open(name).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ACCESS_DENIED, "{error}");
        drop(section);
    });
}
