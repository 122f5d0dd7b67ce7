//! The last error, and the texts for codes.

use std::ffi::c_void;
use std::ptr;

use super::arguments::Arguments;
use crate::boundary::{answer, last_error, set_last_error};
use crate::code_pages::{Encoded, decoded};
use crate::failure::{Failure, Result};
use crate::messages::{self, ALLOCATE_BUFFER, ARGUMENT_ARRAY, Request};
use crate::platform::text::Text;
use crate::platform::{heap, pointers, strings};

#[unsafe(no_mangle)]
pub extern "C" fn GetLastError() -> u32 {
    last_error()
}

#[unsafe(no_mangle)]
pub extern "C" fn SetLastError(code: u32) {
    set_last_error(code);
}

/// Where a message goes.
struct Target<C> {
    /// With `ALLOCATE_BUFFER`, the address of a pointer, which gets the buffer.
    buffer: *mut C,
    room: u32,
}

impl<C: Encoded> Target<C> {
    /// # Safety
    ///
    /// The buffer must have the room, or be the address of a pointer if it is to be allocated.
    unsafe fn put(self, text: &str, is_allocated: bool) -> Result<u32> {
        let text = C::encoded(text);
        let length = u32::try_from(text.len()).map_err(|_| Failure::NOT_ENOUGH_MEMORY)?;
        let mut buffer = self.buffer;
        if is_allocated {
            let size = (text.len() + 1).max(self.room as usize) * size_of::<C>();
            buffer = heap::allocate(size, false).cast();
            if buffer.is_null() {
                return Err(Failure::NOT_ENOUGH_MEMORY);
            }
            // SAFETY: by the contract of this function.
            unsafe { pointers::write(self.buffer.cast(), buffer) }?;
        } else if self.room <= length {
            return Err(Failure::INSUFFICIENT_BUFFER);
        }
        // SAFETY: it has the room.
        unsafe { strings::write_terminated(buffer, &text) }?;
        Ok(length)
    }
}

/// # Safety
///
/// That of [`Target::put`] and [`Arguments::new`]; with `FORMAT_MESSAGE_FROM_STRING`, `source` must be a terminated
/// string of this form.
unsafe fn format<C: Encoded>(
    flags: u32,
    source: *const c_void,
    code: u32,
    language: u32,
    target: Target<C>,
    arguments: *mut u64,
) -> u32 {
    answer(0, || {
        let is_allocated = flags & ALLOCATE_BUFFER != 0;
        if target.buffer.is_null() {
            return Err(if is_allocated {
                Failure::NOT_ENOUGH_MEMORY
            } else {
                Failure::INVALID_PARAMETER
            });
        }
        if is_allocated {
            // Who looks at the pointer after a failure finds none.
            // SAFETY: by the contract of this function.
            unsafe { pointers::write(target.buffer.cast(), ptr::null_mut::<C>()) }?;
        }
        let source = if messages::is_from_string(flags) {
            // SAFETY: by the contract of this function.
            unsafe { Text::of(source.cast::<C>()) }?
        } else {
            Text::None
        };
        let request = Request {
            flags,
            source: decoded(source),
            code,
            language,
            is_wide: C::IS_WIDE,
        };
        // SAFETY: by the contract of this function.
        let mut arguments = unsafe { Arguments::new(arguments, flags & ARGUMENT_ARRAY != 0) };
        let text = messages::format(&request, &mut arguments)?;
        // SAFETY: by the contract of this function.
        unsafe { target.put(&text, is_allocated) }
    })
}

macro_rules! format_message {
    ($($Character:ty: $name:ident;)*) => { $(
        /// # Safety
        ///
        /// `buffer` must have `room`, or be the address of a pointer if the flags ask for a buffer; `source` must be a
        /// terminated string if they say so; `arguments` null or what they and the message say.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            flags: u32,
            source: *const c_void,
            code: u32,
            language: u32,
            buffer: *mut $Character,
            room: u32,
            arguments: *mut u64,
        ) -> u32 {
            let target = Target { buffer, room };
            // SAFETY: by the contract of this function.
            unsafe { format(flags, source, code, language, target, arguments) }
        }
    )* };
}

format_message! {
    u8: FormatMessageA;
    u16: FormatMessageW;
}
