//! Where temporary files go, and what they are called (`GetTempPath`, `GetTempFileName`).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::path::{self, Place};
use crate::failure::{Failure, Result};
use crate::platform::environment;
use crate::platform::text::Text;

/// The longest path, with its zero, that fits where `GetTempFileName` puts it.
const MAX_PATH: usize = 260;
/// As much of a prefix as is used.
const PREFIX: usize = 3;

/// The directory for temporary files, as the environment has it, with a separator at its end.
pub(crate) fn directory() -> Vec<u8> {
    let set = ["TMP", "TEMP", "TMPDIR"].into_iter().find_map(|variable| {
        let directory = environment::get(variable.as_ref())?;
        match Place::of(Text::Narrow(&directory)) {
            Ok(Place::Path(directory)) => Some(directory),
            _ => None,
        }
    });
    let directory = set.unwrap_or_else(|| PathBuf::from("/tmp"));
    let mut directory = std::path::absolute(&directory)
        .unwrap_or(directory)
        .into_os_string()
        .into_vec();
    if directory.last() != Some(&b'/') {
        directory.push(b'/');
    }
    directory
}

/// A path in the directory, made of the first letters of the prefix and a number. If that is zero, one is found
/// that is not in use, and an empty file made there.
pub(crate) fn name(directory: Text<'_>, prefix: Text<'_>, number: u32) -> Result<(Vec<u8>, u32)> {
    let as_given = directory.os_string().unwrap_or_default();
    match Place::of(directory) {
        Ok(Place::Path(directory)) if directory.is_dir() => {}
        _ => return Err(Failure::DIRECTORY),
    }
    let mut start = as_given.into_vec();
    if !matches!(start.last(), Some(b'/' | b'\\')) {
        start.push(b'/');
    }
    start.extend(shortened(&prefix.os_string().unwrap_or_default()).as_bytes());
    let named = |number: u32| {
        let mut name = start.clone();
        name.extend(format!("{number:X}.tmp").bytes());
        name
    };
    if named(0xffff).len() >= MAX_PATH {
        return Err(Failure::FILENAME_EXCED_RANGE);
    }
    if number & 0xffff != 0 {
        return Ok((named(number & 0xffff), number & 0xffff));
    }
    for _ in 0..0x1_0000 {
        let number = next_number();
        let name = named(number);
        match make(&name) {
            Err(Failure::ALREADY_EXISTS) => {}
            made => return made.map(|()| (name, number)),
        }
    }
    Err(Failure::FILE_EXISTS)
}

/// The first characters of a prefix, which may be of several bytes each.
fn shortened(prefix: &OsStr) -> OsString {
    prefix
        .to_string_lossy()
        .chars()
        .take(PREFIX)
        .collect::<String>()
        .into()
}

/// 1 to 0xffff, at another place in each process to begin with.
fn next_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    // A prime that takes processes which come one after another far from each other.
    let start = std::process::id().wrapping_mul(40_503);
    start.wrapping_add(count) % 0xffff + 1
}

fn make(name: &[u8]) -> Result<()> {
    let Place::Path(path) = Place::of(Text::Narrow(name))? else {
        return Err(Failure::INVALID_NAME);
    };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let made = rustix::fs::open(&path, flags, Mode::from_raw_mode(0o666));
    made.map(drop).map_err(|errno| refused(errno, &path))
}

fn refused(errno: Errno, path: &Path) -> Failure {
    match errno {
        Errno::EXIST => Failure::ALREADY_EXISTS,
        errno => path::failure(errno, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_three_letters_and_a_number() {
        let directory = std::env::temp_dir();
        let directory = Text::Narrow(directory.as_os_str().as_bytes());
        let (made, number) = name(directory, Text::Narrow("größer".as_bytes()), 0x1_00ab).unwrap();
        assert_eq!(number, 0xab);
        assert!(made.ends_with("/gröAB.tmp".as_bytes()), "{made:?}");
        let refused = name(Text::Narrow(b"no such directory"), Text::None, 1);
        assert_eq!(refused, Err(Failure::DIRECTORY));
        assert_eq!(name(Text::None, Text::None, 1), Err(Failure::DIRECTORY));
    }

    #[test]
    fn numbers_are_never_zero_and_differ() {
        let numbers: std::collections::HashSet<u32> = (0..1000).map(|_| next_number()).collect();
        assert_eq!(numbers.len(), 1000);
        assert!(numbers.iter().all(|number| (1..=0xffff).contains(number)));
    }
}
