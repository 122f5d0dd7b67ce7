//! What is said to who sits at the terminal, or at a debugger.

use super::both_forms;
use crate::boundary::{answer, last_error, set_last_error};
use crate::code_pages::decoded;
use crate::computer;
use crate::handles::Handle;
use crate::message_box;
use crate::platform::standard_output::print_line;
use crate::platform::text::{Character, Text};

/// # Safety
///
/// Both must be null or terminated.
unsafe fn show<C: Character>(text: *const C, caption: *const C, style: u32) -> i32 {
    answer(0, || {
        let button = message_box::button(style)?;
        // SAFETY: by the contract of this function.
        let text = decoded(unsafe { Text::of(text) }?);
        // SAFETY: by the contract of this function.
        let caption = decoded(unsafe { Text::of(caption) }?);
        print_line(&message_box::shown(text.as_deref(), caption.as_deref()));
        Ok(button)
    })
}

/// # Safety
///
/// `text` and `caption` must be null or terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MessageBoxA(
    _owner: Handle,
    text: *const u8,
    caption: *const u8,
    style: u32,
) -> i32 {
    // SAFETY: by the contract of this function.
    unsafe { show(text, caption, style) }
}

/// # Safety
///
/// That of [`MessageBoxA`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MessageBoxW(
    _owner: Handle,
    text: *const u16,
    caption: *const u16,
    style: u32,
) -> i32 {
    // SAFETY: by the contract of this function.
    unsafe { show(text, caption, style) }
}

/// No debugger of Linux has a place for it: it goes where this library's own traces go, and the last error stays.
///
/// # Safety
///
/// `text` must be null or terminated.
unsafe fn output<C: Character>(text: *const C) {
    let before = last_error();
    answer((), || {
        // SAFETY: by the contract of this function.
        let text = unsafe { Text::of(text) }?;
        if let Some(text) = decoded(text) {
            tracing::debug!("{}", text.trim_end());
        }
        Ok(())
    });
    set_last_error(before);
}

both_forms! {
    output(; text) -> () = OutputDebugStringA, OutputDebugStringW;
}

#[unsafe(no_mangle)]
pub extern "C" fn IsDebuggerPresent() -> i32 {
    answer(0, || Ok(computer::is_debugged().into()))
}
