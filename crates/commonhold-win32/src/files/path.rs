//! Windows' paths, as this system has them: `\` separates like `/`, and there are no drives.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::failure::{Failure, Result};
use crate::platform::text::Text;

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Place {
    Path(PathBuf),
    /// `NUL`.
    Null,
    /// `CON`: input or output, as it is opened.
    Console,
    /// `CONIN$`.
    ConsoleInput,
    /// `CONOUT$`.
    ConsoleOutput,
}

impl Place {
    pub(crate) fn of(text: Text<'_>) -> Result<Self> {
        let text = text.os_string().filter(|text| !text.is_empty());
        let text = text.ok_or(Failure::PATH_NOT_FOUND)?.into_vec();
        Self::parse(&text)
    }

    /// The same for the bytes of a path that is not empty.
    pub(crate) fn parse(text: &[u8]) -> Result<Self> {
        match text {
            // As they are on Windows: no device of the name, or a name that leads nowhere.
            [a, b, b'.', c, rest @ ..] if are_separators(&[*a, *b, *c]) => {
                device(rest).map_or_else(|| on_drive(rest).ok_or(Failure::FILE_NOT_FOUND)?, Ok)
            }
            [a, b, b'?', c, rest @ ..] if are_separators(&[*a, *b, *c]) => match rest {
                [b'U' | b'u', b'N' | b'n', b'C' | b'c', c, ..] if is_separator(*c) => {
                    Err(Failure::BAD_NETPATH)
                }
                [first, ..] if is_separator(*first) => plain(rest),
                _ => on_drive(rest).ok_or(Failure::PATH_NOT_FOUND)?,
            },
            // Two slashes in front are one to this system, and programs that join paths make them.
            [b'\\', b'\\', ..] => Err(Failure::BAD_NETPATH),
            _ => device(text).map_or_else(|| on_drive(text).unwrap_or_else(|| plain(text)), Ok),
        }
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'\\' | b'/')
}

fn are_separators(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| is_separator(byte))
}

fn device(name: &[u8]) -> Option<Place> {
    let name = name.strip_suffix(b":").unwrap_or(name);
    let is = |device: &str| name.eq_ignore_ascii_case(device.as_bytes());
    match () {
        () if is("NUL") => Some(Place::Null),
        () if is("CON") => Some(Place::Console),
        () if is("CONIN$") => Some(Place::ConsoleInput),
        () if is("CONOUT$") => Some(Place::ConsoleOutput),
        () => None,
    }
}

/// What is behind a drive's letter, if there is one in front.
fn on_drive(text: &[u8]) -> Option<Result<Place>> {
    match text {
        [drive, b':', rest @ ..] if drive.is_ascii_alphabetic() => Some(plain(rest)),
        _ => None,
    }
}

fn plain(text: &[u8]) -> Result<Place> {
    // These are no part of any name on Windows.
    if text
        .iter()
        .any(|byte| *byte < b' ' || b"<>:\"|?*".contains(byte))
    {
        return Err(Failure::INVALID_NAME);
    }
    if text.is_empty() {
        // `C:` is where the process is on that drive.
        return Ok(Place::Path(".".into()));
    }
    let translated = text
        .iter()
        .map(|&byte| if byte == b'\\' { b'/' } else { byte });
    let path = OsString::from_vec(translated.collect());
    Ok(Place::Path(path.into()))
}

/// Whether the path says by a separator at its end that it is a directory's.
pub(crate) fn names_directory(path: &Path) -> bool {
    path.as_os_str().as_bytes().ends_with(b"/")
}

/// What a refusal to open, look at or remove the path is called.
pub(crate) fn failure(errno: Errno, path: &Path) -> Failure {
    match errno {
        Errno::NOENT if !is_parent_there(path) => Failure::PATH_NOT_FOUND,
        Errno::NXIO | Errno::NODEV => Failure::FILE_NOT_FOUND,
        // A file, and a separator behind it.
        Errno::NOTDIR | Errno::ISDIR if names_directory(path) && is_parent_there(path) => {
            Failure::INVALID_NAME
        }
        Errno::NOTDIR => Failure::PATH_NOT_FOUND,
        // A program that runs, or is written.
        Errno::TXTBSY => Failure::SHARING_VIOLATION,
        errno => errno.into(),
    }
}

fn is_parent_there(path: &Path) -> bool {
    match path.parent() {
        None => true,
        Some(parent) if parent.as_os_str().is_empty() => true,
        Some(parent) => parent.is_dir(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Result<Place> {
        Place::parse(text.as_bytes())
    }

    #[allow(clippy::unnecessary_wraps, reason = "what parsing gives")]
    fn at(text: &str) -> Result<Place> {
        Ok(Place::Path(text.into()))
    }

    #[test]
    fn drives_are_dropped_and_separators_are_slashes() {
        assert_eq!(path(r"C:\data\x.bin"), at("/data/x.bin"));
        assert_eq!(path("c:x"), at("x"));
        assert_eq!(path("C:"), at("."));
        assert_eq!(path(r"a\b/c\"), at("a/b/c/"));
        assert_eq!(path("/tmp//x"), at("/tmp//x"));
        assert_eq!(path("//tmp/x"), at("//tmp/x"));
        assert_eq!(path(r"\\?\C:\data\x"), at("/data/x"));
        assert_eq!(path(r"\\?\\tmp\x"), at("/tmp/x"));
        assert_eq!(path(r"\\.\C:\x"), at("/x"));
    }

    #[test]
    fn devices_have_names_of_any_case() {
        assert_eq!(path("nul"), Ok(Place::Null));
        assert_eq!(path("NUL:"), Ok(Place::Null));
        assert_eq!(path(r"\\.\Nul"), Ok(Place::Null));
        assert_eq!(path("conin$"), Ok(Place::ConsoleInput));
        assert_eq!(path("CON"), Ok(Place::Console));
        assert_eq!(path("./nul"), at("./nul"));
    }

    #[test]
    fn what_leads_nowhere_is_told_apart() {
        assert_eq!(path(r"\\.\pipe\x"), Err(Failure::FILE_NOT_FOUND));
        assert_eq!(path(r"\\server\share\x"), Err(Failure::BAD_NETPATH));
        assert_eq!(path(r"\\?\UNC\server\x"), Err(Failure::BAD_NETPATH));
        assert_eq!(path(r"\\?\x"), Err(Failure::PATH_NOT_FOUND));
        assert_eq!(path("a*b"), Err(Failure::INVALID_NAME));
        assert_eq!(path("a:b:c"), Err(Failure::INVALID_NAME));
        assert_eq!(path("a\tb"), Err(Failure::INVALID_NAME));
    }
}
