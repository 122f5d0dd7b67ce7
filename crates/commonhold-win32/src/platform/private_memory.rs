//! Memory that a program allocates by pages: reserved, made usable and taken away again, in ranges that the kernel is
//! asked for directly.
//!
//! Only C programs use it, by pointers that this library never follows. So changing what may be done with its pages
//! breaks no promise of Rust's.

use std::ffi::c_void;
use std::ops::Range;
use std::ptr;

use commonhold::Protection;
use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags};

/// A range of addresses that is this value's alone. Dropping it frees them.
pub(crate) struct PrivateMemory {
    base: usize,
    length: usize,
}

impl PrivateMemory {
    /// Reserves addresses where the kernel likes, that start at a multiple of `alignment`, a power of two. Nothing
    /// may be done with them. The length is in whole pages.
    pub(crate) fn reserve(length: usize, alignment: usize) -> Result<Self, Errno> {
        let padded = length.checked_add(alignment).ok_or(Errno::NOMEM)?;
        let found = Self::map(0, padded, MapFlags::empty())?;
        let base = found.base.next_multiple_of(alignment);
        let (start, end) = (found.base, found.base + padded);
        std::mem::forget(found);
        unmap(start, base - start);
        unmap(base + length, end - (base + length));
        Ok(Self { base, length })
    }

    /// Reserves these very addresses; `EXIST` if something is there.
    pub(crate) fn reserve_at(base: usize, length: usize) -> Result<Self, Errno> {
        let made = Self::map(base, length, MapFlags::FIXED_NOREPLACE)?;
        // A kernel before 4.17 takes the address for a hint.
        if made.base == base {
            Ok(made)
        } else {
            Err(Errno::EXIST)
        }
    }

    /// The same in large pages, which are all there at once. An address of 0 leaves it to the kernel.
    pub(crate) fn in_large_pages(base: usize, length: usize) -> Result<Self, Errno> {
        let at = if base == 0 {
            MapFlags::empty()
        } else {
            MapFlags::FIXED_NOREPLACE
        };
        Self::map(base, length, MapFlags::HUGETLB | at)
    }

    fn map(base: usize, length: usize, flags: MapFlags) -> Result<Self, Errno> {
        let flags = flags | MapFlags::PRIVATE;
        // SAFETY: the kernel chooses the address, or refuses where something is mapped: nothing is replaced.
        let made = unsafe {
            rustix::mm::mmap_anonymous(pointer(base), length, ProtFlags::empty(), flags)
        }?;
        Ok(Self {
            base: made.addr(),
            length,
        })
    }

    pub(crate) fn base(&self) -> usize {
        self.base
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Says what may be done with whole pages of it, by their offsets.
    pub(crate) fn protect(
        &self,
        range: &Range<usize>,
        protection: Protection,
    ) -> Result<(), Errno> {
        protect(self.at(range), range.len(), protection)
    }

    /// Takes the pages away, and what is in them.
    pub(crate) fn decommit(&self, range: &Range<usize>) -> Result<(), Errno> {
        let flags = MapFlags::PRIVATE | MapFlags::FIXED;
        let address = pointer(self.at(range));
        // SAFETY: the pages that are replaced are this value's, and no Rust code refers to them. Replaced and not only
        // protected, so that the kernel no longer counts them as promised.
        unsafe { rustix::mm::mmap_anonymous(address, range.len(), ProtFlags::empty(), flags) }
            .map(drop)
    }

    /// Says that what is in the pages is of no interest: they keep it, or are zero from some moment on.
    pub(crate) fn reset(&self, range: &Range<usize>) -> Result<(), Errno> {
        // SAFETY: the pages are this value's, and no Rust code refers to them.
        unsafe { rustix::mm::madvise(pointer(self.at(range)), range.len(), Advice::LinuxFree) }
    }

    fn at(&self, range: &Range<usize>) -> usize {
        assert!(
            range.start <= range.end && range.end <= self.length,
            "ranges are checked against the memory"
        );
        self.base + range.start
    }
}

impl Drop for PrivateMemory {
    fn drop(&mut self) {
        unmap(self.base, self.length);
    }
}

/// Addresses that a C program has asked something about, which it knows and this library does not.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    start: usize,
    length: usize,
}

impl Addresses {
    /// # Safety
    ///
    /// Whoever uses the pages there must go on as they are used to when what may be done with them changes.
    pub(crate) unsafe fn of(start: usize, length: usize) -> Self {
        Self { start, length }
    }

    pub(crate) fn start(self) -> usize {
        self.start
    }

    pub(crate) fn len(self) -> usize {
        self.length
    }

    /// Says what may be done with these whole pages, whatever they are.
    pub(crate) fn protect(self, protection: Protection) -> Result<(), Errno> {
        protect(self.start, self.length, protection)
    }
}

/// Keeps whole pages in memory, whatever they are, from when this succeeds.
pub(crate) fn lock(start: usize, length: usize) -> Result<(), Errno> {
    // SAFETY: changes nothing that a program can see.
    unsafe { rustix::mm::mlock(pointer(start), length) }
}

/// Lets whole pages leave memory again.
pub(crate) fn unlock(start: usize, length: usize) -> Result<(), Errno> {
    // SAFETY: changes nothing that a program can see.
    unsafe { rustix::mm::munlock(pointer(start), length) }
}

/// Says that whole pages will be wanted soon.
pub(crate) fn prefetch(start: usize, length: usize) -> Result<(), Errno> {
    // SAFETY: this advice changes nothing that a program can see.
    unsafe { rustix::mm::madvise(pointer(start), length, Advice::WillNeed) }
}

fn protect(start: usize, length: usize, protection: Protection) -> Result<(), Errno> {
    let mut flags = MprotectFlags::empty();
    flags.set(MprotectFlags::READ, protection.is_readable());
    flags.set(MprotectFlags::WRITE, protection.is_writable());
    flags.set(MprotectFlags::EXEC, protection.is_executable());
    // SAFETY: of a `PrivateMemory`, to which no Rust code refers, or by the contract of `Addresses::of`.
    unsafe { rustix::mm::mprotect(pointer(start), length, flags) }
}

fn unmap(start: usize, length: usize) {
    if length == 0 {
        return;
    }
    // SAFETY: of a `PrivateMemory`, to which no Rust code refers.
    if let Err(errno) = unsafe { rustix::mm::munmap(pointer(start), length) } {
        // Splitting what the kernel had joined takes a place in its list of mappings, which may be full.
        tracing::warn!(%errno, start, "memory stays reserved");
    }
}

fn pointer(address: usize) -> *mut c_void {
    ptr::with_exposed_provenance_mut(address)
}
