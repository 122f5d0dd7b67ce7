//! Views: sections in a process's memory.

use std::fmt;
use std::ops::{Bound, Range, RangeBounds};

use crate::platform::{FilePages, Mapping};
use crate::{Error, ErrorCode, Protection, Region, Result};

/// A range of a section, mapped into this process. Dropping it unmaps it.
///
/// It keeps the memory, or the file, for as long as it lives, whatever becomes of the handle it
/// was mapped by; it does not keep the section's name. Offsets and ranges are in bytes from its start.
///
/// For those who can keep only an address, there are [`into_address`](Self::into_address) and
/// [`unmap`](Self::unmap).
pub struct View {
    mapping: Mapping,
}

impl View {
    pub(crate) fn new(mapping: Mapping) -> Self {
        Self { mapping }
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Bytes in the view.
    #[allow(clippy::len_without_is_empty, reason = "no view is empty")]
    pub fn len(&self) -> usize {
        self.mapping.len()
    }

    /// Where the view is. What the pointer may be used for is what an `unsafe` block has to know.
    pub fn as_ptr(&self) -> *mut u8 {
        self.mapping.base().as_ptr()
    }

    /// The most that any of its pages may be given: what it was mapped for.
    #[doc(alias = "AllocationProtect")]
    pub fn protection(&self) -> Protection {
        self.mapping.protection()
    }

    /// Tells what the page at the offset is like, and how many after it are the same.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS` if the offset is not in the view.
    ///
    /// ```
    /// use commonhold::{PageState, Protection, Section};
    /// let section = Section::options().size(64 * 1024).create_unnamed()?;
    /// let region = section.map()?.query(5000)?;
    /// assert_eq!((region.offset, region.len), (4096, 60 * 1024));
    /// assert_eq!((region.state, region.protection), (PageState::Committed, Some(Protection::ReadWrite)));
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "VirtualQuery")]
    pub fn query(&self, offset: usize) -> Result<Region> {
        self.pages(offset..=offset, "query the view")?;
        Ok(self.mapping.query(offset))
    }

    /// Gives the pages that hold the range another protection, and tells what the first of them had.
    ///
    /// # Errors
    ///
    /// `INVALID_PARAMETER` if it would allow more than the view was mapped for; `INVALID_ADDRESS` if the
    /// range is not in the view, or not all committed; `NOT_ENOUGH_MEMORY` if the process has too many
    /// mappings, in which case the range cannot be accessed before this has succeeded; on Linux,
    /// `NOT_SUPPORTED` for copy-on-write pages of a view that was not mapped so.
    ///
    /// ```
    /// use commonhold::{ErrorCode, Protection, Section};
    /// let section = Section::options().size(64 * 1024).create_unnamed()?;
    /// let mut view = section.map()?;
    /// let old = view.protect(..4096, Protection::ReadOnly)?;
    /// assert_eq!(old, Protection::ReadWrite);
    /// assert_eq!(view.write(0, b"no").unwrap_err().code(), ErrorCode::NOACCESS);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "VirtualProtect")]
    pub fn protect(
        &mut self,
        range: impl RangeBounds<usize>,
        protection: Protection,
    ) -> Result<Protection> {
        let pages = self.pages(range, "protect pages of the view")?;
        self.mapping.protect(pages, protection)
    }

    /// Commits the pages that hold the range, for every view of the section in every process, and protects
    /// them in this one. Committing twice is fine; what is committed stays so.
    ///
    /// For sections that are not reserved this is [`protect`](Self::protect).
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` for the view of a file, or of a handle without the right to write; `INVALID_PARAMETER`
    /// if the protection is more than the view was mapped for; `INVALID_ADDRESS` if the range is not in the
    /// view; `COMMITMENT_LIMIT` if there is no space.
    ///
    /// ```
    /// use commonhold::{Protection, Section, SectionAttributes};
    /// let options = Section::options().size(1 << 30).attributes(SectionAttributes::RESERVE);
    /// let mut view = options.create_unnamed()?.map()?;
    /// assert!(view.write(0, b"too early").is_err());
    /// view.commit(..64 * 1024, Protection::ReadWrite)?;
    /// view.write(0, b"now")?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "VirtualAlloc")]
    #[doc(alias = "MEM_COMMIT")]
    pub fn commit(&mut self, range: impl RangeBounds<usize>, protection: Protection) -> Result<()> {
        let pages = self.pages(range, "commit pages of the view")?;
        self.mapping.commit(pages, protection)
    }

    /// Writes what was changed in the range to the file, and waits until it is there. Memory has nowhere to be
    /// written.
    ///
    /// Windows only starts the writing; Linux does that by itself.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS` if the range is not in the view; `DISK_FULL`, or `GEN_FAILURE` if the file system
    /// cannot write.
    ///
    /// ```
    /// # use commonhold::Section;
    /// # let path = std::env::temp_dir().join(format!("commonhold-flush-{}", std::process::id()));
    /// let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
    /// let view = Section::options().file(&file).size(4096).create_unnamed()?.map()?;
    /// view.write(0, b"on disk")?;
    /// view.flush(..7)?;
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "FlushViewOfFile")]
    pub fn flush(&self, range: impl RangeBounds<usize>) -> Result<()> {
        self.mapping.flush(self.pages(range, "flush the view")?)
    }

    /// What flushing the range would write, without the view.
    pub(crate) fn pages_to_flush(&self, range: impl RangeBounds<usize>) -> Result<FilePages> {
        Ok(self
            .mapping
            .file_pages(self.pages(range, "flush the view")?))
    }

    /// Tells the system that the range will be wanted soon.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS` if the range is not in the view.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let view = Section::options().size(1 << 20).create_unnamed()?.map()?;
    /// view.prefetch(..64 * 1024)?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "PrefetchVirtualMemory")]
    pub fn prefetch(&self, range: impl RangeBounds<usize>) -> Result<()> {
        self.mapping
            .prefetch(self.pages(range, "prefetch the view")?)
    }

    /// The whole pages that hold a range of the view.
    fn pages(&self, range: impl RangeBounds<usize>, tried: &'static str) -> Result<Range<usize>> {
        let page = Mapping::page_size();
        let len = self.mapping.mapped_len();
        let start = match range.start_bound() {
            Bound::Included(&start) => Some(start),
            Bound::Excluded(&before) => before.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.checked_add(1),
            Bound::Excluded(&end) => Some(end),
            Bound::Unbounded => Some(len),
        };
        match (start, end) {
            (Some(start), Some(end)) if start < end && end <= len => {
                Ok(start - start % page..end.next_multiple_of(page))
            }
            _ => Err(Error::new(ErrorCode::INVALID_ADDRESS, tried)
                .because(format!("the range is empty, or not in its {len} bytes"))),
        }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("address", &self.as_ptr())
            .field("len", &self.len())
            .field("protection", &self.protection())
            .finish()
    }
}
