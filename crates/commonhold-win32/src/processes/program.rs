//! Which file a program's name means.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::failure::{Failure, Result};
use crate::files::path::{self, Place};
use crate::platform::environment;

/// The file that an application name means: in the current directory, or where it says.
pub(super) fn named(name: &[u8]) -> Result<PathBuf> {
    if name.is_empty() {
        return Err(Failure::PATH_NOT_FOUND);
    }
    let Place::Path(path) = Place::parse(name)? else {
        return Err(Failure::FILE_NOT_FOUND);
    };
    match existing(&path, Path::exists) {
        Some(found) => absolute(&found),
        None => Err(path::failure(Errno::NOENT, &path)),
    }
}

/// The file that one of the names means which a command line may begin with, and that name.
pub(super) fn searched<'a>(names: &[&'a [u8]]) -> Result<(PathBuf, &'a [u8])> {
    for &name in names.iter().filter(|name| !name.is_empty()) {
        let Ok(Place::Path(path)) = Place::parse(name) else {
            continue;
        };
        if let Some(found) = search(&path) {
            return Ok((absolute(&found)?, name));
        }
    }
    Err(Failure::FILE_NOT_FOUND)
}

/// Looks for it beside this program, in the current directory, and along the path.
fn search(name: &Path) -> Option<PathBuf> {
    if name.as_os_str().as_bytes().contains(&b'/') {
        return existing(name, Path::is_file);
    }
    let beside = std::env::current_exe().ok();
    let beside = beside
        .as_deref()
        .and_then(Path::parent)
        .map(Path::to_path_buf);
    let path = environment::get("PATH".as_ref()).unwrap_or_default();
    let path = OsString::from_vec(path);
    let directories = beside.into_iter().chain([PathBuf::from(".")]);
    let mut directories = directories.chain(std::env::split_paths(&path));
    directories.find_map(|directory| existing(&directory.join(name), Path::is_file))
}

/// The file, or the one without `.exe`, which no program is called here.
fn existing(path: &Path, passes: fn(&Path) -> bool) -> Option<PathBuf> {
    let is_exe = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("exe"));
    let without = is_exe.then(|| path.with_extension(""));
    let mut candidates = std::iter::once(path.to_path_buf()).chain(without);
    candidates.find(|it| passes(it))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|_| Failure::PATH_NOT_FOUND)
}

/// Refuses what cannot be run, as far as that can be told before it is tried.
pub(super) fn check(path: &Path) -> Result<()> {
    use rustix::fs::Access;
    if path.is_dir() {
        return Err(Failure::ACCESS_DENIED);
    }
    Ok(rustix::fs::access(path, Access::EXEC_OK)?)
}

/// The bytes of a path.
pub(super) fn to_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_searched_along_the_path_with_exe_or_without() {
        let (found, name) = searched(&[&b"no-such-program"[..], b"sh.EXE"]).unwrap();
        assert!(found.is_absolute() && found.ends_with("sh"));
        assert_eq!(name, b"sh.EXE");
        assert_eq!(
            searched(&[b"no-such-program"]),
            Err(Failure::FILE_NOT_FOUND)
        );
        assert_eq!(searched(&[b""]), Err(Failure::FILE_NOT_FOUND));
    }

    #[test]
    fn an_application_name_is_not_searched() {
        assert_eq!(named(b"sh"), Err(Failure::FILE_NOT_FOUND));
        assert_eq!(
            named(br"C:\no-such-directory\sh"),
            Err(Failure::PATH_NOT_FOUND)
        );
        assert_eq!(named(br"C:\bin\sh.exe"), Ok(PathBuf::from("/bin/sh")));
    }
}
