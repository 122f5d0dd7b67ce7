//! What an open file is, and what its file is like (`GetFileType`, `GetFileAttributes`).

use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{FileType, Stat};

use super::path::{self, Place};
use crate::failure::Result;
use crate::platform::text::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With a size and a position.
    Disk,
    Directory,
    /// A terminal, `/dev/null`, or another device that is read and written in a stream.
    Character,
    /// A pipe or a socket.
    Pipe,
    /// What the kernel has no type for, such as an epoll instance.
    Other,
}

impl Kind {
    pub(crate) fn of(file: impl AsFd) -> Self {
        rustix::fs::fstat(file).map_or(Self::Other, |stat| Self::from_stat(&stat))
    }

    pub(crate) fn from_stat(stat: &Stat) -> Self {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile | FileType::BlockDevice => Self::Disk,
            FileType::Directory => Self::Directory,
            FileType::CharacterDevice => Self::Character,
            FileType::Fifo | FileType::Socket => Self::Pipe,
            _ => Self::Other,
        }
    }

    /// `FILE_TYPE_*`.
    pub(crate) fn constant(self) -> u32 {
        match self {
            Self::Disk | Self::Directory => 1,
            Self::Character => 2,
            Self::Pipe => 3,
            Self::Other => 0,
        }
    }
}

/// Whether nobody may write to the file, which is what `FILE_ATTRIBUTE_READONLY` is here.
pub(crate) fn is_read_only(stat: &Stat) -> bool {
    Kind::from_stat(stat) == Kind::Disk && stat.st_mode & 0o222 == 0
}

const READONLY: u32 = 0x1;
const DIRECTORY: u32 = 0x10;
const ARCHIVE: u32 = 0x20;
const NORMAL: u32 = 0x80;

/// `FILE_ATTRIBUTE_*` of what is at the path.
pub(crate) fn attributes(text: Text<'_>) -> Result<u32> {
    let place = Place::of(text)?;
    let Place::Path(path) = &place else {
        return Ok(ARCHIVE);
    };
    let stat = stat(path)?;
    let own = match Kind::from_stat(&stat) {
        Kind::Directory => DIRECTORY,
        Kind::Disk => ARCHIVE,
        _ => NORMAL,
    };
    Ok(own | if is_read_only(&stat) { READONLY } else { 0 })
}

fn stat(path: &Path) -> Result<Stat> {
    rustix::fs::stat(path).map_err(|errno| path::failure(errno, path))
}
