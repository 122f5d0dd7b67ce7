//! `CreateFile`, `ReadFile`, `WriteFile`, and what else is done with files.

use crate::boundary::{answer, set_last_error, succeeds};
use crate::failure::{Failure, Result};
use crate::files::open::{Opened, Request};
use crate::files::transfer::{At, Transferred};
use crate::files::{self, open, position, transfer};
use crate::handles::{self, Handle, Object};
use crate::platform::pointers;
use crate::platform::text::Text;
use crate::platform::transfer_buffers::{Source, Target};
use crate::security::{Attributes, RawAttributes};
use crate::standard;

use super::overlapped::{self, Overlapped};
use super::security;

/// # Safety
///
/// `path` must be null or end in a zero; `attributes` and the descriptor in it must be null or valid for reading.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CreateFileA(
    path: *const u8,
    access: u32,
    shared: u32,
    attributes: *const RawAttributes,
    disposition: u32,
    flags: u32,
    template: Handle,
) -> Handle {
    answer(Handle::INVALID, || {
        // SAFETY: by the contract of this function.
        let attributes = unsafe { security::attributes(attributes) }?;
        let request = Request {
            // SAFETY: by the contract of this function.
            path: unsafe { Text::of(path) }?,
            access,
            shared,
            disposition,
            flags,
            everyone: attributes.everyone,
        };
        create(&request, attributes, template)
    })
}

/// # Safety
///
/// That of [`CreateFileA`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CreateFileW(
    path: *const u16,
    access: u32,
    shared: u32,
    attributes: *const RawAttributes,
    disposition: u32,
    flags: u32,
    template: Handle,
) -> Handle {
    answer(Handle::INVALID, || {
        // SAFETY: by the contract of this function.
        let attributes = unsafe { security::attributes(attributes) }?;
        let request = Request {
            // SAFETY: by the contract of this function.
            path: unsafe { Text::of(path) }?,
            access,
            shared,
            disposition,
            flags,
            everyone: attributes.everyone,
        };
        create(&request, attributes, template)
    })
}

fn create(request: &Request<'_>, attributes: Attributes, template: Handle) -> Result<Handle> {
    const CREATE_ALWAYS: u32 = 2;
    const OPEN_ALWAYS: u32 = 4;
    if template != Handle::NULL {
        return Err(Failure::NOT_SUPPORTED);
    }
    let Opened { file, existed } = open::open(request)?;
    let handle = handles::insert(Object::File(file), attributes.inheritable)?;
    let tells = matches!(request.disposition, CREATE_ALWAYS | OPEN_ALWAYS);
    set_last_error(if tells && existed {
        Failure::ALREADY_EXISTS.0
    } else {
        0
    });
    Ok(handle)
}

/// # Safety
///
/// `buffer` must be the caller's for `length` bytes; `count` and `overlapped` must be null, or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ReadFile(
    handle: Handle,
    buffer: *mut u8,
    length: u32,
    count: *mut u32,
    overlapped: *mut Overlapped,
) -> i32 {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let mut target = unsafe { Target::new(buffer, length as usize) };
        let read = |at| {
            files::with(handle, |file| {
                pointers::check_buffer(buffer, length as usize)?;
                Ok(transfer::read(file, &mut target, at))
            })
        };
        // SAFETY: by the contract of this function.
        unsafe { transferred(count, overlapped, Overlapped::read_at, read) }
    })
}

/// # Safety
///
/// `buffer` must be the caller's for `length` bytes; `count` and `overlapped` must be null, or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WriteFile(
    handle: Handle,
    buffer: *const u8,
    length: u32,
    count: *mut u32,
    overlapped: *mut Overlapped,
) -> i32 {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let source = unsafe { Source::new(buffer, length as usize) };
        let write = |at| files::with(handle, |file| Ok(transfer::write(file, &source, at)));
        // SAFETY: by the contract of this function.
        unsafe { transferred(count, overlapped, Overlapped::write_at, write) }
    })
}

/// Does the transfer where the structure says, and tells both its places what came of it.
///
/// # Safety
///
/// Both pointers must be null, or valid for writing.
unsafe fn transferred(
    count: *mut u32,
    overlapped: *mut Overlapped,
    place: impl FnOnce(&Overlapped) -> Result<At>,
    transfer: impl FnOnce(At) -> Result<Transferred>,
) -> Result<()> {
    // SAFETY: by the contract of this function.
    unsafe { pointers::write_optional(count, 0) }?;
    // SAFETY: by the contract of this function.
    let asked = unsafe { pointers::read_optional(overlapped) }?;
    let at = asked.as_ref().map_or(Ok(At::Position), place)?;
    let event = asked.map_or(Ok(None), Overlapped::event)?;
    let Transferred { bytes, failure } = transfer(at)?;
    let told = u32::try_from(bytes).unwrap_or(u32::MAX);
    // SAFETY: by the contract of this function.
    unsafe { pointers::write_optional(count, told) }?;
    if let Some(status) = asked.and(overlapped::status(failure)) {
        // SAFETY: by the contract of this function, and it is not null.
        unsafe { pointers::write(overlapped.cast(), [status, bytes]) }?;
        event.map_or(Ok(()), |event| overlapped::signal(&event))?;
    }
    failure.map_or(Ok(()), Err)
}

/// # Safety
///
/// `high` must be null, or valid for reading and writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SetFilePointer(
    handle: Handle,
    low: i32,
    high: *mut i32,
    method: u32,
) -> u32 {
    const INVALID: u32 = u32::MAX;
    answer(INVALID, || {
        // SAFETY: by the contract of this function.
        let upper = unsafe { pointers::read_optional(high) }?;
        let (distance, limit) = match upper {
            Some(upper) => (i64::from(upper) << 32 | i64::from(low as u32), i64::MAX),
            None => (i64::from(low), i64::from(u32::MAX)),
        };
        let position = files::with(handle, |file| position::seek(file, distance, method, limit))?;
        let (upper, lower) = halves(position as u64);
        // SAFETY: by the contract of this function.
        unsafe { pointers::write_optional(high, upper as i32) }?;
        if lower == INVALID {
            set_last_error(0);
        }
        Ok(lower)
    })
}

/// # Safety
///
/// `position` must be null, or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SetFilePointerEx(
    handle: Handle,
    distance: i64,
    position: *mut i64,
    method: u32,
) -> i32 {
    succeeds(|| {
        let moved = files::with(handle, |file| {
            position::seek(file, distance, method, i64::MAX)
        })?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write_optional(position, moved) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn SetEndOfFile(handle: Handle) -> i32 {
    succeeds(|| files::with(handle, position::set_end))
}

/// # Safety
///
/// `high` must be null, or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetFileSize(handle: Handle, high: *mut u32) -> u32 {
    const INVALID: u32 = u32::MAX;
    answer(INVALID, || {
        let (upper, lower) = halves(files::with(handle, position::size)?);
        // SAFETY: by the contract of this function.
        unsafe { pointers::write_optional(high, upper) }?;
        if lower == INVALID {
            set_last_error(0);
        }
        Ok(lower)
    })
}

/// # Safety
///
/// `size` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetFileSizeEx(handle: Handle, size: *mut u64) -> i32 {
    succeeds(|| {
        let found = files::with(handle, position::size)?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(size, found) }
    })
}

#[allow(clippy::cast_possible_truncation, reason = "the halves are meant")]
fn halves(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}

#[unsafe(no_mangle)]
pub extern "C" fn FlushFileBuffers(handle: Handle) -> i32 {
    succeeds(|| files::with(handle, position::flush))
}

#[unsafe(no_mangle)]
pub extern "C" fn GetFileType(handle: Handle) -> u32 {
    const UNKNOWN: u32 = 0;
    answer(UNKNOWN, || {
        let kind = handles::look(
            standard::resolve(handle),
            |entry| handles::object::refers_to!(entry, Object::File(file) => Ok(file.kind())),
        )?;
        if kind.constant() == UNKNOWN {
            set_last_error(0);
        }
        Ok(kind.constant())
    })
}
