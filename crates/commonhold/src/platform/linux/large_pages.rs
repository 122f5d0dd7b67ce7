//! Sections in the machine's large pages.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{MemfdFlags, Mode, SealFlags};
use rustix::io::Errno;

use super::errno::refused;
use super::space::allocate_space;
use crate::{Error, ErrorCode, Result};

/// What `statfs` tells of such files.
const HUGETLBFS_MAGIC: rustix::fs::FsWord = libc::HUGETLBFS_MAGIC;

const TRIED: &str = "create section in large pages";

/// A file of large pages, all of them allocated: such memory is never given back before it is freed.
pub(super) fn create(size: u64) -> Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::HUGETLB | MemfdFlags::ALLOW_SEALING;
    let fd = rustix::fs::memfd_create(c"commonhold-large", flags).map_err(|errno| match errno {
        Errno::NOSYS | Errno::INVAL | Errno::NODEV => Error::new(ErrorCode::NOT_SUPPORTED, TRIED)
            .because("this kernel has no large pages (CONFIG_HUGETLBFS)"),
        errno => refused(errno, TRIED),
    })?;
    let page = page_size_of(&fd)
        .and_then(|page| page.ok_or(Errno::INVAL))
        .map_err(|errno| refused(errno, TRIED))?;
    if size % page != 0 {
        return Err(
            Error::new(ErrorCode::INVALID_PARAMETER, TRIED).because(format!(
                "{size} bytes are not a multiple of the large page, {page} bytes"
            )),
        );
    }
    let allocate = || {
        rustix::fs::fchmod(&fd, Mode::RUSR | Mode::WUSR)?;
        rustix::fs::ftruncate(&fd, size)?;
        allocate_space(&fd, 0, size)?;
        rustix::fs::fcntl_add_seals(&fd, sealed())
    };
    allocate().map_err(|errno| match errno {
        Errno::FBIG | Errno::INVAL | Errno::OVERFLOW => {
            Error::new(ErrorCode::NOT_ENOUGH_MEMORY, TRIED)
                .because(format!("no file has {size} bytes"))
        }
        Errno::NOMEM | Errno::NOSPC => Error::new(ErrorCode::NO_SYSTEM_RESOURCES, TRIED).because(format!(
            "{} large pages of {page} bytes are needed and not free; root sets more aside with `sysctl vm.nr_hugepages=N`",
            size / page
        )),
        errno => refused(errno, TRIED),
    })?;
    Ok(fd)
}

/// Refuses what is not such a file, or has fewer bytes.
pub(super) fn check(fd: impl AsFd, size: u64, tried: &'static str) -> Result<()> {
    let is_sound = || {
        // Asked before the size: what is sealed now cannot be cut afterwards.
        let is_sealed = rustix::fs::fcntl_get_seals(&fd)?.contains(sealed());
        let is_huge = page_size_of(&fd)?.is_some();
        let len = u64::try_from(rustix::fs::fstat(&fd)?.st_size).unwrap_or(0);
        Ok::<_, Errno>(is_sealed && is_huge && len >= size)
    };
    if is_sound() == Ok(true) {
        return Ok(());
    }
    Err(Error::new(ErrorCode::FILE_CORRUPT, tried)
        .because("its large pages are not what they should be"))
}

fn sealed() -> SealFlags {
    SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL
}

/// The size of the pages of a file of large pages; `None` for any other file.
pub(super) fn page_size_of(fd: impl AsFd) -> Result<Option<u64>, Errno> {
    let stat = rustix::fs::fstatfs(fd)?;
    let size = u64::try_from(stat.f_bsize).map_err(|_| Errno::INVAL)?;
    Ok((stat.f_type == HUGETLBFS_MAGIC && size.is_power_of_two()).then_some(size))
}
