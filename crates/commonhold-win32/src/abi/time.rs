//! Clocks, and the two forms of a point in time.

use crate::boundary::{answer, succeeds};
use crate::calendar::Date;
use crate::clock;
use crate::failure::Failure;
use crate::platform::pointers;

/// `FILETIME`: two halves, of which the low one is first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FileTime {
    low: u32,
    high: u32,
}

impl FileTime {
    #[allow(clippy::cast_possible_truncation, reason = "the halves are meant")]
    fn of(time: u64) -> Self {
        Self {
            low: time as u32,
            high: (time >> 32) as u32,
        }
    }

    fn number(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

#[unsafe(no_mangle)]
#[allow(
    clippy::cast_possible_truncation,
    reason = "it begins again after 49 days"
)]
pub extern "C" fn GetTickCount() -> u32 {
    clock::ticks() as u32
}

#[unsafe(no_mangle)]
pub extern "C" fn GetTickCount64() -> u64 {
    clock::ticks()
}

/// # Safety
///
/// `count` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn QueryPerformanceCounter(count: *mut u64) -> i32 {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { pointers::write(count, clock::running()) })
}

/// # Safety
///
/// `frequency` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn QueryPerformanceFrequency(frequency: *mut u64) -> i32 {
    // SAFETY: by the contract of this function.
    succeeds(|| unsafe { pointers::write(frequency, clock::PER_SECOND) })
}

/// # Safety
///
/// `time` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetSystemTimeAsFileTime(time: *mut FileTime) {
    // SAFETY: by the contract of this function.
    answer((), || unsafe {
        pointers::write(time, FileTime::of(clock::now()))
    });
}

/// # Safety
///
/// `time` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetSystemTimePreciseAsFileTime(time: *mut FileTime) {
    // SAFETY: by the contract of this function. The other one is no less precise.
    unsafe { GetSystemTimeAsFileTime(time) }
}

/// # Safety
///
/// `date` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetSystemTime(date: *mut Date) {
    answer((), || {
        let now = Date::at(clock::now())?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(date, now) }
    });
}

/// # Safety
///
/// `date` must be valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetLocalTime(date: *mut Date) {
    answer((), || {
        let local = clock::local(clock::now()).ok_or(Failure::INVALID_PARAMETER)?;
        let now = Date::at(local)?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(date, now) }
    });
}

/// # Safety
///
/// `date` must be valid for reading, and `time` for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SystemTimeToFileTime(date: *const Date, time: *mut FileTime) -> i32 {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let date = unsafe { pointers::read(date) }?;
        let found = FileTime::of(date.time()?);
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(time, found) }
    })
}

/// # Safety
///
/// `time` must be valid for reading, and `date` for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FileTimeToSystemTime(time: *const FileTime, date: *mut Date) -> i32 {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let time = unsafe { pointers::read(time) }?;
        let found = Date::at(time.number())?;
        // SAFETY: by the contract of this function.
        unsafe { pointers::write(date, found) }
    })
}
