//! Threads whose function is C's, and may end in the middle of it.
//!
//! `ExitThread` is `pthread_exit`, which unwinds the stack down to where the thread began. So the frames of this
//! library that may be below it have nothing to be dropped, which is what Rust asks of frames that such an unwinding passes.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use rustix::io::Errno;

use super::callback::Callback;

/// What C calls `LPTHREAD_START_ROUTINE`.
pub(crate) type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> u32;

/// A function of C's with what it is called with.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) routine: Routine,
    pub(crate) parameter: *mut c_void,
}

// SAFETY: C passes the pointer to another thread, and answers for that.
unsafe impl Send for Call {}

/// What a thread does before the call, and after it.
pub(crate) trait Frame: Send + 'static {
    /// The call, unless there is to be none. It must not panic.
    fn begin(self) -> Option<Call>;
    /// What was queued for the thread to call first.
    fn queued() -> Option<Callback>;
    /// Given the call's result.
    fn end(code: u32);
}

unsafe extern "C" {
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const libc::pthread_attr_t,
        routine: extern "C-unwind" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int;
}

unsafe extern "C-unwind" {
    fn pthread_exit(value: *mut c_void) -> !;
}

/// Begins a thread that nobody joins. `stack` is how large its stack is, if that is not what the C library gives.
pub(crate) fn start<F: Frame>(frame: F, stack: Option<usize>) -> Result<(), Errno> {
    let attributes = Attributes::detached(stack)?;
    let argument = Box::into_raw(Box::new(frame));
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the attributes are initialized, and the argument is what `run::<F>` takes.
    let refused = unsafe {
        pthread_create(
            thread.as_mut_ptr(),
            &raw const attributes.0,
            run::<F>,
            argument.cast(),
        )
    };
    if refused != 0 {
        // SAFETY: made above, and no thread has it.
        drop(unsafe { Box::from_raw(argument) });
        return Err(Errno::from_raw_os_error(refused));
    }
    Ok(())
}

/// The first function of the thread.
extern "C-unwind" fn run<F: Frame>(argument: *mut c_void) -> *mut c_void {
    if let Some(call) = begin::<F>(argument) {
        while let Some(first) = F::queued() {
            first.call();
        }
        // SAFETY: C says that its function may be called so, in a thread of its own.
        let code = unsafe { (call.routine)(call.parameter) };
        F::end(code);
    }
    ptr::null_mut()
}

fn begin<F: Frame>(argument: *mut c_void) -> Option<Call> {
    // SAFETY: made in `start`, for this thread alone.
    let frame = unsafe { Box::from_raw(argument.cast::<F>()) };
    frame.begin()
}

/// Ends the calling thread here and now. Whoever calls must have nothing that is to be dropped.
pub(crate) extern "C-unwind" fn exit() -> ! {
    // SAFETY: the frames below are C's, and those of this library say that they have nothing to be dropped.
    unsafe { pthread_exit(ptr::null_mut()) }
}

struct Attributes(libc::pthread_attr_t);

impl Attributes {
    fn detached(stack: Option<usize>) -> Result<Self, Errno> {
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: room for them.
        check(unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) })?;
        // SAFETY: just initialized.
        let mut attributes = Self(unsafe { attributes.assume_init() });
        let attr = &raw mut attributes.0;
        // SAFETY: initialized.
        check(unsafe { libc::pthread_attr_setdetachstate(attr, libc::PTHREAD_CREATE_DETACHED) })?;
        if let Some(stack) = stack {
            // SAFETY: initialized.
            check(unsafe { libc::pthread_attr_setstacksize(attr, stack) })?;
        }
        Ok(attributes)
    }

    /// How large the stack is.
    fn stack(&self) -> usize {
        let mut size = 0;
        // SAFETY: initialized, and the number lives.
        unsafe { libc::pthread_attr_getstacksize(&raw const self.0, &raw mut size) };
        size
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialized, and not used any more.
        unsafe { libc::pthread_attr_destroy(&raw mut self.0) };
    }
}

/// How large a stack is that nobody asked for.
pub(crate) fn usual_stack() -> usize {
    Attributes::detached(None).map_or(0, |attributes| attributes.stack())
}

fn check(refused: c_int) -> Result<(), Errno> {
    if refused == 0 {
        Ok(())
    } else {
        Err(Errno::from_raw_os_error(refused))
    }
}
