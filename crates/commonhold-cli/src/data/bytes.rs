//! The bytes of a section, by offset.
//!
//! They are copied through the section's descriptor, not a view: that way reading gives no memory to pages that
//! nobody has touched, and a fresh page is written without being faulted in, and set to zero, first.

use std::os::fd::{AsFd as _, BorrowedFd};

use anyhow::{Context as _, Error, Result, anyhow};
use commonhold::{MapAccess, Rights, Section, SectionAttributes};
use rustix::fs::fstat;
use rustix::io::{Errno, pread, pwrite};

use super::moving_view::MovingView;
use crate::named;

/// A section that is read and written by offset, whatever its size.
pub struct Bytes {
    name: String,
    section: Section,
    size: u64,
    /// For pages that a descriptor cannot write, or must not.
    view: Option<MovingView>,
}

impl Bytes {
    pub fn open(name: &str, access: MapAccess) -> Result<Self> {
        let section = named::open_section(name, access.rights() | Rights::QUERY)?;
        let info = section.info()?;
        // Whether that may be done at all is for the library to say.
        let allowed = section.map_options().access(access).len(1).map();
        allowed.with_context(|| name.to_owned())?;
        // Of the former some pages may not be committed; the kernel has no writing for the latter.
        let by_view = SectionAttributes::RESERVE | SectionAttributes::LARGE_PAGES;
        let view = info.attributes.intersects(by_view).then(MovingView::new);
        Ok(Self {
            name: name.into(),
            section,
            size: info.size,
            view,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Copies bytes out. Those that nobody has touched yet are zero, and so are those not committed.
    pub fn read(&self, mut offset: u64, mut into: &mut [u8]) -> Result<()> {
        while !into.is_empty() {
            let read = match pread(self.descriptor(), &mut *into, offset) {
                Ok(0) => return Err(self.cut_short(offset)),
                Ok(read) => read,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(self.refused(errno, "read")),
            };
            (offset, into) = (offset + read as u64, &mut into[read..]);
        }
        Ok(())
    }

    /// Copies bytes in, and says how many before it fails.
    pub fn write(&mut self, offset: u64, from: &[u8]) -> Result<(), Partly> {
        let mut done = 0;
        while done < from.len() {
            done += self
                .write_some(offset + done as u64, &from[done..])
                .map_err(|error| Partly { done, error })?;
        }
        Ok(())
    }

    fn write_some(&mut self, offset: u64, from: &[u8]) -> Result<usize> {
        if let Some(view) = &mut self.view {
            return view
                .write(&self.section, self.size, offset, from)
                .with_context(|| self.name.clone());
        }
        // Writing would make the file longer again.
        let end = fstat(self.descriptor())
            .map_err(|errno| self.refused(errno, "look at"))?
            .st_size;
        let room = u64::try_from(end)?.saturating_sub(offset);
        let fits = usize::try_from(room).map_or(from.len(), |room| room.min(from.len()));
        if fits == 0 {
            return Err(self.cut_short(offset));
        }
        match pwrite(self.descriptor(), &from[..fits], offset) {
            Ok(written) => Ok(written),
            Err(Errno::INTR) => Ok(0),
            Err(errno) => Err(self.refused(errno, "write")),
        }
    }

    /// Where the bytes are, at the section's own offsets.
    fn descriptor(&self) -> BorrowedFd<'_> {
        let file = self.section.file_descriptor();
        file.unwrap_or_else(|| self.section.as_fd())
    }

    fn cut_short(&self, offset: u64) -> Error {
        anyhow!(
            "the file under {} was cut short, and has nothing at offset {offset}",
            self.name
        )
    }

    fn refused(&self, errno: Errno, tried: &str) -> Error {
        Error::from(errno).context(format!("cannot {tried} the bytes of {}", self.name))
    }
}

/// Writing that failed on the way.
#[derive(Debug)]
pub struct Partly {
    /// Bytes that were written.
    pub done: usize,
    pub error: Error,
}
