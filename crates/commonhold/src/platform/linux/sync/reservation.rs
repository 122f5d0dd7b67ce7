//! Having an object for a moment, so that nobody else takes or changes it: to take it with others, or to change more
//! of it than its state.
//!
//! A reservation is a thread's id in the word, as a mutex's owner is: it ends with its thread at the latest.

use super::primitive::{self, Me};
use super::state::{Kind, OWNER_DIED, State, WAITERS};
use super::waitable::{Asleep, Taken, Waitable};
use crate::platform::linux::stop;

impl Waitable {
    /// Puts this thread's id into the word of an object that nobody has, so that nobody takes or changes it.
    ///
    /// The state that it has then, or the one that does not allow it.
    #[inline]
    pub(super) fn reserve(&self, me: &Me, allowed: impl Fn(State) -> bool) -> Result<State, State> {
        let mut state = self.load();
        while state.thread().is_none() && allowed(state) {
            me.intend(self);
            let reserved =
                State::new(self.kind().reserved(state), me.tid()).with_sleepers_of(state);
            match self.change(state, reserved) {
                Ok(()) => {
                    stop::point("reserve.changed");
                    me.link(self);
                    me.done();
                    stop::point("reserve.linked");
                    return Ok(reserved);
                }
                Err(now) => state = now,
            }
        }
        me.done();
        Err(state)
    }

    /// Takes this thread's id out of the word, with the change for which it was reserved. All are woken who
    /// might have use for it.
    #[inline]
    pub(super) fn end_reservation(
        &self,
        me: &Me,
        reserved: State,
        change: impl Fn(State) -> State,
    ) {
        me.intend(self);
        me.unlink(self);
        stop::point("reservation.unlinked");
        let mut state = reserved;
        loop {
            let new = change(state);
            match self.change(state, new) {
                Ok(()) => {
                    stop::point("reservation.changed");
                    // Not only for those who want to take it: others wait for the reservation to end.
                    if new.has_waiters() {
                        primitive::wake(self.futex(), u32::MAX);
                    }
                    break;
                }
                Err(now) => state = now,
            }
        }
        me.done();
    }

    /// Whether an event was not reset since it was reserved in this state.
    #[inline]
    pub(super) fn is_still_there(&self, reserved: State) -> bool {
        let state = self.load();
        let is_same = state.generation() == reserved.generation() && self.kind().units(state) > 0;
        state == reserved || !matches!(self.kind(), Kind::Event { .. }) || is_same
    }

    /// Ends a reservation that came to nothing.
    pub(super) fn roll_back(&self, me: &Me, reserved: State) {
        self.end_reservation(me, reserved, |state| self.kind().rolled_back(state));
    }

    /// Takes what is reserved, and was in this state at last.
    #[inline]
    pub(super) fn commit(&self, me: &Me, reserved: State) -> Taken {
        if self.kind() == Kind::Mutex {
            return self.commit_mutex(me, reserved);
        }
        self.end_reservation(me, reserved, |state| {
            let high = self.kind().after_wait(state.high());
            self.kind().released(state, high)
        });
        Taken::Normally
    }

    /// Makes an object ordinary again whose reserver died. All are woken first: the kernel has woken but one.
    pub(super) fn settle_death(&self, state: State) {
        if state.has_waiters() {
            primitive::wake(self.futex(), u32::MAX);
        }
        let _ = self.change(state, self.kind().rolled_back(state));
    }

    /// Sleeps until the word has no thread's id, or another one, or it is that time.
    pub(super) fn await_thread(&self, me: &Me, until: Option<u64>) {
        let state = self.load();
        if state.thread().is_none() {
            return;
        }
        let waited_for = state.with_sleeper();
        if state == waited_for || self.change(state, waited_for).is_ok() {
            let slept = Asleep::of_several(waited_for);
            self.sleep(me, slept, until);
            self.bury(slept);
            self.pass_on(me);
            me.done();
        }
    }

    /// Does what the kernel would have done when the thread in the word ended, if it did not: it cannot for a
    /// thread, other than the first, that replaced its process's program, whose id then is no thread's.
    pub(super) fn bury(&self, slept: Asleep) {
        let Some(thread) = slept.thread() else {
            return;
        };
        let state = self.load();
        let is_gone =
            state.thread() == Some(thread) && !self.is_mixed() && primitive::is_gone(thread);
        if is_gone {
            let buried = state.with_word(OWNER_DIED | state.word() & WAITERS);
            if self.change(state, buried).is_ok() && state.has_waiters() {
                primitive::wake(self.futex(), u32::MAX);
            }
        }
    }
}
