//! The environment, as C programs share it, and as a block that a program is started with.

use std::ffi::{CStr, CString, OsStr, OsString, c_void};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use commonhold::os::linux::ForkMutex;

use super::pointers;
use super::text::Text;
use crate::failure::{Failure, Result};

/// Had by whoever reads or changes the environment: so no fork finds Rust's own lock for it taken.
static ENVIRONMENT: ForkMutex<()> = ForkMutex::new(());

/// Sets a variable, or removes it.
pub(crate) fn set(name: &CStr, value: Option<&CStr>) -> Result<()> {
    let name = OsStr::from_bytes(name.to_bytes());
    if name.is_empty() || name.as_bytes().contains(&b'=') {
        return Err(Failure::INVALID_PARAMETER);
    }
    let _environment = ENVIRONMENT.lock();
    match value {
        // SAFETY: whoever reads or changes the environment through Rust, this library included, has Rust's lock; the
        // program's own `getenv` and `setenv` are the program's to keep apart.
        Some(value) => unsafe { std::env::set_var(name, OsStr::from_bytes(value.to_bytes())) },
        // SAFETY: as above.
        None => unsafe { std::env::remove_var(name) },
    }
    Ok(())
}

/// The value of a variable.
pub(crate) fn get(name: &OsStr) -> Option<Vec<u8>> {
    let _environment = ENVIRONMENT.lock();
    Some(std::env::var_os(name)?.as_bytes().to_vec())
}

/// All variables.
pub(crate) fn all() -> impl Iterator<Item = (OsString, OsString)> {
    let _environment = ENVIRONMENT.lock();
    std::env::vars_os()
}

/// `None` for null. What has no zero at its end has none in it, either.
fn c_string(text: Text<'_>) -> Option<CString> {
    CString::new(text.os_string()?.into_vec()).ok()
}

/// The strings of a block that C made: each ends with a zero, and an empty one ends them all.
///
/// # Safety
///
/// Unless it is plainly no pointer, it must point to such a block, of 16-bit characters if it is wide.
pub(crate) unsafe fn block(pointer: *const c_void, is_wide: bool) -> Result<Vec<CString>> {
    let mut strings = Vec::new();
    if is_wide {
        let mut next = pointer.cast::<u16>();
        loop {
            // SAFETY: one of the block's, by the contract of this function.
            let units = unsafe { pointers::terminated(next) }?;
            if units.is_empty() {
                return Ok(strings);
            }
            strings.extend(c_string(Text::Wide(units)));
            // SAFETY: the block goes on behind the zero.
            next = unsafe { next.add(units.len() + 1) };
        }
    }
    let mut next = pointer.cast::<u8>();
    loop {
        // SAFETY: one of the block's, by the contract of this function.
        let bytes = unsafe { pointers::terminated(next) }?;
        if bytes.is_empty() {
            return Ok(strings);
        }
        strings.extend(c_string(Text::Narrow(bytes)));
        // SAFETY: the block goes on behind the zero.
        next = unsafe { next.add(bytes.len() + 1) };
    }
}
