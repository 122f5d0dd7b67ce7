//! Memory of the process: views, and what is allocated beside them.
//!
//! * [`allocate`], [`protect`], [`query`]: `VirtualAlloc`, `VirtualFree`, `VirtualProtect`, `VirtualQuery`
//! * [`private`] what is reserved and committed, [`page_runs`] page by page; [`foreign`] what others have mapped
//! * [`residence`] what is to be in memory (`VirtualLock`, `PrefetchVirtualMemory`), [`system`] the machine

pub(crate) mod allocate;
mod foreign;
mod page_runs;
mod private;
pub(crate) mod protect;
mod protection;
pub(crate) mod query;
pub(crate) mod residence;
pub(crate) mod system;

use std::ops::Range;
use std::ptr;

use commonhold::View;

use crate::failure::{Failure, Result};
use crate::handles::object::refers_to;
use crate::handles::{self, Handle, Object};
pub(crate) use system::{large_page, page_size};

/// What allocations start at multiples of.
const GRANULARITY: usize = 64 * 1024;
/// Where the memory ends that a process can have, with four levels of page tables.
const END: usize = (1 << 47) - 4096;

/// The right to a process that changing its memory needs.
pub(crate) const VM_OPERATION: u32 = 0x8;
/// The right to a process that asking about its memory needs.
pub(crate) const QUERY_INFORMATION: u32 = 0x400;

/// Refuses the memory of other processes, which the kernel gives nobody.
pub(crate) fn check_process(process: Handle, right: u32) -> Result<()> {
    if process == Handle::CURRENT_PROCESS {
        return Ok(());
    }
    let entry = handles::get(process)?;
    let is_current = refers_to!(entry, Object::Process(process) => Ok(process.is_current()))?;
    entry.require(right)?;
    is_current.then_some(()).ok_or(Failure::NOT_SUPPORTED)
}

/// The whole pages that hold so many bytes from the address on; `INVALID_PARAMETER` if no process has them.
fn pages(address: usize, length: usize) -> Result<Range<usize>> {
    let end = address.checked_add(length).filter(|&end| end <= END);
    let end = end.ok_or(Failure::INVALID_PARAMETER)?;
    Ok(address / page_size() * page_size()..end.next_multiple_of(page_size()))
}

/// Does something with the view that the address is in, by offsets in it; `None` if it is in none.
fn with_view<T>(address: usize, action: impl FnOnce(&mut View, usize) -> T) -> Option<T> {
    let pointer = ptr::without_provenance(address);
    let done = View::with_address(pointer, |view| {
        let offset = address - view.as_ptr().addr();
        action(view, offset)
    });
    done.ok()
}
