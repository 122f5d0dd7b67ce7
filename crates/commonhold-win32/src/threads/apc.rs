//! What is queued for a thread to call (`QueueUserAPC`): asynchronous procedure calls.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use commonhold::Alert;

use crate::failure::{Failure, Result};
use crate::platform::callback::Callback;

/// A thread's queue.
pub(crate) struct Queue {
    calls: Mutex<Calls>,
    /// Raised while something is queued that the thread may not have seen.
    alert: Alert,
}

struct Calls {
    waiting: VecDeque<Callback>,
    has_ended: bool,
}

impl Queue {
    pub(crate) fn new() -> Result<Self> {
        let calls = Calls {
            waiting: VecDeque::new(),
            has_ended: false,
        };
        Ok(Self {
            calls: Mutex::new(calls),
            alert: Alert::new()?,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a call; `GEN_FAILURE` if the thread has ended.
    pub(crate) fn push(&self, callback: Callback) -> Result<()> {
        let mut calls = self.lock();
        if calls.has_ended {
            return Err(Failure::GEN_FAILURE);
        }
        calls.waiting.push_back(callback);
        drop(calls);
        Ok(self.alert.raise()?)
    }

    /// The next call, which is the thread's to make.
    pub(crate) fn pop(&self) -> Option<Callback> {
        self.lock().waiting.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// What is raised from here on, whenever a call is queued. To be asked for before the queue is looked at.
    pub(crate) fn lowered_alert(&self) -> &Alert {
        self.alert.lower();
        &self.alert
    }

    /// The thread has ended: nothing is called any more.
    pub(crate) fn end(&self) {
        let mut calls = self.lock();
        calls.has_ended = true;
        calls.waiting.clear();
    }
}
