//! Which pages of a reserved section are committed: one byte for each, in the section's own file.
//!
//! A byte and not a bit, so that committing is a plain write that needs no reading before it. The file's
//! holes do not tell: the kernel reports preallocated pages as holes until they are touched.

use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;

use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::param::page_size;

use super::stop;
use crate::platform::memory::Readable;

const COMMITTED: u8 = 1;

/// The part of a section's commit map that belongs to one view.
pub(super) struct CommitMap {
    fd: OwnedFd,
    /// Of the view's first page, in the data.
    first_page: u64,
    /// Where the whole map starts in the file.
    map_start: u64,
    mapped: NonNull<u8>,
    mapped_len: usize,
    /// Of the view's first page, in what is mapped.
    skipped: usize,
    pages: usize,
}

impl CommitMap {
    /// Maps the part for `pages` pages from byte `offset` of the data on; `data_len` is where the map starts.
    pub(super) fn new(
        fd: impl AsFd,
        data_len: u64,
        offset: u64,
        pages: usize,
    ) -> Result<Self, Errno> {
        let page = page_size();
        let first_page = offset / page as u64;
        let aligned = first_page - first_page % page as u64;
        let skipped = usize::try_from(first_page - aligned).map_err(|_| Errno::OVERFLOW)?;
        let mapped_len = (skipped + pages).next_multiple_of(page);
        let fd = rustix::io::fcntl_dupfd_cloexec(fd, 3)?;
        // SAFETY: a new mapping, at an address that the kernel chooses.
        let mapped = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                mapped_len,
                ProtFlags::READ,
                MapFlags::SHARED,
                &fd,
                data_len + aligned,
            )
        }?;
        let mapped = NonNull::new(mapped.cast()).ok_or(Errno::NOMEM)?;
        Ok(Self {
            fd,
            first_page,
            map_start: data_len,
            mapped,
            mapped_len,
            skipped,
            pages,
        })
    }

    /// Commits pages, by number in the view, for all views of all processes; their space is there from then on.
    pub(super) fn commit(&self, pages: Range<usize>) -> Result<(), Errno> {
        let page = page_size() as u64;
        let first = self.first_page + pages.start as u64;
        let (at, len) = (first * page, pages.len() as u64 * page);
        rustix::fs::fallocate(&self.fd, FallocateFlags::empty(), at, len)?;
        stop::point("commit.allocated");
        let marks = [COMMITTED; 4096];
        let mut done = 0;
        while done < pages.len() {
            let chunk = &marks[..marks.len().min(pages.len() - done)];
            done += rustix::io::pwrite(&self.fd, chunk, self.map_start + first + done as u64)?;
        }
        Ok(())
    }

    /// Whether the page is committed, and the first page after it that is not like it.
    pub(super) fn run(&self, page: usize) -> (bool, usize) {
        let state = self.is_committed(page);
        let end = (page..self.pages).find(|&other| self.is_committed(other) != state);
        (state, end.unwrap_or(self.pages))
    }

    pub(super) fn all(&self, mut pages: Range<usize>) -> bool {
        pages.all(|page| self.is_committed(page))
    }

    fn is_committed(&self, page: usize) -> bool {
        assert!(page < self.pages, "pages are counted within the view");
        // SAFETY: within what is mapped: `skipped + pages` bytes are.
        let start = unsafe { self.mapped.add(self.skipped + page) };
        // SAFETY: one byte, mapped for as long as `self` lives, and reached through here alone.
        let mark = unsafe { Readable::new(start, 1) };
        mark.load::<u8>() == Some(COMMITTED)
    }
}

impl Drop for CommitMap {
    fn drop(&mut self) {
        // SAFETY: this is the mapping that `new` made, and nothing refers to it any more.
        let _ = unsafe { rustix::mm::munmap(self.mapped.as_ptr().cast(), self.mapped_len) };
    }
}
