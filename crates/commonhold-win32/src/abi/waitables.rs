//! Mutexes, semaphores, events and waitable timers.

use std::ffi::c_void;

use commonhold::{Event, Mutex, Semaphore, SemaphoreOptions, Timer};

use super::both_forms;
use super::security::attributes;
use crate::boundary::{answer, set_last_error, succeeds};
use crate::failure::{Failure, Result};
use crate::handles::Handle;
use crate::platform::callback::{Callback, TimerRoutine};
use crate::platform::pointers;
use crate::platform::text::{Character, Text};
use crate::security::RawAttributes;
use crate::waitables::{self, Created, Options, Waitable, timer};

/// `ERROR_ALREADY_EXISTS`, which who creates asks for in the last error.
const ALREADY_EXISTS: u32 = 183;

/// The last error of a successful creation says whether the object was there before.
pub(super) fn created(body: impl FnOnce() -> Result<Created>) -> Handle {
    answer(Handle::NULL, || {
        let created = body()?;
        set_last_error(if created.existed { ALREADY_EXISTS } else { 0 });
        Ok(created.handle)
    })
}

/// Makes an object as these options say.
///
/// # Safety
///
/// That of [`attributes`], and of [`Text::of`].
unsafe fn create<C: Character, O: Options>(
    security: *const RawAttributes,
    name: *const C,
    rights: u32,
    options: impl FnOnce() -> Result<O>,
) -> Handle {
    created(|| {
        let options = options()?;
        // SAFETY: by the contract of this function.
        let attributes = unsafe { attributes(security) }?;
        // SAFETY: by the contract of this function.
        let name = unsafe { Text::of(name) }?.name()?;
        waitables::create(options, name.as_ref(), rights, attributes)
    })
}

/// # Safety
///
/// That of [`Text::of`].
unsafe fn open<C: Character, T: Waitable>(rights: u32, inheritable: i32, name: *const C) -> Handle {
    answer(Handle::NULL, || {
        // SAFETY: by the contract of this function.
        let name = unsafe { Text::of(name) }?.existing_name()?;
        waitables::open::<T>(&name, rights, inheritable != 0)
    })
}

/// Flags of which the function has these.
fn flags(flags: u32, known: u32) -> Result<u32> {
    if flags & !known == 0 {
        Ok(flags)
    } else {
        Err(Failure::INVALID_PARAMETER)
    }
}

fn semaphore(count: i32, maximum: i32) -> Result<SemaphoreOptions> {
    let number = |it| u32::try_from(it).map_err(|_| Failure::INVALID_PARAMETER);
    Ok(Semaphore::options()
        .count(number(count)?)
        .maximum(number(maximum)?))
}

/// The functions that have a string, each for both forms.
///
/// # Safety
///
/// That of [`create`] and [`open`].
macro_rules! generic {
    ($($function:ident<C>($($argument:ident: $Argument:ty),*) = $body:expr;)*) => {
        $(unsafe fn $function<C: Character>($($argument: $Argument),*) -> Handle {
            // SAFETY: by the contract of this function.
            unsafe { $body }
        })*
    };
}

type Security = *const RawAttributes;

generic! {
    create_mutex<C>(security: Security, owned: i32, name: *const C) =
        create(security, name, Mutex::ALL_ACCESS, || Ok(Mutex::options().owned(owned != 0)));
    create_mutex_ex<C>(security: Security, name: *const C, flag: u32, rights: u32) =
        create(security, name, rights, || Ok(Mutex::options().owned(flags(flag, 1)? != 0)));
    create_semaphore<C>(security: Security, count: i32, maximum: i32, name: *const C) =
        create(security, name, Semaphore::ALL_ACCESS, || semaphore(count, maximum));
    create_semaphore_ex<C>(security: Security, count: i32, maximum: i32, name: *const C, flag: u32, rights: u32) =
        create(security, name, rights, || flags(flag, 0).and_then(|_| semaphore(count, maximum)));
    create_event<C>(security: Security, manual: i32, signaled: i32, name: *const C) =
        create(security, name, Event::ALL_ACCESS, || {
            Ok(Event::options().manual_reset(manual != 0).signaled(signaled != 0))
        });
    create_event_ex<C>(security: Security, name: *const C, flag: u32, rights: u32) =
        create(security, name, rights, || {
            let flag = flags(flag, 3)?;
            Ok(Event::options().manual_reset(flag & 1 != 0).signaled(flag & 2 != 0))
        });
    create_timer<C>(security: Security, manual: i32, name: *const C) =
        create(security, name, Timer::ALL_ACCESS, || Ok(Timer::options().manual_reset(manual != 0)));
    // The second flag asks for a timer of high resolution, which every timer here is.
    create_timer_ex<C>(security: Security, name: *const C, flag: u32, rights: u32) =
        create(security, name, rights, || Ok(Timer::options().manual_reset(flags(flag, 3)? & 1 != 0)));
    open_mutex<C>(rights: u32, inheritable: i32, name: *const C) = open::<C, Mutex>(rights, inheritable, name);
    open_semaphore<C>(rights: u32, inheritable: i32, name: *const C) = open::<C, Semaphore>(rights, inheritable, name);
    open_event<C>(rights: u32, inheritable: i32, name: *const C) = open::<C, Event>(rights, inheritable, name);
    open_timer<C>(rights: u32, inheritable: i32, name: *const C) = open::<C, Timer>(rights, inheritable, name);
}

both_forms! {
    create_mutex(security: Security, owned: i32; name) -> Handle = CreateMutexA, CreateMutexW;
    create_mutex_ex(security: Security; name; flag: u32, rights: u32) -> Handle = CreateMutexExA, CreateMutexExW;
    open_mutex(rights: u32, inheritable: i32; name) -> Handle = OpenMutexA, OpenMutexW;
    create_semaphore(security: Security, count: i32, maximum: i32; name) -> Handle
        = CreateSemaphoreA, CreateSemaphoreW;
    create_semaphore_ex(security: Security, count: i32, maximum: i32; name; flag: u32, rights: u32) -> Handle
        = CreateSemaphoreExA, CreateSemaphoreExW;
    open_semaphore(rights: u32, inheritable: i32; name) -> Handle = OpenSemaphoreA, OpenSemaphoreW;
    create_event(security: Security, manual: i32, signaled: i32; name) -> Handle = CreateEventA, CreateEventW;
    create_event_ex(security: Security; name; flag: u32, rights: u32) -> Handle = CreateEventExA, CreateEventExW;
    open_event(rights: u32, inheritable: i32; name) -> Handle = OpenEventA, OpenEventW;
    create_timer(security: Security, manual: i32; name) -> Handle = CreateWaitableTimerA, CreateWaitableTimerW;
    create_timer_ex(security: Security; name; flag: u32, rights: u32) -> Handle
        = CreateWaitableTimerExA, CreateWaitableTimerExW;
    open_timer(rights: u32, inheritable: i32; name) -> Handle = OpenWaitableTimerA, OpenWaitableTimerW;
}

#[unsafe(no_mangle)]
pub extern "C" fn ReleaseMutex(handle: Handle) -> i32 {
    match waitables::release_mutex_at_once(handle) {
        Some(()) => 1,
        None => release_mutex(handle),
    }
}

#[cold]
extern "C" fn release_mutex(handle: Handle) -> i32 {
    succeeds(|| waitables::release_mutex(handle))
}

/// # Safety
///
/// `previous` must be null, or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ReleaseSemaphore(handle: Handle, units: i32, previous: *mut i32) -> i32 {
    succeeds(|| {
        pointers::check_optional(previous)?;
        let before = waitables::release_semaphore(handle, units)?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write_optional(previous, before as i32) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn SetEvent(handle: Handle) -> i32 {
    match waitables::set_event_at_once(handle) {
        Some(()) => 1,
        None => set_event(handle),
    }
}

#[cold]
extern "C" fn set_event(handle: Handle) -> i32 {
    succeeds(|| waitables::signal_event(handle, Event::set))
}

#[unsafe(no_mangle)]
pub extern "C" fn ResetEvent(handle: Handle) -> i32 {
    succeeds(|| waitables::signal_event(handle, Event::reset))
}

#[unsafe(no_mangle)]
pub extern "C" fn PulseEvent(handle: Handle) -> i32 {
    succeeds(|| waitables::signal_event(handle, Event::pulse))
}

/// # Safety
///
/// `due` must be valid for reading; `routine`, if there is one, may be called with `argument` as long as the timer is
/// set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SetWaitableTimer(
    handle: Handle,
    due: *const i64,
    period: i32,
    routine: Option<TimerRoutine>,
    argument: *mut c_void,
    resume: i32,
) -> i32 {
    /// `ERROR_NOT_SUPPORTED`, with success: the timer is set, and will not wake the machine.
    const CANNOT_RESUME: u32 = 50;
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let due = unsafe { pointers::read(due) }?;
        // SAFETY: by the contract of this function.
        let callback = routine.map(|routine| unsafe { Callback::of_timer(routine, argument) });
        timer::set(handle, due, period, callback)?;
        if resume != 0 {
            set_last_error(CANNOT_RESUME);
        }
        Ok(())
    })
}

/// # Safety
///
/// That of [`SetWaitableTimer`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SetWaitableTimerEx(
    handle: Handle,
    due: *const i64,
    period: i32,
    routine: Option<TimerRoutine>,
    argument: *mut c_void,
    wake_context: *const c_void,
    _tolerable_delay: u32,
) -> i32 {
    // SAFETY: by the contract of this function. A delay that is allowed is not one that is owed.
    unsafe {
        SetWaitableTimer(
            handle,
            due,
            period,
            routine,
            argument,
            i32::from(!wake_context.is_null()),
        )
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn CancelWaitableTimer(handle: Handle) -> i32 {
    succeeds(|| timer::cancel(handle))
}
