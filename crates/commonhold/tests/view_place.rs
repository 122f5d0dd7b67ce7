//! Which part of a section a view is of, where it is mapped, and who sees the same bytes. win32-facts 3.4.

#![allow(missing_docs)]

mod support;

use Protection::{ReadOnly, ReadWrite};
use commonhold::{ErrorCode, MapAccess, Protection, Rights, Section, View};
use rustix::param::page_size;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use support::{MAIN, Role, hear, isolated, say, scratch};

const GRANULARITY: usize = 64 * 1024;
const SIZE: usize = 4 * GRANULARITY;

fn section(protection: Protection) -> Section {
    let options = Section::options().size(SIZE as u64);
    options.protection(protection).create_unnamed().unwrap()
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

/// An address where nothing is: that of a mapping which is gone again. Only in a process whose other threads
/// rest.
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

/// Whatever is done with a detached view, each one stays under its own address.
#[test]
fn a_detached_view_that_is_replaced_or_panicked_over_stays_where_it_is() {
    let section = Section::options()
        .size(SIZE as u64)
        .create_unnamed()
        .unwrap();
    let address = section.map().unwrap().into_address().as_ptr().cast_const();
    let mut other = section.map().unwrap();
    let other_address = other.as_ptr().cast_const();
    View::with_address(address, |view| std::mem::swap(view, &mut other)).unwrap();
    assert_eq!(other.as_ptr().cast_const(), address);
    assert_eq!(
        View::unmap(address).unwrap_err().code(),
        ErrorCode::INVALID_ADDRESS
    );
    let panicked = std::panic::catch_unwind(|| {
        let _ = View::with_address(other_address, |_| panic!("in the middle of it"));
    });
    assert!(panicked.is_err());
    View::unmap(other_address).unwrap();
}
