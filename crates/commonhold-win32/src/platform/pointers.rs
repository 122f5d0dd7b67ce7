//! Pointers that C gives: what is plainly none is refused, the rest is believed, as C's own functions do.
//!
//! On Windows a wild pointer is `ERROR_NOACCESS` where the kernel touches it. Here as much is told as costs nothing: null,
//! the first 64 KiB, where nothing is ever mapped, and what no process can have.

use crate::failure::{Failure, Result};

/// Nothing is mapped below.
const FIRST: usize = 0x1_0000;
/// The end of what a process can have with the most levels of page tables that there are.
const END: usize = if cfg!(target_arch = "x86_64") {
    1 << 56
} else {
    1 << 52
};

fn check<T>(pointer: *const T) -> Result<()> {
    if (FIRST..END).contains(&pointer.addr()) {
        Ok(())
    } else {
        Err(Failure::NOACCESS)
    }
}

/// The value that C points to.
///
/// # Safety
///
/// Unless it is plainly no pointer, it must be valid for reading a `T`, which may be unaligned.
pub(crate) unsafe fn read<T: Copy>(pointer: *const T) -> Result<T> {
    check(pointer)?;
    // SAFETY: by the contract of this function.
    Ok(unsafe { pointer.read_unaligned() })
}

/// The same, where null says that there is none.
///
/// # Safety
///
/// That of [`read`].
pub(crate) unsafe fn read_optional<T: Copy>(pointer: *const T) -> Result<Option<T>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: by the contract of this function.
    unsafe { read(pointer) }.map(Some)
}

/// Puts a value where C wants it.
///
/// # Safety
///
/// Unless it is plainly no pointer, it must be valid for writing a `T`, unaligned where need be.
pub(crate) unsafe fn write<T>(pointer: *mut T, value: T) -> Result<()> {
    check(pointer)?;
    // SAFETY: by the contract of this function.
    unsafe { pointer.write_unaligned(value) };
    Ok(())
}

/// Refuses a buffer that is plainly none, also where nothing would be written to it.
pub(crate) fn check_buffer<T>(pointer: *const T, count: usize) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    check(pointer)?;
    check_length::<T>(count)
}

/// Refuses what is plainly no pointer, before anything is done whose result would be written there.
pub(crate) fn check_optional<T>(pointer: *const T) -> Result<()> {
    if pointer.is_null() {
        return Ok(());
    }
    check(pointer)
}

/// The same, where null says that C does not want it.
///
/// # Safety
///
/// That of [`write`].
pub(crate) unsafe fn write_optional<T>(pointer: *mut T, value: T) -> Result<()> {
    if pointer.is_null() {
        return Ok(());
    }
    // SAFETY: by the contract of this function.
    unsafe { write(pointer, value) }
}

/// So many values that C points to.
///
/// # Safety
///
/// Unless it is plainly no pointer, it must be valid for reading `count` values, aligned, that nobody changes while the
/// slice is used.
pub(crate) unsafe fn slice<'a, T>(pointer: *const T, count: usize) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    check_buffer(pointer, count)?;
    // SAFETY: by the contract of this function.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

/// A buffer of C's for so many values, which nobody else uses while this is used.
///
/// # Safety
///
/// As [`slice`], and valid for writing; what is in it must be a `T` already.
pub(crate) unsafe fn buffer<'a, T>(pointer: *mut T, count: usize) -> Result<&'a mut [T]> {
    if count == 0 {
        return Ok(&mut []);
    }
    check_buffer(pointer, count)?;
    // SAFETY: by the contract of this function.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer, count) })
}

fn check_length<T>(count: usize) -> Result<()> {
    match count.checked_mul(size_of::<T>()) {
        Some(bytes) if bytes < END => Ok(()),
        _ => Err(Failure::NOACCESS),
    }
}

/// The characters before the zero.
///
/// # Safety
///
/// Unless it is plainly no pointer, it must point to characters with a zero after them, which nobody changes while the
/// slice is used.
pub(crate) unsafe fn terminated<'a, T: Copy + PartialEq + From<u8>>(
    pointer: *const T,
) -> Result<&'a [T]> {
    check(pointer)?;
    let mut length = 0;
    // SAFETY: up to the zero, by the contract of this function.
    while unsafe { *pointer.wrapping_add(length) } != T::from(0) {
        length += 1;
    }
    // SAFETY: just read.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}
