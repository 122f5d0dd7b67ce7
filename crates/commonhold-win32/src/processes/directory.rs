//! The current directory.

use std::path::PathBuf;

use rustix::io::Errno;

use super::program;
use crate::failure::{Failure, Result};
use crate::files::path::{self, Place};

pub(crate) fn current() -> Result<Vec<u8>> {
    let directory = std::env::current_dir().map_err(|_| Failure::PATH_NOT_FOUND)?;
    Ok(program::to_bytes(&directory))
}

pub(crate) fn set(name: Option<&[u8]>) -> Result<()> {
    let name = name.filter(|name| !name.is_empty());
    let path = named(name.ok_or(Failure::INVALID_NAME)?)?;
    rustix::process::chdir(&path).map_err(|errno| match errno {
        Errno::NOTDIR if path.exists() => Failure::DIRECTORY,
        errno => path::failure(errno, &path),
    })
}

/// The directory that a name means, which may not be there.
pub(super) fn named(name: &[u8]) -> Result<PathBuf> {
    match Place::parse(name)? {
        Place::Path(path) => Ok(path),
        _ => Err(Failure::DIRECTORY),
    }
}
