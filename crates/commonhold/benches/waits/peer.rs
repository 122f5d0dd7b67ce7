//! What others use for the same: futexes, and glibc's semaphores and robust mutexes, in shared memory.

use std::cell::UnsafeCell;
use std::fs::File;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rustix::mm::{MapFlags, ProtFlags};
use rustix::thread::futex;

/// A cache line of its own.
#[repr(align(128))]
pub struct Line<T>(T);

impl<T> std::ops::Deref for Line<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What processes share, in a file in memory. All zeros is a valid value of it.
#[repr(C)]
pub struct Peer {
    /// What one process tells the other: by number, who asks and who answers.
    pub words: [Line<Word>; 2],
    pub semaphores: [Line<Semaphore>; 2],
    pub mutex: Line<RobustMutex>,
    /// Counted under the mutex, by a load and a store.
    pub counted: Line<AtomicU64>,
    pub stop: Line<AtomicU32>,
}

impl Peer {
    /// Makes the file, with a free mutex and semaphores without units.
    pub fn create(path: &Path) -> &'static Self {
        let file = File::create_new(path).unwrap();
        file.set_len(size_of::<Self>() as u64).unwrap();
        let peer = Self::open(path);
        peer.mutex.init();
        for semaphore in &peer.semaphores {
            semaphore.init();
        }
        peer
    }

    /// Maps the file for as long as the process runs.
    pub fn open(path: &Path) -> &'static Self {
        let mut options = File::options();
        let file = options.read(true).write(true).open(path).unwrap();
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        let (null, size) = (ptr::null_mut(), size_of::<Self>());
        // SAFETY: a new mapping, at an address that the kernel chooses.
        let mapped =
            unsafe { rustix::mm::mmap(null, size, protection, MapFlags::SHARED, &file, 0) };
        // SAFETY: as large and aligned as needed, never unmapped, and all that is in it may change at any time.
        unsafe { &*mapped.unwrap().cast::<Self>() }
    }
}

/// A word that one process sets and another waits for, without a look more than needed.
///
/// Its functions are called, as those of any library are. A loop that has the system calls in itself never returns
/// from a function after the kernel has switched processes, and that first return is what takes longest: half a
/// microsecond on some machines.
pub struct Word(AtomicU32);

impl Word {
    #[inline(never)]
    pub fn set(&self) {
        self.0.store(1, Ordering::SeqCst);
        futex::wake(&self.0, futex::Flags::empty(), 1).unwrap();
    }

    #[inline(never)]
    pub fn wait(&self) {
        while self.0.swap(0, Ordering::SeqCst) == 0 {
            // That it was set meanwhile is seen above.
            let _ = futex::wait(&self.0, futex::Flags::empty(), 0, None);
        }
    }
}

/// A `sem_t` that processes share.
pub struct Semaphore(UnsafeCell<libc::sem_t>);

// SAFETY: to be used by any thread is what it is for.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    fn init(&self) {
        // SAFETY: nobody uses it yet.
        assert_eq!(unsafe { libc::sem_init(self.0.get(), 1, 0) }, 0);
    }

    pub fn post(&self) {
        // SAFETY: it was initialized.
        assert_eq!(unsafe { libc::sem_post(self.0.get()) }, 0);
    }

    pub fn wait(&self) {
        // SAFETY: it was initialized.
        while unsafe { libc::sem_wait(self.0.get()) } != 0 {}
    }
}

/// A `pthread_mutex_t` like ours: robust, recursive, and shared by processes.
pub struct RobustMutex(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: to be used by any thread is what it is for.
unsafe impl Sync for RobustMutex {}

impl RobustMutex {
    fn init(&self) {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_mutexattr_t>::uninit();
        let attributes = attributes.as_mut_ptr();
        // SAFETY: writes the attributes, which live.
        let made = unsafe { libc::pthread_mutexattr_init(attributes) };
        // SAFETY: they were initialized.
        let typed =
            unsafe { libc::pthread_mutexattr_settype(attributes, libc::PTHREAD_MUTEX_RECURSIVE) };
        // SAFETY: as above.
        let shared =
            unsafe { libc::pthread_mutexattr_setpshared(attributes, libc::PTHREAD_PROCESS_SHARED) };
        // SAFETY: as above.
        let robust =
            unsafe { libc::pthread_mutexattr_setrobust(attributes, libc::PTHREAD_MUTEX_ROBUST) };
        // SAFETY: as above, and nobody uses the mutex yet.
        let mutex = unsafe { libc::pthread_mutex_init(self.0.get(), attributes) };
        assert_eq!([made, typed, shared, robust, mutex], [0; 5]);
    }

    pub fn lock(&self) {
        // SAFETY: it was initialized.
        assert_eq!(unsafe { libc::pthread_mutex_lock(self.0.get()) }, 0);
    }

    pub fn unlock(&self) {
        // SAFETY: it was initialized.
        assert_eq!(unsafe { libc::pthread_mutex_unlock(self.0.get()) }, 0);
    }
}
