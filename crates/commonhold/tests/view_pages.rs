//! Pages of views: asked, protected, copied on write. win32-facts 3.5 to 3.7.

#![allow(missing_docs)]

mod support;
#[path = "support/views.rs"]
mod views;

use Protection::{
    Execute, ExecuteRead, ExecuteReadWrite, ExecuteWriteCopy, NoAccess, ReadOnly, ReadWrite,
    WriteCopy,
};
use commonhold::{ErrorCode, MapAccess, Protection, Section, View};
use rustix::param::page_size;
use support::isolated;
use views::{map, refusal, region};

const SIZE: usize = 256 * 1024;

fn options<'a>() -> commonhold::SectionOptions<'a> {
    Section::options().size(SIZE as u64)
}

#[test]
fn a_view_is_one_region_until_pages_differ() {
    let page = page_size();
    let mut view = options().create_unnamed().unwrap().map().unwrap();
    assert_eq!(region(&view, 0), (0, SIZE, Some(ReadWrite)));
    assert_eq!(
        region(&view, page + 1),
        (page, SIZE - page, Some(ReadWrite))
    );
    assert_eq!(view.protect(page..=page, ReadOnly).unwrap(), ReadWrite);
    assert_eq!(region(&view, 0), (0, page, Some(ReadWrite)));
    assert_eq!(region(&view, page), (page, page, Some(ReadOnly)));
    assert_eq!(
        region(&view, 2 * page),
        (2 * page, SIZE - 2 * page, Some(ReadWrite))
    );
    assert_eq!(view.protection(), ReadWrite, "what it was mapped for");
    assert_eq!(view.protect(page..2 * page, ReadWrite).unwrap(), ReadOnly);
    assert_eq!(region(&view, 0), (0, SIZE, Some(ReadWrite)));
    assert_eq!(refusal(view.query(SIZE)), ErrorCode::INVALID_ADDRESS);
    assert_eq!(refusal(view.query(usize::MAX)), ErrorCode::INVALID_ADDRESS);
}

#[test]
fn a_region_is_whole_pages_of_a_view_that_is_not() {
    let page = page_size();
    let section = options().create_unnamed().unwrap();
    let view = section.map_options().len(page + 1).map().unwrap();
    assert_eq!(view.len(), page + 1);
    assert_eq!(region(&view, 0), (0, 2 * page, Some(ReadWrite)));
}

/// win32-facts 3.7: the full cross product of what a view was mapped for and what its pages are to be.
#[test]
fn pages_may_have_what_their_view_was_mapped_for_and_less() {
    isolated(|_| {
        let section = options()
            .protection(ExecuteReadWrite)
            .create_unnamed()
            .unwrap();
        for access in [0, 0x1, 0x2, 0x4, 0x21, 0x22, 0x24] {
            let access = MapAccess::from_bits_retain(access);
            for wanted in Protection::ALL {
                let mut view = map(&section, access);
                let was = view.protection();
                let allowed = match was {
                    NoAccess => &[NoAccess][..],
                    ReadOnly | WriteCopy => &[NoAccess, ReadOnly, WriteCopy],
                    ReadWrite => &[NoAccess, ReadOnly, WriteCopy, ReadWrite],
                    ExecuteRead | ExecuteWriteCopy => &[
                        NoAccess,
                        ReadOnly,
                        WriteCopy,
                        Execute,
                        ExecuteRead,
                        ExecuteWriteCopy,
                    ],
                    _ => &Protection::ALL,
                };
                let what = format!("{was:?} to {wanted:?}");
                let old = view.protect(.., wanted).map_err(|error| error.code());
                let shares_and_would_copy = wanted.is_copy_on_write() && !was.is_copy_on_write();
                if allowed.contains(&wanted) && shares_and_would_copy {
                    // Windows allows it; see docs/windows-differences.md.
                    assert_eq!(old, Err(ErrorCode::NOT_SUPPORTED), "{what}");
                    assert_eq!(region(&view, 0), (0, SIZE, Some(was)), "{what}");
                    continue;
                }
                if allowed.contains(&wanted) {
                    assert_eq!(old, Ok(was), "{what}");
                    assert_eq!(region(&view, 0), (0, SIZE, Some(wanted)), "{what}");
                    use_it(&view, wanted, &what);
                    assert_eq!(view.protect(.., was).unwrap(), wanted, "{what}, and back");
                } else {
                    assert_eq!(old, Err(ErrorCode::INVALID_PARAMETER), "{what}");
                    assert_eq!(region(&view, 0), (0, SIZE, Some(was)), "{what}");
                }
            }
        }
    });
}

/// Only reading: a write to a page that copies would change what it is.
fn use_it(view: &View, protection: Protection, what: &str) {
    let reads = view.get::<u8>(0).map_err(|error| error.code());
    if matches!(protection, NoAccess | Execute) {
        assert_eq!(reads, Err(ErrorCode::NOACCESS), "{what}");
    } else {
        assert!(reads.is_ok(), "{what}");
    }
    if !protection.is_writable() {
        assert_eq!(refusal(view.put(0, &1_u8)), ErrorCode::NOACCESS, "{what}");
    }
}

/// A mapping that shares its pages cannot be given some that copy. What would be written to everybody instead
/// is refused, on views that may not write above all.
#[test]
fn pages_of_a_sharing_view_never_pretend_to_copy() {
    let section = options().create_unnamed().unwrap();
    let other = section.map().unwrap();
    for access in [MapAccess::READ, MapAccess::WRITE] {
        let mut view = map(&section, access);
        assert_eq!(
            refusal(view.protect(.., WriteCopy)),
            ErrorCode::NOT_SUPPORTED
        );
        assert_eq!(
            refusal(view.commit(.., WriteCopy)),
            ErrorCode::NOT_SUPPORTED
        );
        if access == MapAccess::READ {
            assert_eq!(refusal(view.write(0, b"mine")), ErrorCode::NOACCESS);
        }
    }
    assert_eq!(other.get::<[u8; 4]>(0).unwrap(), [0; 4]);
}

#[test]
fn the_first_write_makes_a_copied_page_the_views_own() {
    let page = page_size();
    let flips = [
        (MapAccess::COPY, WriteCopy, ReadWrite),
        (
            MapAccess::COPY | MapAccess::EXECUTE,
            ExecuteWriteCopy,
            ExecuteReadWrite,
        ),
    ];
    let section = options()
        .protection(ExecuteReadWrite)
        .create_unnamed()
        .unwrap();
    let shared = section.map().unwrap();
    for (access, before, after) in flips {
        let mut view = map(&section, access);
        assert_eq!(region(&view, 0), (0, SIZE, Some(before)));
        // Reading, and what others do, makes no copy.
        assert_eq!(view.get::<u8>(3 * page).unwrap(), 0);
        shared.put(3 * page, &0_u8).unwrap();
        assert_eq!(region(&view, 0), (0, SIZE, Some(before)));
        view.write(page, b"mine").unwrap();
        assert_eq!(region(&view, 0), (0, page, Some(before)));
        assert_eq!(region(&view, page), (page, page, Some(after)));
        assert_eq!(
            region(&view, 2 * page),
            (2 * page, SIZE - 2 * page, Some(before))
        );
        assert_eq!(view.protection(), before, "what it was mapped for stays");
        assert_eq!(shared.get::<[u8; 4]>(page).unwrap(), [0; 4]);
        // Asking for what it was does not make it shared again.
        assert_eq!(view.protect(page..2 * page, before).unwrap(), after);
        assert_eq!(region(&view, page).2, Some(after));
        assert_eq!(&view.get::<[u8; 4]>(page).unwrap(), b"mine");
        assert_eq!(
            refusal(view.protect(.., ReadWrite)),
            ErrorCode::INVALID_PARAMETER
        );
    }
}

#[test]
fn copying_views_see_others_writes_until_they_copy_and_never_each_others() {
    let page = page_size();
    let section = options().create_unnamed().unwrap();
    let shared = section.map().unwrap();
    let (one, other) = (
        map(&section, MapAccess::COPY),
        map(&section, MapAccess::COPY),
    );
    shared.put(0, &1_u8).unwrap();
    assert_eq!(one.get::<u8>(0).unwrap(), 1);
    one.put(1, &2_u8).unwrap();
    assert_eq!(other.get::<[u8; 2]>(0).unwrap(), [1, 0]);
    shared.put(0, &3_u8).unwrap();
    shared.put(page, &4_u8).unwrap();
    assert_eq!(one.get::<[u8; 2]>(0).unwrap(), [1, 2], "copied");
    assert_eq!(other.get::<[u8; 2]>(0).unwrap(), [3, 0], "not copied");
    assert_eq!(one.get::<u8>(page).unwrap(), 4, "another page");
}

#[test]
fn ranges_outside_of_the_view_and_empty_ones_are_refused() {
    let mut view = options().create_unnamed().unwrap().map().unwrap();
    let code = ErrorCode::INVALID_ADDRESS;
    for range in [
        0..0,
        SIZE..SIZE + 1,
        0..SIZE + 1,
        usize::MAX - 1..usize::MAX,
    ] {
        assert_eq!(
            refusal(view.protect(range.clone(), ReadOnly)),
            code,
            "{range:?}"
        );
        assert_eq!(
            refusal(view.commit(range.clone(), ReadOnly)),
            code,
            "{range:?}"
        );
        assert_eq!(refusal(view.flush(range.clone())), code, "{range:?}");
        assert_eq!(refusal(view.prefetch(range.clone())), code, "{range:?}");
    }
    assert_eq!(refusal(view.protect(..=usize::MAX, ReadOnly)), code);
    assert_eq!(region(&view, 0), (0, SIZE, Some(ReadWrite)));
    view.flush(1..2).unwrap();
    view.prefetch(..).unwrap();
}
