//! `SECURITY_ATTRIBUTES`, and the two functions by which programs make a descriptor for everybody.

use crate::boundary::succeeds;
use crate::failure::Result;
use crate::platform::pointers;
use crate::security::{Attributes, Descriptor, RawAttributes};

/// What the attributes say; null says nothing.
///
/// # Safety
///
/// `attributes` must be null or valid for reading, and so must the descriptor in it.
pub(super) unsafe fn attributes(attributes: *const RawAttributes) -> Result<Attributes> {
    // SAFETY: by the contract of this function.
    let Some(raw) = unsafe { pointers::read_optional(attributes) }? else {
        return Ok(Attributes::default());
    };
    // SAFETY: by the contract of this function.
    let descriptor = unsafe { pointers::read_optional(raw.descriptor) }?;
    let everyone = descriptor.map_or(Ok(false), |it| it.is_for_everyone())?;
    let inheritable = raw.inheritable != 0;
    Ok(Attributes {
        inheritable,
        everyone,
    })
}

/// # Safety
///
/// `descriptor` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn InitializeSecurityDescriptor(
    descriptor: *mut Descriptor,
    revision: u32,
) -> i32 {
    succeeds(|| {
        let new = Descriptor::new(revision)?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(descriptor, new) }
    })
}

/// # Safety
///
/// `descriptor` must be valid for reading and writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SetSecurityDescriptorDacl(
    descriptor: *mut Descriptor,
    is_present: i32,
    list: usize,
    is_default: i32,
) -> i32 {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let mut changed = unsafe { pointers::read(descriptor) }?;
        changed.set_list(is_present != 0, list, is_default != 0)?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(descriptor, changed) }
    })
}
