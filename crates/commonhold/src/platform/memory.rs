//! Touching bytes that other processes change at any moment.
//!
//! A Rust reference to such bytes would promise the compiler that they hold still. So they are only ever
//! reached in three ways, all of which hold whatever anyone else does meanwhile: a copy made by machine code
//! that the compiler cannot see into, single accesses that are atomic, and references to atomics.

use std::arch::asm;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize, Ordering,
};

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// A type that one machine instruction reads or writes whole: the atomic of an integer.
///
/// Implemented by the atomic integers of `std`; cannot be implemented elsewhere.
pub trait Atomic: sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! atomics {
    ($($atomic:ty),*) => { $(impl Atomic for $atomic {} impl sealed::Sealed for $atomic {})* };
}
atomics!(
    AtomicU8,
    AtomicU16,
    AtomicU32,
    AtomicU64,
    AtomicUsize,
    AtomicI8,
    AtomicI16,
    AtomicI32,
    AtomicI64,
    AtomicIsize
);

/// Bytes of a view that may be read for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Readable<'a> {
    start: NonNull<u8>,
    len: usize,
    mapped: PhantomData<&'a ()>,
}

/// Bytes of a view that may be read and written for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Writable<'a>(Readable<'a>);

impl<'a> Readable<'a> {
    /// # Safety
    ///
    /// The bytes must be mapped readable for all of `'a`, and nothing in this process may access them for `'a`
    /// other than through this module, but for those who promise exclusive access in an `unsafe` call.
    pub(super) unsafe fn new(start: NonNull<u8>, len: usize) -> Self {
        Self {
            start,
            len,
            mapped: PhantomData,
        }
    }

    /// Copies the bytes out. What others write meanwhile arrives in any mixture of old and new.
    pub(crate) fn copy_to(self, into: &mut [u8]) {
        assert_eq!(
            into.len(),
            self.len,
            "the caller sized the range by the buffer"
        );
        // SAFETY: both ranges hold `len` bytes, the source by the contract of `new`; a mapping of ours and a
        // live `&mut` do not overlap.
        unsafe { opaque_copy(into.as_mut_ptr(), self.start.as_ptr(), self.len) }
    }

    /// Copies a value out, as `copy_to` does.
    pub(crate) fn get<T: FromBytes>(self) -> T {
        assert_eq!(
            size_of::<T>(),
            self.len,
            "the caller sized the range by the type"
        );
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: both ranges hold `size_of::<T>()` bytes, the source by the contract of `new`.
        unsafe { opaque_copy(value.as_mut_ptr().cast(), self.start.as_ptr(), self.len) }
        // SAFETY: every byte was written, and `FromBytes` says that any bytes are a `T`.
        unsafe { value.assume_init() }
    }

    /// Reads a value of 1, 2, 4 or 8 bytes in one access that the compiler neither drops nor repeats.
    ///
    /// `None` when it is not aligned to its size.
    pub(crate) fn load<T: FromBytes>(self) -> Option<T> {
        const { assert_single_access::<T>() };
        macro_rules! load {
            ($atomic:ty) => {{
                let bits = self.atomic::<$atomic>()?.load(Ordering::Relaxed);
                T::read_from_bytes(bits.as_bytes()).ok()
            }};
        }
        match size_of::<T>() {
            1 => load!(AtomicU8),
            2 => load!(AtomicU16),
            4 => load!(AtomicU32),
            _ => load!(AtomicU64),
        }
    }

    /// The atomic at the start; `None` when it is not aligned to its size. Only loads are possible, unless the
    /// bytes are writable.
    fn atomic<A: Atomic>(self) -> Option<&'a A> {
        assert_eq!(
            size_of::<A>(),
            self.len,
            "the caller sized the range by the type"
        );
        // What one access saw must say nothing to the compiler about the next.
        let start = opaque(self.start).cast::<A>();
        if !start.is_aligned() {
            return None;
        }
        // SAFETY: aligned, `len` bytes readable for `'a` by the contract of `new`, all others in this process
        // use this module, whose accesses are atomic or invisible to the compiler; any bits are an integer.
        Some(unsafe { start.as_ref() })
    }
}

impl<'a> Writable<'a> {
    /// # Safety
    ///
    /// As [`Readable::new`], and the bytes must be mapped writable too.
    pub(super) unsafe fn new(start: NonNull<u8>, len: usize) -> Self {
        // SAFETY: passed on to the caller.
        Self(unsafe { Readable::new(start, len) })
    }

    /// Copies bytes in. Whoever reads meanwhile sees any mixture of old and new.
    pub(crate) fn copy_from(self, from: &[u8]) {
        assert_eq!(
            from.len(),
            self.0.len,
            "the caller sized the range by the buffer"
        );
        // SAFETY: both ranges hold `len` bytes, the target by the contract of `new`; a safe `&[u8]` cannot be
        // of memory that this module hands out as writable.
        unsafe { opaque_copy(self.0.start.as_ptr(), from.as_ptr(), self.0.len) }
    }

    /// Copies a value in, as `copy_from` does.
    pub(crate) fn put<T: IntoBytes + Immutable>(self, value: &T) {
        self.copy_from(value.as_bytes());
    }

    /// Sets every byte.
    pub(crate) fn fill(self, byte: u8) {
        let start = opaque(self.0.start).as_ptr().cast();
        // SAFETY: `len` bytes are writable by the contract of `new`.
        unsafe { libc::memset(start, byte.into(), self.0.len) };
        forget_memory();
    }

    /// Writes a value of 1, 2, 4 or 8 bytes in one access that the compiler neither drops nor repeats.
    ///
    /// `None` when it is not aligned to its size.
    pub(crate) fn store<T: IntoBytes + Immutable>(self, value: &T) -> Option<()> {
        const { assert_single_access::<T>() };
        let bytes = value.as_bytes();
        macro_rules! store {
            ($atomic:ty, $bits:ty) => {
                self.atomic::<$atomic>()?
                    .store(<$bits>::read_from_bytes(bytes).ok()?, Ordering::Relaxed)
            };
        }
        match bytes.len() {
            1 => store!(AtomicU8, u8),
            2 => store!(AtomicU16, u16),
            4 => store!(AtomicU32, u32),
            _ => store!(AtomicU64, u64),
        }
        Some(())
    }

    /// The atomic at the start; `None` when it is not aligned to its size.
    pub(crate) fn atomic<A: Atomic>(self) -> Option<&'a A> {
        self.0.atomic()
    }
}

const fn assert_single_access<T>() {
    assert!(
        matches!(size_of::<T>(), 1 | 2 | 4 | 8),
        "a volatile value has 1, 2, 4 or 8 bytes"
    );
}

/// `memcpy` between places of which the compiler knows nothing, before or after.
///
/// It is thus a piece of machine code that is called: bytes that change under it give a mixture, and nothing
/// that the compiler could have assumed about them.
///
/// # Safety
///
/// `from` must be readable and `to` writable for `len` bytes, and the two must not overlap.
unsafe fn opaque_copy(to: *mut u8, from: *const u8, len: usize) {
    let (mut to, mut from): (*mut libc::c_void, *const libc::c_void) = (to.cast(), from.cast());
    // SAFETY: the assembly is empty; it only hides from the compiler where the pointers come from.
    unsafe {
        asm!("/* {0} {1} */", inout(reg) to, inout(reg) from, options(nostack, preserves_flags));
    };
    // SAFETY: passed on to the caller.
    unsafe { libc::memcpy(to, from, len) };
    forget_memory();
}

/// The same pointer, of which the compiler knows nothing.
fn opaque(pointer: NonNull<u8>) -> NonNull<u8> {
    let mut raw = pointer.as_ptr();
    // SAFETY: the assembly is empty.
    unsafe { asm!("/* {0} */", inout(reg) raw, options(nostack, preserves_flags)) };
    // SAFETY: the assembly left the register as it was: not null.
    unsafe { NonNull::new_unchecked(raw) }
}

/// Has the compiler take it that all memory may have been read and written.
fn forget_memory() {
    // SAFETY: the assembly is empty.
    unsafe { asm!("", options(nostack, preserves_flags)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory of this process that stands in for a view.
    #[repr(align(8))]
    struct Page([u8; 64]);

    fn at(page: &mut Page, offset: usize, len: usize) -> Writable<'_> {
        let start = NonNull::from(&mut page.0[offset..offset + len]).cast();
        // SAFETY: the page is borrowed mutably for as long as the result lives.
        unsafe { Writable::new(start, len) }
    }

    #[test]
    fn every_width_is_one_access_where_it_is_aligned() {
        let mut page = Page([0; 64]);
        assert!(
            at(&mut page, 8, 8)
                .store(&0x0102_0304_0506_0708_u64)
                .is_some()
        );
        assert_eq!(
            at(&mut page, 8, 8).0.load::<u64>(),
            Some(0x0102_0304_0506_0708)
        );
        assert_eq!(
            at(&mut page, 8, 2).0.load::<u16>(),
            Some(0x0708_u16.to_le())
        );
        assert_eq!(at(&mut page, 9, 1).0.load::<u8>().map(u32::from), Some(7));
        assert_eq!(at(&mut page, 9, 4).0.load::<u32>(), None);
        assert_eq!(at(&mut page, 9, 4).store(&1_u32), None);
        assert!(at(&mut page, 12, 4).store(&1.5_f32).is_some());
        assert_eq!(at(&mut page, 12, 4).0.load::<f32>(), Some(1.5));
    }

    #[test]
    fn copies_and_fills_touch_their_range_and_no_more() {
        let mut page = Page([0xaa; 64]);
        at(&mut page, 1, 5).copy_from(b"hello");
        at(&mut page, 10, 3).fill(7);
        at(&mut page, 20, 4).put(&0xffff_ffff_u32);
        let mut bytes = [0; 7];
        at(&mut page, 0, 7).0.copy_to(&mut bytes);
        assert_eq!(&bytes, b"\xaahello\xaa");
        assert_eq!(page.0[9..14], [0xaa, 7, 7, 7, 0xaa]);
        assert_eq!(at(&mut page, 20, 4).0.get::<u32>(), u32::MAX);
    }

    #[test]
    fn atomics_are_the_bytes_themselves() {
        let mut page = Page([0; 64]);
        let counter: &AtomicU32 = at(&mut page, 4, 4).atomic().unwrap();
        counter.fetch_add(3, Ordering::SeqCst);
        assert!(at(&mut page, 6, 4).atomic::<AtomicU32>().is_none());
        assert_eq!(page.0[4..8], 3_u32.to_ne_bytes());
    }
}
