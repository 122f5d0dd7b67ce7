//! Where a process has a waitable object: its control page, and a page of the process's own behind it.

use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::param::page_size;

use super::primitive::{self, Ordering};
use super::shared::{Private, Shared};
use super::state::Kind;
use super::waitable::Waitable;

/// The two pages. They stay mapped while any thread of this process has the word in its list.
pub(super) struct Pages {
    base: NonNull<u8>,
}

// SAFETY: a mapping belongs to the process; nothing is accessed through this value.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

impl Pages {
    /// Maps an object's last page; or, without a file, makes a page as if of one, for threads of this process.
    pub(super) fn map(file: Option<(BorrowedFd<'_>, u64)>) -> Result<Self, Errno> {
        let read_write = ProtFlags::READ | ProtFlags::WRITE;
        let (page, null) = (page_size(), ptr::null_mut());
        // SAFETY: new memory, at an address that the kernel chooses.
        let base =
            unsafe { rustix::mm::mmap_anonymous(null, 2 * page, read_write, MapFlags::PRIVATE) }?;
        let base = NonNull::new(base.cast::<u8>()).ok_or(Errno::NOMEM)?;
        let pages = Self { base };
        if let Some((fd, len)) = file {
            let flags = MapFlags::SHARED | MapFlags::FIXED;
            let at = len - page as u64;
            // SAFETY: replaces the first of the two pages that were just made, and that nothing refers to.
            unsafe { rustix::mm::mmap(base.as_ptr().cast(), page, read_write, flags, fd, at) }?;
        }
        Ok(pages)
    }

    pub(super) fn waitable(&self, kind: Kind) -> Waitable {
        // SAFETY: the end of the first page.
        let shared = unsafe { self.base.add(page_size() - size_of::<Shared>()) };
        // SAFETY: the start of the second page.
        let private = unsafe { self.base.add(page_size()) };
        // SAFETY: mapped, aligned (a page is, and the shared part's size is a multiple of its alignment), made of
        // atomics, for which any bytes are right, and one behind the other. They are unmapped when this value is
        // dropped, which its owner does not do while the word is in a list.
        unsafe { Waitable::new(shared.cast::<Shared>(), private.cast::<Private>(), kind) }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the two pages are this value's, and who dropped it refers to them no more.
        let _ = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), 2 * page_size()) };
    }
}

impl Waitable {
    /// Whether a thread of this process owns the mutex, and has it in its list.
    pub(super) fn is_owned_here(&self) -> bool {
        // Not by the word, which others can write: what the thread's list has stays mapped.
        let owner = self.private().owner.load(Ordering::Relaxed);
        self.kind() == Kind::Mutex
            && owner != 0
            && primitive::is_of_this_process(primitive::tid_of(owner))
    }

    /// Has a process of another pid namespace than this one take part, or one that cannot know.
    pub(super) fn mix_namespaces(&self) {
        if self.shared().is_mixed.swap(1, Ordering::SeqCst) == 0 {
            // Whoever sleeps does so as if ids were unique.
            primitive::wake(self.futex(), u32::MAX);
        }
    }
}
