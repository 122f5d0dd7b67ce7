//! Reserved sections: pages that are committed later, for everyone. win32-facts 3.7.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;
#[path = "support/views.rs"]
mod views;

use Protection::{ReadOnly, ReadWrite, WriteCopy};
use commonhold::{
    ErrorCode, MapAccess, PageState, Protection, Region, Rights, Section, SectionAttributes,
};
use rustix::param::page_size;
use std::fs::{self, File};
use support::{MAIN, Role, hear, isolated, say, scratch};
use views::{map, refusal, region};

const SIZE: usize = 256 * 1024;
const COMMITTED: usize = 64 * 1024;

fn options<'a>() -> commonhold::SectionOptions<'a> {
    Section::options().size(SIZE as u64)
}

fn reserve<'a>() -> commonhold::SectionOptions<'a> {
    options().attributes(SectionAttributes::RESERVE)
}

#[test]
fn committing_is_for_every_view_and_protecting_for_one() {
    let section = reserve().create_unnamed().unwrap();
    let (mut one, other) = (section.map().unwrap(), section.map().unwrap());
    let whole = Region {
        offset: 0,
        len: SIZE,
        state: PageState::Reserved,
        protection: None,
    };
    assert_eq!(
        (one.query(0).unwrap(), other.query(0).unwrap()),
        (whole, whole)
    );
    assert_eq!(
        refusal(one.protect(..COMMITTED, ReadOnly)),
        ErrorCode::INVALID_ADDRESS
    );
    assert_eq!(refusal(one.get::<u8>(0)), ErrorCode::NOACCESS);
    assert_eq!(refusal(one.put(0, &1_u8)), ErrorCode::NOACCESS);

    one.commit(..COMMITTED, ReadOnly).unwrap();
    assert_eq!(region(&one, 0), (0, COMMITTED, Some(ReadOnly)));
    assert_eq!(
        region(&other, 0),
        (0, COMMITTED, Some(ReadWrite)),
        "its own protection"
    );
    assert_eq!(one.query(COMMITTED).unwrap().state, PageState::Reserved);
    assert_eq!(refusal(one.put(0, &1_u8)), ErrorCode::NOACCESS);
    other.put(COMMITTED - 1, &7_u8).unwrap();
    assert_eq!(one.get::<u8>(COMMITTED - 1).unwrap(), 7);
    assert_eq!(
        refusal(other.get::<u16>(COMMITTED - 1)),
        ErrorCode::NOACCESS
    );

    // Twice is fine, and loses nothing.
    one.commit(..COMMITTED, ReadWrite).unwrap();
    assert_eq!(one.get::<u8>(COMMITTED - 1).unwrap(), 7);
    assert_eq!(
        refusal(one.protect(.., ReadOnly)),
        ErrorCode::INVALID_ADDRESS,
        "partly"
    );
    // Later views have it too, wherever they start.
    let part = section
        .map_options()
        .offset(COMMITTED as u64)
        .map()
        .unwrap();
    assert_eq!(part.query(0).unwrap().state, PageState::Reserved);
    one.commit(COMMITTED..=COMMITTED, ReadWrite).unwrap();
    assert_eq!(region(&part, 0), (0, page_size(), Some(ReadWrite)));
    assert_eq!(section.map().unwrap().get::<u8>(COMMITTED - 1).unwrap(), 7);
}

#[test]
fn committing_is_for_every_process() {
    isolated(|role| {
        if role != MAIN {
            let mut view = Section::open("frames").unwrap().map().unwrap();
            say(&format!("{:?}", view.query(0).unwrap().state));
            assert_eq!(hear().as_deref(), Some("committed"));
            say(&view.get::<u8>(0).unwrap().to_string());
            view.commit(COMMITTED..2 * COMMITTED, ReadWrite).unwrap();
            view.put(COMMITTED, &8_u8).unwrap();
            say("done");
            return;
        }
        let section = reserve().create("frames").unwrap();
        let mut view = section.map().unwrap();
        let mut peer = Role::start("peer");
        peer.expect("Reserved");
        view.commit(..COMMITTED, ReadWrite).unwrap();
        view.put(0, &7_u8).unwrap();
        peer.say("committed");
        peer.expect("7");
        peer.expect("done");
        assert_eq!(view.get::<u8>(COMMITTED).unwrap(), 8);
        peer.finish();
        // What a process committed stays when it is gone.
        assert_eq!(region(&view, 0), (0, 2 * COMMITTED, Some(ReadWrite)));
    });
}

#[test]
fn committed_memory_is_taken_at_once() {
    let section = reserve().create_unnamed().unwrap();
    let taken = || rustix::fs::fstat(&section).unwrap().st_blocks * 512;
    let mut view = section.map().unwrap();
    let before = taken();
    view.commit(..COMMITTED, ReadWrite).unwrap();
    assert!(taken() - before >= i64::try_from(COMMITTED).unwrap());
}

/// Windows raises an access violation. Through the safe API it is refused here too.
#[test]
fn a_pointer_reaches_pages_that_are_not_committed() {
    let view = reserve().create_unnamed().unwrap().map().unwrap();
    // SAFETY: mapped readable for as long as the view lives; nobody else uses it.
    assert_eq!(unsafe { view.as_ptr().read_volatile() }, 0);
    assert_eq!(refusal(view.get::<u8>(0)), ErrorCode::NOACCESS);
}

#[test]
fn committing_more_than_the_view_was_mapped_for_is_refused() {
    for options in [options(), reserve()] {
        let section = options.create_unnamed().unwrap();
        let mut view = map(&section, MapAccess::READ);
        let error = view.commit(..COMMITTED, ReadWrite);
        assert_eq!(refusal(error), ErrorCode::INVALID_PARAMETER);
    }
    let mut untouched = map(&reserve().create_unnamed().unwrap(), MapAccess::READ);
    let _ = untouched.commit(..COMMITTED, ReadWrite);
    assert_eq!(untouched.query(0).unwrap().state, PageState::Reserved);
}

#[test]
fn committing_memory_that_is_there_protects_it() {
    let mut view = options().create_unnamed().unwrap().map().unwrap();
    view.put(0, &7_u8).unwrap();
    view.commit(..COMMITTED, ReadOnly).unwrap();
    assert_eq!(region(&view, 0), (0, COMMITTED, Some(ReadOnly)));
    assert_eq!(view.get::<u8>(0).unwrap(), 7);
}

#[test]
fn the_pages_of_a_file_cannot_be_committed() {
    isolated(|_| {
        let path = scratch().join("table");
        fs::write(&path, vec![0; SIZE]).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        for attributes in [SectionAttributes::COMMIT, SectionAttributes::RESERVE] {
            let section = Section::options().file(&file).attributes(attributes);
            let mut view = section.create_unnamed().unwrap().map().unwrap();
            assert_eq!(view.query(0).unwrap().state, PageState::Committed);
            for protection in Protection::ALL {
                assert_eq!(
                    refusal(view.commit(.., protection)),
                    ErrorCode::ACCESS_DENIED
                );
            }
            assert_eq!(view.protect(.., ReadOnly).unwrap(), ReadWrite);
        }
    });
}

#[test]
fn a_reserved_section_can_be_copied_on_write() {
    let section = reserve().create_unnamed().unwrap();
    let (mut copy, shared) = (map(&section, MapAccess::COPY), section.map().unwrap());
    copy.commit(..COMMITTED, WriteCopy).unwrap();
    copy.put(0, &1_u8).unwrap();
    assert_eq!(shared.get::<u8>(0).unwrap(), 0);
    assert_eq!(region(&copy, 0), (0, page_size(), Some(ReadWrite)));
    assert_eq!(region(&copy, page_size()).2, Some(WriteCopy));
    assert_eq!(copy.query(COMMITTED).unwrap().state, PageState::Reserved);
}

/// Windows lets any view commit. Here it is written down in the object, which a reader cannot do.
#[test]
fn committing_by_a_handle_that_cannot_write_is_denied() {
    let section = reserve().create_unnamed().unwrap();
    let reader = section.duplicate(Rights::MAP_READ).unwrap();
    let mut view = map(&reader, MapAccess::READ);
    assert_eq!(refusal(view.commit(.., ReadOnly)), ErrorCode::ACCESS_DENIED);
    assert_eq!(view.query(0).unwrap().state, PageState::Reserved);
    section.map().unwrap().commit(.., ReadWrite).unwrap();
    assert_eq!(view.query(0).unwrap().state, PageState::Committed);
}
