//! Copying strings of C's, where only the program knows how long the target is.

use std::mem::MaybeUninit;

use super::pointers;
use super::text::Character;
use crate::failure::{Failure, Result};

/// Copies a string to `target`: so much of it that it has `room` with the zero, and nothing at all if that is 0.
///
/// # Safety
///
/// That of [`pointers::terminated`] for `source`, of which no more than `room` is read; `target` must be valid for
/// writing as much as is copied. They may overlap.
pub(crate) unsafe fn copy<C: Character>(
    target: *mut C,
    source: *const C,
    room: usize,
) -> Result<()> {
    // SAFETY: by the contract of this function.
    let string = unsafe { start(source, room.saturating_sub(1)) }?;
    let (source, length) = (string.as_ptr(), string.len());
    if room == 0 {
        return Ok(());
    }
    // SAFETY: by the contract of this function; this tells a pointer that is plainly none.
    unsafe { pointers::buffer(target.cast::<MaybeUninit<C>>(), 1) }?;
    // SAFETY: by the contract of this function.
    unsafe { target.copy_from(source, length) };
    // SAFETY: by the contract of this function.
    let end = unsafe { target.add(length) };
    // SAFETY: by the contract of this function.
    unsafe { end.write(C::from(0)) };
    Ok(())
}

/// Copies a string behind another.
///
/// # Safety
///
/// That of [`copy`], and of [`pointers::terminated`] for `target`.
pub(crate) unsafe fn append<C: Character>(target: *mut C, source: *const C) -> Result<()> {
    // SAFETY: by the contract of this function.
    let length = unsafe { pointers::terminated(target.cast_const()) }?.len();
    // SAFETY: the zero at its end.
    let end = unsafe { target.add(length) };
    // SAFETY: by the contract of this function.
    unsafe { copy(end, source, usize::MAX) }
}

/// The characters before the zero, but no more than `limit`, behind which nothing is looked at.
///
/// # Safety
///
/// Unless it is plainly no pointer to such characters, it must point to so many of them, or to fewer with a zero after
/// them, which nobody changes while the slice is used.
pub(crate) unsafe fn start<'a, C: Character>(pointer: *const C, limit: usize) -> Result<&'a [C]> {
    if !pointer.is_aligned() {
        return Err(Failure::NOACCESS);
    }
    // SAFETY: of the first character, which is there if any is asked for; this tells a pointer that is plainly none.
    unsafe { pointers::slice(pointer, limit.min(1)) }?;
    let mut length = 0;
    // SAFETY: within the limit and before the zero, by the contract of this function.
    while length < limit && unsafe { *pointer.wrapping_add(length) } != C::from(0) {
        length += 1;
    }
    // SAFETY: just read.
    unsafe { pointers::slice(pointer, length) }
}

/// Puts characters where C wants them.
///
/// # Safety
///
/// Unless it is plainly no pointer, it must be valid for writing so many, aligned. They must not overlap.
pub(crate) unsafe fn write<T: Copy>(target: *mut T, characters: &[T]) -> Result<()> {
    // SAFETY: by the contract of this function.
    let target = unsafe { pointers::buffer(target.cast::<MaybeUninit<T>>(), characters.len()) }?;
    for (place, &character) in target.iter_mut().zip(characters) {
        place.write(character);
    }
    Ok(())
}

/// The same with a zero behind them.
///
/// # Safety
///
/// That of [`write`], for one more.
pub(crate) unsafe fn write_terminated<C: Character>(
    target: *mut C,
    characters: &[C],
) -> Result<()> {
    let terminated: Vec<C> = characters.iter().copied().chain([C::from(0)]).collect();
    // SAFETY: by the contract of this function.
    unsafe { write(target, &terminated) }
}
