//! The current directory.

use super::{path, program};
use crate::failure::{Failure, Result};

pub(crate) fn current() -> Result<Vec<u8>> {
    let directory = std::env::current_dir().map_err(|_| Failure::PATH_NOT_FOUND)?;
    Ok(program::to_bytes(&directory))
}

pub(crate) fn set(name: Option<Vec<u8>>) -> Result<()> {
    use rustix::io::Errno;
    let name = name.filter(|name| !name.is_empty());
    let path = program::to_path(path::translate(&name.ok_or(Failure::INVALID_NAME)?));
    match rustix::process::chdir(&path) {
        Ok(()) => Ok(()),
        Err(Errno::NOENT) => Err(program::why_missing(&path)),
        Err(Errno::NOTDIR) if path.exists() => Err(Failure::DIRECTORY),
        Err(errno) => Err(errno.into()),
    }
}
