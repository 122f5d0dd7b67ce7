//! How this process ends, and how it notices that it does.

use std::ffi::c_int;

/// Has a function called with the exit code, all 32 bits of it, when `main` returns or the program exits.
///
/// Only glibc tells; with others nothing is called.
pub(crate) fn notice(action: fn(u32)) {
    #[cfg(target_env = "gnu")]
    {
        use std::ffi::c_void;
        unsafe extern "C" {
            fn on_exit(action: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
        }
        extern "C" fn call(code: c_int, action: *mut c_void) {
            // SAFETY: the function that was given as the argument.
            let action = unsafe { std::mem::transmute::<*mut c_void, fn(u32)>(action) };
            action(code as u32);
        }
        // SAFETY: the function stays, as this library does: it has values that threads destroy when they end.
        unsafe { on_exit(call, action as *mut c_void) };
    }
    #[cfg(not(target_env = "gnu"))]
    let _ = action;
}

/// Ends the process, and runs what the program registered for that. One thread of the process may come here, once.
pub(crate) fn exit(code: u32) -> ! {
    // SAFETY: by what is said above.
    unsafe { libc::exit(code as c_int) }
}

/// Ends the process, and runs nothing.
pub(crate) fn exit_at_once(code: u32) -> ! {
    // SAFETY: ends the process, whatever its state.
    unsafe { libc::_exit(code as c_int) }
}
