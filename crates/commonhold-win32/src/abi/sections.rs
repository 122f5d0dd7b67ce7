//! Sections and their views.

use std::ffi::c_void;

use super::both_forms;
use super::security::attributes;
use super::waitables::created;
use crate::boundary::{answer, succeeds};
use crate::failure::{Failure, Result};
use crate::handles::duplicate::resolve;
use crate::handles::{Handle, Object};
use crate::platform::text::{Character, Text};
use crate::sections::{self, Request, views};
use crate::security::RawAttributes;

type Security = *const RawAttributes;

/// # Safety
///
/// `security` must be null or valid, and `name` null or terminated.
unsafe fn create<C: Character>(
    file: Handle,
    security: Security,
    protection: u32,
    size: u64,
    node: Option<u32>,
    name: *const C,
) -> Handle {
    created(|| {
        // SAFETY: by the contract of this function.
        let attributes = unsafe { attributes(security) }?;
        // The size is refused before the name is looked at.
        if matches!(file, Handle::INVALID | Handle::NULL) && size == 0 {
            return Err(Failure::INVALID_PARAMETER);
        }
        // SAFETY: by the contract of this function.
        let name = unsafe { Text::of(name) }?.name()?;
        let request = Request {
            file,
            attributes,
            protection,
            size,
            node,
        };
        sections::create(&request, name.as_ref())
    })
}

fn size(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// # Safety
///
/// That of [`create`].
unsafe fn create_mapping<C: Character>(
    file: Handle,
    security: Security,
    protection: u32,
    high: u32,
    low: u32,
    name: *const C,
) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe { create(file, security, protection, size(high, low), None, name) }
}

/// # Safety
///
/// That of [`create`].
unsafe fn create_mapping_numa<C: Character>(
    file: Handle,
    security: Security,
    protection: u32,
    high: u32,
    low: u32,
    name: *const C,
    node: u32,
) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe {
        create(
            file,
            security,
            protection,
            size(high, low),
            Some(node),
            name,
        )
    }
}

/// # Safety
///
/// `name` must be null or terminated.
unsafe fn open_mapping<C: Character>(access: u32, inheritable: i32, name: *const C) -> Handle {
    answer(Handle::NULL, || {
        // SAFETY: by the contract of this function.
        let name = unsafe { Text::of(name) }?.existing_name()?;
        sections::open(&name, access, inheritable != 0)
    })
}

both_forms! {
    create_mapping(file: Handle, security: Security, protection: u32, high: u32, low: u32; name) -> Handle
        = CreateFileMappingA, CreateFileMappingW;
    create_mapping_numa(file: Handle, security: Security, protection: u32, high: u32, low: u32; name; node: u32)
        -> Handle = CreateFileMappingNumaA, CreateFileMappingNumaW;
    open_mapping(access: u32, inheritable: i32; name) -> Handle = OpenFileMappingA, OpenFileMappingW;
}

/// # Safety
///
/// That of [`create`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn CreateFileMappingFromApp(
    file: Handle,
    security: Security,
    protection: u32,
    size: u64,
    name: *const u16,
) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe { create(file, security, protection, size, None, name) }
}

/// # Safety
///
/// That of [`OpenFileMappingW`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OpenFileMappingFromApp(
    access: u32,
    inheritable: i32,
    name: *const u16,
) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe { open_mapping(access, inheritable, name) }
}

fn map(request: &views::Request) -> *mut c_void {
    let address = answer(0, || views::map(request));
    std::ptr::with_exposed_provenance_mut(address)
}

#[unsafe(no_mangle)]
pub extern "C" fn MapViewOfFile(
    section: Handle,
    access: u32,
    high: u32,
    low: u32,
    length: usize,
) -> *mut c_void {
    MapViewOfFileEx(section, access, high, low, length, 0)
}

#[unsafe(no_mangle)]
pub extern "C" fn MapViewOfFileEx(
    section: Handle,
    access: u32,
    high: u32,
    low: u32,
    length: usize,
    address: usize,
) -> *mut c_void {
    let offset = size(high, low);
    map(&views::Request {
        section,
        access,
        offset,
        length,
        address,
        node: None,
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn MapViewOfFileExNuma(
    section: Handle,
    access: u32,
    high: u32,
    low: u32,
    length: usize,
    address: usize,
    node: u32,
) -> *mut c_void {
    let offset = size(high, low);
    map(&views::Request {
        section,
        access,
        offset,
        length,
        address,
        node: Some(node),
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn MapViewOfFileFromApp(
    section: Handle,
    access: u32,
    offset: u64,
    length: usize,
) -> *mut c_void {
    map(&views::Request {
        section,
        access,
        offset,
        length,
        address: 0,
        node: None,
    })
}

/// Whether a handle is to this process: views and memory of others cannot be changed.
pub(super) fn check_own_process(process: Handle) -> Result<()> {
    match &resolve(process)?.object {
        Object::Process(process) if process.is_current() => Ok(()),
        Object::Process(_) => Err(Failure::NOT_SUPPORTED),
        _ => Err(Failure::INVALID_HANDLE),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn MapViewOfFile3(
    section: Handle,
    process: Handle,
    address: usize,
    offset: u64,
    length: usize,
    allocation: u32,
    page: u32,
    _parameters: *mut c_void,
    parameter_count: u32,
) -> *mut c_void {
    const MEM_RESERVE: u32 = 0x2000;
    const MEM_REPLACE_PLACEHOLDER: u32 = 0x4000;
    const MEM_LARGE_PAGES: u32 = 0x2000_0000;
    let address = answer(0, || {
        if process != Handle::NULL {
            check_own_process(process)?;
        }
        if parameter_count != 0 {
            return Err(Failure::INVALID_PARAMETER);
        }
        match allocation {
            0 => {}
            MEM_RESERVE | MEM_REPLACE_PLACEHOLDER | MEM_LARGE_PAGES => {
                return Err(Failure::NOT_SUPPORTED);
            }
            _ => return Err(Failure::INVALID_PARAMETER),
        }
        let access = views::access_for(page)?;
        views::map(&views::Request {
            section,
            access,
            offset,
            length,
            address,
            node: None,
        })
    });
    std::ptr::with_exposed_provenance_mut(address)
}

#[unsafe(no_mangle)]
pub extern "C" fn UnmapViewOfFile(address: usize) -> i32 {
    succeeds(|| views::unmap(address, 0))
}

#[unsafe(no_mangle)]
pub extern "C" fn UnmapViewOfFileEx(address: usize, flags: u32) -> i32 {
    succeeds(|| views::unmap(address, flags))
}

#[unsafe(no_mangle)]
pub extern "C" fn UnmapViewOfFile2(process: Handle, address: usize, flags: u32) -> i32 {
    succeeds(|| {
        check_own_process(process)?;
        views::unmap(address, flags)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn FlushViewOfFile(address: usize, length: usize) -> i32 {
    succeeds(|| views::flush(address, length))
}
