//! `VirtualProtect`.

use commonhold::Protection;

use super::{GRANULARITY, foreign, pages, private, protection, with_view};
use crate::failure::{Failure, Result};
use crate::platform::private_memory::Addresses;

/// The whole pages that hold so many bytes from the address on, to be protected.
///
/// # Errors
///
/// `INVALID_PARAMETER` if no process has them.
pub(crate) fn range(address: usize, length: usize) -> Result<(usize, usize)> {
    if address == 0 || length == 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    let pages = pages(address, length)?;
    Ok((pages.start, pages.len()))
}

/// Protects whole pages, and tells what the first of them had.
pub(crate) fn protect(addresses: Addresses, constant: u32) -> Result<Protection> {
    let wanted = protection::of(constant)?;
    let range = addresses.start()..addresses.start() + addresses.len();
    let in_view = with_view(range.start, |view, offset| {
        view.protect(offset..offset + range.len(), wanted)
    });
    if let Some(old) = in_view {
        return Ok(old?);
    }
    let wanted = protection::of_private(constant)?;
    if let Some(old) = private::protect(&range, wanted) {
        return old;
    }
    let old = foreign::protection(&range).ok_or(Failure::INVALID_ADDRESS)?;
    // What this library made is changed through its own books, and by itself alone.
    let reaches_ours = private::neighbours(range.start)
        .1
        .is_some_and(|next| next < range.end)
        || (range.start.next_multiple_of(GRANULARITY)..range.end)
            .step_by(GRANULARITY)
            .any(|start| with_view(start, |_, _| ()).is_some());
    if reaches_ours {
        return Err(Failure::INVALID_ADDRESS);
    }
    addresses.protect(wanted).map_err(|errno| match errno {
        // More than what is mapped there was opened for.
        rustix::io::Errno::ACCESS => Failure::INVALID_PARAMETER,
        errno => errno.into(),
    })?;
    Ok(old)
}
