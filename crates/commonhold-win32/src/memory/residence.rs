//! What is to be in memory, and stay there: `VirtualLock`, `VirtualUnlock`, `PrefetchVirtualMemory`.

use rustix::io::Errno;

use super::query;
use super::{END, pages};
use crate::failure::{Failure, Result};
use crate::platform::private_memory;

/// `WIN32_MEMORY_RANGE_ENTRY`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct RangeEntry {
    address: usize,
    length: usize,
}

/// Keeps the pages in memory. All of them must be committed and accessible.
pub(crate) fn lock(address: usize, length: usize) -> Result<()> {
    let range = checked(address, length)?;
    let mut at = range.start;
    while at < range.end {
        let region = query::query(at)?;
        if !region.is_accessible() {
            return Err(Failure::NOACCESS);
        }
        at += region.size;
    }
    private_memory::lock(range.start, range.len()).map_err(|errno| match errno {
        // The limit for processes without privileges (`ulimit -l`).
        Errno::NOMEM | Errno::AGAIN | Errno::PERM => Failure::WORKING_SET_QUOTA,
        errno => errno.into(),
    })
}

/// Lets the pages go again.
pub(crate) fn unlock(address: usize, length: usize) -> Result<()> {
    let range = checked(address, length)?;
    private_memory::unlock(range.start, range.len()).map_err(|errno| match errno {
        Errno::NOMEM => Failure::NOT_LOCKED,
        errno => errno.into(),
    })
}

fn checked(address: usize, length: usize) -> Result<std::ops::Range<usize>> {
    if length == 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    pages(address, length)
}

/// Says that these pages will be wanted soon. Where nothing is, nothing is done.
pub(crate) fn prefetch(ranges: &[RangeEntry], flags: u32) -> Result<()> {
    let is_sound = |range: &RangeEntry| range.length != 0 && range.address < END;
    if ranges.is_empty() || flags != 0 || !ranges.iter().all(is_sound) {
        return Err(Failure::INVALID_PARAMETER);
    }
    for range in ranges {
        let pages = pages(range.address, range.length)?;
        match private_memory::prefetch(pages.start, pages.len()) {
            Ok(()) | Err(Errno::NOMEM | Errno::BADF) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::allocate::{allocate, free};
    use super::*;

    #[test]
    fn only_what_is_committed_can_be_kept_in_memory() {
        let base = allocate(0, 8192, 0x2000, 4).unwrap();
        allocate(base, 4096, 0x1000, 4).unwrap();
        assert_eq!(lock(base, 8192), Err(Failure::NOACCESS));
        lock(base, 4096).unwrap();
        unlock(base, 4096).unwrap();
        assert_eq!(lock(base, 0), Err(Failure::INVALID_PARAMETER));
        free(base, 0, 0x8000).unwrap();
    }
}
