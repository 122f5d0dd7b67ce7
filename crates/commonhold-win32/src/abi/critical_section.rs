//! Critical sections.
//!
//! All of these take a pointer to one that was initialized, and was not deleted. A pointer that is plainly none ends
//! the program, as using it would on Windows: going on as if the section were entered would be worse.

use crate::boundary::succeeds;
use crate::failure::{Failure, Result};
use crate::platform::critical_section::CriticalSection;
use crate::platform::pointers;

/// The bits of a spin count that count.
const SPINS: u32 = 0x00ff_ffff;

/// `CRITICAL_SECTION_NO_DEBUG_INFO`, `DYNAMIC_SPIN` and `STATIC_INIT`: hints.
const FLAGS: u32 = 0x0700_0000;

/// # Safety
///
/// `section` must be valid for writing.
unsafe fn initialize(section: *mut CriticalSection, spin_count: u32) -> Result<()> {
    let new = CriticalSection::new(spin_count);
    // SAFETY: by the contract of this function.
    unsafe { pointers::write(section, new) }
}

/// # Safety
///
/// `section` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn InitializeCriticalSection(section: *mut CriticalSection) {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { initialize(section, 0) });
}

/// # Safety
///
/// `section` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn InitializeCriticalSectionAndSpinCount(
    section: *mut CriticalSection,
    spin_count: u32,
) -> i32 {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { initialize(section, spin_count & SPINS) })
}

/// # Safety
///
/// `section` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn InitializeCriticalSectionEx(
    section: *mut CriticalSection,
    spin_count: u32,
    flags: u32,
) -> i32 {
    succeeds(|| {
        if spin_count & !SPINS != 0 || flags & !FLAGS != 0 {
            return Err(Failure::INVALID_PARAMETER);
        }
        // SAFETY: by the contract of this function.
        unsafe { initialize(section, spin_count) }
    })
}

/// # Safety
///
/// `section` must be an initialized section.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn EnterCriticalSection(section: *const CriticalSection) {
    // SAFETY: by the contract of this function.
    unsafe { CriticalSection::at(section) }.enter();
}

/// # Safety
///
/// `section` must be an initialized section.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TryEnterCriticalSection(section: *const CriticalSection) -> i32 {
    // SAFETY: by the contract of this function.
    unsafe { CriticalSection::at(section) }.try_enter().into()
}

/// # Safety
///
/// `section` must be an initialized section.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LeaveCriticalSection(section: *const CriticalSection) {
    // SAFETY: by the contract of this function.
    unsafe { CriticalSection::at(section) }.leave();
}

/// # Safety
///
/// `section` must be an initialized section that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DeleteCriticalSection(section: *const CriticalSection) {
    // SAFETY: by the contract of this function.
    unsafe { CriticalSection::at(section) }.delete();
}

/// # Safety
///
/// `section` must be an initialized section.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SetCriticalSectionSpinCount(
    section: *const CriticalSection,
    spin_count: u32,
) -> u32 {
    // SAFETY: by the contract of this function.
    unsafe { CriticalSection::at(section) }.set_spin_count(spin_count)
}
