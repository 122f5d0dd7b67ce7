//! Descriptors that are sections, those that are not, and those that pretend to be.

#![allow(missing_docs)]

mod support;

use commonhold::{ErrorCode, MapAccess, Rights, Section};
use rustix::fs::{MemfdFlags, Mode, OFlags, SealFlags};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use support::{MAIN, MUTEX, Role, TYPE_AT, entry, isolated, patch, say, scratch, until_told};

const SIZE: u64 = 64 * 1024;

fn named(name: &str) -> Section {
    Section::options().size(SIZE).create(name).unwrap()
}

fn adopt(descriptor: impl Into<OwnedFd>) -> Result<Section, ErrorCode> {
    Section::try_from(descriptor.into()).map_err(|error| error.code())
}

fn assert_absent(name: &str) {
    assert_eq!(
        Section::open(name).unwrap_err().code(),
        ErrorCode::FILE_NOT_FOUND
    );
}

#[test]
fn a_bare_descriptor_holds_the_name_and_gives_the_handle_back() {
    isolated(|_| {
        let section = named("frames");
        section.map().unwrap().put(0, &4711_u64).unwrap();
        let descriptor = OwnedFd::from(section);
        assert!(named("frames").existed());
        let section = adopt(descriptor).unwrap();
        assert!(section.existed());
        assert_eq!(section.map().unwrap().get::<u64>(0).unwrap(), 4711);
        drop(section);
        assert_absent("frames");
        assert!(!entry("frames").exists(), "reaped by the last handle");
    });
}

/// The name is free at once; the memory waits for whoever uses the namespace next.
#[test]
fn a_bare_descriptor_that_is_closed_leaves_its_file_to_the_next_user() {
    isolated(|_| {
        let descriptor = OwnedFd::from(named("frames"));
        drop(descriptor);
        assert!(entry("frames").exists());
        assert_absent("frames");
        assert!(!entry("frames").exists());
    });
}

#[test]
fn rights_travel_with_the_descriptor() {
    isolated(|_| {
        for section in [
            named("frames"),
            Section::options().size(SIZE).create_unnamed().unwrap(),
        ] {
            for bits in [0xf_0007, 0x4, 0x2, 0x1, 0, 0xf_001f] {
                let duplicate = section.duplicate(Rights::from_bits_retain(bits)).unwrap();
                let adopted = adopt(duplicate).unwrap();
                assert_eq!(adopted.rights().bits(), bits);
                let writes = adopted.map_options().access(MapAccess::WRITE).map();
                let refused = writes.err().map(|error| error.code());
                assert_eq!(refused, (bits & 2 == 0).then_some(ErrorCode::ACCESS_DENIED));
            }
        }
    });
}

#[test]
fn the_file_of_an_adopted_section_is_found_by_its_path_or_in_a_process() {
    isolated(|_| {
        let path = scratch().join("table");
        fs::write(&path, b"the file").unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let section = Section::options().file(&file).create_unnamed().unwrap();
        let is_found = |descriptor| {
            let view = adopt(descriptor)?.map().unwrap();
            assert_eq!(&view.get::<[u8; 8]>(0).unwrap(), b"the file");
            Ok::<_, ErrorCode>(())
        };
        let bare = || OwnedFd::from(section.try_clone().unwrap());
        assert_eq!(is_found(bare()), Ok(()));
        fs::rename(&path, scratch().join("elsewhere")).unwrap();
        assert_eq!(is_found(bare()), Ok(()), "renamed");
        fs::remove_file(scratch().join("elsewhere")).unwrap();
        assert_eq!(is_found(bare()), Ok(()), "removed");
        // With the last descriptor of the file goes the last way to it.
        let last = OwnedFd::from(section);
        drop(file);
        assert_eq!(is_found(last), Err(ErrorCode::FILE_INVALID));
    });
}

#[test]
fn what_is_nothing_of_ours_is_refused() {
    isolated(|_| {
        let path = scratch().join("plain");
        fs::write(&path, [0; 8192]).unwrap();
        let fifo = scratch().join("pipe");
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let open = |path, flags| rustix::fs::open(path, flags, Mode::empty()).unwrap();
        let others = [
            open(path.as_path(), OFlags::RDONLY),
            open(path.as_path(), OFlags::RDWR),
            open(path.as_path(), OFlags::PATH),
            open(fifo.as_path(), OFlags::RDWR),
            open(scratch().as_path(), OFlags::RDONLY),
            open("/dev/null".as_ref(), OFlags::RDWR),
            open("/dev/zero".as_ref(), OFlags::RDONLY),
            open("/proc/self/status".as_ref(), OFlags::RDONLY),
            UnixStream::pair().unwrap().0.into(),
            rustix::fs::memfd_create(c"empty", MemfdFlags::CLOEXEC).unwrap(),
        ];
        for other in others {
            let what = format!("{other:?}");
            assert_eq!(
                adopt(other).unwrap_err(),
                ErrorCode::INVALID_HANDLE,
                "{what}"
            );
        }
    });
}

#[test]
fn a_section_that_cannot_be_read_from_is_refused() {
    isolated(|_| {
        let _section = named("frames");
        for flags in [OFlags::WRONLY, OFlags::PATH] {
            let fd = rustix::fs::open(entry("frames"), flags, Mode::empty()).unwrap();
            assert_eq!(
                adopt(fd).unwrap_err(),
                ErrorCode::INVALID_HANDLE,
                "{flags:?}"
            );
        }
    });
}

/// All the bytes of an unnamed section, control page included, in memory that its maker may still resize.
#[test]
fn a_copy_of_an_unnamed_section_is_none_unless_it_is_sealed() {
    isolated(|_| {
        let section = Section::options().size(SIZE).create_unnamed().unwrap();
        let mut bytes = vec![0; usize::try_from(SIZE).unwrap() + rustix::param::page_size()];
        assert_eq!(
            rustix::io::pread(&section, &mut bytes, 0).unwrap(),
            bytes.len()
        );
        let copy = |seals| {
            let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
            let mut copy = File::from(rustix::fs::memfd_create(c"copy", flags).unwrap());
            copy.write_all(&bytes).unwrap();
            rustix::fs::fcntl_add_seals(&copy, seals).unwrap();
            rustix::fs::seek(&copy, rustix::fs::SeekFrom::Start(0)).unwrap();
            copy
        };
        let resize = SealFlags::SHRINK | SealFlags::GROW;
        for seals in [SealFlags::empty(), SealFlags::SHRINK, resize] {
            assert_eq!(
                adopt(copy(seals)).unwrap_err(),
                ErrorCode::INVALID_HANDLE,
                "{seals:?}"
            );
        }
        // What nobody can resize is as good as ours.
        assert!(adopt(copy(resize | SealFlags::SEAL)).is_ok());
        let mut short = bytes.clone();
        short.truncate(rustix::param::page_size());
        let file = scratch().join("copy");
        fs::write(&file, &bytes).unwrap();
        assert_eq!(
            adopt(File::open(file).unwrap()).unwrap_err(),
            ErrorCode::INVALID_HANDLE
        );
    });
}

#[test]
fn a_copy_of_a_named_sections_file_is_not_the_section() {
    isolated(|_| {
        let section = named("frames");
        for copy in [scratch().join("copy"), entry("copy")] {
            fs::copy(entry("frames"), &copy).unwrap();
            for write in [false, true] {
                let file = File::options().read(true).write(write).open(&copy).unwrap();
                assert_eq!(
                    adopt(file).unwrap_err(),
                    ErrorCode::INVALID_HANDLE,
                    "{copy:?}"
                );
            }
            fs::remove_file(copy).unwrap();
        }
        // The file itself is: that is what opening by name does.
        let file = File::options()
            .read(true)
            .write(true)
            .open(entry("frames"))
            .unwrap();
        assert_eq!(adopt(file).unwrap().rights(), section.rights());
        drop(section);
        assert_absent("frames");
    });
}

#[test]
fn the_file_of_a_dead_section_is_not_brought_back_to_life() {
    isolated(|_| {
        let section = named("frames");
        let file = File::options()
            .read(true)
            .write(true)
            .open(entry("frames"))
            .unwrap();
        drop(section);
        assert_eq!(adopt(file).unwrap_err(), ErrorCode::INVALID_HANDLE);
        assert!(!named("frames").existed());
    });
}

#[test]
fn an_object_of_another_type_is_no_section() {
    isolated(|_| {
        let section = named("frames");
        patch(&entry("frames"), TYPE_AT, &MUTEX.to_ne_bytes());
        let descriptor = OwnedFd::from(section.try_clone().unwrap());
        assert_eq!(adopt(descriptor).unwrap_err(), ErrorCode::INVALID_HANDLE);
    });
}

/// Each 32-bit number of the control page made wrong in turn: whatever that makes of it, it is an error or a
/// section.
#[test]
fn a_control_page_that_contradicts_itself_is_refused() {
    isolated(|_| {
        let section = named("frames");
        let entry = entry("frames");
        let len = fs::metadata(&entry).unwrap().len();
        let page = rustix::param::page_size() as u64;
        let mut good = [0; 64];
        let file = File::open(&entry).unwrap();
        rustix::io::pread(&file, &mut good, len - page).unwrap();
        let wrong = [0, 1, 3, 0xff, 0x7fff_ffff, 0x8000_0000, u32::MAX];
        for at in (32..64).step_by(4) {
            for number in wrong {
                patch(&entry, at, &number.to_ne_bytes());
                for result in [Section::open("frames"), section.try_clone()] {
                    let adopted = result.map(OwnedFd::from).and_then(Section::try_from);
                    if let Ok(section) = adopted {
                        let info = section.info().unwrap();
                        assert!(info.size <= SIZE, "{at}: {number:#x}: {info:?}");
                        let _ = section.map().map(|view| view.get::<u8>(view.len() - 1));
                    }
                }
                patch(&entry, 0, &good);
            }
        }
        assert_eq!(
            Section::open("frames").unwrap().info().unwrap(),
            section.info().unwrap()
        );
    });
}

/// A leftover that somebody opened by hand is dead: adopting it does not bring it back.
#[test]
fn a_leftover_cannot_be_adopted() {
    isolated(|role| {
        if role != MAIN {
            let section = Section::options().size(4096).create("dead").unwrap();
            section.map().unwrap().write(0, b"old").unwrap();
            say("holding");
            return until_told();
        }
        let mut holder = Role::start("holder");
        holder.expect("holding");
        // Held by somebody, it is an object, whoever opened it.
        let by_hand = || {
            File::options()
                .read(true)
                .write(true)
                .open(entry("dead"))
                .unwrap()
        };
        assert!(Section::try_from(OwnedFd::from(by_hand())).is_ok());
        let leftover = by_hand();
        holder.kill();
        let error = Section::try_from(OwnedFd::from(leftover)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::INVALID_HANDLE, "{error}");
        assert!(
            !Section::options()
                .size(4096)
                .create("dead")
                .unwrap()
                .existed()
        );
    });
}
