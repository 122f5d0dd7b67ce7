//! The exported functions. Each reads what C gave it, and has a function of this crate do the work.

#![allow(unsafe_code, missing_docs)]
#![allow(non_snake_case, reason = "the names are Windows'")]

mod arguments;
mod attribute_list;
mod code_pages;
mod console;
mod critical_section;
mod errors;
mod file_paths;
mod files;
mod handles;
mod heap;
mod life;
mod memory;
mod overlapped;
mod process_environment;
mod processes;
mod sections;
mod security;
mod strings;
mod system;
mod thread_values;
mod threads;
mod time;
mod waitables;
mod waits;

/// Exports both forms of a function that takes a string: the one with bytes, and the one with UTF-16. The arguments are
/// those before the string, the string, and those behind it.
macro_rules! both_forms {
    ($($function:ident($($before:ident: $Before:ty),*; $text:ident $(; $($after:ident: $After:ty),+)?)
        -> $Result:ty = $Narrow:ident, $Wide:ident;)*) => {
        $(
            /// # Safety
            ///
            /// Pointers must be null, or valid for what their type says, strings with a zero at their end.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $Narrow(
                $($before: $Before,)* $text: *const u8, $($($after: $After,)+)?
            ) -> $Result {
                // SAFETY: by the contract of this function.
                unsafe { $function($($before,)* $text, $($($after,)+)?) }
            }

            /// # Safety
            ///
            /// As the form with bytes.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $Wide(
                $($before: $Before,)* $text: *const u16, $($($after: $After,)+)?
            ) -> $Result {
                // SAFETY: by the contract of this function.
                unsafe { $function($($before,)* $text, $($($after,)+)?) }
            }
        )*
    };
}
use both_forms;
