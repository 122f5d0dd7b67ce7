//! Owning a mutex: the thread's id is in the word, and what only this process knows beside it.

use super::primitive::{Me, Ordering};
use super::state::{State, is_abandoned, was_abandoned};
use super::waitable::{Taken, Waitable};
use crate::platform::linux::stop;

impl Waitable {
    /// Whether this thread owns the mutex.
    #[inline]
    pub(super) fn is_mine(&self, me: &Me) -> bool {
        self.private().owner.load(Ordering::Relaxed) == me.id()
    }

    #[inline]
    pub(super) fn try_own(&self, me: &Me) -> Option<Taken> {
        let private = self.private();
        if private.owner.load(Ordering::Relaxed) == me.id() {
            let depth = private.depth.load(Ordering::Relaxed);
            if depth == i32::MAX as u32 {
                return Some(Taken::TooDeep);
            }
            private.depth.store(depth + 1, Ordering::Relaxed);
            return Some(Taken::Normally);
        }
        let mut state = self.load();
        if !state.is_free() {
            return None;
        }
        while state.is_free() {
            me.intend(self);
            match self.change(state, State::new(0, me.tid()).with_sleepers_of(state)) {
                Ok(()) => {
                    stop::point("own.changed");
                    me.link(self);
                    me.done();
                    self.begin_owning(me);
                    return Some(if is_abandoned(state) {
                        Taken::Abandoned
                    } else {
                        Taken::Normally
                    });
                }
                Err(now) => state = now,
            }
        }
        me.done();
        None
    }

    #[inline]
    pub(super) fn begin_owning(&self, me: &Me) {
        let private = self.private();
        private.depth.store(1, Ordering::Relaxed);
        private.owner.store(me.id(), Ordering::Relaxed);
    }

    /// Ends the ownership of a mutex, or one of its levels; `false` if this thread does not own it.
    #[inline]
    pub(super) fn release(&self, me: &Me) -> bool {
        let private = self.private();
        if private.owner.load(Ordering::Relaxed) != me.id() {
            return false;
        }
        let depth = private.depth.load(Ordering::Relaxed);
        if depth > 1 {
            private.depth.store(depth - 1, Ordering::Relaxed);
            return true;
        }
        private.owner.store(0, Ordering::Relaxed);
        me.intend(self);
        me.unlink(self);
        stop::point("release.unlinked");
        let mut state = self.load();
        // Somebody who may write to the object has overwritten it otherwise; nothing is left to release.
        while state.thread() == Some(me.tid()) {
            match self.change(state, State::new(0, 0).with_sleepers_of(state)) {
                Ok(()) => {
                    stop::point("release.changed");
                    if state.has_waiters() {
                        self.wake(me, 1);
                    }
                    break;
                }
                Err(now) => state = now,
            }
        }
        me.done();
        true
    }

    pub(super) fn commit_mutex(&self, me: &Me, reserved: State) -> Taken {
        let mut state = reserved;
        while let Err(now) = self.change(state, State::new(0, state.word())) {
            state = now;
        }
        self.begin_owning(me);
        if was_abandoned(state) {
            Taken::Abandoned
        } else {
            Taken::Normally
        }
    }
}
