//! Strings that go into a buffer of C's.

use super::pointers;
use crate::failure::Result;

/// Puts the string there if it fits with its zero. How long it is then, or else how much room it needs.
///
/// # Safety
///
/// Unless `size` is 0, or the pointer plainly none, the buffer must be valid for writing so many values.
pub(crate) unsafe fn fill<T: Copy + From<u8>>(
    text: &[T],
    buffer: *mut T,
    size: u32,
) -> Result<u32> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX - 1);
    if length >= size {
        return Ok(length + 1);
    }
    // SAFETY: by the contract of this function.
    unsafe { write(text, buffer) }?;
    Ok(length)
}

/// Puts as much there as fits, with a zero at its end. How long it is then, and whether that is all.
///
/// # Safety
///
/// That of [`fill`].
pub(crate) unsafe fn fill_partly<T: Copy + From<u8>>(
    text: &[T],
    buffer: *mut T,
    size: u32,
) -> Result<(u32, bool)> {
    let Some(room) = size.checked_sub(1) else {
        return Ok((0, false));
    };
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let fitting = length.min(room);
    // SAFETY: by the contract of this function.
    unsafe { write(&text[..fitting as usize], buffer) }?;
    Ok((fitting, fitting == length))
}

/// # Safety
///
/// Unless the pointer is plainly none, it must be valid for writing the text and a zero.
unsafe fn write<T: Copy + From<u8>>(text: &[T], buffer: *mut T) -> Result<()> {
    // What is in it need not be initialized, so it is written value by value.
    for (at, value) in text.iter().copied().chain([T::from(0)]).enumerate() {
        // SAFETY: by the contract of this function; a null pointer is refused at the first value.
        unsafe { pointers::write(buffer.wrapping_add(at), value) }?;
    }
    Ok(())
}
