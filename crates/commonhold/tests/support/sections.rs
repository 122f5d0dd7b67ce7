//! Sections of every kind, for tests of their handles.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::fs::{self, File};

use commonhold::{ErrorCode, MapAccess, Section};

use super::support::scratch;

pub const SIZE: u64 = 64 * 1024;

pub fn named(name: &str) -> Section {
    Section::options().size(SIZE).create(name).unwrap()
}

/// A section in memory without a name, one with, and one over a file.
pub fn all_kinds() -> Vec<Section> {
    let path = scratch().join("table");
    fs::write(&path, vec![0; usize::try_from(SIZE).unwrap()]).unwrap();
    let file = File::options().read(true).write(true).open(path).unwrap();
    let options = Section::options().size(SIZE);
    vec![
        options.create_unnamed().unwrap(),
        options.create("frames").unwrap(),
        options.file(&file).create("table").unwrap(),
    ]
}

pub fn map_code(section: &Section, access: MapAccess) -> Option<ErrorCode> {
    let view = section.map_options().access(access).map();
    view.err().map(|error| error.code())
}

pub fn assert_absent(name: &str) {
    assert_eq!(
        Section::open(name).unwrap_err().code(),
        ErrorCode::FILE_NOT_FOUND
    );
}
