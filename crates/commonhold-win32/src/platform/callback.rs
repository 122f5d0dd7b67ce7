//! Functions of the program's that are called back.

use std::ffi::c_void;

/// `PAPCFUNC`.
pub(crate) type UserRoutine = unsafe extern "C-unwind" fn(usize);
/// `PTIMERAPCROUTINE`: argument, low and high half of the time.
pub(crate) type TimerRoutine = unsafe extern "C-unwind" fn(*mut c_void, u32, u32);

/// A function, and what it is called with.
///
/// It may end the thread, or leave by an exception of its language: so it is called where nothing of this library's is
/// left to be done, and needs no cleaning up itself.
#[derive(Clone, Copy)]
pub(crate) struct Callback(Routine);

#[derive(Clone, Copy)]
enum Routine {
    User(UserRoutine, usize),
    Timer(TimerRoutine, *mut c_void, u64),
}

// SAFETY: it is the caller of the constructors who says that any thread of the process may call it.
unsafe impl Send for Callback {}

impl Callback {
    /// # Safety
    ///
    /// The routine may be called once with the argument, in the thread that it is queued for.
    pub(crate) unsafe fn of_user(routine: UserRoutine, argument: usize) -> Self {
        Self(Routine::User(routine, argument))
    }

    /// # Safety
    ///
    /// The routine may be called with the argument, in the thread that sets the timer, while it is set.
    pub(crate) unsafe fn of_timer(routine: TimerRoutine, argument: *mut c_void) -> Self {
        Self(Routine::Timer(routine, argument, 0))
    }

    /// The same for a timer that was due at this time.
    pub(crate) fn at(self, time: u64) -> Self {
        match self.0 {
            Routine::Timer(routine, argument, _) => Self(Routine::Timer(routine, argument, time)),
            Routine::User(..) => self,
        }
    }

    pub(crate) fn call(self) {
        match self.0 {
            // SAFETY: by the contract of the constructor.
            Routine::User(routine, argument) => unsafe { routine(argument) },
            Routine::Timer(routine, argument, time) => {
                #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
                let (low, high) = (time as u32, (time >> 32) as u32);
                // SAFETY: by the contract of the constructor.
                unsafe { routine(argument, low, high) };
            }
        }
    }
}
