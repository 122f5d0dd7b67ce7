//! Releasing a semaphore.

use super::primitive::{self, Me};
use super::state::Kind;
use super::waitable::Waitable;

impl Waitable {
    /// Adds units to a semaphore: the count before, or `None` if that would be more than the maximum.
    pub(super) fn add_units(&self, me: &Me, units: u32) -> Option<u32> {
        let Kind::Semaphore { maximum } = self.kind() else {
            return None;
        };
        let mut state = self.load();
        loop {
            let count = state.high();
            let new = count.checked_add(units).filter(|&new| new <= maximum);
            let Some(new) = new else {
                state.thread()?;
                // Whoever reserved it is about to take a unit, or not: that decides.
                self.await_thread(me, primitive::soon());
                state = self.load();
                continue;
            };
            match self.signal(me, state, new) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        // Who reserved it wakes them when it is free again.
        if state.has_waiters() && state.thread().is_none() {
            self.wake(me, units);
        }
        me.done();
        Some(state.high())
    }
}
