//! The waitable objects that this process has mapped, by inode.
//!
//! A process maps each but once: the links of a word are in one place, and who owns a mutex, too. It stays mapped
//! while there is a handle, or a thread of this process owns it: the kernel may still write to the word then.
//!
//! A forked child must not find the registry locked by a thread that it does not have: so the lock is taken
//! before a fork, and given up after it on both sides.

use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use super::pages::Pages;
use super::state::Kind;
use super::waitable::Waitable;
use crate::platform::linux::fork;
use crate::platform::linux::held_name::Inode;

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    known: BTreeMap::new(),
    orphans: 0,
    threads: Vec::new(),
});

struct Registry {
    known: BTreeMap<Inode, Arc<Object>>,
    /// How many are there without a handle.
    orphans: usize,
    /// Of threads that nobody waits for any more, and that have not ended.
    threads: Vec<Pages>,
}

/// A mapped object.
struct Object {
    waitable: Waitable,
    /// How many are attached. It becomes zero, and more than that again, only while the registry is locked.
    handles: AtomicUsize,
    _pages: Pages,
}

/// A handle's share of a mapped object.
pub(super) struct Attached {
    /// Where it is, for the short way there.
    waitable: Waitable,
    object: Arc<Object>,
    pub(super) inode: Inode,
}

impl Object {
    fn is_used(&self) -> bool {
        self.handles.load(Ordering::Acquire) > 0
    }
}

impl Registry {
    fn lock() -> MutexGuard<'static, Self> {
        // From here on no child finds it locked. Where forks are not noticed, nothing can be done.
        fork::is_watched();
        REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unmaps what has no handle, and no owner in this process any more.
    fn sweep(&mut self) {
        if self.orphans > 0 {
            self.known
                .retain(|_, known| known.is_used() || known.waitable.is_owned_here());
            self.orphans = self.known.values().filter(|known| !known.is_used()).count();
        }
    }
}

impl Attached {
    /// The object of this inode, mapped now if it was not. `file` is opened only if that is needed.
    pub(super) fn to<'a>(
        inode: Inode,
        kind: Kind,
        file: impl FnOnce() -> Result<(BorrowedFd<'a>, u64), Errno>,
    ) -> Result<Self, Errno> {
        let mut registry = Registry::lock();
        registry.sweep();
        if let Some(known) = registry.known.get(&inode) {
            // What it is never changes; whoever changes that by hand is refused.
            if known.waitable.kind() != kind {
                return Err(Errno::INVAL);
            }
            let object = Arc::clone(known);
            if object.handles.fetch_add(1, Ordering::Relaxed) == 0 {
                registry.orphans -= 1;
            }
            return Ok(Self::new(object, inode));
        }
        let pages = Pages::map(Some(file()?))?;
        let object = Arc::new(Object {
            waitable: pages.waitable(kind),
            handles: AtomicUsize::new(1),
            _pages: pages,
        });
        registry.known.insert(inode, Arc::clone(&object));
        Ok(Self::new(object, inode))
    }

    fn new(object: Arc<Object>, inode: Inode) -> Self {
        Self {
            waitable: object.waitable,
            object,
            inode,
        }
    }
}

impl Clone for Attached {
    fn clone(&self) -> Self {
        // This one is attached: it is not the first.
        self.object.handles.fetch_add(1, Ordering::Relaxed);
        Self::new(Arc::clone(&self.object), self.inode)
    }
}

impl Deref for Attached {
    type Target = Waitable;

    #[inline]
    fn deref(&self) -> &Waitable {
        &self.waitable
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let one_less = |handles: usize| (handles > 1).then(|| handles - 1);
        let handles = &self.object.handles;
        if handles
            .fetch_update(Ordering::Release, Ordering::Relaxed, one_less)
            .is_ok()
        {
            return;
        }
        let mut registry = Registry::lock();
        if handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            if self.object.waitable.is_owned_here() {
                registry.orphans += 1;
            } else {
                registry.known.remove(&self.inode);
            }
        }
    }
}

/// Keeps the pages of a thread for as long as its list has them.
pub(super) fn keep_thread(pages: Pages) {
    Registry::lock().threads.push(pages);
}

/// Unmaps those of threads that have ended.
pub(super) fn sweep_threads() {
    Registry::lock()
        .threads
        .retain(|pages| pages.waitable(Kind::Thread).load().thread().is_some());
}

/// The guard while a fork goes on.
struct AcrossFork(UnsafeCell<Option<MutexGuard<'static, Registry>>>);

// SAFETY: accessed only by who has the registry locked.
unsafe impl Sync for AcrossFork {}

static ACROSS_FORK: AcrossFork = AcrossFork(UnsafeCell::new(None));

pub(super) fn lock_for_fork() {
    let guard = Registry::lock();
    // SAFETY: this thread has the lock, so that no other is here.
    unsafe { *ACROSS_FORK.0.get() = Some(guard) };
}

/// In a child that is in another pid namespace than its parent: its threads' ids mean nothing to others, and theirs
/// nothing to it.
pub(super) fn mix_namespaces_after_fork() {
    for known in Registry::lock().known.values() {
        known.waitable.mix_namespaces();
    }
}

pub(super) fn unlock_after_fork() {
    // SAFETY: this thread, or the one that it is the copy of, took the lock before the fork.
    let guard = unsafe { (*ACROSS_FORK.0.get()).take() };
    drop(guard);
}
