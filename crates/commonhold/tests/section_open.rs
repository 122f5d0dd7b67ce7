//! Opening sections by name: which rights come of what is asked for. win32-facts 2, and the section row of 7.1.

#![allow(missing_docs)]

mod support;

use commonhold::{ErrorCode, MapAccess, Protection, Rights, Section, SectionOptions};
use rustix::fs::OFlags;
use std::fs;
use support::{VERSION_AT, entry, isolated, patch};

fn options<'a>() -> SectionOptions<'a> {
    Section::options().size(64 * 1024)
}

fn code(rights: Rights) -> ErrorCode {
    Section::open_with("frames", rights).unwrap_err().code()
}

fn map_code(section: &Section, access: MapAccess) -> Option<ErrorCode> {
    let view = section.map_options().access(access).map();
    view.err().map(|error| error.code())
}

#[test]
fn what_nobody_holds_is_not_found() {
    isolated(|_| {
        let error = Section::open("frames").unwrap_err();
        assert_eq!(error.code(), ErrorCode::FILE_NOT_FOUND);
        assert_eq!(error.name().unwrap().to_string(), "frames");
    });
}

#[test]
fn asking_for_no_right_is_denied_once_the_name_is_found() {
    isolated(|_| {
        let undefined = Rights::from_bits_retain(0x40);
        for rights in [Rights::empty(), undefined] {
            assert_eq!(code(rights), ErrorCode::FILE_NOT_FOUND, "{rights:?}");
        }
        let _section = options().create("frames").unwrap();
        for rights in [Rights::empty(), undefined] {
            assert_eq!(code(rights), ErrorCode::ACCESS_DENIED, "{rights:?}");
        }
    });
}

#[test]
fn bits_that_sections_do_not_have_are_denied() {
    isolated(|_| {
        let _section = options().create("frames").unwrap();
        for bit in 0..32 {
            let asked = Rights::from_bits_retain(1 << bit);
            let opened = Section::open_with("frames", asked | Rights::MAP_READ);
            // Specific, standard, MAXIMUM_ALLOWED, generic.
            if matches!(bit, 0..=4 | 16..=20 | 25 | 28..=31) {
                assert!(opened.is_ok(), "bit {bit}");
            } else {
                assert_eq!(
                    opened.unwrap_err().code(),
                    ErrorCode::ACCESS_DENIED,
                    "bit {bit}"
                );
            }
        }
    });
}

#[test]
fn map_access_opens_with_exactly_its_rights() {
    isolated(|_| {
        let all = MapAccess::from_bits_retain(Rights::ALL_SECTION.bits());
        let executable = options().protection(Protection::ExecuteReadWrite);
        let _section = executable.create("frames").unwrap();
        let expected = [
            (MapAccess::COPY, 0x4),
            (MapAccess::READ, 0x4),
            (MapAccess::WRITE, 0x2),
            (MapAccess::READ | MapAccess::WRITE, 0x6),
            (MapAccess::EXECUTE, 0x8),
            (MapAccess::READ | MapAccess::EXECUTE, 0xc),
            (all, 0xf_001f),
        ];
        for (access, rights) in expected {
            let opened = Section::open_with("frames", access.rights()).unwrap();
            assert_eq!(opened.rights().bits(), rights, "{access:?}");
        }
    });
}

#[test]
fn generic_rights_become_those_of_a_section() {
    isolated(|_| {
        let _section = options().create("frames").unwrap();
        let expected = [
            (Rights::GENERIC_READ, 0x2_0005),
            (Rights::GENERIC_WRITE, 0x2_0002),
            (Rights::GENERIC_EXECUTE, 0x2_0008),
            (Rights::GENERIC_ALL, 0xf_001f),
            (Rights::GENERIC_READ | Rights::GENERIC_WRITE, 0x2_0007),
            (Rights::from_bits_retain(0x1f_001f), 0x1f_001f),
        ];
        for (asked, granted) in expected {
            let opened = Section::open_with("frames", asked).unwrap();
            assert_eq!(opened.rights().bits(), granted, "{asked:?}");
        }
    });
}

#[test]
fn opening_without_a_word_about_rights_gives_what_the_section_has() {
    isolated(|_| {
        for protection in Protection::ALL {
            let options = options().protection(protection);
            let Ok(section) = options.create("frames") else {
                continue;
            };
            for opened in [
                Section::open("frames").unwrap(),
                Section::open_with("frames", Rights::MAXIMUM_ALLOWED).unwrap(),
            ] {
                assert_eq!(opened.rights(), section.rights(), "{protection:?}");
                assert_eq!(opened.info().unwrap(), section.info().unwrap());
                assert!(opened.existed());
            }
        }
    });
}

#[test]
fn querying_needs_the_right_to() {
    isolated(|_| {
        let _section = options().create("frames").unwrap();
        let mapper = Section::open_with("frames", Rights::MAP_READ).unwrap();
        assert_eq!(mapper.info().unwrap_err().code(), ErrorCode::ACCESS_DENIED);
        let asker = Section::open_with("frames", Rights::QUERY).unwrap();
        assert_eq!(asker.info().unwrap().size, 64 * 1024);
        assert_eq!(
            map_code(&asker, MapAccess::READ),
            Some(ErrorCode::ACCESS_DENIED)
        );
    });
}

#[test]
fn rights_beyond_the_protection_are_granted_and_fail_when_mapped() {
    isolated(|_| {
        let writable = options().create("frames").unwrap();
        let all = Section::open_with("frames", Rights::ALL_SECTION).unwrap();
        assert_eq!(all.rights(), Rights::ALL_SECTION);
        let executing = MapAccess::READ | MapAccess::EXECUTE;
        assert_eq!(
            map_code(&all, executing),
            Some(ErrorCode::INVALID_PARAMETER)
        );
        drop((writable, all));
        let reads = options().protection(Protection::ReadOnly);
        let _reads = reads.create("frames").unwrap();
        let writer = Section::open_with("frames", Rights::MAP_WRITE).unwrap();
        assert_eq!(
            map_code(&writer, MapAccess::WRITE),
            Some(ErrorCode::INVALID_PARAMETER)
        );
    });
}

/// win32-facts 2, the last row: `PAGE_READWRITE` is the number of `FILE_MAP_READ`.
#[test]
fn a_protection_given_for_an_access_opens_for_reading() {
    isolated(|_| {
        let _section = options().create("frames").unwrap();
        let mistake = MapAccess::from_bits_retain(Protection::ReadWrite as u32);
        let opened = Section::open_with("frames", mistake.rights()).unwrap();
        assert_eq!(opened.rights(), Rights::MAP_READ);
        assert_eq!(
            map_code(&opened, MapAccess::WRITE),
            Some(ErrorCode::ACCESS_DENIED)
        );
        assert_eq!(map_code(&opened, MapAccess::READ), None);
    });
}

#[test]
fn the_kernel_knows_who_may_only_read() {
    isolated(|_| {
        let _section = options().create("frames").unwrap();
        let mode = |rights| {
            let section = Section::open_with("frames", rights).unwrap();
            let flags = rustix::fs::fcntl_getfl(&section).unwrap();
            flags & (OFlags::RDWR | OFlags::WRONLY)
        };
        assert_eq!(mode(Rights::MAP_READ), OFlags::RDONLY);
        assert_eq!(mode(Rights::QUERY), OFlags::RDONLY);
        assert_eq!(mode(Rights::MAP_WRITE), OFlags::RDWR);
    });
}

#[test]
fn another_version_is_told_from_damage() {
    isolated(|_| {
        let _section = options().create("frames").unwrap();
        patch(&entry("frames"), VERSION_AT, &99_u32.to_ne_bytes());
        let error = Section::open("frames").unwrap_err();
        assert_eq!(error.code(), ErrorCode::REVISION_MISMATCH);
        assert!(error.to_string().contains("99"), "{error}");
        patch(&entry("frames"), 0, b"NOTMAGIC");
        let error = Section::open("frames").unwrap_err();
        assert_eq!(error.code(), ErrorCode::FILE_CORRUPT);
        assert_eq!(error.path(), Some(entry("frames").as_path()));
        // It goes away all the same when its holder does.
        patch(&entry("frames"), 0, b"COMMHOLD");
    });
}

#[test]
fn what_is_no_object_is_reported_and_left_where_it_is() {
    isolated(|_| {
        // Makes the directory.
        drop(options().create("frames").unwrap());
        let junk = entry("junk");
        let check = |kind: &str| {
            for refused in [Section::open("junk"), options().create("junk")] {
                let error = refused.unwrap_err();
                assert_eq!(error.code(), ErrorCode::FILE_CORRUPT, "{kind}: {error}");
                assert_eq!(error.path(), Some(junk.as_path()));
            }
            assert!(fs::symlink_metadata(&junk).is_ok(), "{kind}");
        };
        fs::write(&junk, b"short").unwrap();
        check("short file");
        fs::write(&junk, [0xaa; 8192]).unwrap();
        check("file of whole pages");
        fs::remove_file(&junk).unwrap();
        fs::create_dir(&junk).unwrap();
        check("directory");
        fs::remove_dir(&junk).unwrap();
        std::os::unix::fs::symlink("/dev/null", &junk).unwrap();
        check("link");
        fs::remove_file(&junk).unwrap();
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &junk,
            fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        check("pipe");
        fs::remove_file(&junk).unwrap();
    });
}

/// Asking for the most says nothing about rights that are asked for beside it: those are a must.
#[test]
fn the_maximum_has_what_is_asked_for_beside_it_or_fails() {
    isolated(|_| {
        let options = Section::options()
            .size(4096)
            .protection(Protection::ReadOnly);
        let _section = options.create("readable").unwrap();
        let most = Rights::MAXIMUM_ALLOWED;
        let opened = Section::open_with("readable", most | Rights::MAP_READ).unwrap();
        assert_eq!(opened.rights(), Section::open("readable").unwrap().rights());
        let refused = Section::open_with("readable", most | Rights::MAP_WRITE).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::ACCESS_DENIED, "{refused}");
    });
}
