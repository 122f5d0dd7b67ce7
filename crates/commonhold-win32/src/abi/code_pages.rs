//! `MultiByteToWideChar` and `WideCharToMultiByte`.

use crate::boundary::answer;
use crate::code_pages;
use crate::failure::{Failure, Result};
use crate::platform::{pointers, strings};

const MB_ERR_INVALID_CHARS: u32 = 0x8;
const WC_ERR_INVALID_CHARS: u32 = 0x80;
/// Those, and the ones that choose between characters of the same look, of which UTF-8 has none.
const MB_FLAGS: u32 = 0xf;
const WC_FLAGS: u32 = 0x6f0;

/// The characters to convert: so many, or those before the zero and it, too.
///
/// # Safety
///
/// `text` must be valid for reading them.
unsafe fn source<'a, T: Copy + PartialEq + From<u8>>(
    text: *const T,
    length: i32,
) -> Result<&'a [T]> {
    if text.is_null() || length == 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    let length = match usize::try_from(length) {
        Ok(length) => length,
        // SAFETY: by the contract of this function.
        Err(_) => unsafe { pointers::terminated(text) }?.len() + 1,
    };
    // SAFETY: by the contract of this function.
    unsafe { pointers::slice(text, length) }
}

/// Puts the converted characters where they belong, as far as there is room, or tells only how many they are.
///
/// # Safety
///
/// `target` must be valid for writing `room` of them.
unsafe fn put<T: Copy>(
    target: *mut T,
    room: i32,
    converted: &[T],
    fitting: impl FnOnce(usize) -> usize,
) -> Result<i32> {
    let room = usize::try_from(room).map_err(|_| Failure::INVALID_PARAMETER)?;
    if room > 0 {
        if target.is_null() {
            return Err(Failure::INVALID_PARAMETER);
        }
        let fits = fitting(room);
        // SAFETY: by the contract of this function.
        unsafe { strings::write(target, &converted[..fits]) }?;
        if fits < converted.len() {
            return Err(Failure::INSUFFICIENT_BUFFER);
        }
    }
    i32::try_from(converted.len()).map_err(|_| Failure::INVALID_PARAMETER)
}

/// # Safety
///
/// `text` must be null, of `length` bytes, or terminated if that is negative; `target` must have room for so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MultiByteToWideChar(
    page: u32,
    flags: u32,
    text: *const u8,
    length: i32,
    target: *mut u16,
    room: i32,
) -> i32 {
    answer(0, || {
        // SAFETY: by the contract of this function.
        let text = unsafe { source(text, length) }?;
        code_pages::check(page)?;
        if flags & !MB_FLAGS != 0 {
            return Err(Failure::INVALID_FLAGS);
        }
        let converted = code_pages::to_utf16(text, flags & MB_ERR_INVALID_CHARS != 0)?;
        // SAFETY: by the contract of this function.
        unsafe { put(target, room, &converted, |room| room.min(converted.len())) }
    })
}

/// UTF-8 has all characters: the one that stands for others is never needed.
///
/// # Safety
///
/// `text` must be null, of `length` characters, or terminated if that is negative; `target` must have room for so many.
/// `is_used` must be null or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WideCharToMultiByte(
    page: u32,
    flags: u32,
    text: *const u16,
    length: i32,
    target: *mut u8,
    room: i32,
    _default: *const u8,
    is_used: *mut i32,
) -> i32 {
    answer(0, || {
        // SAFETY: by the contract of this function.
        let text = unsafe { source(text, length) }?;
        code_pages::check(page)?;
        if flags & !WC_FLAGS != 0 {
            return Err(Failure::INVALID_FLAGS);
        }
        let is_strict = flags & WC_ERR_INVALID_CHARS != 0;
        let converted = code_pages::to_utf8(text, is_strict)?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write_optional(is_used, converted.is_replaced.into()) }?;
        let bytes = &converted.bytes;
        let fitting = |room| code_pages::fitting(bytes, room);
        // SAFETY: by the contract of this function.
        unsafe { put(target, room, bytes, fitting) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn GetACP() -> u32 {
    code_pages::UTF8
}
