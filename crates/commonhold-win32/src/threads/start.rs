//! Starts a thread (`CreateThread`).

use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};

use super::{Record, Thread, end, record};
use crate::failure::{Failure, Result};
use crate::handles::{self, Handle, Object};
use crate::platform::callback::Callback;
use crate::platform::thread_start::{self, Call, Frame};

const SUSPENDED: u32 = 4;
/// The size is that of the whole stack, not of what is committed at first.
const IS_RESERVATION: u32 = 0x1_0000;

/// A stack is at least so large: the C library and its signals' frames take more of it than Windows does.
const LEAST: usize = 256 << 10;
/// Windows makes it a multiple of this.
const UNIT: usize = 1 << 16;

/// What a new thread begins with.
struct Beginning {
    call: Call,
    /// Tells who starts it that it can be waited for.
    tell: SyncSender<Result<Arc<Record>>>,
}

impl Frame for Beginning {
    fn begin(self) -> Option<Call> {
        let made = record::begin();
        let record = made.as_ref().map(Arc::clone).ok();
        let is_told = self.tell.send(made).is_ok();
        let may_pass = record.filter(|_| is_told)?.gate.pass();
        may_pass.then_some(self.call)
    }

    fn queued() -> Option<Callback> {
        super::current().ok()?.apcs.pop()
    }

    fn end(code: u32) {
        end::with(code);
    }
}

/// Starts a thread, and gives a handle to it. Its id is told before it makes the call, unless that fails.
pub(crate) fn start(
    call: Call,
    stack: usize,
    flags: u32,
    inheritable: bool,
    tell_id: impl FnOnce(u32) -> Result<()>,
) -> Result<Handle> {
    if flags & !(SUSPENDED | IS_RESERVATION) != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    let (tell, told) = mpsc::sync_channel(1);
    let stack = stack_size(stack, flags & IS_RESERVATION != 0)?;
    thread_start::start(Beginning { call, tell }, stack)?;
    let record = told.recv().map_err(|_| Failure::NOT_ENOUGH_MEMORY)??;
    let insert = || {
        tell_id(record.id())?;
        let thread = Object::Thread(Thread::of_record(Arc::clone(&record))?);
        handles::insert(thread, inheritable)
    };
    let handle = insert();
    match handle {
        Err(_) => record.gate.close(),
        Ok(_) if flags & SUSPENDED == 0 => drop(record.gate.resume()),
        Ok(_) => {}
    }
    handle
}

/// How large the stack has to be; `None` is what it usually is.
fn stack_size(asked: usize, is_reservation: bool) -> Result<Option<usize>> {
    if asked == 0 {
        return Ok(None);
    }
    let size = asked
        .checked_next_multiple_of(UNIT)
        .ok_or(Failure::NOT_ENOUGH_MEMORY)?;
    if is_reservation {
        return Ok(Some(size.max(LEAST)));
    }
    // Linux commits what is touched, so only the room for it counts.
    Ok((size > thread_start::usual_stack()).then_some(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_as_large_as_asked_and_never_too_small() {
        assert_eq!(stack_size(0, false), Ok(None));
        assert_eq!(stack_size(1, true), Ok(Some(LEAST)));
        assert_eq!(stack_size((1 << 20) + 1, true), Ok(Some((1 << 20) + UNIT)));
        assert_eq!(stack_size(4096, false), Ok(None));
        assert_eq!(stack_size(1 << 30, false), Ok(Some(1 << 30)));
        assert_eq!(
            stack_size(usize::MAX, false),
            Err(Failure::NOT_ENOUGH_MEMORY)
        );
    }
}
