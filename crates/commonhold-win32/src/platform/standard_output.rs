//! The C library's standard output.

use std::ffi::CString;

/// Prints a line there, so that it comes in order with what the program prints. It ends at a zero.
pub(crate) fn print_line(line: &str) {
    let line = line.split('\0').next().unwrap_or_default();
    // There is no zero in it any more.
    let line = CString::new(line).unwrap_or_default();
    // SAFETY: it is terminated. That it may fail is so for everything that a program prints.
    unsafe { libc::puts(line.as_ptr()) };
}
