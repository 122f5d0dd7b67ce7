//! Positions and sizes (`SetFilePointer`, `SetEndOfFile`, `GetFileSize`), and `FlushFileBuffers`.

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use super::File;
use super::access;
use super::kind::Kind;
use super::sharing;
use crate::failure::{Failure, Result};

/// What a distance is from, as `FILE_BEGIN`, `FILE_CURRENT` and `FILE_END` say.
const BEGIN: u32 = 0;
const CURRENT: u32 = 1;
const END: u32 = 2;

fn check_seekable(file: &File) -> Result<()> {
    match file.kind() {
        Kind::Pipe | Kind::Other => Err(Failure::INVALID_FUNCTION),
        _ => Ok(()),
    }
}

/// Moves the position, unless that would be beyond `limit`, and tells it.
pub(crate) fn seek(file: &File, distance: i64, method: u32, limit: i64) -> Result<i64> {
    let start = match method {
        BEGIN => 0,
        CURRENT => {
            check_seekable(file)?;
            signed(rustix::fs::seek(file.descriptor(), SeekFrom::Current(0))?)?
        }
        END => signed(size(file)?)?,
        _ => return Err(Failure::INVALID_PARAMETER),
    };
    check_seekable(file)?;
    let position = start
        .checked_add(distance)
        .filter(|&position| position <= limit);
    let position = position.ok_or(Failure::INVALID_PARAMETER)?;
    let position = u64::try_from(position).map_err(|_| Failure::NEGATIVE_SEEK)?;
    signed(rustix::fs::seek(
        file.descriptor(),
        SeekFrom::Start(position),
    )?)
}

fn signed(position: u64) -> Result<i64> {
    i64::try_from(position).map_err(|_| Failure::INVALID_PARAMETER)
}

/// The size in bytes.
pub(crate) fn size(file: &File) -> Result<u64> {
    if matches!(file.kind(), Kind::Pipe | Kind::Other) {
        return Err(Failure::INVALID_FUNCTION);
    }
    if file.kind() == Kind::Directory {
        return Ok(0);
    }
    let stat = rustix::fs::fstat(file.descriptor())?;
    Ok(u64::try_from(stat.st_size).unwrap_or(0))
}

/// Makes the file end where its position is. A file with a section over it is not made shorter.
pub(crate) fn set_end(file: &File) -> Result<()> {
    file.has_any(access::WRITE_DATA)?;
    if file.kind() != Kind::Disk {
        return Err(Failure::INVALID_FUNCTION);
    }
    let end = rustix::fs::seek(file.descriptor(), SeekFrom::Current(0))?;
    if end < size(file)? {
        return sharing::cut(file.descriptor(), end);
    }
    sharing::extend(file.descriptor(), end)
}

/// Waits until what was written is on the disk.
pub(crate) fn flush(file: &File) -> Result<()> {
    file.has_any(access::WRITE_DATA | access::APPEND_DATA)?;
    match (rustix::fs::fsync(file.descriptor()), file.kind()) {
        (Ok(()), _) => Ok(()),
        // On Windows this waits until all was read.
        (Err(Errno::INVAL), Kind::Pipe) => Err(Failure::NOT_SUPPORTED),
        (Err(Errno::INVAL), _) => Err(Failure::INVALID_HANDLE),
        (Err(errno), _) => Err(errno.into()),
    }
}
