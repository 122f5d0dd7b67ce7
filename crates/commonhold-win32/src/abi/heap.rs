//! The process's heap, and local and global memory, which are blocks of it.

use std::ffi::c_void;
use std::ptr;

use crate::boundary::{answer, set_last_error, succeeds};
use crate::failure::{Failure, Result};
use crate::handles::Handle;
use crate::heap::{self, Options};
use crate::platform::heap as blocks;

/// What an allocation came to.
fn checked(block: *mut c_void, size: usize, options: Options) -> Result<*mut c_void> {
    if !block.is_null() {
        return Ok(block);
    }
    if options.must_succeed {
        // On Windows an exception that nobody handles ends the program here.
        tracing::error!(
            size,
            "no memory for a program that does not look whether it got it"
        );
        std::process::abort();
    }
    Err(Failure::NOT_ENOUGH_MEMORY)
}

fn allocate(size: usize, options: impl FnOnce() -> Result<Options>) -> *mut c_void {
    answer(ptr::null_mut(), || {
        let options = options()?;
        checked(blocks::allocate(size, options.is_zeroed), size, options)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn GetProcessHeap() -> Handle {
    heap::process_heap()
}

#[unsafe(no_mangle)]
pub extern "C" fn HeapAlloc(heap: Handle, flags: u32, size: usize) -> *mut c_void {
    allocate(size, || heap::options(heap, flags))
}

/// # Safety
///
/// `block` must be null, or from the heap and in nobody else's use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HeapReAlloc(
    heap: Handle,
    flags: u32,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    answer(ptr::null_mut(), || {
        let options = heap::options(heap, flags)?;
        if block.is_null() {
            // As Windows has it: there is no error, and nothing was done.
            set_last_error(0);
            return Ok(ptr::null_mut());
        }
        // SAFETY: by the contract of this function.
        let resized = unsafe { blocks::resize(block, size, options.is_zeroed) };
        checked(resized, size, options)
    })
}

/// # Safety
///
/// `block` must be null, or from the heap and not be used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HeapFree(heap: Handle, flags: u32, block: *mut c_void) -> i32 {
    // To free nothing needs no heap.
    if block.is_null() {
        return 1;
    }
    succeeds(|| {
        heap::options(heap, flags)?;
        // SAFETY: by the contract of this function.
        unsafe { blocks::free(block) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn LocalAlloc(flags: u32, size: usize) -> *mut c_void {
    allocate(size, || heap::local_options(flags))
}

/// # Safety
///
/// `block` must be null, or from [`LocalAlloc`] and not be used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LocalFree(block: *mut c_void) -> *mut c_void {
    // SAFETY: by the contract of this function.
    unsafe { blocks::free(block) };
    ptr::null_mut()
}

#[unsafe(no_mangle)]
pub extern "C" fn GlobalAlloc(flags: u32, size: usize) -> *mut c_void {
    LocalAlloc(flags, size)
}

/// # Safety
///
/// `block` must be null, or from [`GlobalAlloc`] and not be used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GlobalFree(block: *mut c_void) -> *mut c_void {
    // SAFETY: by the contract of this function.
    unsafe { LocalFree(block) }
}
