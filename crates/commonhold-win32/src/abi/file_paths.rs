//! What is done with files by their paths (`DeleteFile`, `GetFileAttributes`), and paths of temporary ones.

use crate::boundary::{answer, succeeds};
use crate::files::{deletion, kind, temporary};
use crate::platform::text::{Text, to_wide};
use crate::platform::text_buffer;

/// # Safety
///
/// `path` must be null or end in a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetFileAttributesA(path: *const u8) -> u32 {
    answer(u32::MAX, || {
        // SAFETY: by the contract of this function.
        let path = unsafe { Text::of(path) }?;
        kind::attributes(path)
    })
}

/// # Safety
///
/// `path` must be null or end in a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetFileAttributesW(path: *const u16) -> u32 {
    answer(u32::MAX, || {
        // SAFETY: by the contract of this function.
        let path = unsafe { Text::of(path) }?;
        kind::attributes(path)
    })
}

/// # Safety
///
/// `path` must be null or end in a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DeleteFileA(path: *const u8) -> i32 {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let path = unsafe { Text::of(path) }?;
        deletion::delete(path)
    })
}

/// # Safety
///
/// `path` must be null or end in a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DeleteFileW(path: *const u16) -> i32 {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let path = unsafe { Text::of(path) }?;
        deletion::delete(path)
    })
}

/// # Safety
///
/// `buffer` must be valid for writing `length` characters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetTempPathA(length: u32, buffer: *mut u8) -> u32 {
    // SAFETY: by the contract of this function.
    answer(0, || unsafe {
        text_buffer::fill(&temporary::directory(), buffer, length)
    })
}

/// # Safety
///
/// `buffer` must be valid for writing `length` characters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetTempPathW(length: u32, buffer: *mut u16) -> u32 {
    // SAFETY: by the contract of this function.
    answer(0, || unsafe {
        text_buffer::fill(&to_wide(&temporary::directory()), buffer, length)
    })
}

/// # Safety
///
/// `directory` and `prefix` must be null or end in a zero, and `name` be valid for writing `MAX_PATH` characters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetTempFileNameA(
    directory: *const u8,
    prefix: *const u8,
    number: u32,
    name: *mut u8,
) -> u32 {
    answer(0, || {
        // SAFETY: by the contract of this function.
        let directory = unsafe { Text::of(directory) }?;
        // SAFETY: by the contract of this function.
        let prefix = unsafe { Text::of(prefix) }?;
        let (text, number) = temporary::name(directory, prefix, number)?;
        // SAFETY: such a name has less than `MAX_PATH` characters.
        unsafe { text_buffer::fill(&text, name, u32::MAX) }?;
        Ok(number)
    })
}

/// # Safety
///
/// That of [`GetTempFileNameA`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetTempFileNameW(
    directory: *const u16,
    prefix: *const u16,
    number: u32,
    name: *mut u16,
) -> u32 {
    answer(0, || {
        // SAFETY: by the contract of this function.
        let directory = unsafe { Text::of(directory) }?;
        // SAFETY: by the contract of this function.
        let prefix = unsafe { Text::of(prefix) }?;
        let (text, number) = temporary::name(directory, prefix, number)?;
        // SAFETY: such a name has less than `MAX_PATH` characters.
        unsafe { text_buffer::fill(&to_wide(&text), name, u32::MAX) }?;
        Ok(number)
    })
}
