//! Mapping views: what is wanted, of which section, by which handle. win32-facts 3.1 to 3.3.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;

use Protection::{
    ExecuteRead, ExecuteReadWrite, ExecuteWriteCopy, NoAccess, ReadOnly, ReadWrite, WriteCopy,
};
use commonhold::{ErrorCode, MapAccess, PageState, Protection, Result, Rights, Section, View};
use std::fs::{self, File};
use support::{isolated, scratch};

const GRANULARITY: usize = 64 * 1024;
const SIZE: usize = 4 * GRANULARITY;

const SECTIONS: [Protection; 6] = [
    ReadOnly,
    WriteCopy,
    ReadWrite,
    ExecuteRead,
    ExecuteWriteCopy,
    ExecuteReadWrite,
];

fn section(protection: Protection) -> Section {
    let options = Section::options().size(SIZE as u64);
    options.protection(protection).create_unnamed().unwrap()
}

fn map(section: &Section, access: u32) -> Result<View, ErrorCode> {
    let access = MapAccess::from_bits_retain(access);
    let view = section.map_options().access(access).map();
    view.map_err(|error| error.code())
}

/// win32-facts 3.1, in the words of its table.
fn wanted(access: u32) -> Protection {
    let executable = access & 0x20 != 0;
    match access & !0x20 {
        0x1 if executable => ExecuteWriteCopy,
        0x1 => WriteCopy,
        a if a & 0x2 != 0 && executable => ExecuteReadWrite,
        a if a & 0x2 != 0 => ReadWrite,
        a if a & 0x4 != 0 && executable => ExecuteRead,
        a if a & 0x4 != 0 => ReadOnly,
        _ => NoAccess,
    }
}

/// win32-facts 3.3.
fn is_allowed(section: Protection, view: Protection) -> bool {
    match view {
        NoAccess | ReadOnly | WriteCopy => true,
        ReadWrite => matches!(section, ReadWrite | ExecuteReadWrite),
        ExecuteRead | ExecuteWriteCopy => {
            matches!(section, ExecuteRead | ExecuteWriteCopy | ExecuteReadWrite)
        }
        _ => section == ExecuteReadWrite,
    }
}

/// The view is what it says it is, to those who ask and to those who use it.
fn check(view: &View, expected: Protection, what: &str) {
    assert_eq!(view.protection(), expected, "{what}");
    let region = view.query(0).unwrap();
    assert_eq!((region.offset, region.len), (0, SIZE), "{what}");
    assert_eq!(region.state, PageState::Committed, "{what}");
    assert_eq!(region.protection, Some(expected), "{what}");
    let reads = view.get::<u8>(SIZE - 1).map_err(|error| error.code());
    let writes = view.put(SIZE - 1, &1_u8).map_err(|error| error.code());
    let may_read = expected != NoAccess;
    let may_write = !matches!(expected, NoAccess | ReadOnly | ExecuteRead);
    assert_eq!(reads.is_ok(), may_read, "{what}");
    assert_eq!(
        writes,
        may_write.then_some(()).ok_or(ErrorCode::NOACCESS),
        "{what}"
    );
    assert!(may_read || reads == Err(ErrorCode::NOACCESS), "{what}");
    assert_eq!(mapped_as(view), flags(expected), "{what}");
}

/// What the kernel says of the mapping, as /proc/self/maps has it.
fn mapped_as(view: &View) -> String {
    let start = format!("{:x}-", view.as_ptr().addr());
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| line.starts_with(&start)).unwrap();
    line.split(' ').nth(1).unwrap().into()
}

fn flags(protection: Protection) -> &'static str {
    match protection {
        NoAccess => "---s",
        ReadOnly => "r--s",
        ReadWrite => "rw-s",
        WriteCopy => "rw-p",
        ExecuteRead => "r-xs",
        ExecuteReadWrite => "rwxs",
        ExecuteWriteCopy => "rwxp",
        Protection::Execute => "--xs",
    }
}

#[test]
fn every_view_of_every_section_by_its_creator() {
    isolated(|_| {
        for protection in SECTIONS {
            let section = section(protection);
            for access in 0..0x40 {
                let (what, wanted) = (format!("{protection:?} {access:#x}"), wanted(access));
                match map(&section, access) {
                    Ok(view) => {
                        assert!(is_allowed(protection, wanted), "{what}");
                        check(&view, wanted, &what);
                    }
                    Err(code) => {
                        assert!(!is_allowed(protection, wanted), "{what}: {code:?}");
                        assert_eq!(code, ErrorCode::ACCESS_DENIED, "{what}");
                    }
                }
            }
        }
    });
}

#[test]
fn every_view_of_every_section_by_a_handle_with_all_rights() {
    isolated(|_| {
        for protection in SECTIONS {
            let section = section(protection).duplicate(Rights::ALL_SECTION).unwrap();
            for access in 0..0x40 {
                let (what, wanted) = (format!("{protection:?} {access:#x}"), wanted(access));
                let got = map(&section, access).map(|view| view.protection());
                let expected = is_allowed(protection, wanted).then_some(wanted);
                assert_eq!(got, expected.ok_or(ErrorCode::INVALID_PARAMETER), "{what}");
            }
        }
    });
}

/// win32-facts 3.2: the handle is asked before the section.
#[test]
fn every_view_by_every_handle() {
    let whole = section(ExecuteReadWrite);
    for bits in 0..0x20 {
        let handle = whole.duplicate(Rights::from_bits_retain(bits)).unwrap();
        for access in 0..0x40 {
            let needed = match wanted(access) {
                NoAccess | ReadOnly | WriteCopy => 0x4,
                ReadWrite => 0x2,
                ExecuteRead | ExecuteWriteCopy => 0xc,
                _ => 0xa,
            };
            let got = map(&handle, access).map(|view| view.protection());
            let granted = (bits & needed == needed).then(|| wanted(access));
            let expected = granted.ok_or(ErrorCode::ACCESS_DENIED);
            assert_eq!(got, expected, "rights {bits:#x} access {access:#x}");
        }
    }
}

#[test]
fn a_view_of_a_file_is_what_it_is_wanted_for() {
    isolated(|_| {
        let path = scratch().join("table");
        fs::write(&path, vec![0; SIZE]).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        for protection in SECTIONS {
            let options = Section::options().file(&file).protection(protection);
            let section = options.create_unnamed().unwrap();
            for access in [0x1, 0x2, 0x4, 0x21, 0x22, 0x24, 0] {
                let (what, wanted) = (format!("{protection:?} {access:#x}"), wanted(access));
                match map(&section, access) {
                    Ok(view) => check(&view, wanted, &what),
                    Err(code) => assert_eq!(code, ErrorCode::ACCESS_DENIED, "{what}"),
                }
                assert_eq!(
                    map(&section, access).is_ok(),
                    is_allowed(protection, wanted)
                );
            }
        }
    });
}

#[test]
fn unless_said_otherwise_a_view_writes_if_the_handle_may() {
    for protection in SECTIONS {
        let expected = match protection {
            ReadWrite | ExecuteReadWrite => ReadWrite,
            _ => ReadOnly,
        };
        assert_eq!(section(protection).map().unwrap().protection(), expected);
    }
}

/// `mov eax, 42; ret`, and the same for ARM.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[test]
fn code_in_an_executable_view_runs() {
    #[cfg(target_arch = "x86_64")]
    const CODE: [u8; 6] = [0xb8, 42, 0, 0, 0, 0xc3];
    #[cfg(target_arch = "aarch64")]
    const CODE: [u8; 8] = [0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6];
    isolated(|_| {
        let options = Section::options().size(4096).protection(ExecuteReadWrite);
        for section in [
            options.create_unnamed().unwrap(),
            options.create("code").unwrap(),
        ] {
            map(&section, 0x2).unwrap().write(0, &CODE).unwrap();
            let view = map(&section, 0x24).unwrap();
            // SAFETY: the view is mapped for execution and starts with a whole function of that type.
            let run: extern "C" fn() -> i32 = unsafe { std::mem::transmute(view.as_ptr()) };
            assert_eq!(run(), 42);
        }
    });
}
