//! The three standard handles (`GetStdHandle`).

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::failure::{Failure, Result};
use crate::handles::Handle;

/// Input, output and error: descriptors 0 to 2, unless the program says otherwise.
static STANDARD: [AtomicUsize; 3] = [
    AtomicUsize::new(4),
    AtomicUsize::new(8),
    AtomicUsize::new(12),
];

/// Which of them a constant means, -10 to -12, as a number or as a handle.
fn which(constant: u32) -> Option<&'static AtomicUsize> {
    const INPUT: u32 = -10_i32 as u32;
    STANDARD.get(usize::try_from(INPUT.checked_sub(constant)?).ok()?)
}

fn which_of(handle: Handle) -> Option<&'static AtomicUsize> {
    let constant = u32::try_from(handle.0 & 0xffff_ffff).ok()?;
    let high = handle.0 >> 32;
    which(constant).filter(|_| high == 0 || high == 0xffff_ffff)
}

pub(crate) fn get(constant: u32) -> Result<Handle> {
    let standard = which(constant).ok_or(Failure::INVALID_HANDLE)?;
    Ok(Handle(standard.load(Ordering::Relaxed)))
}

pub(crate) fn set(constant: u32, handle: Handle) -> Result<()> {
    let standard = which(constant).ok_or(Failure::INVALID_HANDLE)?;
    standard.store(handle.0, Ordering::Relaxed);
    Ok(())
}

/// The handle that a constant stands for, where a constant is given in its place.
pub(crate) fn resolve(handle: Handle) -> Handle {
    which_of(handle).map_or(handle, |standard| Handle(standard.load(Ordering::Relaxed)))
}

/// The same for who closes it: the constant stands for nothing from then on.
pub(crate) fn resolve_and_clear(handle: Handle) -> Handle {
    which_of(handle).map_or(handle, |standard| {
        Handle(standard.swap(0, Ordering::Relaxed))
    })
}
