//! Changing what others sleep on, waking them, and noticing that nobody sleeps any more.

use super::primitive::{self, Me, Ordering};
use super::state::{OWNER_DIED, State, WAITERS};
use super::waitable::Waitable;
use crate::platform::linux::stop;

impl Waitable {
    /// Changes the high half of what may be slept on, with the word named while somebody is to be woken. The state
    /// that it is in then, or that it was in instead.
    pub(super) fn signal(&self, me: &Me, old: State, high: u32) -> Result<State, State> {
        if old.has_waiters() {
            me.intend(self);
        }
        let new = self.kind().settled(old, high);
        match self.change(old, new) {
            Ok(()) => {
                stop::point("signal.changed");
                Ok(new)
            }
            Err(now) => {
                me.done();
                Err(now)
            }
        }
    }

    /// Wakes this many after a change for which the word is named, and notices when nobody sleeps any more.
    pub(super) fn wake(&self, me: &Me, count: u32) {
        if self.wake_some(count) > 0 {
            self.private().vain.store(0, Ordering::Relaxed);
        } else {
            self.woke_nobody(me);
        }
    }

    /// Clears the waiters' bit when that has happened often enough to be worth it. Who slept alone does that itself
    /// when it has run, if it was not killed.
    pub(super) fn woke_nobody(&self, me: &Me) {
        let vain = &self.private().vain;
        let most = if self.load().without_only_sleeper().is_some() {
            primitive::VAIN_WAKES_OF_ONE
        } else {
            primitive::VAIN_WAKES
        };
        if vain.fetch_add(1, Ordering::Relaxed) + 1 >= most {
            vain.store(0, Ordering::Relaxed);
            self.calm(me);
        }
    }

    /// Wakes this many, or all if any of them sleeps on other objects too: that one may have no use for it.
    pub(super) fn wake_some(&self, count: u32) -> u32 {
        let count = if self.has_crowd() { u32::MAX } else { count };
        primitive::wake(self.futex(), count)
    }

    /// Wakes the next if the object is available, since the wake for it may have come to this thread, which has
    /// no use for it.
    pub(super) fn pass_on(&self, me: &Me) {
        let state = self.load();
        if self.kind().is_available(state) && state.has_waiters() {
            me.intend(self);
            self.wake_some(1);
            me.done();
        }
    }

    /// Wakes all who sleep on what stays available, in case that its signaler died before.
    pub(super) fn pass_on_all(&self) {
        let state = self.load();
        if state.has_waiters() {
            primitive::wake(self.futex(), u32::MAX);
            self.forget_waiters(state);
        }
    }

    /// Clears the waiters' bit of what stays available, after all were woken. The generation in `state` makes sure
    /// that it was not reset, slept on and set again meanwhile.
    pub(super) fn forget_waiters(&self, state: State) {
        if self.kind().is_kept() && self.kind().is_available(state) && state.is_free() {
            let word = state.word() & !(WAITERS | OWNER_DIED);
            let _ = self.change(state, State::new(state.high(), word));
        }
    }

    /// Clears the waiters' bit. Nobody can be trusted to say that none sleeps; so the object is reserved, whoever
    /// is there is woken, and whoever comes meanwhile sets the bit anew.
    pub(super) fn calm(&self, me: &Me) {
        stop::point("calm.begun");
        let state = self.load();
        if !state.is_free() || !state.has_waiters() || !self.kind().is_available(state) {
            // In use: whoever comes next finds the bit as it is.
            return;
        }
        let reserved = State::new(self.kind().reserved(state), me.tid()).with_sleepers_woken();
        me.intend(self);
        if self.change(state, reserved).is_err() {
            return;
        }
        me.link(self);
        me.done();
        stop::point("calm.reserved");
        primitive::wake(self.futex(), u32::MAX);
        self.clear_seats();
        self.roll_back(me, reserved);
    }
}
