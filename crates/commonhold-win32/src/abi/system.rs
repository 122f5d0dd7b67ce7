//! The machine's name, and the program as a module.

use super::both_forms;
use crate::boundary::{answer, succeeds};
use crate::code_pages::{Encoded, decoded};
use crate::computer;
use crate::failure::Failure;
use crate::platform::text::{Character, Text};
use crate::platform::{pointers, strings};

/// # Safety
///
/// `size` must be valid for reading and writing, and `target` for writing so many characters.
unsafe fn computer_name<C: Encoded>(target: *mut C, size: *mut u32) -> i32 {
    succeeds(|| {
        let name = C::encoded(&computer::name());
        // It has no more than 15 characters.
        let length = u32::try_from(name.len()).map_err(|_| Failure::INTERNAL_ERROR)?;
        // SAFETY: by the contract of this function.
        let room = unsafe { pointers::read(size) }?;
        if room <= length {
            // SAFETY: by the contract of this function.
            unsafe { pointers::write(size, length + 1) }?;
            return Err(Failure::BUFFER_OVERFLOW);
        }
        // SAFETY: by the contract of this function, and since there is room.
        unsafe { strings::write_terminated(target, &name) }?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(size, length) }
    })
}

/// # Safety
///
/// `size` must be valid for reading and writing, and `target` for writing so many characters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetComputerNameA(target: *mut u8, size: *mut u32) -> i32 {
    // SAFETY: by the contract of this function.
    unsafe { computer_name(target, size) }
}

/// # Safety
///
/// That of [`GetComputerNameA`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetComputerNameW(target: *mut u16, size: *mut u32) -> i32 {
    // SAFETY: by the contract of this function.
    unsafe { computer_name(target, size) }
}

/// # Safety
///
/// `name` must be null or terminated.
unsafe fn module_handle<C: Character>(name: *const C) -> usize {
    answer(0, || {
        // SAFETY: by the contract of this function.
        let name = decoded(unsafe { Text::of(name) }?);
        computer::module(name.as_deref())
    })
}

both_forms! {
    module_handle(; name) -> usize = GetModuleHandleA, GetModuleHandleW;
}
