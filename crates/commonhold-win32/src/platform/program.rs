//! The running program as it was loaded.

/// The address of its program headers.
pub(crate) fn headers() -> usize {
    // SAFETY: takes a number. On the systems that this is for, `unsigned long` is as wide as a pointer.
    let address = unsafe { libc::getauxval(libc::AT_PHDR) };
    usize::try_from(address).unwrap_or(0)
}
