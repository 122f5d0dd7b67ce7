//! Creating sections in memory: sizes, protections, attributes. win32-facts 1.2 to 1.4.

#![allow(missing_docs)]

mod support;

use commonhold::{ErrorCode, Protection, Result, Section, SectionAttributes, SectionOptions};
use rustix::fs::fstat;
use support::isolated;

const COMMIT: u32 = 0x0800_0000;
const RESERVE: u32 = 0x0400_0000;
const NOCACHE: u32 = 0x1000_0000;
const COMBINE: u32 = 0x4000_0000;
const LARGE: u32 = 0x8000_0000;
const IMAGE: u32 = 0x0100_0000;
const FILE: u32 = 0x0080_0000;

fn code(result: Result<Section>) -> ErrorCode {
    result.unwrap_err().code()
}

fn with<'a>(attributes: u32) -> SectionOptions<'a> {
    Section::options()
        .size(4096)
        .attributes(SectionAttributes::from_bits_retain(attributes))
}

#[test]
fn memory_needs_a_size_and_is_rounded_up_to_pages() {
    let page = rustix::param::page_size() as u64;
    assert_eq!(
        code(Section::options().create_unnamed()),
        ErrorCode::INVALID_PARAMETER
    );
    for size in [1, 4090, 0x3452, 64 * 1024] {
        let section = Section::options().size(size).create_unnamed().unwrap();
        let info = section.info().unwrap();
        assert_eq!(info.size, size.next_multiple_of(page));
        assert_eq!(section.map().unwrap().len() as u64, info.size);
    }
}

#[test]
fn memory_is_zeroes() {
    isolated(|_| {
        let options = Section::options().size(100_000);
        for section in [
            options.create_unnamed().unwrap(),
            options.create("frames").unwrap(),
        ] {
            let view = section.map().unwrap();
            let mut bytes = vec![0xaa; view.len()];
            view.read(0, &mut bytes).unwrap();
            assert!(bytes.iter().all(|&byte| byte == 0));
        }
    });
}

#[test]
fn every_protection_gives_the_rights_that_windows_gives() {
    isolated(|_| {
        let expected = [
            (Protection::ReadOnly, 0xf_0005),
            (Protection::ReadWrite, 0xf_0007),
            (Protection::WriteCopy, 0xf_0005),
            (Protection::ExecuteRead, 0xf_000d),
            (Protection::ExecuteReadWrite, 0xf_000f),
            (Protection::ExecuteWriteCopy, 0xf_000d),
        ];
        for (protection, rights) in expected {
            let options = Section::options().size(4096).protection(protection);
            for section in [
                options.create_unnamed().unwrap(),
                options.create("frames").unwrap(),
            ] {
                assert_eq!(section.rights().bits(), rights, "{protection:?}");
                assert_eq!(section.info().unwrap().protection, protection);
            }
        }
    });
}

#[test]
fn protections_that_sections_do_not_have_are_refused() {
    for protection in [Protection::NoAccess, Protection::Execute] {
        let refused = Section::options().size(4096).protection(protection);
        assert_eq!(
            code(refused.create_unnamed()),
            ErrorCode::INVALID_PARAMETER,
            "{protection:?}"
        );
    }
    // Of the 256 low values only the eight single bits are protections at all.
    for constant in 0..0x100_u32 {
        assert_eq!(
            Protection::from_page_constant(constant).is_some(),
            constant.is_power_of_two(),
            "{constant:#x}"
        );
    }
    assert_eq!(Protection::from_page_constant(0x100), None);
}

#[test]
fn attributes_combine_as_windows_has_it() {
    let rows = [
        (0, Ok(COMMIT)),
        (COMMIT, Ok(COMMIT)),
        (RESERVE, Ok(RESERVE)),
        (COMMIT | NOCACHE, Err(ErrorCode::NOT_SUPPORTED)),
        (RESERVE | NOCACHE, Err(ErrorCode::NOT_SUPPORTED)),
        (COMMIT | COMBINE, Err(ErrorCode::NOT_SUPPORTED)),
        (RESERVE | COMBINE, Err(ErrorCode::NOT_SUPPORTED)),
        (RESERVE | COMMIT, Err(ErrorCode::INVALID_PARAMETER)),
        (RESERVE | LARGE, Err(ErrorCode::INVALID_PARAMETER)),
        (NOCACHE, Err(ErrorCode::INVALID_PARAMETER)),
        (LARGE, Err(ErrorCode::INVALID_PARAMETER)),
        (COMBINE, Err(ErrorCode::INVALID_PARAMETER)),
        (FILE, Err(ErrorCode::INVALID_PARAMETER)),
        (FILE | COMMIT, Err(ErrorCode::INVALID_PARAMETER)),
        (IMAGE | RESERVE, Err(ErrorCode::INVALID_PARAMETER)),
        (IMAGE | COMMIT, Err(ErrorCode::INVALID_PARAMETER)),
        (1, Err(ErrorCode::INVALID_PARAMETER)),
    ];
    for (attributes, expected) in rows {
        let section = with(attributes).create_unnamed();
        let got = section.map(|section| section.info().unwrap().attributes.bits());
        assert_eq!(
            got.map_err(|error| error.code()),
            expected,
            "{attributes:#x}"
        );
    }
}

#[test]
fn an_image_is_of_a_file_and_not_writable() {
    for attributes in [IMAGE, IMAGE | NOCACHE] {
        let read_only = with(attributes).protection(Protection::ReadOnly);
        assert_eq!(code(read_only.create_unnamed()), ErrorCode::BAD_EXE_FORMAT);
        for protection in [Protection::ReadWrite, Protection::ExecuteReadWrite] {
            let writable = with(attributes).protection(protection);
            assert_eq!(
                code(writable.create_unnamed()),
                ErrorCode::INVALID_PARAMETER
            );
        }
    }
}

#[test]
fn more_memory_than_there_is_is_refused_with_the_figures() {
    isolated(|_| {
        let options = Section::options().size(1 << 50);
        let unnamed = options.create_unnamed().unwrap_err();
        assert_eq!(unnamed.code(), ErrorCode::COMMITMENT_LIMIT);
        assert!(unnamed.to_string().contains("1073741824 MiB"), "{unnamed}");
        let named = options.create("frames").unwrap_err();
        assert_eq!(named.code(), ErrorCode::COMMITMENT_LIMIT);
        let said = named.to_string();
        assert!(
            said.contains("frames") && said.contains("1073741824 MiB"),
            "{said}"
        );
    });
}

/// Windows refuses the larger ones, 1450 and 8: it has page tables to find for what is only reserved.
#[test]
fn reserving_costs_nothing() {
    isolated(|_| {
        let reserve = Section::options().attributes(SectionAttributes::RESERVE);
        for size in [8 << 30, 8 << 40] {
            let options = reserve.clone().size(size);
            for section in [
                options.create_unnamed().unwrap(),
                options.create("frames").unwrap(),
            ] {
                assert_eq!(section.info().unwrap().size, size);
                assert!(fstat(&section).unwrap().st_blocks <= 16);
                assert_eq!(section.map().unwrap().len() as u64, size);
            }
        }
        // What no process has room for is refused when it is mapped.
        let section = reserve.size(128 << 40).create_unnamed().unwrap();
        let error = section.map().unwrap_err();
        assert_eq!(error.code(), ErrorCode::NOT_ENOUGH_MEMORY);
        assert_eq!(section.map_options().len(4096).map().unwrap().len(), 4096);
    });
}

#[test]
fn sizes_that_no_file_has_are_too_much_memory() {
    isolated(|_| {
        for size in [u64::MAX, u64::MAX - 5000, 1 << 63] {
            for attributes in [RESERVE, COMMIT] {
                let options = with(attributes).size(size);
                for refused in [options.create_unnamed(), options.create("frames")] {
                    assert_eq!(
                        code(refused),
                        ErrorCode::NOT_ENOUGH_MEMORY,
                        "{size:#x} {attributes:#x}"
                    );
                }
            }
        }
    });
}

#[test]
fn allocated_memory_is_there_before_it_is_touched() {
    isolated(|_| {
        const SIZE: u64 = 1 << 20;
        let allocated = |section: &Section| {
            u64::try_from(fstat(section).unwrap().st_blocks).unwrap() * 512 >= SIZE
        };
        let options = Section::options().size(SIZE);
        assert!(!allocated(&options.create_unnamed().unwrap()));
        let options = options.allocate(true);
        assert!(allocated(&options.create_unnamed().unwrap()));
        assert!(allocated(&options.create("frames").unwrap()));
        let read_only = options.clone().protection(Protection::ReadOnly);
        assert!(allocated(&read_only.create_unnamed().unwrap()));
        let reserved = options.attributes(SectionAttributes::RESERVE);
        assert_eq!(
            code(reserved.create_unnamed()),
            ErrorCode::INVALID_PARAMETER
        );
    });
}

/// How many large pages the machine has free, and the size of one.
fn large_pages() -> (u64, u64) {
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap();
    let field = |name: &str| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.map_or(0, |number| number.parse().unwrap())
    };
    (field("HugePages_Free:"), field("Hugepagesize:") * 1024)
}

#[test]
fn large_pages_are_what_root_set_aside() {
    isolated(|_| {
        let (free, page) = large_pages();
        if page == 0 {
            eprintln!("skipped: this kernel has no large pages");
            return;
        }
        let large = with(COMMIT | LARGE);
        assert_eq!(
            code(large.clone().size(page + 4096).create_unnamed()),
            ErrorCode::INVALID_PARAMETER
        );
        if free > 0 {
            // Others use them too, so that only the refusal is certain.
            let more = large.size(page * 1_000_000).create_unnamed();
            assert_eq!(code(more), ErrorCode::NO_SYSTEM_RESOURCES);
            return;
        }
        for refused in [
            large.clone().size(page).create_unnamed(),
            large.size(page).create("frames"),
        ] {
            let error = refused.unwrap_err();
            assert_eq!(error.code(), ErrorCode::NO_SYSTEM_RESOURCES);
            assert!(error.to_string().contains("vm.nr_hugepages"), "{error}");
        }
    });
}
