//! Mapping views: what is wanted, of which section, by which handle, where. win32-facts 3.1 to 3.4.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;

use Protection::{
    ExecuteRead, ExecuteReadWrite, ExecuteWriteCopy, NoAccess, ReadOnly, ReadWrite, WriteCopy,
};
use commonhold::{ErrorCode, MapAccess, PageState, Protection, Result, Rights, Section, View};
use rustix::param::page_size;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use support::{MAIN, Role, hear, isolated, say, scratch};

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

#[test]
fn offsets_are_multiples_of_64_kib() {
    let section = section(ReadWrite);
    for offset in [1, 4096, 32 * 1024, GRANULARITY as u64 + 4096] {
        let error = section.map_options().offset(offset).map().unwrap_err();
        assert_eq!(error.code(), ErrorCode::MAPPED_ALIGNMENT, "{offset}");
    }
    let reader = section.duplicate(Rights::MAP_READ).unwrap();
    let writes = reader.map_options().access(MapAccess::WRITE).offset(1);
    assert_eq!(
        writes.map().unwrap_err().code(),
        ErrorCode::ACCESS_DENIED,
        "the handle is first"
    );
    section
        .map()
        .unwrap()
        .put(GRANULARITY + 8, &4711_u32)
        .unwrap();
    let view = section
        .map_options()
        .offset(GRANULARITY as u64)
        .map()
        .unwrap();
    assert_eq!(view.len(), SIZE - GRANULARITY, "to the end");
    assert_eq!(view.get::<u32>(8).unwrap(), 4711);
}

#[test]
fn a_view_ends_within_the_section() {
    let section = section(ReadWrite);
    let code = |offset: u64, len: usize| {
        let view = section.map_options().offset(offset).len(len).map();
        view.map(|view| view.len()).map_err(|error| error.code())
    };
    let (granularity, size) = (GRANULARITY as u64, SIZE as u64);
    assert_eq!(code(0, SIZE), Ok(SIZE));
    assert_eq!(code(granularity, 1), Ok(1));
    assert_eq!(code(0, SIZE + 1), Err(ErrorCode::ACCESS_DENIED));
    assert_eq!(code(granularity, SIZE), Err(ErrorCode::ACCESS_DENIED));
    assert_eq!(code(0, usize::MAX - 1), Err(ErrorCode::ACCESS_DENIED));
    assert_eq!(
        code(granularity, usize::MAX - 1),
        Err(ErrorCode::ACCESS_DENIED)
    );
    assert_eq!(code(0, usize::MAX), Err(ErrorCode::INVALID_PARAMETER));
    for offset in [size, size + granularity, u64::MAX - granularity + 1] {
        assert_eq!(
            code(offset, 0),
            Err(ErrorCode::ACCESS_DENIED),
            "{offset:#x}"
        );
        assert_eq!(
            code(offset, 1),
            Err(ErrorCode::ACCESS_DENIED),
            "{offset:#x}"
        );
    }
}

/// Memory is checked against its whole pages, a file against its bytes.
#[test]
fn the_end_is_exact_for_files_and_a_page_for_memory() {
    isolated(|_| {
        let memory = Section::options().size(0x3452).create_unnamed().unwrap();
        assert_eq!(
            memory.map_options().len(0x3453).map().unwrap().len(),
            0x3453
        );
        let path = scratch().join("table");
        fs::write(&path, [0; 0x3452]).unwrap();
        let options = Section::options().protection(ReadOnly);
        let file = options
            .file(&File::open(&path).unwrap())
            .create_unnamed()
            .unwrap();
        assert_eq!(file.map_options().len(0x3452).map().unwrap().len(), 0x3452);
        let beyond = file.map_options().len(0x3453).map().unwrap_err();
        assert_eq!(beyond.code(), ErrorCode::ACCESS_DENIED);
    });
}

/// An address where nothing is: that of a mapping which is gone again. Only in a process whose other threads rest.
fn free_address() -> NonZeroUsize {
    let view = Section::options()
        .size(16 * SIZE as u64)
        .create_unnamed()
        .unwrap()
        .map()
        .unwrap();
    let address = view.as_ptr().addr().next_multiple_of(GRANULARITY);
    NonZeroUsize::new(address).unwrap()
}

#[test]
fn a_view_is_where_it_is_wanted_or_nowhere() {
    isolated(|_| {
        let section = section(ReadWrite);
        let address = free_address();
        let view = section.map_options().at(address).map().unwrap();
        assert_eq!(view.as_ptr().addr(), address.get());
        view.write(0, b"kept").unwrap();
        let end = NonZeroUsize::new(address.get() + SIZE - GRANULARITY).unwrap();
        let before = NonZeroUsize::new(address.get() - GRANULARITY).unwrap();
        for taken in [address, end, before] {
            let error = section.map_options().at(taken).map().unwrap_err();
            assert_eq!(error.code(), ErrorCode::INVALID_ADDRESS, "{taken:#x}");
        }
        assert_eq!(&view.get::<[u8; 4]>(0).unwrap(), b"kept");
        drop(view);
        assert!(
            section.map_options().at(address).map().is_ok(),
            "free again"
        );
    });
}

#[test]
fn addresses_are_aligned_before_they_are_free_and_in_user_space() {
    isolated(|_| {
        let section = section(ReadWrite);
        let taken = section.map().unwrap().into_address().addr();
        let code = |address: usize| {
            let address = NonZeroUsize::new(address).unwrap();
            section.map_options().at(address).map().unwrap_err().code()
        };
        let misaligned = taken.get() - taken.get() % GRANULARITY + page_size();
        assert_eq!(code(misaligned), ErrorCode::MAPPED_ALIGNMENT);
        assert_eq!(code((1 << 48) + 1), ErrorCode::MAPPED_ALIGNMENT);
        for beyond in [1 << 63, usize::MAX - GRANULARITY + 1, 0xffff_8000_0000_0000] {
            assert_eq!(code(beyond), ErrorCode::INVALID_PARAMETER, "{beyond:#x}");
        }
        View::unmap(std::ptr::without_provenance(taken.get())).unwrap();
    });
}

#[test]
fn populating_brings_the_memory_in() {
    let section = section(ReadWrite);
    let resident = || u64::try_from(rustix::fs::fstat(&section).unwrap().st_blocks).unwrap() * 512;
    let untouched = section.map().unwrap();
    assert!(resident() < SIZE as u64);
    let view = section.map_options().populate(true).map().unwrap();
    assert!(resident() >= SIZE as u64);
    assert_eq!(view.get::<u8>(SIZE - 1).unwrap(), 0);
    drop(untouched);
    for access in [0x1, 0x4, 0] {
        let access = MapAccess::from_bits_retain(access);
        assert!(
            section
                .map_options()
                .access(access)
                .populate(true)
                .map()
                .is_ok()
        );
    }
    let reserve = Section::options().size(SIZE as u64);
    let reserve = reserve.attributes(commonhold::SectionAttributes::RESERVE);
    let reserved = reserve.create_unnamed().unwrap();
    let refused = reserved.map_options().populate(true).map().unwrap_err();
    assert_eq!(refused.code(), ErrorCode::INVALID_PARAMETER);
}

#[test]
fn views_are_coherent_in_one_process_and_in_two() {
    isolated(|role| {
        if role != MAIN {
            let view = Section::open("frames").unwrap().map().unwrap();
            say("mapped");
            assert_eq!(hear().as_deref(), Some("look"));
            let seen = view.get::<u64>(GRANULARITY).unwrap();
            view.put(GRANULARITY, &(seen + 1)).unwrap();
            say(&seen.to_string());
            return;
        }
        let section = Section::options()
            .size(SIZE as u64)
            .create("frames")
            .unwrap();
        let view = section.map().unwrap();
        let part = section
            .map_options()
            .offset(GRANULARITY as u64)
            .map()
            .unwrap();
        let mut peer = Role::start("peer");
        peer.expect("mapped");
        view.put(GRANULARITY, &4711_u64).unwrap();
        assert_eq!(part.get::<u64>(0).unwrap(), 4711);
        peer.say("look");
        peer.expect("4711");
        assert_eq!(part.get::<u64>(0).unwrap(), 4712);
        peer.finish();
    });
}
