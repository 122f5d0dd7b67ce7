//! Reading and writing views, safely: by copies, single accesses, and atomics.

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::platform::memory::{Atomic, Readable, Writable};
use crate::{Error, ErrorCode, Result, View};

/// Every method here fails with `INVALID_ADDRESS` where the bytes are not all in the view, and with
/// `NOACCESS` where the pages' protection does not allow it, they are not committed, or a value that is
/// accessed whole is not aligned to its size.
impl View {
    /// Copies bytes out of the view.
    ///
    /// What others write meanwhile arrives in any mixture of old and new: agree with them on who may write
    /// when, or use [`atomic`](Self::atomic).
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<()> {
        self.readable(offset, into.len())?.copy_to(into);
        Ok(())
    }

    /// Copies bytes into the view.
    ///
    /// Whoever reads meanwhile sees any mixture of old and new.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let view = Section::options().size(4096).create_unnamed()?.map()?;
    /// view.write(100, b"hello")?;
    /// let mut bytes = [0; 5];
    /// view.read(100, &mut bytes)?;
    /// assert_eq!(&bytes, b"hello");
    /// assert!(view.write(4095, b"hello").is_err());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn write(&self, offset: usize, from: &[u8]) -> Result<()> {
        self.writable(offset, from.len())?.copy_from(from);
        Ok(())
    }

    /// Sets a range to one byte.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let view = Section::options().size(4096).create_unnamed()?.map()?;
    /// view.fill(10..20, 0xff)?;
    /// assert_eq!(view.get::<[u8; 2]>(19)?, [0xff, 0]);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn fill(&self, range: Range<usize>, byte: u8) -> Result<()> {
        let len = range
            .end
            .checked_sub(range.start)
            .ok_or_else(|| self.outside(range.start, 0))?;
        self.writable(range.start, len)?.fill(byte);
        Ok(())
    }

    /// Copies a value out of the view, as [`read`](Self::read) does with its bytes. It need not be aligned.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    ///
    /// ```
    /// # use commonhold::Section;
    /// # let section = Section::options().size(4096).create_unnamed()?;
    /// let view = section.map()?;
    /// view.put(6, &[1.5_f64, 2.5])?;
    /// assert_eq!(view.get::<[f64; 2]>(6)?, [1.5, 2.5]);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn get<T: FromBytes>(&self, offset: usize) -> Result<T> {
        Ok(self.readable(offset, size_of::<T>())?.get())
    }

    /// Copies a value into the view, as [`write`](Self::write) does with its bytes. It need not be aligned.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    pub fn put<T: IntoBytes + Immutable>(&self, offset: usize, value: &T) -> Result<()> {
        self.writable(offset, size_of::<T>())?.put(value);
        Ok(())
    }

    /// Reads a value of 1, 2, 4 or 8 bytes in one access that is never left out, repeated or torn.
    ///
    /// It says nothing about what else can be seen by then; for that there is [`atomic`](Self::atomic).
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    pub fn read_volatile<T: FromBytes>(&self, offset: usize) -> Result<T> {
        let bytes = self.readable(offset, size_of::<T>())?;
        bytes
            .load()
            .ok_or_else(|| misaligned(offset, size_of::<T>()))
    }

    /// Writes a value of 1, 2, 4 or 8 bytes in one access that is never left out, repeated or torn.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "as `ptr::write_volatile` takes it"
    )]
    ///
    /// ```
    /// # use commonhold::Section;
    /// let view = Section::options().size(4096).create_unnamed()?.map()?;
    /// view.write_volatile(8, 42_u32)?;
    /// assert_eq!(view.read_volatile::<u32>(8)?, 42);
    /// assert!(view.read_volatile::<u32>(9).is_err()); // not aligned
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn write_volatile<T: IntoBytes + Immutable>(&self, offset: usize, value: T) -> Result<()> {
        let bytes = self.writable(offset, size_of::<T>())?;
        bytes
            .store(&value)
            .ok_or_else(|| misaligned(offset, size_of::<T>()))
    }

    /// The atomic integer at the offset, as every process that maps the section has it.
    ///
    /// The view must be writable, since an atomic can be written. Whoever uses the same bytes uses them in
    /// the same size: what accesses of different sizes see of each other depends on the processor.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS`, `NOACCESS`.
    ///
    /// ```
    /// # use commonhold::Section;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// # let section = Section::options().size(4096).create_unnamed()?;
    /// let view = section.map()?;
    /// let frames: &AtomicU64 = view.atomic(8)?;
    /// frames.fetch_add(1, Ordering::Release);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "InterlockedIncrement")]
    pub fn atomic<A: Atomic>(&self, offset: usize) -> Result<&A> {
        let bytes = self.writable(offset, size_of::<A>())?;
        bytes
            .atomic()
            .ok_or_else(|| misaligned(offset, size_of::<A>()))
    }

    fn readable(&self, offset: usize, len: usize) -> Result<Readable<'_>> {
        let range = self.range(offset, len)?;
        self.mapping()
            .readable(range)
            .ok_or_else(|| self.denied("read", offset, len))
    }

    fn writable(&self, offset: usize, len: usize) -> Result<Writable<'_>> {
        let range = self.range(offset, len)?;
        self.mapping()
            .writable(range)
            .ok_or_else(|| self.denied("written", offset, len))
    }

    fn range(&self, offset: usize, len: usize) -> Result<Range<usize>> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len() => Ok(offset..end),
            _ => Err(self.outside(offset, len)),
        }
    }

    #[cold]
    fn outside(&self, offset: usize, len: usize) -> Error {
        Error::new(ErrorCode::INVALID_ADDRESS, "access the view").because(format!(
            "{len} bytes at offset {offset} are not in its {} bytes",
            self.len()
        ))
    }

    #[cold]
    fn denied(&self, what: &str, offset: usize, len: usize) -> Error {
        Error::new(ErrorCode::NOACCESS, "access the view").because(format!(
            "{len} bytes at offset {offset} are not all committed, or may not be {what}; the view was mapped {:?}",
            self.protection()
        ))
    }
}

#[cold]
fn misaligned(offset: usize, size: usize) -> Error {
    Error::new(ErrorCode::NOACCESS, "access the view").because(format!(
        "offset {offset} is not a multiple of {size}, as accessing it whole needs"
    ))
}
