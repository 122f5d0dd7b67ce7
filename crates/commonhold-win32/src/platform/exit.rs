//! What is left to do when the process ends by `exit`, or by returning from `main`.

/// Has the function called then. Whether there was room for it.
pub(crate) fn at_exit(function: extern "C" fn()) -> bool {
    // SAFETY: the function lives as long as this library, with which the C library calls it.
    unsafe { libc::atexit(function) == 0 }
}
