//! Views and what their pages are like, in short, for tests of pages.

use commonhold::{ErrorCode, MapAccess, Protection, Region, Result, Section, View};

pub fn map(section: &Section, access: MapAccess) -> View {
    section.map_options().access(access).map().unwrap()
}

pub fn region(view: &View, offset: usize) -> (usize, usize, Option<Protection>) {
    let Region {
        offset,
        len,
        protection,
        ..
    } = view.query(offset).unwrap();
    (offset, len, protection)
}

pub fn refusal<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code()
}
