//! What is known of a thread of this process: one record, made by the thread itself when it is first needed.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::apc::Queue;
use super::gate::Gate;
use super::timers;
use crate::failure::{Failure, Result};
use crate::platform::thread_id;
use commonhold::os::linux::ForkMutex;

pub(crate) struct Record {
    id: u32,
    thread: commonhold::Thread,
    pub(crate) apcs: Queue,
    pub(super) gate: Gate,
    /// With [`KNOWN`], once it is.
    exit_code: AtomicU64,
}

const KNOWN: u64 = 1 << 32;

/// All there are.
static RECORDS: ForkMutex<Vec<Weak<Record>>> = ForkMutex::new(Vec::new());

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// This thread's own. Dropped where the thread ends, or is not the same any more, as in a forked child.
struct Here(Arc<Record>);

impl Drop for Here {
    fn drop(&mut self) {
        if self.0.id == thread_id::current() {
            self.0.end();
        }
    }
}

/// The record of the calling thread.
pub(crate) fn current() -> Result<Arc<Record>> {
    // A thread that is past destroying its values has ended, as far as others can tell.
    let here = HERE.try_with(|here| {
        let id = thread_id::current();
        let known = here.borrow().as_ref().map(|here| Arc::clone(&here.0));
        if let Some(known) = known.filter(|known| known.id == id) {
            return Ok(known);
        }
        let made = Record::of_this_thread(id, Gate::open())?;
        let before = here.replace(Some(Here(Arc::clone(&made))));
        drop(before);
        Ok(made)
    });
    here.unwrap_or(Err(Failure::GEN_FAILURE))
}

/// The record of the calling thread, which is new, and behind a gate that is shut.
pub(super) fn begin() -> Result<Arc<Record>> {
    let made = Record::of_this_thread(thread_id::current(), Gate::shut())?;
    let here = Here(Arc::clone(&made));
    HERE.try_with(|place| place.replace(Some(here)))
        .map_err(|_| Failure::GEN_FAILURE)?;
    Ok(made)
}

/// The record of the thread with this id: `INVALID_PARAMETER` if there is none, or it has none.
pub(super) fn of_id(id: u32) -> Result<Arc<Record>> {
    if id == thread_id::current() {
        return current();
    }
    let known: Vec<Arc<Record>> = {
        let records = RECORDS.lock();
        records.iter().filter_map(Weak::upgrade).collect()
    };
    // A forked child has the records of threads that it does not have, which seem to be running.
    let is_here = |record: &Arc<Record>| !record.has_ended() && thread_id::is_of_this_process(id);
    let mut known = known.into_iter().filter(|record| record.id == id);
    known.find(is_here).ok_or(Failure::INVALID_PARAMETER)
}

impl Record {
    fn of_this_thread(id: u32, gate: Gate) -> Result<Arc<Self>> {
        let record = Arc::new(Self {
            id,
            thread: commonhold::Thread::current()?,
            apcs: Queue::new()?,
            gate,
            exit_code: AtomicU64::new(0),
        });
        super::end::count_in();
        let mut records = RECORDS.lock();
        records.retain(|record| record.strong_count() > 0);
        records.push(Arc::downgrade(&record));
        Ok(record)
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn thread(&self) -> &commonhold::Thread {
        &self.thread
    }

    pub(super) fn is_current(&self) -> bool {
        self.id == thread_id::current()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.thread.wait(commonhold::Timeout::ZERO).unwrap_or(true)
    }

    /// The exit code; `None` while the thread runs. One that ended by itself, past this library, has 0.
    pub(super) fn exit_code(&self) -> Option<u32> {
        if self.is_current() || !self.has_ended() {
            return None;
        }
        let code = self.exit_code.load(Ordering::Acquire);
        #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
        Some(code as u32)
    }

    /// The first to say it is right.
    pub(super) fn set_exit_code(&self, code: u32) {
        let known = KNOWN | u64::from(code);
        let _ = self
            .exit_code
            .compare_exchange(0, known, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Nothing is called in this thread any more.
    pub(super) fn end(&self) {
        self.apcs.end();
        timers::forget_those_of(self);
    }
}
