//! Memory from the C library, with what Windows' heaps promise beyond it.

use std::ffi::c_void;
use std::ptr;

/// A block of the C library's; null where there is no memory. What follows `size` in it is zero: see [`resize`].
///
/// Windows' heaps give more than `malloc` does for no bytes: a block that is different from all others.
pub(crate) fn allocate(size: usize, is_zeroed: bool) -> *mut c_void {
    let wanted = size.max(1);
    let block = if is_zeroed {
        // SAFETY: takes two numbers.
        unsafe { libc::calloc(wanted, 1) }
    } else {
        // SAFETY: takes a number.
        unsafe { libc::malloc(wanted) }
    };
    if !block.is_null() {
        // SAFETY: just allocated.
        unsafe { clear_from(block, size) };
    }
    block
}

/// Makes a block larger or smaller, which may move it. Null, where there is no memory, leaves it as it was.
///
/// The C library does not tell how many bytes were asked for, but how many there are. Since those behind are zero, it
/// is enough that with `is_zeroed` what is added to *these* is made zero.
///
/// # Safety
///
/// `block` must be from [`allocate`], and nobody else use it meanwhile.
pub(crate) unsafe fn resize(block: *mut c_void, size: usize, is_zeroed: bool) -> *mut c_void {
    // SAFETY: by the contract of this function.
    let usable = unsafe { libc::malloc_usable_size(block) };
    // SAFETY: by the contract of this function.
    let resized = unsafe { libc::realloc(block, size.max(1)) };
    if !resized.is_null() {
        let first = if is_zeroed { size.min(usable) } else { size };
        // SAFETY: the block is as long as `size` now, at least.
        unsafe { clear_from(resized, first) };
    }
    resized
}

/// Gives a block back.
///
/// # Safety
///
/// `block` must be null or from [`allocate`], and not be used any more.
pub(crate) unsafe fn free(block: *mut c_void) {
    // SAFETY: by the contract of this function.
    unsafe { libc::free(block) };
}

/// # Safety
///
/// `block` must be from [`allocate`], and not shorter than `first`.
unsafe fn clear_from(block: *mut c_void, first: usize) {
    // SAFETY: by the contract of this function.
    let usable = unsafe { libc::malloc_usable_size(block) };
    let bytes = block.cast::<u8>();
    // SAFETY: within the block.
    let start = unsafe { bytes.add(first) };
    // SAFETY: up to the end of the block.
    unsafe { ptr::write_bytes(start, 0, usable.saturating_sub(first)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// # Safety
    ///
    /// The block must have so many bytes.
    unsafe fn bytes<'a>(block: *mut c_void, count: usize) -> &'a mut [u8] {
        // SAFETY: by the contract of this function.
        unsafe { std::slice::from_raw_parts_mut(block.cast(), count) }
    }

    #[test]
    fn what_a_block_gains_is_zero_even_where_it_had_been_longer() {
        for (first, shorter) in [(24, 1), (100, 41), (5000, 17), (300_000, 5)] {
            let block = allocate(first, false);
            // SAFETY: it has so many.
            unsafe { bytes(block, first) }.fill(0xff);
            // SAFETY: from above.
            let block = unsafe { resize(block, shorter, false) };
            // SAFETY: from above.
            let block = unsafe { resize(block, first, true) };
            // SAFETY: it has so many.
            let all = unsafe { bytes(block, first) };
            assert!(all[..shorter].iter().all(|&byte| byte == 0xff));
            assert!(all[shorter..].iter().all(|&byte| byte == 0));
            // SAFETY: from above.
            unsafe { free(block) };
        }
    }

    #[test]
    fn blocks_of_no_bytes_differ() {
        let (one, other) = (allocate(0, true), allocate(0, false));
        assert!(!one.is_null() && !other.is_null() && one != other);
        // SAFETY: from above.
        unsafe { free(one) };
        // SAFETY: from above.
        unsafe { free(other) };
    }
}
