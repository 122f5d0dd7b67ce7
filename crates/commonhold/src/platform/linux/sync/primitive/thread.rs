//! Who this thread is, and the list by which the kernel knows what it owns.
//!
//! The list is the one that the C library registered for its own robust mutexes (`set_robust_list(2)`), joined
//! exactly as it joins it: a node's address is that of its `next`, and `previous` is right before that. Where
//! the library has registered none (musl, before a robust mutex is used), this code registers one.

use std::num::NonZeroU64;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering, compiler_fence};

use commonhold_thread_words::{self as words, ROBUST_LIST, THREAD_ID};

use super::super::shared::Private;
use super::super::waitable::Waitable;
use crate::platform::linux::fork;

/// A node's, or the list's, pointer to another node's `next`.
pub(in super::super) type Link = AtomicPtr<Next>;

/// Where a node points on. Its first eight bytes are a [`Link`]; the eight before it are another.
#[repr(transparent)]
pub(in super::super) struct Next(AtomicPtr<Next>);

/// `struct robust_list_head`, with what the C library has before it.
#[repr(C)]
struct Head {
    next: Next,
    futex_offset: libc::c_long,
    pending: AtomicPtr<Next>,
}

/// From a node to its word: `next` is 32 bytes behind it.
const FUTEX_OFFSET: libc::c_long = -32;
/// The kernel's mark of a priority-inheriting mutex, in pointers to its node.
const MARK: usize = 1;

/// This thread. Of two words, to stay in registers: each use of a mutex waits for what comes from here.
#[derive(Clone, Copy)]
pub(in super::super) struct Me {
    /// Of this process, and never used again. The low bits are the kernel's id, in this process's pid namespace.
    id: NonZeroU64,
    head: *const Head,
}

impl Me {
    /// The thread that asks; `None` if the system, or who registered a list of another shape, does not let it own
    /// anything.
    #[inline]
    pub(in super::super) fn current() -> Option<Self> {
        Self::known().or_else(Self::find)
    }

    /// The thread that asks, if it has asked before.
    #[inline]
    pub(in super::super) fn known() -> Option<Self> {
        let id = NonZeroU64::new(words::get::<THREAD_ID>() as u64)?;
        let head = ptr::with_exposed_provenance(words::get::<ROBUST_LIST>());
        Some(Self { id, head })
    }

    #[cold]
    fn find() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // A forked child has other ids, and an empty list.
        if !fork::is_watched() {
            return None;
        }
        let head = registered_list()?;
        let tid = u32::try_from(rustix::thread::gettid().as_raw_pid()).ok()?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed) << TID_BITS | u64::from(tid);
        let id = NonZeroU64::new(id)?;
        words::set::<ROBUST_LIST>(head.expose_provenance());
        words::set::<THREAD_ID>(usize::try_from(id.get()).ok()?);
        Some(Self { id, head })
    }

    /// Forgets who this thread is: in a forked child it is another.
    pub(in super::super) fn forget() {
        words::set::<THREAD_ID>(0);
    }

    #[inline]
    pub(in super::super) fn id(&self) -> u64 {
        self.id.get()
    }

    #[inline]
    pub(in super::super) fn tid(&self) -> u32 {
        tid_of(self.id.get())
    }

    #[inline]
    fn head(&self) -> &Head {
        // SAFETY: the list's head lives as long as its thread, and a `Me` is only used by the thread itself.
        unsafe { &*self.head }
    }

    /// Names the word as the one that the thread is about to do something to.
    #[inline]
    pub(in super::super) fn intend(&self, object: &Waitable) {
        let node = node(object.private());
        self.head()
            .pending
            .store(node.cast_mut(), Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
    }

    /// Nothing is to be done any more.
    #[inline]
    pub(in super::super) fn done(&self) {
        compiler_fence(Ordering::SeqCst);
        self.head()
            .pending
            .store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// Puts the word first into the list. It must be in none.
    #[inline]
    pub(in super::super) fn link(&self, object: &Waitable) {
        let head = self.head();
        let private = object.private();
        let new = node(private).cast_mut();
        let first = head.next.0.load(Ordering::Relaxed);
        private.next.store(first, Ordering::Relaxed);
        let list = ptr::from_ref(&head.next).cast_mut();
        private.previous.store(list, Ordering::Relaxed);
        // SAFETY: `first` is a node of this thread's list, or its head; all are valid while they are in it.
        unsafe { previous_of(first) }.store(new, Ordering::Relaxed);
        // What the kernel walks is whole at every moment.
        compiler_fence(Ordering::SeqCst);
        head.next.0.store(new, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
    }

    /// Takes the word out of the list, which it must be in.
    #[allow(clippy::unused_self, reason = "only the thread itself may")]
    #[inline]
    pub(in super::super) fn unlink(&self, object: &Waitable) {
        let private = object.private();
        let next = private.next.load(Ordering::Relaxed);
        let previous = private.previous.load(Ordering::Relaxed);
        // SAFETY: the neighbours are nodes of this thread's list, or its head, and this process's own memory.
        unsafe { previous_of(next) }.store(previous, Ordering::Relaxed);
        let previous = previous.map_addr(|address| address & !MARK);
        // SAFETY: as above.
        unsafe { &*previous }.0.store(next, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
    }
}

/// How many bits the kernel's ids of threads have.
const TID_BITS: u32 = 22;

/// The kernel's id of the thread that had this one of ours.
#[allow(clippy::cast_possible_truncation, reason = "the low bits are meant")]
#[inline]
pub(in super::super) fn tid_of(id: u64) -> u32 {
    id as u32 & ((1 << TID_BITS) - 1)
}

/// The address by which the list knows a word.
#[inline]
fn node(private: &Private) -> *const Next {
    ptr::from_ref(&private.next).cast()
}

/// The `previous` that belongs to a `next`.
///
/// # Safety
///
/// `next`, but for its mark, must be that of a node, or of the head, of the calling thread's list.
#[inline]
unsafe fn previous_of<'a>(next: *const Next) -> &'a Link {
    let next = next.map_addr(|address| address & !MARK);
    // SAFETY: nodes, and the head, have a pointer right before their `next`.
    let previous = unsafe { next.cast::<Link>().sub(1) };
    // SAFETY: valid for as long as the node is in the list.
    unsafe { &*previous }
}

/// The list of this thread.
fn registered_list() -> Option<*const Head> {
    let mut head: *const Head = ptr::null();
    let mut len = 0_usize;
    // SAFETY: the kernel writes the pointer and the length, which live.
    let asked = unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut len) };
    if asked != 0 || len != size_of::<Head>() {
        return None;
    }
    if head.is_null() {
        return register_list();
    }
    // SAFETY: the C library's head, which lives as long as the thread; this field never changes.
    let offset = unsafe { (*head).futex_offset };
    (offset == FUTEX_OFFSET).then_some(head)
}

/// Registers a list for a thread that has none.
///
/// It is never freed: the kernel reads it after all of the thread's own memory may be gone.
#[cold]
fn register_list() -> Option<*const Head> {
    #[repr(C)]
    struct List {
        previous: Link,
        head: Head,
    }
    let list = Box::leak(Box::new(List {
        previous: Link::new(ptr::null_mut()),
        head: Head {
            next: Next(AtomicPtr::new(ptr::null_mut())),
            futex_offset: FUTEX_OFFSET,
            pending: AtomicPtr::new(ptr::null_mut()),
        },
    }));
    let itself = ptr::from_ref(&list.head.next).cast_mut();
    list.head.next.0.store(itself, Ordering::Relaxed);
    list.previous.store(itself, Ordering::Relaxed);
    let head = ptr::from_ref(&list.head);
    // SAFETY: the list is empty, whole, and lives for ever.
    let registered = unsafe { libc::syscall(libc::SYS_set_robust_list, head, size_of::<Head>()) };
    (registered == 0).then_some(head)
}
