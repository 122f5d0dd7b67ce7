//! `lstrlen` and its kind, for both forms of strings.
//!
//! They were made for strings that may be bad: null, or what is plainly no pointer, is no string, and nothing is done.

use std::cmp::Ordering;

use crate::boundary::answer;
use crate::code_pages;
use crate::collation;
use crate::platform::strings;
use crate::platform::text::{Character, Text};

/// # Safety
///
/// `string` must be null or terminated.
unsafe fn length<C: Character>(string: *const C) -> i32 {
    // SAFETY: by the contract of this function.
    let found = answer(Text::None, || unsafe { Text::of(string) });
    let length = match found {
        Text::None => 0,
        Text::Narrow(bytes) => bytes.len(),
        Text::Wide(units) => units.len(),
    };
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// # Safety
///
/// That of [`strings::copy`], unless one is null.
unsafe fn copy<C: Character>(target: *mut C, source: *const C, room: usize) -> *mut C {
    if target.is_null() || source.is_null() {
        return std::ptr::null_mut();
    }
    answer(std::ptr::null_mut(), || {
        // SAFETY: by the contract of this function.
        unsafe { strings::copy(target, source, room) }?;
        Ok(target)
    })
}

/// # Safety
///
/// That of [`strings::append`], unless one is null.
unsafe fn append<C: Character>(target: *mut C, source: *const C) -> *mut C {
    if target.is_null() || source.is_null() {
        return std::ptr::null_mut();
    }
    answer(std::ptr::null_mut(), || {
        // SAFETY: by the contract of this function.
        unsafe { strings::append(target, source) }?;
        Ok(target)
    })
}

/// # Safety
///
/// Both must be null or terminated.
unsafe fn compare<C: Character>(one: *const C, other: *const C, has_case: bool) -> i32 {
    let order = answer(Ordering::Equal, || {
        // SAFETY: by the contract of this function.
        let one = unsafe { Text::of(one) }?;
        // SAFETY: by the contract of this function.
        let other = unsafe { Text::of(other) }?;
        Ok(
            match (code_pages::decoded(one), code_pages::decoded(other)) {
                (Some(one), Some(other)) => collation::compare(&one, &other, has_case),
                // Null comes before every string.
                (one, other) => one.is_some().cmp(&other.is_some()),
            },
        )
    });
    order as i32
}

macro_rules! functions {
    ($($Character:ty: $length:ident, $copy:ident, $copy_some:ident, $append:ident, $compare:ident,
        $compare_small:ident;)*) => { $(
        /// # Safety
        ///
        /// `string` must be null or terminated.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $length(string: *const $Character) -> i32 {
            // SAFETY: by the contract of this function.
            unsafe { length(string) }
        }

        /// # Safety
        ///
        /// `source` must be null or terminated, and `target` have room for it.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $copy(target: *mut $Character, source: *const $Character) -> *mut $Character {
            // SAFETY: by the contract of this function.
            unsafe { copy(target, source, usize::MAX) }
        }

        /// # Safety
        ///
        /// `source` must be null, terminated or of so many characters, for which `target` must have room. A negative
        /// number is none that limits anything.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $copy_some(
            target: *mut $Character,
            source: *const $Character,
            room: i32,
        ) -> *mut $Character {
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            // SAFETY: by the contract of this function.
            unsafe { copy(target, source, room) }
        }

        /// # Safety
        ///
        /// Both must be null or terminated, and `target` have room for both.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $append(target: *mut $Character, source: *const $Character) -> *mut $Character {
            // SAFETY: by the contract of this function.
            unsafe { append(target, source) }
        }

        /// # Safety
        ///
        /// Both must be null or terminated.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $compare(one: *const $Character, other: *const $Character) -> i32 {
            // SAFETY: by the contract of this function.
            unsafe { compare(one, other, true) }
        }

        /// # Safety
        ///
        /// Both must be null or terminated.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $compare_small(one: *const $Character, other: *const $Character) -> i32 {
            // SAFETY: by the contract of this function.
            unsafe { compare(one, other, false) }
        }
    )* };
}

functions! {
    u8: lstrlenA, lstrcpyA, lstrcpynA, lstrcatA, lstrcmpA, lstrcmpiA;
    u16: lstrlenW, lstrcpyW, lstrcpynW, lstrcatW, lstrcmpW, lstrcmpiW;
}
