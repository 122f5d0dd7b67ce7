//! Sections in large pages, where the machine has some set aside (`sysctl vm.nr_hugepages=8`).

#![allow(missing_docs)]

mod support;

use std::fs;

use commonhold::{ErrorCode, MapAccess, Rights, Section, SectionAttributes, SectionOptions};
use support::{MAIN, Role, isolated, say, until_told};

fn in_large_pages<'a>() -> SectionOptions<'a> {
    let attributes = SectionAttributes::COMMIT | SectionAttributes::LARGE_PAGES;
    Section::options().attributes(attributes)
}

/// A line of the kernel's account of memory, as a number.
fn meminfo(field: &str) -> u64 {
    let account = fs::read_to_string("/proc/meminfo").unwrap();
    let line = account.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn more_large_pages_than_there_are_is_an_error_that_says_what_to_do() {
    isolated(|_| {
        let size = meminfo("Hugepagesize") << 10;
        if size == 0 {
            return eprintln!("skipped: this kernel has no large pages");
        }
        let error = in_large_pages()
            .size(size << 20)
            .create("large")
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::NO_SYSTEM_RESOURCES, "{error}");
        assert!(error.to_string().contains("vm.nr_hugepages"), "{error}");
        let odd = in_large_pages()
            .size(size + 4096)
            .create("large")
            .unwrap_err();
        assert_eq!(odd.code(), ErrorCode::INVALID_PARAMETER, "{odd}");
    });
}

#[test]
fn large_pages_are_shared_by_name_like_any_memory() {
    isolated(|role| {
        let size = meminfo("Hugepagesize") << 10;
        if meminfo("HugePages_Free") < 2 {
            return eprintln!("skipped: fewer than two large pages are set aside and free");
        }
        if role != MAIN {
            let section = in_large_pages().size(2 * size).create("large").unwrap();
            section.map().unwrap().write(0, b"large").unwrap();
            say("holding");
            return until_told();
        }
        let mut holder = Role::start("holder");
        holder.expect("holding");
        let section = Section::open("large").unwrap();
        assert_eq!(section.info().unwrap().size, 2 * size);
        let view = section.map().unwrap();
        assert_eq!(view.get::<[u8; 5]>(0).unwrap(), *b"large");
        let second = section.map_options().offset(size).map().unwrap();
        assert_eq!(second.len() as u64, size);
        let misplaced = section.map_options().offset(64 * 1024).map().unwrap_err();
        assert_eq!(misplaced.code(), ErrorCode::MAPPED_ALIGNMENT);
        let reader = section.duplicate(Rights::MAP_READ).unwrap();
        let writing = reader
            .map_options()
            .access(MapAccess::WRITE)
            .map()
            .unwrap_err();
        assert_eq!(writing.code(), ErrorCode::ACCESS_DENIED);
        assert!(reader.map().is_ok());
        // The first holder is gone; this process has the pages, and gives them to the next one.
        holder.kill();
        let again = Section::open("large").unwrap().map().unwrap();
        assert_eq!(again.get::<[u8; 5]>(0).unwrap(), *b"large");
    });
}
