//! Words that each thread has its own of, found without a call in a shared library as well.
//!
//! On x86-64 the compiler finds a `thread_local!` of a shared library by a call of the C library's `__tls_get_addr`, for
//! the library might have been loaded late. That takes two nanoseconds, which is as long as it takes to lock a mutex. A
//! library can say instead that its thread-locals are at a fixed distance from the thread's pointer, by the
//! *initial-exec model*: the loader then puts them there, or refuses to load the library. The C library has room for
//! that (glibc: some 1,600 bytes, for the thread-locals of all such libraries that are loaded by `dlopen`).
//!
//! Rust has no stable way to ask for it, so three instructions do, where the feature `initial-exec` is asked for: by the
//! library that wants it, since `dlopen` then has to find room for all of its thread-locals. Elsewhere the words are a `thread_local!`: the compiler
//! finds those of programs without a call anyway, on aarch64 those of libraries by a short one; and musl refuses to load
//! a library by `dlopen` that asks for a fixed distance.
//!
//! The words are Commonhold's own. Each is used by one module of one of its crates, which says here what for.

#![no_std]

/// How many words there are.
const WORDS: usize = 3;

/// Who the thread is, or 0: `commonhold`, `sync/primitive/thread.rs`.
pub const THREAD_ID: usize = 0;
/// Where the thread's list of robust futexes is, once it has an id: of the same.
pub const ROBUST_LIST: usize = 1;
/// Where the thread's reader is, or 0: `commonhold-win32`, `platform/readers.rs`.
pub const READER: usize = 2;

pub use words::{get, set};

#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    target_arch = "x86_64",
    not(miri)
))]
mod words {
    #![allow(unsafe_code, reason = "the words are found by instructions")]

    use core::arch::{asm, global_asm};

    use super::WORDS;

    /// The symbol of the words, for this version of them alone.
    macro_rules! symbol {
        () => {
            concat!(
                "commonhold_thread_words_",
                env!("CARGO_PKG_VERSION_MAJOR"),
                "_",
                env!("CARGO_PKG_VERSION_MINOR")
            )
        };
    }

    // Hidden: of two libraries in one process, each has its own.
    global_asm!(
        ".pushsection .tbss, \"awT\", @nobits",
        concat!(".globl ", symbol!()),
        concat!(".hidden ", symbol!()),
        concat!(".type ", symbol!(), ", @object"),
        ".p2align 3",
        concat!(symbol!(), ":"),
        ".zero 8 * {words}",
        concat!(".size ", symbol!(), ", 8 * {words}"),
        ".popsection",
        words = const WORDS,
    );

    /// How far the words are from the thread's pointer: the same for all threads.
    #[inline]
    fn distance() -> usize {
        let distance;
        // SAFETY: reads what the loader has written, which never changes.
        unsafe {
            asm!(
                concat!("mov {distance}, qword ptr [rip + ", symbol!(), "@GOTTPOFF]"),
                distance = out(reg) distance,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        distance
    }

    /// This thread's word of that index: zero at first.
    #[inline]
    #[must_use]
    pub fn get<const INDEX: usize>() -> usize {
        const { assert!(INDEX < WORDS) };
        let value;
        // SAFETY: there is a word of this thread, which only this function and the next use.
        unsafe {
            asm!(
                "mov {value}, qword ptr fs:[{distance} + 8 * {index}]",
                distance = in(reg) distance(),
                value = out(reg) value,
                index = const INDEX,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        value
    }

    /// Changes this thread's word of that index.
    #[inline]
    pub fn set<const INDEX: usize>(value: usize) {
        const { assert!(INDEX < WORDS) };
        // SAFETY: there is a word of this thread, which only this function and the one before use.
        unsafe {
            asm!(
                "mov qword ptr fs:[{distance} + 8 * {index}], {value}",
                distance = in(reg) distance(),
                value = in(reg) value,
                index = const INDEX,
                options(nostack, preserves_flags),
            );
        }
    }
}

#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    target_arch = "x86_64",
    not(miri)
)))]
mod words {
    extern crate std;

    use core::cell::Cell;

    use super::WORDS;

    std::thread_local! {
        static ALL: [Cell<usize>; WORDS] = const { [const { Cell::new(0) }; WORDS] };
    }

    /// This thread's word of that index: zero at first.
    #[inline]
    #[must_use]
    pub fn get<const INDEX: usize>() -> usize {
        const { assert!(INDEX < WORDS) };
        ALL.with(|words| words[INDEX].get())
    }

    /// Changes this thread's word of that index.
    #[inline]
    pub fn set<const INDEX: usize>(value: usize) {
        const { assert!(INDEX < WORDS) };
        ALL.with(|words| words[INDEX].set(value));
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{READER, ROBUST_LIST, THREAD_ID, get, set};

    #[test]
    fn each_thread_has_its_own_and_finds_zeroes() {
        let thread = |number: usize| {
            move || {
                assert_eq!(
                    [get::<THREAD_ID>(), get::<ROBUST_LIST>(), get::<READER>()],
                    [0; 3]
                );
                set::<THREAD_ID>(number);
                set::<READER>(usize::MAX - number);
                std::thread::yield_now();
                assert_eq!(
                    [get::<THREAD_ID>(), get::<ROBUST_LIST>(), get::<READER>()],
                    [number, 0, usize::MAX - number]
                );
            }
        };
        let threads: [_; 8] = core::array::from_fn(|number| std::thread::spawn(thread(number + 1)));
        for thread in threads {
            thread.join().expect("no panic");
        }
    }
}
