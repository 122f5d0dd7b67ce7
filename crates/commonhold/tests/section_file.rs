//! Sections over files: which files, of which sizes, opened how. win32-facts 1.2, 1.4, 1.5.

#![allow(missing_docs)]

mod support;

use commonhold::{ErrorCode, MapAccess, Protection, Result, Section, SectionAttributes};
use rustix::fs::{FileType, Mode, OFlags};
use std::fs::{self, File, OpenOptions};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use support::{isolated, scratch};

fn code(result: Result<Section>) -> ErrorCode {
    result.unwrap_err().code()
}

/// A file of so many bytes, each of which says where it is.
fn file(name: &str, len: usize) -> PathBuf {
    let path = scratch().join(name);
    fs::write(&path, content(len)).unwrap();
    path
}

#[allow(clippy::cast_possible_truncation, reason = "a pattern")]
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

fn open(path: &PathBuf) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap()
}

fn len(file: &File) -> u64 {
    file.metadata().unwrap().len()
}

#[test]
fn without_a_size_the_section_has_the_files_own_to_the_byte() {
    isolated(|_| {
        let path = file("table", 0x3456);
        let section = Section::options()
            .file(&open(&path))
            .create_unnamed()
            .unwrap();
        let info = section.info().unwrap();
        assert_eq!(info.size, 0x3456);
        assert_eq!(info.attributes, SectionAttributes::FILE);
        let view = section.map().unwrap();
        assert_eq!(view.len(), 0x3456);
        assert_eq!(
            view.get::<[u8; 0x3456]>(0).unwrap().as_slice(),
            content(0x3456)
        );
    });
}

#[test]
fn a_section_smaller_than_its_file_is_as_small_as_asked() {
    isolated(|_| {
        let path = file("table", 5000);
        let section = Section::options()
            .file(&open(&path))
            .size(36)
            .create_unnamed()
            .unwrap();
        assert_eq!(section.info().unwrap().size, 36);
        assert_eq!(section.map().unwrap().len(), 36);
        assert_eq!(len(&open(&path)), 5000);
    });
}

#[test]
fn a_writable_section_extends_its_file_at_once_and_for_good() {
    isolated(|_| {
        for protection in [Protection::ReadWrite, Protection::ExecuteReadWrite] {
            let path = file("table", 100);
            let file = open(&path);
            let section = Section::options()
                .file(&file)
                .size(70_001)
                .protection(protection);
            let section = section.create_unnamed().unwrap();
            assert_eq!(len(&open(&path)), 70_001, "before anything is mapped");
            assert_eq!(section.info().unwrap().size, 70_001);
            let view = section.map().unwrap();
            assert_eq!(view.get::<[u8; 100]>(0).unwrap().as_slice(), content(100));
            assert_eq!(view.get::<u8>(70_000).unwrap(), 0);
            drop((section, view));
            assert_eq!(len(&open(&path)), 70_001, "not shrunk again");
        }
    });
}

#[test]
fn a_section_that_cannot_write_is_no_larger_than_its_file() {
    isolated(|_| {
        let path = file("table", 0x3456);
        let protections = [
            Protection::ReadOnly,
            Protection::WriteCopy,
            Protection::ExecuteRead,
            Protection::ExecuteWriteCopy,
        ];
        for protection in protections {
            let file = open(&path);
            let options = Section::options().file(&file).protection(protection);
            assert_eq!(
                code(options.clone().size(0x3457).create_unnamed()),
                ErrorCode::NOT_ENOUGH_MEMORY,
                "{protection:?}"
            );
            assert!(options.size(0x3456).create_unnamed().is_ok());
        }
        assert_eq!(len(&open(&path)), 0x3456);
    });
}

#[test]
fn an_empty_file_needs_a_size_and_a_section_that_extends_it() {
    isolated(|_| {
        let path = file("table", 0);
        let file = open(&path);
        let options = Section::options().file(&file);
        assert_eq!(code(options.create_unnamed()), ErrorCode::FILE_INVALID);
        assert_eq!(code(options.create("table")), ErrorCode::FILE_INVALID);
        let read_only = options.clone().protection(Protection::ReadOnly);
        assert_eq!(code(read_only.create_unnamed()), ErrorCode::FILE_INVALID);
        assert_eq!(
            code(read_only.clone().size(1).create_unnamed()),
            ErrorCode::NOT_ENOUGH_MEMORY
        );
        let image = read_only.attributes(SectionAttributes::IMAGE);
        assert_eq!(code(image.create_unnamed()), ErrorCode::BAD_EXE_FORMAT);
        assert_eq!(len(&file), 0);
        let section = options.size(10).create_unnamed().unwrap();
        assert_eq!((section.info().unwrap().size, len(&file)), (10, 10));
    });
}

#[test]
fn sizes_beyond_what_files_and_disks_have_leave_the_file_alone() {
    isolated(|_| {
        let path = file("table", 100);
        let file = open(&path);
        for absurd in [0x0800_0000_0001_0000, 0x8000_0000_0001_0000, u64::MAX] {
            let refused = Section::options().file(&file).size(absurd).create_unnamed();
            assert_eq!(code(refused), ErrorCode::NOT_ENOUGH_MEMORY, "{absurd:#x}");
        }
        let error = Section::options()
            .file(&file)
            .size(1 << 50)
            .create("table")
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::DISK_FULL);
        let said = error.to_string();
        assert!(
            said.contains("\"table\"") && said.contains("from 100 to"),
            "{said}"
        );
        assert_eq!(fs::read(&path).unwrap(), content(100));
    });
}

#[test]
fn what_is_no_ordinary_file_cannot_be_mapped() {
    isolated(|_| {
        let pipe = scratch().join("pipe");
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, mode, 0).unwrap();
        let (socket, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        let others = [
            File::open(scratch()).unwrap(),
            open(&pipe),
            File::from(OwnedFd::from(socket)),
            File::open("/dev/null").unwrap(),
            File::open("/dev/zero").unwrap(),
        ];
        for other in &others {
            for size in [0, 4096] {
                let options = Section::options().file(other).size(size);
                let options = options.protection(Protection::ReadOnly);
                assert_eq!(
                    code(options.create_unnamed()),
                    ErrorCode::BAD_EXE_FORMAT,
                    "{other:?}"
                );
            }
        }
    });
}

/// win32-facts 1.5. Linux has no access "execute" for descriptors, so that reading is enough for it.
#[test]
fn the_file_must_be_open_for_what_the_section_may_do() {
    isolated(|_| {
        let path = file("table", 5000);
        let open = |flags| File::from(rustix::fs::open(&path, flags, Mode::empty()).unwrap());
        let reading = open(OFlags::RDONLY);
        let writing = open(OFlags::WRONLY);
        let nothing = open(OFlags::PATH);
        for protection in Protection::ALL {
            let has = |file| {
                let options = Section::options().file(file).protection(protection);
                options
                    .create_unnamed()
                    .map(drop)
                    .map_err(|error| error.code())
            };
            let (expected, otherwise) = match protection {
                Protection::NoAccess | Protection::Execute => (
                    Err(ErrorCode::INVALID_PARAMETER),
                    ErrorCode::INVALID_PARAMETER,
                ),
                Protection::ReadWrite | Protection::ExecuteReadWrite => {
                    (Err(ErrorCode::ACCESS_DENIED), ErrorCode::ACCESS_DENIED)
                }
                _ => (Ok(()), ErrorCode::ACCESS_DENIED),
            };
            assert_eq!(has(&reading), expected, "{protection:?}");
            assert_eq!(has(&writing), Err(otherwise), "{protection:?}");
            assert_eq!(has(&nothing), Err(otherwise), "{protection:?}");
        }
    });
}

#[test]
fn reserving_over_a_file_has_no_effect() {
    isolated(|_| {
        let path = file("table", 5000);
        for attributes in [SectionAttributes::RESERVE, SectionAttributes::COMMIT] {
            let file = open(&path);
            let options = Section::options().file(&file).attributes(attributes);
            let section = options.create_unnamed().unwrap();
            assert_eq!(section.info().unwrap().attributes, SectionAttributes::FILE);
            let view = section.map().unwrap();
            assert_eq!(view.get::<[u8; 5000]>(0).unwrap().as_slice(), content(5000));
        }
    });
}

#[test]
fn attributes_that_are_not_for_files_are_refused() {
    isolated(|_| {
        use SectionAttributes as Sec;
        let path = file("table", 5000);
        let image = file("program", 0);
        fs::write(&image, b"MZ and what follows").unwrap();
        let rows = [
            (
                &path,
                Sec::COMMIT | Sec::RESERVE,
                ErrorCode::INVALID_PARAMETER,
            ),
            (
                &path,
                Sec::COMMIT | Sec::LARGE_PAGES,
                ErrorCode::INVALID_PARAMETER,
            ),
            (&path, Sec::FILE, ErrorCode::INVALID_PARAMETER),
            (&path, Sec::FILE | Sec::COMMIT, ErrorCode::INVALID_PARAMETER),
            (&path, Sec::NOCACHE, ErrorCode::INVALID_PARAMETER),
            (&path, Sec::WRITECOMBINE, ErrorCode::INVALID_PARAMETER),
            (&path, Sec::COMMIT | Sec::NOCACHE, ErrorCode::NOT_SUPPORTED),
            (
                &path,
                Sec::RESERVE | Sec::WRITECOMBINE,
                ErrorCode::NOT_SUPPORTED,
            ),
            (&path, Sec::IMAGE, ErrorCode::BAD_EXE_FORMAT),
            (&path, Sec::IMAGE | Sec::NOCACHE, ErrorCode::BAD_EXE_FORMAT),
            (
                &path,
                Sec::IMAGE | Sec::COMMIT,
                ErrorCode::INVALID_PARAMETER,
            ),
            (&image, Sec::IMAGE, ErrorCode::NOT_SUPPORTED),
            (&image, Sec::IMAGE | Sec::NOCACHE, ErrorCode::NOT_SUPPORTED),
            (
                &image,
                Sec::IMAGE | Sec::LARGE_PAGES,
                ErrorCode::INVALID_PARAMETER,
            ),
            (
                &image,
                Sec::IMAGE | Sec::WRITECOMBINE,
                ErrorCode::INVALID_PARAMETER,
            ),
        ];
        for (path, attributes, expected) in rows {
            let file = open(path);
            let options = Section::options()
                .file(&file)
                .protection(Protection::ReadOnly);
            assert_eq!(
                code(options.attributes(attributes).create_unnamed()),
                expected,
                "{attributes:?} {path:?}"
            );
        }
    });
}

/// Windows may extend the file although it then finds the name taken.
#[test]
fn a_name_that_is_taken_leaves_the_file_as_it_is() {
    isolated(|_| {
        let first = file("first", 100);
        let second = file("second", 50);
        let held = Section::options()
            .file(&open(&first))
            .create("table")
            .unwrap();
        let second_file = open(&second);
        let options = Section::options().file(&second_file).size(9000);
        let other = options.create("table").unwrap();
        assert!(other.existed());
        assert_eq!(other.info().unwrap(), held.info().unwrap());
        assert_eq!(other.map().unwrap().len(), 100);
        assert_eq!(code(options.create_new("table")), ErrorCode::ALREADY_EXISTS);
        assert_eq!(len(&second_file), 50);
    });
}

#[test]
fn allocating_ahead_is_for_memory() {
    isolated(|_| {
        let path = file("table", 100);
        let refused = Section::options()
            .file(&open(&path))
            .allocate(true)
            .create_unnamed();
        assert_eq!(code(refused), ErrorCode::INVALID_PARAMETER);
    });
}

#[test]
fn a_file_that_never_had_a_name_can_be_shared_by_name() {
    isolated(|_| {
        let memory = rustix::fs::memfd_create(c"bytes", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        let unnamed =
            rustix::fs::open(scratch(), OFlags::TMPFILE | OFlags::RDWR, Mode::RUSR).unwrap();
        for file in [File::from(memory), File::from(unnamed)] {
            let section = Section::options()
                .file(&file)
                .size(10)
                .create("table")
                .unwrap();
            section.map().unwrap().write(0, b"0123456789").unwrap();
            drop(file);
            let reads = Section::open("table").unwrap();
            let view = reads.map_options().access(MapAccess::READ).map().unwrap();
            assert_eq!(&view.get::<[u8; 10]>(0).unwrap(), b"0123456789");
        }
    });
}
