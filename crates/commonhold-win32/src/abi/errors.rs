//! The last error.

use crate::boundary;

#[unsafe(no_mangle)]
pub extern "C" fn GetLastError() -> u32 {
    boundary::last_error()
}

#[unsafe(no_mangle)]
pub extern "C" fn SetLastError(code: u32) {
    boundary::set_last_error(code);
}
