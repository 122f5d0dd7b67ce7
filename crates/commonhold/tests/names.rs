//! What is a name, and whose object it names: win32-facts 1.1.

#![allow(missing_docs)]

mod support;

use commonhold::{ErrorCode, Name, Protection, Section};
use std::fs::{self};
use support::{MAIN, MUTEX, Role, TYPE_AT, entry, isolated, patch};

const SIZE: u64 = 64 * 1024;

fn create(name: &str) -> Section {
    Section::options().size(SIZE).create(name).unwrap()
}

/// The refusals of creating and of opening, which differ for few names only.
fn codes(name: &str) -> [ErrorCode; 2] {
    let created = Section::options().size(SIZE).create(name);
    let opened = Section::open(name);
    [created, opened].map(|result| result.unwrap_err().code())
}

#[test]
fn what_exists_keeps_its_size_protection_and_attributes() {
    isolated(|_| {
        let first = create("frames");
        assert!(!first.existed());
        let other = Section::options().size(1 << 20);
        let second = other
            .protection(Protection::ReadOnly)
            .inheritable(true)
            .create("frames")
            .unwrap();
        assert!(second.existed());
        assert_eq!(second.info().unwrap(), first.info().unwrap());
        assert_eq!(second.info().unwrap().protection, Protection::ReadWrite);
        // The rights are those of creating it so, the inherit flag is the caller's.
        assert_eq!(second.rights().bits(), 0xf_0005);
        assert!(second.is_inheritable() && !first.is_inheritable());
    });
}

#[test]
fn create_new_refuses_what_exists_and_open_or_create_takes_it_whole() {
    isolated(|_| {
        let options = Section::options()
            .size(SIZE)
            .protection(Protection::ReadOnly);
        let first = Section::options()
            .size(SIZE)
            .open_or_create("frames")
            .unwrap();
        assert!(!first.existed());
        let refused = options.create_new("frames").unwrap_err();
        assert_eq!(refused.code(), ErrorCode::ALREADY_EXISTS);
        assert_eq!(refused.name().unwrap().to_string(), "frames");
        let second = options.open_or_create("frames").unwrap();
        assert!(second.existed());
        assert_eq!(second.rights(), first.rights());
        drop((first, second));
        assert!(!options.create_new("frames").unwrap().existed());
    });
}

#[test]
fn creating_a_writable_section_over_a_read_only_one_is_granted_and_fails_when_mapped() {
    isolated(|_| {
        let options = Section::options().size(SIZE);
        let reads = options.clone().protection(Protection::ReadOnly);
        let _first = reads.create("frames").unwrap();
        let second = options.create("frames").unwrap();
        assert_eq!(second.rights().bits(), 0xf_0007);
        let refused = second.map_options().access(commonhold::MapAccess::WRITE);
        assert_eq!(
            refused.map().unwrap_err().code(),
            ErrorCode::INVALID_PARAMETER
        );
    });
}

#[test]
fn the_name_of_another_type_of_object_is_no_section() {
    isolated(|_| {
        let _section = create("frames");
        patch(&entry("frames"), TYPE_AT, &MUTEX.to_ne_bytes());
        assert_eq!(codes("frames"), [ErrorCode::INVALID_HANDLE; 2]);
        let options = Section::options().size(SIZE);
        for refused in [
            options.create_new("frames"),
            options.open_or_create("frames"),
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.code(), ErrorCode::INVALID_HANDLE);
            assert!(error.to_string().contains("mutex"), "{error}");
        }
    });
}

#[test]
fn case_tells_names_apart() {
    isolated(|_| {
        let _lower = create("frames");
        let upper = create("Frames");
        assert!(!upper.existed());
        assert_eq!(
            Section::open("FRAMES").unwrap_err().code(),
            ErrorCode::FILE_NOT_FOUND
        );
    });
}

#[test]
fn the_empty_name_creates_an_unnamed_section_and_opens_none() {
    isolated(|_| {
        assert_eq!(
            Section::open("").unwrap_err().code(),
            ErrorCode::INVALID_HANDLE
        );
        let options = Section::options().size(SIZE);
        let one = options.create("").unwrap();
        let other = options.create("").unwrap();
        assert!(!one.existed() && !other.existed());
        one.map().unwrap().write(0, b"one").unwrap();
        assert_eq!(
            other.map().unwrap().get::<[u8; 3]>(0).unwrap(),
            [0; 3],
            "two objects"
        );
    });
}

#[test]
fn a_backslash_separates_and_where_it_stands_decides_the_error() {
    isolated(|_| {
        let expected = [
            (r"dir\x", ErrorCode::PATH_NOT_FOUND),
            (r"dir\", ErrorCode::PATH_NOT_FOUND),
            (r"dir\\x", ErrorCode::PATH_NOT_FOUND),
            (r"Session\1\x", ErrorCode::PATH_NOT_FOUND),
            (r"local\x", ErrorCode::PATH_NOT_FOUND),
            (r"Local\dir\x", ErrorCode::PATH_NOT_FOUND),
            (r"Local\", ErrorCode::INVALID_NAME),
            (r"Local\\x", ErrorCode::INVALID_NAME),
            (r"Global\", ErrorCode::INVALID_NAME),
            (r"\x", ErrorCode::BAD_PATHNAME),
            (r"\", ErrorCode::BAD_PATHNAME),
            ("Local", ErrorCode::INVALID_HANDLE),
            ("a\0b", ErrorCode::INVALID_NAME),
        ];
        for (name, code) in expected {
            assert_eq!(codes(name), [code; 2], "{name:?}");
        }
    });
}

/// win32-facts 9: the limit is that of the string, not the documented `MAX_PATH`.
#[test]
fn a_name_has_up_to_32766_characters() {
    isolated(|_| {
        let longest = "x".repeat(32_766);
        let section = create(&longest);
        assert!(!section.existed());
        // Told apart although nearly all of them is the same.
        let other = create(&"x".repeat(32_765));
        assert!(!other.existed());
        assert!(create(&longest).existed());
        assert_eq!(codes(&"x".repeat(32_767)), [ErrorCode::INVALID_NAME; 2]);
    });
}

#[test]
fn names_that_mean_something_to_a_file_system_are_ordinary_names() {
    isolated(|role| {
        let names = [
            ".",
            "..",
            "../x",
            "a/b",
            "/",
            "%",
            "%2e",
            "%%",
            " ",
            "line\nfeed",
            "\u{7f}",
            "\u{20ac}",
            "-rf",
        ];
        if role == MAIN {
            let held: Vec<Section> = names
                .iter()
                .enumerate()
                .map(|(number, name)| {
                    let section = create(name);
                    assert!(!section.existed(), "{name:?}");
                    section
                        .map()
                        .unwrap()
                        .put(0, &u64::try_from(number).unwrap())
                        .unwrap();
                    section
                })
                .collect();
            Role::start("opener").finish();
            let count = fs::read_dir(entry("")).unwrap().count();
            assert_eq!(count, held.len(), "all are files of the namespace");
        } else {
            for (number, name) in names.iter().enumerate() {
                let view = Section::open(*name).unwrap().map().unwrap();
                assert_eq!(
                    view.get::<u64>(0).unwrap(),
                    u64::try_from(number).unwrap(),
                    "{name:?}"
                );
            }
        }
    });
}

#[test]
fn utf16_that_is_no_text_names_objects_all_the_same() {
    isolated(|_| {
        let name = |units: &[u16]| Name::try_from(units).unwrap();
        let options = Section::options().size(SIZE);
        let one = options.create(name(&[0xd800])).unwrap();
        let other = options.create(name(&[0xd801])).unwrap();
        assert!(!one.existed() && !other.existed());
        assert!(options.create(name(&[0xd800])).unwrap().existed());
        let text: Vec<u16> = "\u{1f980}".encode_utf16().collect();
        let crab = options.create(name(&text)).unwrap();
        assert!(!crab.existed());
        assert!(Section::open("\u{1f980}").is_ok());
    });
}

/// win32-facts 1.2: the size is refused before the name is looked at.
#[test]
fn a_section_without_a_size_is_refused_whatever_its_name() {
    isolated(|_| {
        let _section = create("frames");
        for name in ["frames", "new", r"\x", r"dir\x"] {
            let error = Section::options().create(name).unwrap_err();
            assert_eq!(error.code(), ErrorCode::INVALID_PARAMETER, "{name}");
        }
    });
}
