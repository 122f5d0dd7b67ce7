//! The table behind the numbers: a slot for each, in which something can be looked at while others take it out.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use super::readers::{self, Looking};

/// How many slots there are: twice as many as a process can have descriptors, where nobody raised that limit.
pub(crate) const SLOTS: usize = 2048 * STRETCH;

/// How many slots are searched or passed over together.
const STRETCH: usize = 1024;

/// Slots, each with nothing or a reference to a `T`.
///
/// They are one array, so that it takes one load to find what a number stands for. The system gives memory to what of
/// it is used.
pub(crate) struct Slots<T: 'static> {
    slots: [AtomicPtr<T>; SLOTS],
    /// Which stretches have ever had something: the others are not touched.
    is_used: [AtomicBool; SLOTS / STRETCH],
}

impl<T: Send + Sync> Slots<T> {
    #[allow(clippy::large_stack_arrays, reason = "for a static")]
    pub(crate) const fn new() -> Self {
        Self {
            slots: [const { AtomicPtr::new(ptr::null_mut()) }; SLOTS],
            is_used: [const { AtomicBool::new(false) }; SLOTS / STRETCH],
        }
    }

    /// What is in the slot, to be looked at.
    #[inline]
    pub(crate) fn see<'a>(&self, index: usize, _looking: &'a Looking) -> Option<&'a T> {
        let found = self.slots.get(index)?.load(Ordering::Acquire);
        // SAFETY: null, or from an `Arc` that was in the slot while this thread was looking already. Who takes it out
        // drops it only when this look is over: see `take`.
        unsafe { found.as_ref() }
    }

    /// A reference of one's own to what is in the slot.
    pub(crate) fn get(&self, index: usize) -> Option<Arc<T>> {
        let looking = readers::look();
        let found = ptr::from_ref(self.see(index, &looking)?);
        // SAFETY: from `Arc::into_raw` in `put`, and alive during the look.
        unsafe { Arc::increment_strong_count(found) };
        // SAFETY: the reference that was just added.
        Some(unsafe { Arc::from_raw(found) })
    }

    /// Puts something into the slot, which is told back if there is no such slot.
    ///
    /// Whatever was there is forgotten and not dropped: it referred to a descriptor of that number, which somebody
    /// has closed without asking this table, and that is another's now.
    pub(crate) fn put(&self, index: usize, value: Arc<T>) -> Result<(), Arc<T>> {
        let Some(slot) = self.slots.get(index) else {
            return Err(value);
        };
        self.is_used[index / STRETCH].store(true, Ordering::Release);
        let old = slot.swap(Arc::into_raw(value).cast_mut(), Ordering::SeqCst);
        if !old.is_null() {
            tracing::warn!(index, "a handle's descriptor was closed beside CloseHandle");
        }
        Ok(())
    }

    /// Takes out what is in the slot, if it passes. When this returns, nobody looks at it any more.
    pub(crate) fn take<E>(
        &self,
        index: usize,
        passes: impl FnOnce(&T) -> Result<(), E>,
    ) -> Result<Option<Arc<T>>, E> {
        let Some(slot) = self.slots.get(index) else {
            return Ok(None);
        };
        let Some(seen) = self.get(index) else {
            return Ok(None);
        };
        passes(&seen)?;
        let raw = Arc::as_ptr(&seen).cast_mut();
        let taken =
            slot.compare_exchange(raw, ptr::null_mut(), Ordering::SeqCst, Ordering::Relaxed);
        if taken.is_err() {
            // Somebody else took it out.
            return Ok(None);
        }
        if readers::wait_until_unseen() {
            // SAFETY: the slot's own reference, which nobody uses any more.
            drop(unsafe { Arc::from_raw(raw) });
        }
        Ok(Some(seen))
    }

    /// What is in each slot that has something, by number.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, Arc<T>)> + '_ {
        let stretches = self.is_used.iter().enumerate();
        let used = stretches.filter(|(_, is_used)| is_used.load(Ordering::Acquire));
        used.flat_map(|(stretch, _)| stretch * STRETCH..(stretch + 1) * STRETCH)
            .filter_map(|index| Some((index, self.get(index)?)))
    }
}
