//! Values that each thread has of its own.

use std::ffi::c_void;
use std::ptr;

use crate::boundary::{answer, set_last_error, succeeds};
use crate::platform::thread_keys;

/// `TLS_OUT_OF_INDEXES`.
const OUT_OF_INDEXES: u32 = u32::MAX;

#[unsafe(no_mangle)]
pub extern "C" fn TlsAlloc() -> u32 {
    answer(OUT_OF_INDEXES, thread_keys::allocate)
}

#[unsafe(no_mangle)]
pub extern "C" fn TlsFree(index: u32) -> i32 {
    succeeds(|| thread_keys::free(index))
}

#[unsafe(no_mangle)]
pub extern "C" fn TlsGetValue(index: u32) -> *mut c_void {
    answer(ptr::null_mut(), || {
        let value = thread_keys::get(index)?;
        // That is how null as a value is told from failure.
        set_last_error(0);
        Ok(value)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn TlsSetValue(index: u32, value: *const c_void) -> i32 {
    succeeds(|| thread_keys::set(index, value))
}
