//! Which pages of a reserved section are committed: one byte for each, in the section's own file.
//!
//! A byte and not a bit, so that committing is a plain write that needs no reading before it. The file's
//! holes do not tell: the kernel reports preallocated pages as holes until they are touched.

use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{OFlags, SeekFrom};
use rustix::io::Errno;
use rustix::param::page_size;

use super::object::reopen;
use super::space::allocate_space;
use super::stop;

const COMMITTED: u8 = 1;
/// How many pages are asked for, or marked, at once.
const CHUNK: usize = 4096;

/// The part of a section's commit map that belongs to one view.
///
/// It is read and not mapped: the kernel gives a hole that is touched by mapping its memory, and none to one
/// that is read.
pub(super) struct CommitMap {
    fd: OwnedFd,
    /// Whether the description is the map's own, so that its position may be moved.
    may_seek: bool,
    /// Where the data of the view starts in the file.
    data_start: u64,
    /// Where the marks for it start.
    marks_start: u64,
    pages: usize,
}

impl CommitMap {
    /// The part for `pages` pages from byte `offset` of the data on; `data_len` is where the map starts.
    pub(super) fn new(
        fd: impl AsFd,
        access: OFlags,
        data_len: u64,
        offset: u64,
        pages: usize,
    ) -> Result<Self, Errno> {
        let (fd, may_seek) = match reopen(&fd, access) {
            Ok(own) => (own, true),
            // Another user's, who sent it.
            Err(Errno::ACCESS) => (rustix::io::fcntl_dupfd_cloexec(&fd, 0)?, false),
            Err(errno) => return Err(errno),
        };
        Ok(Self {
            fd,
            may_seek,
            data_start: offset,
            marks_start: data_len + offset / page_size() as u64,
            pages,
        })
    }

    /// Commits pages, by number in the view, for all views of all processes; their space is there from then on.
    pub(super) fn commit(&self, pages: Range<usize>) -> Result<(), Errno> {
        let page = page_size() as u64;
        let at = self.data_start + pages.start as u64 * page;
        let len = pages.len() as u64 * page;
        allocate_space(&self.fd, at, len)?;
        stop::point("commit.allocated");
        let marks = [COMMITTED; CHUNK];
        let mut next = pages.start;
        while next < pages.end {
            let chunk = &marks[..CHUNK.min(pages.end - next)];
            next += rustix::io::pwrite(&self.fd, chunk, self.marks_start + next as u64)?;
        }
        Ok(())
    }

    /// Whether the page is committed, and the first page after it that is not like it.
    pub(super) fn run(&self, page: usize) -> (bool, usize) {
        let is_committed = self.find(page..page + 1, false).is_none();
        let end = self.find(page..self.pages, !is_committed);
        (is_committed, end.unwrap_or(self.pages))
    }

    pub(super) fn all(&self, pages: Range<usize>) -> bool {
        self.find(pages, false).is_none()
    }

    /// The first page of those that is committed, or that is not. What cannot be asked is not.
    fn find(&self, pages: Range<usize>, committed: bool) -> Option<usize> {
        let mut marks = [0; CHUNK];
        let mut start = pages.start;
        while start < pages.end {
            if committed {
                start = self.next_written(start)?;
            }
            let chunk = &mut marks[..CHUNK.min(pages.end.checked_sub(start)?)];
            let read = rustix::io::pread(&self.fd, &mut *chunk, self.marks_start + start as u64);
            chunk[read.unwrap_or(0)..].fill(0);
            let found = chunk
                .iter()
                .position(|&mark| (mark == COMMITTED) == committed);
            if let Some(found) = found {
                return Some(start + found);
            }
            start += chunk.len();
        }
        None
    }

    /// The first page from this one on whose mark was ever written: most of the map is one hole.
    fn next_written(&self, page: usize) -> Option<usize> {
        if !self.may_seek {
            return Some(page);
        }
        let at = self.marks_start + page as u64;
        match rustix::fs::seek(&self.fd, SeekFrom::Data(at)) {
            Ok(written) => usize::try_from(written - self.marks_start).ok(),
            Err(Errno::NXIO) => None,
            // The file system has no such question.
            Err(_) => Some(page),
        }
    }
}
