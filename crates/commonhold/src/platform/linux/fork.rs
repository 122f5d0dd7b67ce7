//! Whether this is still the process that made a thing, or one forked from it.
//!
//! A page that the kernel wipes in every forked child notices each of them, raw `clone` included, and
//! costs a load to ask.

use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};
use rustix::param::page_size;

/// A process in a line of forks. Two values are equal only in the same process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process(u64);

impl Process {
    /// The calling process, or `None` where the kernel cannot tell processes apart in this way.
    pub(super) fn current() -> Option<Self> {
        /// How many processes came before this one in its line; inherited by children, unlike the page.
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = wiped_in_children()?;
        match number.load(Ordering::Relaxed) {
            0 => {
                let next = LAST.fetch_add(1, Ordering::Relaxed) + 1;
                // Of two threads that come here at once, the first one's number stands.
                let first = number.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed);
                Some(Self(first.err().unwrap_or(next)))
            }
            number => Some(Self(number)),
        }
    }
}

/// A number that is zero again in every forked child.
fn wiped_in_children() -> Option<&'static AtomicU64> {
    static PAGE: OnceLock<Option<&'static AtomicU64>> = OnceLock::new();
    *PAGE.get_or_init(|| {
        let len = page_size();
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping of our own, at an address that the kernel chooses.
        let page =
            unsafe { mmap_anonymous(std::ptr::null_mut(), len, protection, MapFlags::PRIVATE) }
                .ok()?;
        // SAFETY: the mapping is ours and holds nothing yet.
        unsafe { madvise(page, len, Advice::LinuxWipeOnFork) }.ok()?;
        let number = NonNull::new(page.cast::<AtomicU64>())?;
        // SAFETY: page-aligned, zeroed, never unmapped, and only ever used as this atomic.
        Some(unsafe { number.as_ref() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_is_another_process() {
        let parent = Process::current().unwrap();
        // SAFETY: the child only loads atomics and exits.
        match unsafe { libc::fork() } {
            0 => {
                let differs = Process::current().is_some_and(|child| child != parent);
                // SAFETY: ends the child at once, without running the parent's destructors.
                unsafe { libc::_exit(i32::from(!differs)) }
            }
            child => {
                let mut status = 0;
                // SAFETY: the child is ours, and `status` lives.
                assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                assert_eq!(status, 0);
            }
        }
        assert_eq!(Process::current(), Some(parent));
    }
}
