//! The `unsafe` part of the public API: plain references to a view's bytes.

use std::slice;

use crate::View;

impl View {
    /// The bytes as a slice.
    ///
    /// # Safety
    ///
    /// For as long as the slice lives, nothing may write to the bytes: no thread of this process, through
    /// this view or another, no other process, and, over a file, no one who writes to or truncates the file.
    /// All the pages must be readable, and committed if the section is a reserved one.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let view = Section::options().size(4096).create_unnamed()?.map()?;
    /// // SAFETY: the section has no name, and no other process and no other view of it exists.
    /// let bytes = unsafe { view.as_slice() };
    /// assert!(bytes.iter().all(|&byte| byte == 0));
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub unsafe fn as_slice(&self) -> &[u8] {
        // SAFETY: the view maps `len` bytes for as long as it is borrowed; the rest is the caller's promise.
        unsafe { slice::from_raw_parts(self.as_ptr(), self.len()) }
    }

    /// The bytes as a slice that can be written to.
    ///
    /// # Safety
    ///
    /// For as long as the slice lives, nothing else may read or write the bytes: no thread of this
    /// process through another view, no other process, and, over a file, no one who reads, writes or truncates
    /// the file. All the pages must be writable, and committed if the section is a reserved one.
    pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the view maps `len` bytes for as long as it is borrowed; the rest is the caller's promise.
        unsafe { slice::from_raw_parts_mut(self.as_ptr(), self.len()) }
    }
}
