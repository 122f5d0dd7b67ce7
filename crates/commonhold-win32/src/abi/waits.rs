//! The wait functions, and calls that are queued for threads.
//!
//! What waits alertably calls the program's functions, which may end the thread or leave by an exception: at that point
//! nothing of this library's is left on the stack that would have to be cleaned up.

use crate::boundary::answer;
use crate::handles::Handle;
use crate::platform::callback::{Callback, UserRoutine};
use crate::platform::pointers;
use crate::waits::{self, Limit, WAIT_FAILED};

const WAIT_IO_COMPLETION: u32 = 0xc0;

/// Makes the calls that a wait was ended for.
fn make_calls(waited: u32) -> u32 {
    if waited == WAIT_IO_COMPLETION {
        while let Some(call) = answer(None, waits::next_call) {
            call.call();
        }
    }
    waited
}

#[unsafe(no_mangle)]
pub extern "C" fn WaitForSingleObject(handle: Handle, milliseconds: u32) -> u32 {
    match waits::one_at_once(handle) {
        Some(taken) => taken,
        None => wait_for_one(handle, milliseconds, false),
    }
}

#[cold]
extern "C" fn wait_for_one(handle: Handle, milliseconds: u32, alertable: bool) -> u32 {
    answer(WAIT_FAILED, || {
        waits::one(handle, Limit(milliseconds), alertable)
    })
}

#[unsafe(no_mangle)]
pub extern "C-unwind" fn WaitForSingleObjectEx(
    handle: Handle,
    milliseconds: u32,
    alertable: i32,
) -> u32 {
    if alertable == 0 {
        return WaitForSingleObject(handle, milliseconds);
    }
    make_calls(wait_for_one(handle, milliseconds, true))
}

/// # Safety
///
/// `handles` must be valid for reading so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WaitForMultipleObjects(
    count: u32,
    handles: *const Handle,
    all: i32,
    milliseconds: u32,
) -> u32 {
    // SAFETY: by the contract of this function.
    answer(WAIT_FAILED, || unsafe {
        several(count, handles, all, milliseconds, 0)
    })
}

/// # Safety
///
/// That of [`WaitForMultipleObjects`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn WaitForMultipleObjectsEx(
    count: u32,
    handles: *const Handle,
    all: i32,
    milliseconds: u32,
    alertable: i32,
) -> u32 {
    make_calls(answer(WAIT_FAILED, || {
        // SAFETY: by the contract of this function.
        unsafe { several(count, handles, all, milliseconds, alertable) }
    }))
}

/// # Safety
///
/// That of [`WaitForMultipleObjects`].
unsafe fn several(
    count: u32,
    handles: *const Handle,
    all: i32,
    milliseconds: u32,
    alertable: i32,
) -> crate::failure::Result<u32> {
    // More than there may be are refused by their number, and not read.
    let count = usize::try_from(count)
        .unwrap_or(usize::MAX)
        .min(waits::MOST + 1);
    // SAFETY: by the contract of the callers.
    let handles = unsafe { pointers::slice(handles, count) }?;
    waits::several(handles, all != 0, Limit(milliseconds), alertable != 0)
}

#[unsafe(no_mangle)]
pub extern "C-unwind" fn SignalObjectAndWait(
    signal: Handle,
    wait: Handle,
    milliseconds: u32,
    alertable: i32,
) -> u32 {
    make_calls(answer(WAIT_FAILED, || {
        waits::signal_and_wait(signal, wait, Limit(milliseconds), alertable != 0)
    }))
}

#[unsafe(no_mangle)]
pub extern "C-unwind" fn SleepEx(milliseconds: u32, alertable: i32) -> u32 {
    if alertable == 0 {
        super::threads::Sleep(milliseconds);
        return 0;
    }
    make_calls(answer(0, || waits::sleep_alertably(Limit(milliseconds))))
}

/// # Safety
///
/// `routine` may be called with `argument` in the thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn QueueUserAPC(
    routine: Option<UserRoutine>,
    thread: Handle,
    argument: usize,
) -> u32 {
    answer(0, || {
        let routine = routine.ok_or(crate::failure::Failure::INVALID_PARAMETER)?;
        // SAFETY: by the contract of this function.
        let callback = unsafe { Callback::of_user(routine, argument) };
        waits::queue_call(thread, callback)?;
        Ok(1)
    })
}
