//! Values that each thread has of its own, under a number (`TlsAlloc`): the C library's keys.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::{Failure, Result};

/// How many numbers Windows has. The C library has fewer.
const MOST: u32 = 1088;

/// Those that are in use, so that no other key of the process is taken for one.
static TAKEN: [AtomicU64; MOST as usize / 64] = [const { AtomicU64::new(0) }; MOST as usize / 64];

/// Where a number is in that.
fn bit(index: u32) -> Result<(&'static AtomicU64, u64)> {
    let word = usize::try_from(index / 64)
        .ok()
        .and_then(|it| TAKEN.get(it));
    Ok((word.ok_or(Failure::INVALID_PARAMETER)?, 1 << (index % 64)))
}

fn is_taken(index: u32) -> Result<bool> {
    let (word, bit) = bit(index)?;
    Ok(word.load(Ordering::Acquire) & bit != 0)
}

pub(crate) fn allocate() -> Result<u32> {
    let mut key = 0;
    // SAFETY: the number lives, and there is no destructor.
    if unsafe { libc::pthread_key_create(&raw mut key, None) } != 0 {
        return Err(Failure::NO_MORE_ITEMS);
    }
    let Ok((word, bit)) = bit(key) else {
        // SAFETY: just made.
        unsafe { libc::pthread_key_delete(key) };
        return Err(Failure::NO_MORE_ITEMS);
    };
    word.fetch_or(bit, Ordering::Release);
    Ok(key)
}

pub(crate) fn free(index: u32) -> Result<()> {
    let (word, bit) = bit(index)?;
    if word.fetch_and(!bit, Ordering::AcqRel) & bit == 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    // SAFETY: a key of ours, which nobody else deletes.
    unsafe { libc::pthread_key_delete(index) };
    Ok(())
}

/// The calling thread's value: null where none was set, or the number is not in use.
#[inline]
pub(crate) fn get(index: u32) -> Result<*mut c_void> {
    if !is_taken(index)? {
        return Ok(ptr::null_mut());
    }
    // SAFETY: a key of ours. Should it be deleted meanwhile, the C library answers null.
    Ok(unsafe { libc::pthread_getspecific(index) })
}

pub(crate) fn set(index: u32, value: *const c_void) -> Result<()> {
    if !is_taken(index)? {
        return Err(Failure::INVALID_PARAMETER);
    }
    // SAFETY: a key of ours. Should it be deleted meanwhile, the C library refuses.
    match unsafe { libc::pthread_setspecific(index, value) } {
        0 => Ok(()),
        _ => Err(Failure::NOT_ENOUGH_MEMORY),
    }
}
