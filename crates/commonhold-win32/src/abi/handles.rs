//! `CloseHandle`, `DuplicateHandle`, and what can be asked of any handle.

use crate::boundary::{answer, succeeds};
use crate::handles::duplicate::{self, Request};
use crate::handles::{self, Handle, information};
use crate::platform::pointers;
use crate::standard;

#[unsafe(no_mangle)]
pub extern "C" fn CloseHandle(handle: Handle) -> i32 {
    succeeds(|| handles::close(standard::resolve_and_clear(handle)))
}

/// # Safety
///
/// `target` must be null, or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DuplicateHandle(
    from: Handle,
    source: Handle,
    to: Handle,
    target: *mut Handle,
    rights: u32,
    inheritable: i32,
    options: u32,
) -> i32 {
    succeeds(|| {
        pointers::check_optional(target)?;
        let inheritable = inheritable != 0;
        let request = Request {
            from,
            source,
            to,
            rights,
            inheritable,
            options,
        };
        let made = duplicate::duplicate(&request);
        // SAFETY: by the contract of this function.
        unsafe { pointers::write_optional(target, *made.as_ref().unwrap_or(&Handle::NULL)) }?;
        made.map(drop)
    })
}

/// # Safety
///
/// `flags` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetHandleInformation(handle: Handle, flags: *mut u32) -> i32 {
    succeeds(|| {
        let found = information::flags(standard::resolve(handle))?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(flags, found) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn SetHandleInformation(handle: Handle, mask: u32, flags: u32) -> i32 {
    succeeds(|| information::set_flags(standard::resolve(handle), mask, flags))
}

#[unsafe(no_mangle)]
pub extern "C" fn CompareObjectHandles(one: Handle, other: Handle) -> i32 {
    succeeds(|| information::compare(one, other))
}

#[unsafe(no_mangle)]
pub extern "C" fn GetStdHandle(which: u32) -> Handle {
    answer(Handle::INVALID, || standard::get(which))
}

#[unsafe(no_mangle)]
pub extern "C" fn SetStdHandle(which: u32, handle: Handle) -> i32 {
    succeeds(|| standard::set(which, handle))
}
