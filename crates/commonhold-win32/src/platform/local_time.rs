//! The time zone, as the C library knows it.

use std::mem::MaybeUninit;

/// How many seconds local time is ahead of UTC at this many seconds after 1970.
pub(crate) fn offset(seconds: i64) -> i64 {
    let mut broken_down = MaybeUninit::<libc::tm>::uninit();
    // SAFETY: both point to what they say. That `TZ` may change meanwhile is so for every function of the C library.
    let filled = unsafe { libc::localtime_r(&raw const seconds, broken_down.as_mut_ptr()) };
    if filled.is_null() {
        // A year that does not fit an `int`.
        return 0;
    }
    // SAFETY: filled in just now.
    unsafe { broken_down.assume_init() }.tm_gmtoff
}
