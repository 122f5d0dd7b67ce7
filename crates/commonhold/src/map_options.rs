//! How a view is mapped.

use std::num::NonZeroUsize;

use crate::platform::MapRequest;
use crate::{MapAccess, Result, Section, View};

/// Describes a view to map.
///
/// ```
/// use commonhold::{MapAccess, Section};
/// let section = Section::options().size(1 << 20).create_unnamed()?;
/// let view = section.map_options().access(MapAccess::READ).offset(64 * 1024).len(100).map()?;
/// assert_eq!(view.len(), 100);
/// # Ok::<(), commonhold::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is mapped before `map` is called"]
pub struct MapOptions<'a> {
    section: &'a Section,
    access: Option<MapAccess>,
    offset: u64,
    len: usize,
    address: Option<NonZeroUsize>,
    populate: bool,
}

impl<'a> MapOptions<'a> {
    pub(crate) fn new(section: &'a Section) -> Self {
        Self {
            section,
            access: None,
            offset: 0,
            len: 0,
            address: None,
            populate: false,
        }
    }

    /// What the view is for. Unless it is said, reading and writing if the handle may write, else reading.
    ///
    /// ```
    /// use commonhold::{MapAccess, Section};
    /// let section = Section::options().size(4096).create_unnamed()?;
    /// let private = section.map_options().access(MapAccess::COPY).map()?;
    /// private.write(0, b"seen here only")?;
    /// assert_eq!(section.map()?.get::<u8>(0)?, 0);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "dwDesiredAccess")]
    pub fn access(mut self, access: MapAccess) -> Self {
        self.access = Some(access);
        self
    }

    /// Where in the section the view starts: a multiple of 64 KiB, in bytes.
    #[doc(alias = "dwFileOffsetLow")]
    #[doc(alias = "dwFileOffsetHigh")]
    pub fn offset(mut self, bytes: u64) -> Self {
        self.offset = bytes;
        self
    }

    /// How many bytes it has; 0, which is the default, means all from the offset to the end.
    #[doc(alias = "dwNumberOfBytesToMap")]
    pub fn len(mut self, bytes: usize) -> Self {
        self.len = bytes;
        self
    }

    /// Where it is mapped: at a multiple of 64 KiB where nothing else is, or not at all.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use commonhold::{ErrorCode, Section};
    /// let section = Section::options().size(64 * 1024).create_unnamed()?;
    /// let wanted = NonZeroUsize::new(0x6000_0000_0000).unwrap();
    /// let view = section.map_options().at(wanted).map()?;
    /// assert_eq!(view.as_ptr().addr(), wanted.get());
    /// let taken = section.map_options().at(wanted).map().unwrap_err();
    /// assert_eq!(taken.code(), ErrorCode::INVALID_ADDRESS);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "MapViewOfFileEx")]
    #[doc(alias = "lpBaseAddress")]
    pub fn at(mut self, address: NonZeroUsize) -> Self {
        self.address = Some(address);
        self
    }

    /// Brings all its pages into memory now, instead of each as it is touched.
    ///
    /// On Linux this needs kernel 5.14, and cannot be done with reserved sections.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let section = Section::options().size(1 << 20).create_unnamed()?;
    /// let view = section.map_options().populate(true).map()?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn populate(mut self, populate: bool) -> Self {
        self.populate = populate;
        self
    }

    /// Maps the view.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` if the handle lacks the rights for this access, and if offset and length reach beyond
    /// the section; `INVALID_PARAMETER` if the rights would do, but the section's protection does not, if the
    /// address is beyond what a process can have, or if pages not committed are to be populated;
    /// `MAPPED_ALIGNMENT` if offset or address is not a multiple of 64 KiB; `INVALID_ADDRESS` if something is
    /// mapped at the address already; `FILE_INVALID` if the file was cut under the section;
    /// `NOT_ENOUGH_MEMORY` if the process has no room left; `COMMITMENT_LIMIT` if there is no memory to
    /// populate.
    #[doc(alias = "MapViewOfFile")]
    #[doc(alias = "MapViewOfFileEx")]
    pub fn map(&self) -> Result<View> {
        let handle = self.section.handle();
        let protection = self
            .access
            .map_or_else(|| handle.best_protection(), MapAccess::protection);
        let request = MapRequest {
            protection,
            offset: self.offset,
            len: self.len,
            address: self.address,
            populate: self.populate,
        };
        handle.map(&request).map(View::new)
    }
}
