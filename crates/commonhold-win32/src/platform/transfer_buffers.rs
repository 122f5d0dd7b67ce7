//! Buffers of C's that the kernel reads from or writes to. It finds out itself whether they are there, so that a wild
//! pointer is an error, and nothing else.

use std::marker::PhantomData;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use rustix::io::Errno;

/// Where bytes of a file go.
pub(crate) struct Target<'a> {
    start: *mut u8,
    length: usize,
    lent: PhantomData<&'a mut [u8]>,
}

/// Where bytes for a file come from.
pub(crate) struct Source<'a> {
    start: *const u8,
    length: usize,
    lent: PhantomData<&'a [u8]>,
}

impl Target<'_> {
    /// # Safety
    ///
    /// Nothing of this program's that is not the caller's to overwrite may be there for `'a`.
    pub(crate) unsafe fn new(start: *mut u8, length: usize) -> Self {
        Self {
            start,
            length,
            lent: PhantomData,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Reads once, into what is behind the first `done` bytes: at the offset, or at the file's own position.
    pub(crate) fn read(
        &mut self,
        file: BorrowedFd<'_>,
        done: usize,
        offset: Option<i64>,
    ) -> Result<usize, Errno> {
        let rest = self.length.saturating_sub(done);
        let start = self.start.wrapping_add(done).cast();
        retried(|| match offset {
            // SAFETY: by the contract of `new`, and the kernel looks whether the memory is there.
            Some(offset) => unsafe { libc::pread(file.as_raw_fd(), start, rest, offset) },
            // SAFETY: the same.
            None => unsafe { libc::read(file.as_raw_fd(), start, rest) },
        })
    }
}

impl Source<'_> {
    /// # Safety
    ///
    /// What is there may be told to others, and nobody else changes it for `'a`.
    pub(crate) unsafe fn new(start: *const u8, length: usize) -> Self {
        Self {
            start,
            length,
            lent: PhantomData,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Writes once, from what is behind the first `done` bytes: at the offset, or at the file's own position.
    pub(crate) fn write(
        &self,
        file: BorrowedFd<'_>,
        done: usize,
        offset: Option<i64>,
    ) -> Result<usize, Errno> {
        let rest = self.length.saturating_sub(done);
        let start = self.start.wrapping_add(done).cast();
        retried(|| match offset {
            // SAFETY: the kernel only reads, and looks whether the memory is there.
            Some(offset) => unsafe { libc::pwrite(file.as_raw_fd(), start, rest, offset) },
            // SAFETY: the same.
            None => unsafe { libc::write(file.as_raw_fd(), start, rest) },
        })
    }
}

impl Source<'_> {
    /// Writes once, what is behind the first `done` bytes, to the end of the file, wherever others have moved that.
    pub(crate) fn append(&self, file: BorrowedFd<'_>, done: usize) -> Result<usize, Errno> {
        const RWF_APPEND: libc::c_int = 0x10;
        let part = libc::iovec {
            iov_base: self.start.wrapping_add(done).cast_mut().cast(),
            iov_len: self.length.saturating_sub(done),
        };
        retried(|| {
            let (file, whole) = (file.as_raw_fd(), &raw const part);
            // SAFETY: the kernel only reads, and looks whether the memory is there. An offset of -1 is the file's own
            // position.
            let written = unsafe {
                libc::syscall(
                    libc::SYS_pwritev2,
                    file,
                    whole,
                    1,
                    -1_i64,
                    -1_i64,
                    RWF_APPEND,
                )
            };
            isize::try_from(written).unwrap_or(-1)
        })
    }
}

/// A signal that was handled meanwhile does not end the call.
fn retried(call: impl Fn() -> isize) -> Result<usize, Errno> {
    loop {
        if let Ok(bytes) = usize::try_from(call()) {
            return Ok(bytes);
        }
        let error = std::io::Error::last_os_error();
        match Errno::from_io_error(&error) {
            Some(Errno::INTR) => {}
            errno => return Err(errno.unwrap_or(Errno::IO)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::{AsFd as _, OwnedFd};

    fn pipe() -> (OwnedFd, OwnedFd) {
        use rustix::net::{AddressFamily, SocketFlags, SocketType};
        rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )
        .unwrap()
    }

    #[test]
    fn a_wild_pointer_is_an_error() {
        let (reader, writer) = pipe();
        // SAFETY: nothing is ever mapped there.
        let source = unsafe { Source::new(std::ptr::without_provenance(16), 4) };
        assert_eq!(source.write(writer.as_fd(), 0, None), Err(Errno::FAULT));
        rustix::io::write(&writer, b"1234").unwrap();
        // SAFETY: as above.
        let mut target = unsafe { Target::new(std::ptr::without_provenance_mut(16), 4) };
        assert_eq!(target.read(reader.as_fd(), 0, None), Err(Errno::FAULT));
    }

    #[test]
    fn what_was_done_is_left_alone() {
        let (reader, writer) = pipe();
        rustix::io::write(&writer, b"cd").unwrap();
        let mut bytes = *b"ab..";
        // SAFETY: the array is this test's.
        let mut target = unsafe { Target::new(bytes.as_mut_ptr(), 4) };
        assert_eq!(target.read(reader.as_fd(), 2, None), Ok(2));
        assert_eq!(&bytes, b"abcd");
    }
}
