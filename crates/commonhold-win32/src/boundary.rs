//! The last step before C: a `Result` becomes a value and the last error, and no panic goes on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::failure::{Failure, Result};

thread_local! {
    static LAST_ERROR: Cell<u32> = const { Cell::new(0) };
}

pub(crate) fn last_error() -> u32 {
    LAST_ERROR.get()
}

pub(crate) fn set_last_error(code: u32) {
    LAST_ERROR.set(code);
}

/// What `body` answers; if it fails, `failed`, and the last error says why.
///
/// A panic, which only a mistake in this library can cause, is `ERROR_INTERNAL_ERROR`.
#[inline]
pub(crate) fn answer<T>(failed: T, body: impl FnOnce() -> Result<T>) -> T {
    // What a panic leaves behind is as whole as what an error leaves: the guards of this crate see to it.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(failure)) => fail(failed, failure),
        Err(_) => fail(failed, Failure::INTERNAL_ERROR),
    }
}

/// `TRUE`, or `FALSE` and the last error.
#[inline]
pub(crate) fn succeeds(body: impl FnOnce() -> Result<()>) -> i32 {
    answer(0, || body().map(|()| 1))
}

#[cold]
fn fail<T>(failed: T, Failure(code): Failure) -> T {
    set_last_error(code);
    failed
}
