//! The table behind the numbers: a slot for each, in which something can be looked at while others take it out.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::readers::{self, Looking};

const CHUNK: usize = 1024;
const CHUNKS: usize = 2048;

/// How many slots there are.
pub(crate) const SLOTS: usize = CHUNK * CHUNKS;

type Chunk<T> = [AtomicPtr<T>; CHUNK];

/// Slots, each with nothing or a reference to a `T`. A chunk of them is made when one of it is first filled.
pub(crate) struct Slots<T: 'static> {
    chunks: [AtomicPtr<Chunk<T>>; CHUNKS],
}

impl<T: Send + Sync> Slots<T> {
    pub(crate) const fn new() -> Self {
        Self {
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
        }
    }

    #[inline]
    fn slot(&self, index: usize) -> Option<&AtomicPtr<T>> {
        let chunk = self.chunks.get(index / CHUNK)?.load(Ordering::Acquire);
        // SAFETY: null, or a chunk that was leaked whole in `slot_or_new`.
        let chunk = unsafe { chunk.as_ref() }?;
        Some(&chunk[index % CHUNK])
    }

    fn slot_or_new(&self, index: usize) -> Option<&AtomicPtr<T>> {
        let place = self.chunks.get(index / CHUNK)?;
        if place.load(Ordering::Acquire).is_null() {
            let chunk: Box<Chunk<T>> = Box::new([const { AtomicPtr::new(ptr::null_mut()) }; CHUNK]);
            let chunk = Box::into_raw(chunk);
            let null = ptr::null_mut();
            let placed = place.compare_exchange(null, chunk, Ordering::AcqRel, Ordering::Acquire);
            if placed.is_err() {
                // SAFETY: leaked just now, and nobody else has seen it.
                drop(unsafe { Box::from_raw(chunk) });
            }
        }
        self.slot(index)
    }

    /// What is in the slot, to be looked at.
    #[inline]
    pub(crate) fn see<'a>(&self, index: usize, _looking: &'a Looking) -> Option<&'a T> {
        let found = self.slot(index)?.load(Ordering::Acquire);
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
        let Some(slot) = self.slot_or_new(index) else {
            return Err(value);
        };
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
        let Some(slot) = self.slot(index) else {
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
        let chunks = self.chunks.iter().enumerate();
        let made = chunks.filter(|(_, chunk)| !chunk.load(Ordering::Acquire).is_null());
        made.flat_map(|(chunk, _)| chunk * CHUNK..(chunk + 1) * CHUNK)
            .filter_map(|index| Some((index, self.get(index)?)))
    }
}
