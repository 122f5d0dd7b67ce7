//! `VirtualAlloc` and what else is done with memory that is not a file's or a section's own, and the machine's figures.

use std::mem::MaybeUninit;

use crate::boundary::{answer, succeeds};
use crate::failure::{Failure, Result};
use crate::handles::Handle;
use crate::memory::query::Region;
use crate::memory::residence::RangeEntry;
use crate::memory::system::SystemInfo;
use crate::memory::{
    self, QUERY_INFORMATION, VM_OPERATION, allocate, protect, query, residence, system,
};
use crate::platform::pointers;
use crate::platform::private_memory::Addresses;

#[unsafe(no_mangle)]
pub extern "C" fn VirtualAlloc(address: usize, length: usize, kind: u32, protection: u32) -> usize {
    answer(0, || allocate::allocate(address, length, kind, protection))
}

#[unsafe(no_mangle)]
pub extern "C" fn VirtualAllocEx(
    process: Handle,
    address: usize,
    length: usize,
    kind: u32,
    protection: u32,
) -> usize {
    answer(0, || {
        memory::check_process(process, VM_OPERATION)?;
        allocate::allocate(address, length, kind, protection)
    })
}

/// Without extended parameters, and without placeholders.
#[unsafe(no_mangle)]
pub extern "C" fn VirtualAlloc2(
    process: Handle,
    address: usize,
    length: usize,
    kind: u32,
    protection: u32,
    parameters: usize,
    count: u32,
) -> usize {
    /// `MEM_RESERVE_PLACEHOLDER`, `MEM_REPLACE_PLACEHOLDER`.
    const PLACEHOLDERS: u32 = 0x4_0000 | 0x4000;
    answer(0, || {
        if process != Handle::NULL {
            memory::check_process(process, VM_OPERATION)?;
        }
        match (count, parameters) {
            (0, _) => {}
            (_, 0) => return Err(Failure::INVALID_PARAMETER),
            _ => return Err(Failure::NOT_SUPPORTED),
        }
        if kind & PLACEHOLDERS != 0 {
            return Err(Failure::NOT_SUPPORTED);
        }
        allocate::allocate(address, length, kind, protection)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn VirtualFree(address: usize, length: usize, kind: u32) -> i32 {
    succeeds(|| allocate::free(address, length, kind))
}

#[unsafe(no_mangle)]
pub extern "C" fn VirtualFreeEx(process: Handle, address: usize, length: usize, kind: u32) -> i32 {
    succeeds(|| {
        memory::check_process(process, VM_OPERATION)?;
        allocate::free(address, length, kind)
    })
}

/// # Safety
///
/// `old` must be valid for writing; whoever uses the pages must go on as they are used to with the new protection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VirtualProtect(
    address: usize,
    length: usize,
    protection: u32,
    old: *mut u32,
) -> i32 {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { change_protection(address, length, protection, old) })
}

/// # Safety
///
/// That of [`VirtualProtect`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VirtualProtectEx(
    process: Handle,
    address: usize,
    length: usize,
    protection: u32,
    old: *mut u32,
) -> i32 {
    succeeds(|| {
        memory::check_process(process, VM_OPERATION)?;
        // SAFETY: by the contract of this function.
        unsafe { change_protection(address, length, protection, old) }
    })
}

/// # Safety
///
/// That of [`VirtualProtect`].
unsafe fn change_protection(
    address: usize,
    length: usize,
    protection: u32,
    old: *mut u32,
) -> Result<()> {
    let place = old.cast::<MaybeUninit<u32>>().cast_const();
    // SAFETY: by the contract of this function. Nothing is changed where the old protection cannot be told.
    unsafe { pointers::read(place) }?;
    let (start, length) = protect::range(address, length)?;
    // SAFETY: by the contract of this function.
    let addresses = unsafe { Addresses::of(start, length) };
    let before = protect::protect(addresses, protection)?;
    // SAFETY: by the contract of this function.
    unsafe { pointers::write(old, before as u32) }
}

/// # Safety
///
/// `region` must be valid for writing `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VirtualQuery(address: usize, region: *mut Region, length: usize) -> usize {
    // SAFETY: by the contract of this function.
    answer(0, || unsafe { tell(address, region, length) })
}

/// # Safety
///
/// That of [`VirtualQuery`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VirtualQueryEx(
    process: Handle,
    address: usize,
    region: *mut Region,
    length: usize,
) -> usize {
    answer(0, || {
        memory::check_process(process, QUERY_INFORMATION)?;
        // SAFETY: by the contract of this function.
        unsafe { tell(address, region, length) }
    })
}

/// # Safety
///
/// That of [`VirtualQuery`].
unsafe fn tell(address: usize, region: *mut Region, length: usize) -> Result<usize> {
    if length < size_of::<Region>() {
        return Err(Failure::BAD_LENGTH);
    }
    let found = query::query(address)?;
    // SAFETY: by the contract of this function, and there is room.
    unsafe { pointers::write(region, found) }?;
    Ok(size_of::<Region>())
}

#[unsafe(no_mangle)]
pub extern "C" fn VirtualLock(address: usize, length: usize) -> i32 {
    succeeds(|| residence::lock(address, length))
}

#[unsafe(no_mangle)]
pub extern "C" fn VirtualUnlock(address: usize, length: usize) -> i32 {
    succeeds(|| residence::unlock(address, length))
}

/// # Safety
///
/// `ranges` must be valid for reading `count` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PrefetchVirtualMemory(
    process: Handle,
    count: usize,
    ranges: *const RangeEntry,
    flags: u32,
) -> i32 {
    succeeds(|| {
        memory::check_process(process, QUERY_INFORMATION)?;
        // SAFETY: by the contract of this function.
        let ranges = unsafe { pointers::slice(ranges, count) }?;
        residence::prefetch(ranges, flags)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn GetLargePageMinimum() -> usize {
    answer(0, || Ok(system::large_page().unwrap_or(0)))
}

/// # Safety
///
/// `information` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetSystemInfo(information: *mut SystemInfo) {
    // SAFETY: by the contract of this function.
    answer((), || unsafe {
        pointers::write(information, system::information())
    });
}

/// # Safety
///
/// That of [`GetSystemInfo`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetNativeSystemInfo(information: *mut SystemInfo) {
    // SAFETY: by the contract of this function.
    unsafe { GetSystemInfo(information) };
}
