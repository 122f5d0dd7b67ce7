//! What a process is started with beside its startup information (`PROC_THREAD_ATTRIBUTE_LIST`), in memory of the
//! program's, which asks how much is needed.

use std::ffi::c_void;

use crate::failure::{Failure, Result};
use crate::handles::Handle;
use crate::platform::pointers;

/// `PROC_THREAD_ATTRIBUTE_HANDLE_LIST`, the only one there is here.
const HANDLE_LIST: usize = 0x2_0002;
/// The attribute's own number, without its flags.
const NUMBER: usize = 0xffff;

/// The list's head; the attributes come after it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct List {
    /// A bit for each attribute that is in it.
    present: u32,
    capacity: u32,
    count: u32,
    _unused: [usize; 1],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Attribute {
    id: usize,
    size: usize,
    value: *const c_void,
}

const _: () = assert!(size_of::<List>() == 24 && size_of::<Attribute>() == 24);

/// Makes an empty list for so many attributes, in so many bytes. Null only asks how many are needed, which is
/// written there in any case.
///
/// # Safety
///
/// `size` must be valid for reading and writing, and `list` null, or valid for writing that many bytes.
pub(crate) unsafe fn initialize(
    list: *mut List,
    capacity: u32,
    flags: u32,
    size: *mut usize,
) -> Result<()> {
    if flags != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    // SAFETY: by the contract of this function.
    let given = unsafe { pointers::read(size) }?;
    let needed = size_of::<List>() + capacity as usize * size_of::<Attribute>();
    // SAFETY: by the contract of this function.
    unsafe { pointers::write(size, needed) }?;
    if list.is_null() || given < needed {
        return Err(Failure::INSUFFICIENT_BUFFER);
    }
    let empty = List {
        present: 0,
        capacity,
        count: 0,
        _unused: [0],
    };
    // SAFETY: there is room for the head, and for the attributes.
    unsafe { pointers::write(list, empty) }
}

/// Adds an attribute, whose value is looked at when a process is started.
///
/// # Safety
///
/// `list` must have been initialized.
pub(crate) unsafe fn update(
    list: *mut List,
    id: usize,
    value: *const c_void,
    size: usize,
) -> Result<()> {
    // SAFETY: by the contract of this function.
    let mut head = unsafe { pointers::read(list) }?;
    if head.count >= head.capacity {
        return Err(Failure::GEN_FAILURE);
    }
    if id != HANDLE_LIST {
        return Err(Failure::NOT_SUPPORTED);
    }
    let bit = 1 << (id & NUMBER);
    if head.present & bit != 0 {
        return Err(Failure::OBJECT_NAME_EXISTS);
    }
    if size % size_of::<Handle>() != 0 {
        return Err(Failure::BAD_LENGTH);
    }
    let attribute = Attribute { id, size, value };
    // SAFETY: the list has room for it, as the count is below the capacity.
    let place = unsafe { attribute_at(list, head.count) };
    // SAFETY: as above.
    unsafe { place.write_unaligned(attribute) };
    head.present |= bit;
    head.count += 1;
    // SAFETY: by the contract of this function.
    unsafe { pointers::write(list, head) }
}

/// The handles that are to be inherited, if the list says.
///
/// # Safety
///
/// `list` must be null, or have been initialized, and the values in it must be valid.
pub(crate) unsafe fn listed(list: *mut List) -> Result<Option<Vec<Handle>>> {
    // SAFETY: by the contract of this function.
    let Some(head) = unsafe { pointers::read_optional(list) }? else {
        return Ok(None);
    };
    for index in 0..head.count.min(head.capacity) {
        // SAFETY: so many have been added.
        let place = unsafe { attribute_at(list, index) };
        // SAFETY: as above.
        let attribute = unsafe { place.read_unaligned() };
        if attribute.id == HANDLE_LIST {
            let count = attribute.size / size_of::<Handle>();
            // SAFETY: by the contract of this function.
            let handles = unsafe { pointers::slice(attribute.value.cast::<Handle>(), count) }?;
            return Ok(Some(handles.to_vec()));
        }
    }
    Ok(None)
}

/// # Safety
///
/// `list` must have been initialized for more attributes than that.
unsafe fn attribute_at(list: *mut List, index: u32) -> *mut Attribute {
    // SAFETY: the attributes come after the head.
    let first = unsafe { list.add(1) }.cast::<Attribute>();
    // SAFETY: by the contract of this function.
    unsafe { first.add(index as usize) }
}
