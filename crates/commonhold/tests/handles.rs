//! Handles: their rights, and duplicates of them. win32-facts 6.1.

#![allow(missing_docs)]
#![allow(unsafe_code)]

#[path = "support/sections.rs"]
mod sections;
mod support;

use commonhold::{ErrorCode, MapAccess, Protection, Rights, Section};
use rustix::fs::OFlags;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::param::page_size;
use sections::{SIZE, all_kinds, assert_absent, map_code, named};
use std::os::fd::AsFd;
use support::isolated;

fn access_mode(fd: impl AsFd) -> OFlags {
    rustix::fs::fcntl_getfl(fd).unwrap() & (OFlags::RDWR | OFlags::WRONLY)
}

#[test]
fn a_clone_is_another_handle_with_the_same_rights() {
    isolated(|_| {
        for section in all_kinds() {
            let narrow = section.duplicate(Rights::MAP_READ).unwrap();
            for handle in [&section, &narrow] {
                let clone = handle.try_clone().unwrap();
                assert!(clone.existed());
                assert_eq!(clone.rights(), handle.rights());
                assert_eq!(map_code(&clone, MapAccess::READ), None);
            }
            let clone = section.try_clone().unwrap();
            let view = section.map().unwrap();
            view.put(0, &4711_u64).unwrap();
            drop(section);
            assert_eq!(clone.map().unwrap().get::<u64>(0).unwrap(), 4711);
        }
    });
}

#[test]
fn a_duplicate_holds_the_name_like_any_handle() {
    isolated(|_| {
        for duplicate in [Section::try_clone, |section: &Section| {
            section.duplicate(Rights::QUERY)
        }] {
            let section = named("frames");
            let other = duplicate(&section).unwrap();
            drop(section);
            assert!(Section::open("frames").is_ok());
            drop(other);
            assert_absent("frames");
        }
    });
}

#[test]
fn a_duplicate_may_have_fewer_rights_and_even_none() {
    isolated(|_| {
        for section in all_kinds() {
            let reader = section.duplicate(Rights::MAP_READ).unwrap();
            assert_eq!(reader.rights(), Rights::MAP_READ);
            assert_eq!(map_code(&reader, MapAccess::READ), None);
            assert_eq!(map_code(&reader, MapAccess::COPY), None);
            assert_eq!(map_code(&reader, MapAccess::empty()), None);
            assert_eq!(
                map_code(&reader, MapAccess::WRITE),
                Some(ErrorCode::ACCESS_DENIED)
            );
            assert_eq!(reader.info().unwrap_err().code(), ErrorCode::ACCESS_DENIED);
            // Writing without reading is a right of its own.
            let writer = section.duplicate(Rights::MAP_WRITE).unwrap();
            assert_eq!(map_code(&writer, MapAccess::WRITE), None);
            assert_eq!(
                map_code(&writer, MapAccess::READ),
                Some(ErrorCode::ACCESS_DENIED)
            );
            let nothing = section.duplicate(Rights::empty()).unwrap();
            assert_eq!(nothing.rights(), Rights::empty());
            for access in [0, 1, 2, 4] {
                let access = MapAccess::from_bits_retain(access);
                assert_eq!(map_code(&nothing, access), Some(ErrorCode::ACCESS_DENIED));
            }
            assert_eq!(nothing.info().unwrap_err().code(), ErrorCode::ACCESS_DENIED);
        }
    });
}

/// As the default security of Windows allows it: the object is this user's own.
#[test]
fn a_duplicate_may_have_more_rights() {
    isolated(|_| {
        for section in all_kinds() {
            let nothing = section.duplicate(Rights::empty()).unwrap();
            let all = nothing.duplicate(Rights::GENERIC_ALL).unwrap();
            assert_eq!(all.rights(), Rights::ALL_SECTION);
            let view = all.map().unwrap();
            assert_eq!(view.protection(), Protection::ReadWrite);
            view.put(0, &4711_u64).unwrap();
            assert_eq!(section.map().unwrap().get::<u64>(0).unwrap(), 4711);
        }
    });
}

#[test]
fn rights_that_do_not_exist_are_not_duplicated() {
    isolated(|_| {
        for section in all_kinds() {
            for bits in [0xffff_ffff, 0x40, 0x8000, 0x0400_0000, 0x0100_0000] {
                let refused = section.duplicate(Rights::from_bits_retain(bits));
                assert_eq!(
                    refused.unwrap_err().code(),
                    ErrorCode::ACCESS_DENIED,
                    "{bits:#x}"
                );
            }
        }
    });
}

#[test]
fn a_duplicate_of_reading_rights_cannot_write_whatever_is_done_with_its_descriptor() {
    isolated(|_| {
        for section in all_kinds() {
            let reader = section.duplicate(Rights::MAP_READ | Rights::QUERY).unwrap();
            assert_eq!(access_mode(&reader), OFlags::RDONLY);
            let copy = reader.as_fd().try_clone_to_owned().unwrap();
            let read_write = ProtFlags::READ | ProtFlags::WRITE;
            // SAFETY: a new mapping, at an address that the kernel chooses, which is expected to fail.
            let mapped = unsafe {
                rustix::mm::mmap(
                    std::ptr::null_mut(),
                    page_size(),
                    read_write,
                    MapFlags::SHARED,
                    &copy,
                    0,
                )
            };
            assert_eq!(mapped.unwrap_err(), rustix::io::Errno::ACCESS);
            let written = rustix::io::pwrite(&copy, b"x", 0);
            assert_eq!(written.unwrap_err(), rustix::io::Errno::BADF);
        }
    });
}

#[test]
fn sections_that_cannot_be_written_have_no_writable_descriptor() {
    isolated(|_| {
        for protection in [
            Protection::ReadOnly,
            Protection::WriteCopy,
            Protection::ExecuteRead,
        ] {
            let options = Section::options().size(SIZE).protection(protection);
            let unnamed = options.create_unnamed().unwrap();
            let named = options.create("frames").unwrap();
            assert_eq!(access_mode(&unnamed), OFlags::RDONLY, "{protection:?}");
            assert_eq!(access_mode(&named), OFlags::RDONLY, "{protection:?}");
        }
    });
}
