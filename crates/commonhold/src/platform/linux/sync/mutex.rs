//! Owning a mutex: the thread's id is in the word, and what only this process knows beside it.

use super::primitive::{Me, Ordering};
use super::state::{State, is_abandoned, was_abandoned};
use super::waitable::{Taken, Waitable};
use crate::platform::linux::stop;

/// How often a thread can own a mutex.
const MOST_DEPTH: u32 = i32::MAX as u32;

impl Waitable {
    /// Whether this thread owns the mutex.
    #[inline]
    pub(super) fn is_mine(&self, me: &Me) -> bool {
        self.private().owner.load(Ordering::Relaxed) == me.id()
    }

    /// Has the thread own a mutex that is free and was not abandoned, or that it owns already.
    #[inline]
    pub(super) fn own_quickly(&self, me: &Me) -> bool {
        let private = self.private();
        if private.owner.load(Ordering::Relaxed) == me.id() {
            let depth = private.depth.load(Ordering::Relaxed);
            let can_be_deeper = depth < MOST_DEPTH;
            if can_be_deeper {
                private.depth.store(depth + 1, Ordering::Relaxed);
            }
            return can_be_deeper;
        }
        let state = self.load();
        let Some(owned) = state.mutex_owned(me.tid()) else {
            return false;
        };
        me.intend(self);
        let is_owned = self.change(state, owned).is_ok();
        if is_owned {
            stop::point("own.changed");
            me.link(self);
            self.begin_owning(me);
        }
        me.done();
        is_owned
    }

    #[inline]
    pub(super) fn try_own(&self, me: &Me) -> Option<Taken> {
        let private = self.private();
        if private.owner.load(Ordering::Relaxed) == me.id() {
            let depth = private.depth.load(Ordering::Relaxed);
            if depth == MOST_DEPTH {
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

    /// Ends the ownership of a mutex that nobody waits for, or one of its levels.
    #[inline]
    pub(super) fn release_quickly(&self, me: &Me) -> bool {
        let private = self.private();
        if private.owner.load(Ordering::Relaxed) != me.id() {
            return false;
        }
        let depth = private.depth.load(Ordering::Relaxed);
        if depth > 1 {
            private.depth.store(depth - 1, Ordering::Relaxed);
            return true;
        }
        let state = self.load();
        let Some(released) = state.mutex_released(me.tid()) else {
            return false;
        };
        private.owner.store(0, Ordering::Relaxed);
        me.intend(self);
        me.unlink(self);
        stop::point("release.unlinked");
        if self.change(state, released).is_err() {
            // Somebody came to wait.
            return self.take_back();
        }
        stop::point("release.changed");
        me.done();
        true
    }

    /// Undoes what was done to release it, but for the word, which has the thread's id still. (It asks who that is, so
    /// that those who release it keep nothing for this.)
    #[cold]
    fn take_back(&self) -> bool {
        if let Some(me) = Me::current() {
            me.link(self);
            self.private().owner.store(me.id(), Ordering::Relaxed);
            me.done();
        }
        false
    }

    /// Ends the ownership of a mutex, or one of its levels; `false` if this thread does not own it.
    pub(super) fn release(&self, me: &Me) -> bool {
        if self.release_quickly(me) {
            return true;
        }
        let private = self.private();
        if !self.is_mine(me) {
            return false;
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
