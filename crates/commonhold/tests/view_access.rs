//! Touching views: the safe accessors and what they refuse, atomics, and views known by their address.
//! win32-facts 3.8.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;

use commonhold::{Atomic, ErrorCode, MapAccess, Protection, Result, Section, View};
use rustix::param::page_size;
use std::sync::atomic::{AtomicI16, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use support::{MAIN, Role, isolated, say};

const SIZE: usize = 64 * 1024;

fn section() -> Section {
    Section::options()
        .size(SIZE as u64)
        .create_unnamed()
        .unwrap()
}

fn refusal<T>(result: Result<T>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

#[test]
fn every_accessor_keeps_to_the_bytes_of_the_view() {
    let section = section();
    let view = section.map_options().len(100).map().unwrap();
    let outside = Some(ErrorCode::INVALID_ADDRESS);
    for offset in [93, 100, 101, 4096, usize::MAX - 7, usize::MAX] {
        assert_eq!(refusal(view.read(offset, &mut [0; 8])), outside, "{offset}");
        assert_eq!(refusal(view.write(offset, &[0; 8])), outside, "{offset}");
        assert_eq!(
            refusal(view.fill(offset..offset.saturating_add(8), 1)),
            outside,
            "{offset}"
        );
        assert_eq!(refusal(view.get::<u64>(offset)), outside, "{offset}");
        assert_eq!(refusal(view.put(offset, &0_u64)), outside, "{offset}");
        assert_eq!(
            refusal(view.read_volatile::<u64>(offset)),
            outside,
            "{offset}"
        );
        assert_eq!(
            refusal(view.write_volatile(offset, 0_u64)),
            outside,
            "{offset}"
        );
        assert_eq!(
            refusal(view.atomic::<AtomicU64>(offset)),
            outside,
            "{offset}"
        );
    }
    #[allow(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    let reversed = view.fill(8..4, 1);
    assert_eq!(refusal(reversed), outside);
    // Up to the last byte, and nothing at all at the end.
    view.write(92, b"the last").unwrap();
    assert_eq!(&view.get::<[u8; 8]>(92).unwrap(), b"the last");
    view.read(100, &mut []).unwrap();
    view.fill(100..100, 1).unwrap();
    // Nothing of what was refused was written.
    let whole = section.map().unwrap();
    assert_eq!(whole.get::<[u8; 92]>(0).unwrap(), [0; 92]);
    assert_eq!(whole.get::<[u8; 64]>(100).unwrap(), [0; 64]);
}

#[test]
fn every_accessor_keeps_to_the_protection_of_the_pages() {
    let section = section();
    let view = |access| section.map_options().access(access).map().unwrap();
    let denied = Some(ErrorCode::NOACCESS);
    let nothing = view(MapAccess::empty());
    for (view, reads) in [(nothing, denied), (view(MapAccess::READ), None)] {
        assert_eq!(refusal(view.read(0, &mut [0; 8])), reads);
        assert_eq!(refusal(view.get::<u64>(0)), reads);
        assert_eq!(refusal(view.read_volatile::<u64>(0)), reads);
        assert_eq!(refusal(view.write(0, &[0; 8])), denied);
        assert_eq!(refusal(view.fill(0..8, 1)), denied);
        assert_eq!(refusal(view.put(0, &0_u64)), denied);
        assert_eq!(refusal(view.write_volatile(0, 0_u64)), denied);
        assert_eq!(refusal(view.atomic::<AtomicU64>(0)), denied);
    }
    let copy = view(MapAccess::COPY);
    copy.put(0, &7_u64).unwrap();
    assert_eq!(section.map().unwrap().get::<u64>(0).unwrap(), 0);
}

#[test]
fn an_access_across_pages_needs_all_of_them() {
    let page = page_size();
    let mut view = section().map().unwrap();
    view.protect(page..2 * page, Protection::ReadOnly).unwrap();
    view.protect(2 * page..3 * page, Protection::NoAccess)
        .unwrap();
    let denied = Some(ErrorCode::NOACCESS);
    assert_eq!(refusal(view.put(page - 8, &1_u64)), None);
    assert_eq!(refusal(view.put(page - 7, &1_u64)), denied);
    assert_eq!(refusal(view.get::<u64>(2 * page - 8)), None);
    assert_eq!(refusal(view.get::<u64>(2 * page - 7)), denied);
    assert_eq!(refusal(view.read(0, &mut vec![0; 4 * page])), denied);
    assert_eq!(refusal(view.put(3 * page, &1_u64)), None);
}

#[test]
fn single_accesses_are_aligned_and_copies_need_not_be() {
    let view = section().map().unwrap();
    let misaligned = Some(ErrorCode::NOACCESS);
    view.put(3, &0x0102_0304_u32).unwrap();
    assert_eq!(view.get::<u32>(3).unwrap(), 0x0102_0304);
    assert_eq!(refusal(view.read_volatile::<u32>(2)), misaligned);
    assert_eq!(refusal(view.write_volatile(4, 1_u64)), misaligned);
    assert_eq!(refusal(view.atomic::<AtomicU64>(12)), misaligned);
    assert_eq!(refusal(view.atomic::<AtomicI16>(1)), misaligned);
    assert_eq!(refusal(view.atomic::<AtomicU8>(1)), None);
    view.write_volatile(8, 0x1122_3344_5566_7788_u64).unwrap();
    assert_eq!(view.read_volatile::<u64>(8).unwrap(), 0x1122_3344_5566_7788);
    view.write_volatile(16, 2.5_f32).unwrap();
    assert!((view.read_volatile::<f32>(16).unwrap() - 2.5).abs() < f32::EPSILON);
}

fn is_at<A: Atomic>(view: &View, offset: usize) -> bool {
    let atomic: *const A = view.atomic::<A>(offset).unwrap();
    atomic.addr() == view.as_ptr().addr() + offset
}

#[test]
fn atomics_are_where_their_bytes_are() {
    let view = section().map().unwrap();
    assert!(is_at::<AtomicU8>(&view, 5));
    assert!(is_at::<AtomicI64>(&view, 4096));
    view.atomic::<AtomicU32>(8)
        .unwrap()
        .store(0xdead_beef, Ordering::Release);
    assert_eq!(view.get::<u32>(8).unwrap(), 0xdead_beef);
}

#[test]
fn no_increment_of_two_processes_is_lost() {
    const EACH: u64 = 100_000;
    isolated(|role| {
        let count = |view: &View| {
            // All are there before any begins.
            let present: &AtomicU64 = view.atomic(8).unwrap();
            present.fetch_add(1, Ordering::SeqCst);
            while present.load(Ordering::SeqCst) < 3 {
                std::thread::yield_now();
            }
            let counter: &AtomicU64 = view.atomic(0).unwrap();
            for _ in 0..EACH {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        };
        if role != MAIN {
            count(&Section::open("frames").unwrap().map().unwrap());
            say("done");
            return;
        }
        let section = Section::options()
            .size(SIZE as u64)
            .create("frames")
            .unwrap();
        let view = section.map().unwrap();
        let mut peers = [Role::start("counter"), Role::start("counter")];
        count(&view);
        for peer in &mut peers {
            peer.expect("done");
        }
        assert_eq!(view.get::<u64>(0).unwrap(), 3 * EACH);
        peers.into_iter().for_each(Role::finish);
    });
}

#[test]
fn slices_are_the_bytes_of_the_view() {
    let section = section();
    let mut view = section.map_options().len(100).map().unwrap();
    // SAFETY: nobody else has the section.
    unsafe { view.as_mut_slice() }.copy_from_slice(&[7; 100]);
    // SAFETY: as above.
    assert_eq!(unsafe { view.as_slice() }, [7; 100]);
    assert_eq!(
        section.map().unwrap().get::<[u8; 101]>(0).unwrap()[99..],
        [7, 0]
    );
}

#[test]
fn a_view_can_be_used_by_threads_at_once() {
    let view = section().map().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let view = &view;
            scope.spawn(move || {
                let at = usize::try_from(thread).unwrap() * 8;
                view.put(at, &thread).unwrap();
                view.atomic::<AtomicU64>(64)
                    .unwrap()
                    .fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    assert_eq!(view.get::<[u64; 4]>(0).unwrap(), [0, 1, 2, 3]);
    assert_eq!(view.get::<u64>(64).unwrap(), 4);
}

fn is_mapped(address: usize) -> bool {
    let start = format!("{address:x}-");
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().any(|line| line.starts_with(&start))
}

#[test]
fn any_address_in_a_view_unmaps_all_of_it() {
    isolated(|_| {
        let section = section();
        for inside in [0, 100, 4096, 4196, SIZE - 1] {
            let view = section.map().unwrap();
            let base = view.into_address().as_ptr();
            assert!(is_mapped(base.addr()));
            View::unmap(base.wrapping_add(inside)).unwrap();
            assert!(!is_mapped(base.addr()), "{inside}");
            let again = View::unmap(base.wrapping_add(inside));
            assert_eq!(refusal(again), Some(ErrorCode::INVALID_ADDRESS));
        }
    });
}

#[test]
fn what_is_no_view_is_not_unmapped() {
    isolated(|_| {
        let (section, local) = (section(), [0_u8; 16]);
        let base = section.map().unwrap().into_address().as_ptr();
        // A view that was not detached is its owner's to unmap.
        let kept = section.map().unwrap();
        let wild = std::ptr::without_provenance(usize::MAX - 4096);
        let addresses = [
            std::ptr::null(),
            wild,
            local.as_ptr(),
            kept.as_ptr(),
            base.wrapping_sub(1),
            base.wrapping_add(SIZE),
        ];
        for address in addresses {
            let invalid = Some(ErrorCode::INVALID_ADDRESS);
            assert_eq!(refusal(View::unmap(address)), invalid, "{address:?}");
            assert_eq!(refusal(View::from_address(address)), invalid, "{address:?}");
            assert_eq!(
                refusal(View::with_address(address, |_| ())),
                invalid,
                "{address:?}"
            );
        }
        assert_eq!(kept.get::<u8>(0).unwrap(), 0);
        View::unmap(base).unwrap();
    });
}

/// The bytes up to the end of the last page are the view's too, as far as its address goes.
#[test]
fn the_rest_of_the_last_page_is_an_address_in_the_view() {
    isolated(|_| {
        let view = section().map_options().len(100).map().unwrap();
        let base = view.into_address().as_ptr();
        View::unmap(base.wrapping_add(page_size() - 1)).unwrap();
        assert!(!is_mapped(base.addr()));
    });
}

#[test]
fn a_view_is_used_and_taken_back_by_its_address_when_its_section_is_gone() {
    isolated(|_| {
        let base = section().map().unwrap().into_address().as_ptr();
        let inside = base.wrapping_add(5000);
        let old = View::with_address(inside, |view| {
            view.put(0, &4711_u64).unwrap();
            view.protect(.., Protection::ReadOnly).unwrap()
        });
        assert_eq!(old.unwrap(), Protection::ReadWrite);
        let view = View::from_address(inside).unwrap();
        assert_eq!(view.as_ptr(), base);
        assert_eq!(view.get::<u64>(0).unwrap(), 4711);
        assert_eq!(refusal(view.put(0, &1_u64)), Some(ErrorCode::NOACCESS));
        assert_eq!(refusal(View::unmap(base)), Some(ErrorCode::INVALID_ADDRESS));
        drop(view);
        assert!(!is_mapped(base.addr()));
    });
}
