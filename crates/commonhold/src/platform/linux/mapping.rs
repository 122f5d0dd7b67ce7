//! A view's mapping: made, changed, asked, and unmapped.

use std::ops::Range;
use std::ptr::NonNull;

use rustix::io::Errno;
use rustix::mm::{Advice, MprotectFlags, MsyncFlags, ProtFlags};
use rustix::param::page_size;

use super::commit_map::CommitMap;
use super::copied_pages;
use super::errno::refused;
use super::placement::{self, Plan};
use crate::platform::memory::{Readable, Writable};
use crate::platform::page_protections::PageProtections;
use crate::region::{PageState, Region};
use crate::{Error, ErrorCode, Protection, Result};

/// A range of a section in this process's memory. Dropping it unmaps it.
pub(crate) struct Mapping {
    base: NonNull<u8>,
    /// Bytes that belong to the view.
    len: usize,
    /// Bytes that are mapped: whole pages.
    mapped_len: usize,
    /// The most that any page may be given.
    protection: Protection,
    pages: PageProtections,
    commit_map: Option<CommitMap>,
    is_file: bool,
    /// Whether its address was asked for.
    is_placed: bool,
}

// SAFETY: a mapping belongs to the process and not to a thread, and unmapping works from any; the rest is
// `Send`.
unsafe impl Send for Mapping {}
// SAFETY: what `&Mapping` allows is system calls and accesses through `memory`, all of which may happen at
// once.
unsafe impl Sync for Mapping {}

impl Mapping {
    pub(super) fn new(plan: Plan<'_>) -> Result<Self> {
        let base = placement::map(&plan)?;
        let mapping = Self {
            base,
            len: plan.len,
            mapped_len: plan.mapped_len,
            protection: plan.protection,
            pages: PageProtections::new(plan.mapped_len, plan.protection),
            commit_map: plan.commit_map,
            is_file: plan.is_file,
            is_placed: plan.address.is_some(),
        };
        // A kernel before 4.17 takes the address for a hint.
        if plan.address.is_some_and(|wanted| wanted != base.addr()) {
            return Err(placement::occupied());
        }
        if plan.populate {
            mapping.populate()?;
        }
        Ok(mapping)
    }

    /// The size of the pages that protections are for.
    pub(crate) fn page_size() -> usize {
        page_size()
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes that are mapped, which is `len` in whole pages.
    pub(crate) fn mapped_len(&self) -> usize {
        self.mapped_len
    }

    pub(crate) fn protection(&self) -> Protection {
        self.protection
    }

    /// The bytes for reading, if every one of them may be read. The range is within `len`.
    pub(crate) fn readable(&self, range: Range<usize>) -> Option<Readable<'_>> {
        self.is_accessible(&range, Protection::is_readable)
            .then(|| {
                // SAFETY: the range is mapped readable for as long as `self` is borrowed: only `&mut self`
                // changes protections. All safe access goes through `memory`.
                unsafe { Readable::new(self.at(range.start), range.len()) }
            })
    }

    /// The bytes for writing, if every one of them may be written. The range is within `len`.
    pub(crate) fn writable(&self, range: Range<usize>) -> Option<Writable<'_>> {
        self.is_accessible(&range, Protection::is_writable)
            .then(|| {
                // SAFETY: as in `readable`, and the range is mapped writable.
                unsafe { Writable::new(self.at(range.start), range.len()) }
            })
    }

    fn is_accessible(&self, range: &Range<usize>, passes: fn(Protection) -> bool) -> bool {
        let is_committed = |map: &CommitMap| map.all(pages_of(range));
        self.pages.all(range.clone(), passes) && self.commit_map.as_ref().is_none_or(is_committed)
    }

    /// Gives whole pages another protection, and tells what the first one had.
    pub(crate) fn protect(
        &mut self,
        range: Range<usize>,
        wanted: Protection,
    ) -> Result<Protection> {
        const TRIED: &str = "protect pages of the view";
        self.check_protection(wanted, TRIED)?;
        if self
            .commit_map
            .as_ref()
            .is_some_and(|map| !map.all(pages_of(&range)))
        {
            return Err(Error::new(ErrorCode::INVALID_ADDRESS, TRIED)
                .because("not all of its pages are committed"));
        }
        let old = self
            .query(range.start)
            .protection
            .unwrap_or(self.protection);
        self.apply(range, wanted)
            .map_err(|errno| refused(errno, TRIED))?;
        Ok(old)
    }

    /// Commits whole pages for every view, and protects them in this one.
    pub(crate) fn commit(&mut self, range: Range<usize>, wanted: Protection) -> Result<()> {
        const TRIED: &str = "commit pages of the view";
        if self.is_file {
            return Err(Error::new(ErrorCode::ACCESS_DENIED, TRIED)
                .because("the pages of a file are there already"));
        }
        self.check_protection(wanted, TRIED)?;
        if let Some(map) = &self.commit_map {
            map.commit(pages_of(&range)).map_err(|errno| match errno {
                Errno::NOSPC | Errno::NOMEM => Error::new(ErrorCode::COMMITMENT_LIMIT, TRIED)
                    .because(format!("there is no space for {} more bytes", range.len())),
                Errno::BADF | Errno::PERM => Error::new(ErrorCode::ACCESS_DENIED, TRIED)
                    .because("committing needs a handle that may write"),
                errno => refused(errno, TRIED),
            })?;
        }
        self.apply(range, wanted)
            .map_err(|errno| refused(errno, TRIED))
    }

    /// Refuses more than the view was mapped for, and what this system does for whole views only.
    fn check_protection(&self, wanted: Protection, tried: &'static str) -> Result<()> {
        if !self.protection.allows(wanted) {
            return Err(
                Error::new(ErrorCode::INVALID_PARAMETER, tried).because(format!(
                    "a view mapped {:?} cannot have pages that are {wanted:?}",
                    self.protection
                )),
            );
        }
        if wanted.is_copy_on_write() && !self.protection.is_copy_on_write() {
            return Err(Error::new(ErrorCode::NOT_SUPPORTED, tried)
                .because("on Linux a view is mapped copy-on-write, or has no such pages"));
        }
        Ok(())
    }

    fn apply(&mut self, range: Range<usize>, protection: Protection) -> Result<(), Errno> {
        let flags = MprotectFlags::from_bits_retain(prot_flags(protection).bits());
        // SAFETY: the pages are this mapping's, and `&mut self` says that nobody is using them by reference.
        let changed = unsafe {
            rustix::mm::mprotect(self.at(range.start).as_ptr().cast(), range.len(), flags)
        };
        // After a failure some pages may be as before and some not: then none is touched before this succeeds.
        let known = if changed.is_ok() {
            protection
        } else {
            Protection::NoAccess
        };
        self.pages.set(range, known);
        changed
    }

    /// The pages from the one at `offset` on that are like it.
    pub(crate) fn query(&self, offset: usize) -> Region {
        let page = page_size();
        let start = offset - offset % page;
        let (protection, mut end) = self.pages.at(start);
        let mut region = Region {
            offset: start,
            len: 0,
            state: PageState::Committed,
            protection: Some(protection),
        };
        if let Some(map) = &self.commit_map {
            let (committed, until) = map.run(start / page);
            end = end.min(until * page);
            if !committed {
                region.state = PageState::Reserved;
                region.protection = None;
            }
        }
        if self.protection.is_copy_on_write() && protection.is_copy_on_write() {
            let (copied, pages) =
                copied_pages::run(self.at(start).addr().get(), (end - start) / page);
            end = start + pages * page;
            if copied {
                region.protection = Some(protection.after_copying());
            }
        }
        region.len = end - start;
        region
    }

    /// Has what was written to a file's pages written to the file.
    pub(crate) fn flush(&self, range: Range<usize>) -> Result<()> {
        self.file_pages(range).flush()
    }

    /// The pages of a range, if they are a file's.
    pub(crate) fn file_pages(&self, range: Range<usize>) -> FilePages {
        let len = if self.is_file { range.len() } else { 0 };
        FilePages {
            start: self.at(range.start),
            len,
        }
    }

    /// Tells the system that the pages will be wanted.
    pub(crate) fn prefetch(&self, range: Range<usize>) -> Result<()> {
        self.advise(range, Advice::WillNeed)
            .map_err(|errno| refused(errno, "prefetch the view"))
    }

    fn advise(&self, range: Range<usize>, advice: Advice) -> Result<(), Errno> {
        // SAFETY: the pages are this mapping's, and none of the advices used here changes what they hold.
        unsafe { rustix::mm::madvise(self.at(range.start).as_ptr().cast(), range.len(), advice) }
    }

    /// Brings every page into memory, before it is touched.
    fn populate(&self) -> Result<()> {
        if !self.protection.is_readable() {
            return Ok(());
        }
        let writes = self.protection.is_shared_writable() && !self.is_file;
        let advice = if writes {
            Advice::LinuxPopulateWrite
        } else {
            Advice::LinuxPopulateRead
        };
        self.advise(0..self.mapped_len, advice).map_err(|errno| {
            const TRIED: &str = "populate the view";
            match errno {
                Errno::INVAL => Error::new(ErrorCode::NOT_SUPPORTED, TRIED)
                    .because("the kernel is older than 5.14"),
                Errno::FAULT | Errno::NOMEM => Error::new(ErrorCode::COMMITMENT_LIMIT, TRIED)
                    .because(format!(
                        "there is not enough memory for {} bytes",
                        self.mapped_len
                    )),
                errno => refused(errno, TRIED),
            }
        })
    }

    fn at(&self, offset: usize) -> NonNull<u8> {
        assert!(
            offset <= self.mapped_len,
            "ranges are checked against the view"
        );
        // SAFETY: within the mapping, or one past its end.
        unsafe { self.base.add(offset) }
    }
}

/// Pages of a view of a file, which may be unmapped by now.
pub(crate) struct FilePages {
    start: NonNull<u8>,
    len: usize,
}

impl FilePages {
    /// Has what was written to them written to the file.
    pub(crate) fn flush(&self) -> Result<()> {
        const TRIED: &str = "flush the view";
        if self.len == 0 {
            return Ok(());
        }
        // SAFETY: whatever is mapped there by now is written where it belongs, and not changed.
        let flushed =
            unsafe { rustix::mm::msync(self.start.as_ptr().cast(), self.len, MsyncFlags::SYNC) };
        flushed.map_err(|errno| match errno {
            Errno::NOMEM => {
                Error::new(ErrorCode::INVALID_ADDRESS, TRIED).because("it was unmapped meanwhile")
            }
            errno => refused(errno, TRIED),
        })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's alone; what borrowed from it is gone.
        let unmapped = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.mapped_len) };
        if !self.is_placed {
            placement::vacated(self.base);
        }
        if let Err(errno) = unmapped {
            // Splitting what the kernel had joined takes a place in its list of mappings, which may be full.
            tracing::warn!(%errno, address = ?self.base, "a view stays mapped");
        }
    }
}

pub(super) fn prot_flags(protection: Protection) -> ProtFlags {
    let mut flags = ProtFlags::empty();
    flags.set(ProtFlags::READ, protection.is_readable());
    flags.set(ProtFlags::WRITE, protection.is_writable());
    flags.set(ProtFlags::EXEC, protection.is_executable());
    flags
}

/// The numbers of the pages that hold the bytes.
fn pages_of(range: &Range<usize>) -> Range<usize> {
    range.start / page_size()..range.end.div_ceil(page_size())
}
