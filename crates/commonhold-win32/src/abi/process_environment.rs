//! What this process was started with, and where it is: command line, program, variables, current directory.

use std::ffi::{OsString, c_void};
use std::ptr;

use crate::boundary::{answer, set_last_error, succeeds};
use crate::failure::{Failure, Result};
use crate::platform::text::{Character, Text, to_wide};
use crate::platform::text_buffer;
use crate::processes::create::bytes;
use crate::processes::{arguments, directory};

#[unsafe(no_mangle)]
pub extern "C" fn GetCommandLineA() -> *mut u8 {
    answer(ptr::null_mut(), arguments::narrow_command_line)
}

#[unsafe(no_mangle)]
pub extern "C" fn GetCommandLineW() -> *mut u16 {
    answer(ptr::null_mut(), arguments::wide_command_line)
}

/// A form of strings that this system's can be put into.
trait Form: Character {
    fn of_bytes(bytes: Vec<u8>) -> Vec<Self>;
}

impl Form for u8 {
    fn of_bytes(bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }
}

impl Form for u16 {
    fn of_bytes(bytes: Vec<u8>) -> Vec<u16> {
        to_wide(&bytes)
    }
}

/// # Safety
///
/// That of [`Text::of`].
unsafe fn string<C: Character>(pointer: *const C) -> Result<Option<OsString>> {
    // SAFETY: by the contract of this function.
    Ok(unsafe { Text::of(pointer) }?.os_string())
}

/// # Safety
///
/// `name` must be a string or null, and the buffer valid for writing so many characters.
unsafe fn get_variable<C: Form>(name: *const C, buffer: *mut C, size: u32) -> Result<u32> {
    // SAFETY: by the contract of this function.
    let value = arguments::variable(unsafe { string(name) }?)?;
    // SAFETY: by the contract of this function.
    unsafe { text_buffer::fill(&C::of_bytes(value), buffer, size) }
}

/// # Safety
///
/// Both must be strings or null.
unsafe fn set_variable<C: Form>(name: *const C, value: *const C) -> Result<()> {
    // SAFETY: by the contract of this function.
    let name = unsafe { string(name) }?;
    // SAFETY: by the contract of this function.
    let value = unsafe { string(value) }?;
    arguments::set_variable(name, value)
}

/// # Safety
///
/// The buffer must be valid for writing so many characters.
unsafe fn get_directory<C: Form>(size: u32, buffer: *mut C) -> Result<u32> {
    let directory = C::of_bytes(directory::current()?);
    // SAFETY: by the contract of this function.
    unsafe { text_buffer::fill(&directory, buffer, size) }
}

/// # Safety
///
/// `name` must be a string or null.
unsafe fn set_directory<C: Form>(name: *const C) -> Result<()> {
    // SAFETY: by the contract of this function.
    let name = bytes(unsafe { string(name) }?);
    directory::set(name.as_deref())
}

/// # Safety
///
/// The buffer must be valid for writing so many characters.
unsafe fn module_file<C: Form>(module: *const c_void, buffer: *mut C, size: u32) -> Result<u32> {
    if !module.is_null() {
        return Err(Failure::MOD_NOT_FOUND);
    }
    let path = C::of_bytes(arguments::program()?);
    // SAFETY: by the contract of this function.
    let (length, is_all) = unsafe { text_buffer::fill_partly(&path, buffer, size) }?;
    if is_all {
        return Ok(length);
    }
    let Failure(code) = Failure::INSUFFICIENT_BUFFER;
    set_last_error(code);
    Ok(size)
}

/// Exports a form of the functions above.
macro_rules! form {
    ($Character:ty: $get_variable:ident, $set_variable:ident, $get_directory:ident, $set_directory:ident,
        $module_file:ident) => {
        /// # Safety
        ///
        /// `name` must be a string or null, and the buffer valid for writing so many characters.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $get_variable(
            name: *const $Character,
            buffer: *mut $Character,
            size: u32,
        ) -> u32 {
            // SAFETY: by the contract of this function.
            answer(0, || unsafe { get_variable(name, buffer, size) })
        }

        /// # Safety
        ///
        /// Both must be strings or null.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $set_variable(
            name: *const $Character,
            value: *const $Character,
        ) -> i32 {
            // SAFETY: by the contract of this function.
            succeeds(|| unsafe { set_variable(name, value) })
        }

        /// # Safety
        ///
        /// The buffer must be valid for writing so many characters.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $get_directory(size: u32, buffer: *mut $Character) -> u32 {
            // SAFETY: by the contract of this function.
            answer(0, || unsafe { get_directory(size, buffer) })
        }

        /// # Safety
        ///
        /// `name` must be a string or null.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $set_directory(name: *const $Character) -> i32 {
            // SAFETY: by the contract of this function.
            succeeds(|| unsafe { set_directory(name) })
        }

        /// # Safety
        ///
        /// The buffer must be valid for writing so many characters.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $module_file(
            module: *const c_void,
            buffer: *mut $Character,
            size: u32,
        ) -> u32 {
            // SAFETY: by the contract of this function.
            answer(0, || unsafe { module_file(module, buffer, size) })
        }
    };
}

form!(u8: GetEnvironmentVariableA, SetEnvironmentVariableA, GetCurrentDirectoryA, SetCurrentDirectoryA,
    GetModuleFileNameA);
form!(u16: GetEnvironmentVariableW, SetEnvironmentVariableW, GetCurrentDirectoryW, SetCurrentDirectoryW,
    GetModuleFileNameW);
