//! Where in the process's memory a view is mapped.

use std::num::NonZeroUsize;
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};

use super::commit_map::CommitMap;
use super::errno::refused;
use super::mapping::prot_flags;
use crate::platform::ALLOCATION_GRANULARITY;
use crate::{Error, ErrorCode, Protection, Result};

/// What [`Mapping::new`](super::Mapping::new) maps.
pub(super) struct Plan<'a> {
    pub(super) fd: BorrowedFd<'a>,
    pub(super) offset: u64,
    pub(super) len: usize,
    /// `len` in whole pages, of the size that the section has.
    pub(super) mapped_len: usize,
    pub(super) protection: Protection,
    pub(super) address: Option<NonZeroUsize>,
    pub(super) populate: bool,
    pub(super) commit_map: Option<CommitMap>,
    pub(super) is_file: bool,
}

/// Maps it: at the address that was asked for, or at one for which a later view can ask.
pub(super) fn map(plan: &Plan<'_>) -> Result<NonNull<u8>> {
    let sharing = if plan.protection.is_copy_on_write() {
        MapFlags::PRIVATE
    } else {
        MapFlags::SHARED
    };
    let mapped = match plan.address {
        None => map_anywhere(plan, sharing),
        Some(wanted) => {
            let address = std::ptr::with_exposed_provenance_mut(wanted.get());
            map_at(plan, address, sharing | MapFlags::FIXED_NOREPLACE)
        }
    };
    mapped.map_err(|errno| not_mapped(errno, plan))
}

/// Has the next view look here first: it is most likely as large as the one that was unmapped. (An address that was
/// asked for is asked for again, and is none for others.)
pub(super) fn vacated(base: NonNull<u8>) {
    HINT.store(base.addr().get(), Ordering::Relaxed);
}

/// Where the next view is looked for first: right below the last one, or where one was just unmapped.
static HINT: AtomicUsize = AtomicUsize::new(0);

/// Maps at a multiple of 64 KiB, as Windows does, so that another process, or this one later, can ask for the very same
/// address. The kernel chooses no such addresses; but it follows a hint if there is room.
fn map_anywhere(plan: &Plan<'_>, sharing: MapFlags) -> Result<NonNull<u8>, Errno> {
    let hint = std::ptr::without_provenance_mut(HINT.load(Ordering::Relaxed));
    let mut base = map_at(plan, hint, sharing)?;
    while base.addr().get() % ALLOCATION_GRANULARITY != 0 {
        // SAFETY: mapped just now, and nobody has seen it.
        unsafe { rustix::mm::munmap(base.as_ptr().cast(), plan.mapped_len) }?;
        let room = room(plan.mapped_len)?;
        match map_at(plan, room, sharing | MapFlags::FIXED_NOREPLACE) {
            Ok(mapped) => base = mapped,
            // Another thread was faster. Then it is looked for anew.
            Err(Errno::EXIST) => base = map_at(plan, std::ptr::null_mut(), sharing)?,
            Err(errno) => return Err(errno),
        }
    }
    let taken = plan.mapped_len.next_multiple_of(ALLOCATION_GRANULARITY);
    HINT.store(base.addr().get().saturating_sub(taken), Ordering::Relaxed);
    Ok(base)
}

/// A multiple of 64 KiB from where on so many bytes were free a moment ago.
fn room(len: usize) -> Result<*mut std::ffi::c_void, Errno> {
    let len = len
        .checked_add(ALLOCATION_GRANULARITY)
        .ok_or(Errno::NOMEM)?;
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: new memory, at an address that the kernel chooses.
    let found = unsafe {
        rustix::mm::mmap_anonymous(std::ptr::null_mut(), len, ProtFlags::empty(), flags)
    }?;
    // SAFETY: mapped just now, and nobody has seen it.
    unsafe { rustix::mm::munmap(found, len) }?;
    Ok(found.map_addr(|address| address.next_multiple_of(ALLOCATION_GRANULARITY)))
}

fn map_at(
    plan: &Plan<'_>,
    address: *mut std::ffi::c_void,
    flags: MapFlags,
) -> Result<NonNull<u8>, Errno> {
    let protection = prot_flags(plan.protection);
    // SAFETY: the kernel chooses the address, or refuses where something is mapped: nothing is replaced.
    let base = unsafe {
        rustix::mm::mmap(
            address,
            plan.mapped_len,
            protection,
            flags,
            plan.fd,
            plan.offset,
        )
    }?;
    NonNull::new(base.cast()).ok_or(Errno::NOMEM)
}

pub(super) fn occupied() -> Error {
    Error::new(
        ErrorCode::INVALID_ADDRESS,
        "map the view at the address wanted",
    )
    .because("something else is mapped there")
}

fn not_mapped(errno: Errno, plan: &Plan<'_>) -> Error {
    /// The end of user space with four levels of page tables on x86-64. Elsewhere it may be another, and then
    /// an address beyond it is refused as one without room.
    const USER_SPACE: usize = 1 << 47;
    const TRIED: &str = "map the view";
    let beyond = plan.address.is_some_and(|address| {
        address
            .get()
            .checked_add(plan.mapped_len)
            .is_none_or(|end| end > USER_SPACE)
    });
    match errno {
        Errno::EXIST => occupied(),
        _ if beyond => Error::new(ErrorCode::INVALID_PARAMETER, TRIED)
            .because("the address is beyond what a process can have"),
        Errno::PERM if plan.address.is_some() => Error::new(ErrorCode::INVALID_ADDRESS, TRIED)
            .because("the system keeps that address free"),
        Errno::NOMEM => Error::new(ErrorCode::NOT_ENOUGH_MEMORY, TRIED)
            .because(format!("there is no room for {} bytes", plan.mapped_len)),
        Errno::NODEV => Error::new(ErrorCode::BAD_EXE_FORMAT, TRIED)
            .because("the file's file system cannot map it"),
        errno => refused(errno, TRIED),
    }
}
