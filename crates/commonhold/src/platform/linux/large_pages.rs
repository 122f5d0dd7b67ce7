//! Sections in the machine's large pages.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{FallocateFlags, MemfdFlags};
use rustix::io::Errno;

use super::errno::refused;
use crate::{Error, ErrorCode, Result};

const TRIED: &str = "create section in large pages";

/// A file of large pages, all of them allocated: such memory is never given back before it is freed.
pub(super) fn create(size: u64) -> Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::HUGETLB;
    let fd = rustix::fs::memfd_create(c"commonhold-large", flags).map_err(|errno| match errno {
        Errno::NOSYS | Errno::INVAL | Errno::NODEV => Error::new(ErrorCode::NOT_SUPPORTED, TRIED)
            .because("this kernel has no large pages (CONFIG_HUGETLBFS)"),
        errno => refused(errno, TRIED),
    })?;
    let page = page_size(&fd).map_err(|errno| refused(errno, TRIED))?;
    if size % page != 0 {
        return Err(
            Error::new(ErrorCode::INVALID_PARAMETER, TRIED).because(format!(
                "{size} bytes are not a multiple of the large page, {page} bytes"
            )),
        );
    }
    let allocated = rustix::fs::ftruncate(&fd, size)
        .and_then(|()| rustix::fs::fallocate(&fd, FallocateFlags::empty(), 0, size));
    allocated.map_err(|errno| match errno {
        Errno::NOMEM | Errno::NOSPC => Error::new(ErrorCode::NO_SYSTEM_RESOURCES, TRIED).because(format!(
            "{} large pages of {page} bytes are needed and not free; root sets more aside with `sysctl vm.nr_hugepages=N`",
            size / page
        )),
        errno => refused(errno, TRIED),
    })?;
    Ok(fd)
}

/// The size of the pages of such a file.
pub(super) fn page_size(fd: impl AsFd) -> Result<u64, Errno> {
    let stat = rustix::fs::fstatfs(fd)?;
    u64::try_from(stat.f_bsize).map_err(|_| Errno::INVAL)
}
