//! Threads: starting, suspending and ending them, and what is asked of them.

use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use super::security::attributes;
use crate::boundary::{answer, succeeds};
use crate::failure::{Failure, Result};
use crate::handles::duplicate::resolve;
use crate::handles::object::refers_to;
use crate::handles::{self, Entry, Handle, Object};
use crate::platform::thread_start::{self, Call, Routine};
use crate::platform::{pointers, thread_id};
use crate::processes::rights::{self, THREAD_QUERY, THREAD_SUSPEND_RESUME, THREAD_TERMINATE};
use crate::security::RawAttributes;
use crate::threads::end::{self, Terminable};
use crate::threads::{Thread, start, suspension};

/// `STILL_ACTIVE`.
pub(super) const STILL_ACTIVE: u32 = 259;
/// What `SuspendThread` and `ResumeThread` answer where they fail.
const FAILED: u32 = u32::MAX;
const INFINITE: u32 = u32::MAX;

/// What a handle says about a thread, where one is meant.
fn of_thread<T>(handle: Handle, ask: impl FnOnce(&Arc<Entry>, &Thread) -> Result<T>) -> Result<T> {
    let entry = resolve(handle)?;
    refers_to!(entry, Object::Thread(thread) => ask(&entry, thread))
}

/// # Safety
///
/// `security` must be null or valid for reading, `id` null or valid for writing, and `routine` may be called with the
/// parameter in a thread of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CreateThread(
    security: *const RawAttributes,
    stack: usize,
    routine: Option<Routine>,
    parameter: *mut c_void,
    flags: u32,
    id: *mut u32,
) -> Handle {
    answer(Handle::NULL, || {
        // SAFETY: by the contract of this function.
        let attributes = unsafe { attributes(security) }?;
        let routine = routine.ok_or(Failure::INVALID_PARAMETER)?;
        let call = Call { routine, parameter };
        start::start(call, stack, flags, attributes.inheritable, |new| {
            // SAFETY: by the contract of this function.
            unsafe { pointers::write_optional(id, new) }
        })
    })
}

/// Nothing of this library's is on the stack that would have to be cleaned up when the thread is unwound.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ExitThread(code: u32) -> ! {
    note_end(code);
    thread_start::exit()
}

fn note_end(code: u32) {
    answer((), || {
        end::with(code);
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub extern "C-unwind" fn TerminateThread(handle: Handle, code: u32) -> i32 {
    let terminable = answer(None, || {
        of_thread(handle, |entry, thread| {
            entry.require(THREAD_TERMINATE)?;
            end::check_terminable(thread).map(Some)
        })
    });
    match terminable {
        Some(Terminable::Itself) => ExitThread(code),
        Some(Terminable::HasEnded) => 1,
        None => 0,
    }
}

/// # Safety
///
/// `code` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetExitCodeThread(handle: Handle, code: *mut u32) -> i32 {
    succeeds(|| {
        let found = of_thread(handle, |_, thread| {
            rights::require_any(thread.rights(), THREAD_QUERY)?;
            thread.exit_code()
        })?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(code, found.unwrap_or(STILL_ACTIVE)) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn SuspendThread(handle: Handle) -> u32 {
    answer(FAILED, || {
        of_thread(handle, |entry, thread| {
            entry.require(THREAD_SUSPEND_RESUME)?;
            suspension::suspend(thread)
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn ResumeThread(handle: Handle) -> u32 {
    answer(FAILED, || {
        of_thread(handle, |entry, thread| {
            entry.require(THREAD_SUSPEND_RESUME)?;
            suspension::resume(thread)
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn OpenThread(rights: u32, inheritable: i32, id: u32) -> Handle {
    answer(Handle::NULL, || {
        let thread = Thread::open(id, rights)?;
        handles::insert(Object::Thread(thread), inheritable != 0)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn GetCurrentThread() -> Handle {
    Handle::CURRENT_THREAD
}

#[unsafe(no_mangle)]
pub extern "C" fn GetCurrentThreadId() -> u32 {
    thread_id::current()
}

#[unsafe(no_mangle)]
pub extern "C" fn GetThreadId(handle: Handle) -> u32 {
    answer(0, || {
        of_thread(handle, |_, thread| {
            rights::require_any(thread.rights(), THREAD_QUERY)?;
            Ok(thread.id())
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn SwitchToThread() -> i32 {
    std::thread::yield_now();
    1
}

#[unsafe(no_mangle)]
pub extern "C" fn Sleep(milliseconds: u32) {
    match milliseconds {
        0 => std::thread::yield_now(),
        INFINITE => loop {
            std::thread::sleep(Duration::MAX);
        },
        _ => std::thread::sleep(Duration::from_millis(milliseconds.into())),
    }
}
