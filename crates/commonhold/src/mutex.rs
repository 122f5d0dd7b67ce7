//! Mutexes: owned by one thread at a time.

use std::fmt;
use std::marker::PhantomData;

use crate::objects::waitable_object;
use crate::platform::{Kind, NewWaitable};
use crate::wait::{Sealed as _, wait_for};
use crate::{Error, ErrorCode, Result, Timeout, Wait};

waitable_object! {
    /// A handle to a mutex, which one thread at a time owns, of any process.
    ///
    /// The owner may lock it again, and then has to unlock it as often. If the owner ends without unlocking it,
    /// however it ends, the mutex is *abandoned*: the next owner, and only that one, is told so, since what the
    /// mutex guards may be half done.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::{LockError, Mutex};
    ///
    /// let table = Mutex::options().create("table")?;
    /// let guard = match table.lock() {
    ///     Ok(guard) => guard,
    ///     Err(LockError::Abandoned(guard)) => {
    ///         // Its owner died: put the table in order, which this thread owns now.
    ///         guard
    ///     }
    ///     Err(LockError::Failed(error)) => return Err(error),
    /// };
    /// // ...
    /// drop(guard);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateMutex")]
    #[doc(alias = "mutant")]
    Mutex,
    /// Describes a mutex to create: free, unless it says otherwise.
    ///
    /// ```
    /// use commonhold::Mutex;
    /// let mine = Mutex::options().owned(true).create_unnamed()?;
    /// mine.release()?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    MutexOptions,
    { owned: bool = false, },
    type: Mutex, new: "Mutex::options()",
    create: "create mutex" as "CreateMutexW", open: "open mutex" as "OpenMutexW",
}

impl MutexOptions {
    /// Whether the calling thread owns it from the start. Of no effect where it exists already: see
    /// [`Mutex::existed`].
    #[doc(alias = "bInitialOwner")]
    #[doc(alias = "CREATE_MUTEX_INITIAL_OWNER")]
    pub fn owned(mut self, owned: bool) -> Self {
        self.owned = owned;
        self
    }

    #[allow(
        clippy::unnecessary_wraps,
        reason = "the options of other types can be wrong"
    )]
    fn check(&self) -> Result<NewWaitable> {
        Ok(NewWaitable {
            kind: Kind::Mutex,
            units: 0,
            owned: self.owned,
            everyone: self.everyone,
        })
    }
}

impl Mutex {
    /// Locks the mutex, and waits until that is possible.
    ///
    /// # Errors
    ///
    /// [`LockError::Abandoned`], with the guard, if the last owner ended without unlocking it; as `?` makes of it a
    /// [`commonhold::Error`](Error), that is `ABANDONED_WAIT_0`, and the mutex is free again.
    /// [`LockError::Failed`] with those of [`wait_one`](crate::wait_one).
    ///
    /// ```
    /// use commonhold::Mutex;
    /// let mutex = Mutex::options().create_unnamed()?;
    /// {
    ///     let _guard = mutex.lock()?;
    ///     let _again = mutex.lock()?;
    /// }
    /// assert!(mutex.release().is_err(), "it is free");
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "WaitForSingleObject")]
    #[inline]
    pub fn lock(&self) -> Result<MutexGuard<'_>, LockError<'_>> {
        loop {
            // The wait ends with the mutex.
            if let Some(guard) = self.lock_timeout(Timeout::INFINITE)? {
                return Ok(guard);
            }
        }
    }

    /// Locks the mutex if that is possible at once.
    ///
    /// # Errors
    ///
    /// Those of [`lock`](Self::lock).
    ///
    /// ```
    /// use commonhold::Mutex;
    /// let mutex = Mutex::options().create_unnamed()?;
    /// let _guard = mutex.lock()?;
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert!(mutex.try_lock().is_ok_and(|guard| guard.is_none())));
    /// });
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Result<Option<MutexGuard<'_>>, LockError<'_>> {
        self.lock_timeout(Timeout::ZERO)
    }

    /// Locks the mutex, and waits for that at most so long; `None` if time was up before.
    ///
    /// # Errors
    ///
    /// Those of [`lock`](Self::lock).
    #[inline]
    pub fn lock_timeout(
        &self,
        timeout: impl Into<Timeout>,
    ) -> Result<Option<MutexGuard<'_>>, LockError<'_>> {
        let wait = self.acquire(timeout).map_err(LockError::Failed)?;
        let guard = MutexGuard {
            mutex: self,
            of_this_thread: PhantomData,
        };
        match wait {
            Wait::Signaled(_) => Ok(Some(guard)),
            Wait::Abandoned(_) => Err(LockError::Abandoned(guard)),
            Wait::TimedOut => {
                std::mem::forget(guard);
                Ok(None)
            }
        }
    }

    /// Owns the mutex if it is free, or owned by this thread, and nothing stands in the way: never sleeps.
    ///
    /// `false` does not say that it is owned: it may be abandoned, which only [`acquire`](Self::acquire) tells and takes;
    /// another thread may be at it for a moment; or the handle have no right to wait.
    ///
    /// ```
    /// use commonhold::Mutex;
    /// let table = Mutex::options().create_unnamed()?;
    /// assert!(table.poll());
    /// table.release()?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    pub fn poll(&self) -> bool {
        self.handle.own_quickly()
    }

    /// Has the calling thread own the mutex, without a guard: until [`release`](Self::release). For programs whose
    /// locks do not nest as Rust's scopes do.
    ///
    /// # Errors
    ///
    /// Those of [`wait_one`](crate::wait_one).
    ///
    /// ```
    /// use commonhold::{Mutex, Timeout, Wait};
    /// let mutex = Mutex::options().create_unnamed()?;
    /// match mutex.acquire(Timeout::INFINITE)? {
    ///     Wait::Signaled(_) => {}
    ///     Wait::Abandoned(_) => println!("its last owner ended"),
    ///     Wait::TimedOut => unreachable!("there is no limit"),
    /// }
    /// mutex.release()?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "WaitForSingleObject")]
    #[inline]
    pub fn acquire(&self, timeout: impl Into<Timeout>) -> Result<Wait> {
        if self.poll() {
            return Ok(Wait::Signaled(0));
        }
        wait_for(self.target(), timeout.into())
    }

    /// Releases what was [acquired](Self::acquire) by this thread, as often as it was. Any handle will do, whatever
    /// its rights.
    ///
    /// # Errors
    ///
    /// `NOT_OWNER` if this thread does not own it.
    ///
    /// ```
    /// use commonhold::{ErrorCode, Mutex};
    /// let mutex = Mutex::options().create_unnamed()?;
    /// assert_eq!(mutex.release().unwrap_err().code(), ErrorCode::NOT_OWNER);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "ReleaseMutex")]
    #[inline]
    pub fn release(&self) -> Result<()> {
        if self.poll_release() || self.handle.release() {
            Ok(())
        } else {
            Err(Error::new(ErrorCode::NOT_OWNER, "release the mutex"))
        }
    }

    /// Releases the mutex if this thread owns it, nobody waits for it and nothing stands in the way: never calls the
    /// system.
    ///
    /// `false` says nothing: threads may wait, or this one not own it. [`release`](Self::release) tells.
    ///
    /// ```
    /// use commonhold::Mutex;
    /// let mutex = Mutex::options().owned(true).create_unnamed()?;
    /// assert!(mutex.poll_release());
    /// assert!(!mutex.poll_release());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[inline]
    pub fn poll_release(&self) -> bool {
        self.handle.release_quickly()
    }
}

/// A mutex that this thread has locked. Dropping it unlocks.
///
/// It is not `Send`: only the thread that locked a mutex can unlock it.
///
/// ```compile_fail
/// use commonhold::Mutex;
/// let mutex = Mutex::options().create_unnamed().unwrap();
/// let guard = mutex.lock().unwrap();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
#[must_use = "the mutex is unlocked when this is dropped"]
pub struct MutexGuard<'a> {
    mutex: &'a Mutex,
    of_this_thread: PhantomData<*const ()>,
}

impl Drop for MutexGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // This thread owns it, unless the program released it beside the guard, or forked.
        let _ = self.mutex.release();
    }
}

impl fmt::Debug for MutexGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexGuard").finish_non_exhaustive()
    }
}

/// Why a mutex was not simply locked.
///
/// `?` makes it an [`Error`], also in functions that return `Box<dyn std::error::Error>`. (It is none itself: it
/// borrows the mutex, which errors do not.)
#[derive(Debug)]
pub enum LockError<'a> {
    /// The last owner ended without unlocking it. It is locked now, by this guard.
    #[doc(alias = "WAIT_ABANDONED")]
    Abandoned(MutexGuard<'a>),
    /// It is not locked.
    Failed(Error),
}

impl fmt::Display for LockError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Abandoned(_) => write!(f, "{}", ErrorCode::ABANDONED_WAIT_0),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl From<LockError<'_>> for Error {
    fn from(error: LockError<'_>) -> Self {
        match error {
            LockError::Abandoned(_) => Self::new(ErrorCode::ABANDONED_WAIT_0, "lock the mutex"),
            LockError::Failed(error) => error,
        }
    }
}

impl From<LockError<'_>> for Box<dyn std::error::Error> {
    fn from(error: LockError<'_>) -> Self {
        Error::from(error).into()
    }
}

impl From<LockError<'_>> for Box<dyn std::error::Error + Send + Sync> {
    fn from(error: LockError<'_>) -> Self {
        Error::from(error).into()
    }
}
