//! Taking space in a file before it is written to.

use std::os::fd::AsFd;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{Errno, retry_on_intr};

/// Takes the space, and extends the file if it is shorter.
///
/// All at once, so that what cannot be had is refused before any of it is taken. Only if a signal arrives
/// meanwhile in steps: older kernels then give up a whole call, and undo what it did.
pub(super) fn allocate_space(file: impl AsFd, offset: u64, len: u64) -> Result<(), Errno> {
    const STEP: u64 = 16 << 20;
    match fallocate(&file, FallocateFlags::empty(), offset, len) {
        Err(Errno::INTR) => {}
        other => return other,
    }
    let end = offset.checked_add(len).ok_or(Errno::FBIG)?;
    let mut at = offset;
    while at < end {
        let step = STEP.min(end - at);
        retry_on_intr(|| fallocate(&file, FallocateFlags::empty(), at, step))?;
        at += step;
    }
    Ok(())
}
