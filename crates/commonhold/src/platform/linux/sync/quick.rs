//! What is done where nobody is in the way: one compare-and-swap, of all but a mutex without a look at who this thread is.
//!
//! Each of these does all of what the long way does, or nothing.

use super::primitive::Me;
use super::state::{Kind, Quick, State, event};
use super::waitable::Waitable;
use crate::platform::linux::stop;

/// What a glance at an object found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    Taken,
    Unavailable,
    /// It takes a closer look.
    Unclear,
}

impl Waitable {
    /// Takes the object, if it is there to be taken.
    #[inline]
    pub(super) fn glance(&self) -> Glance {
        let is_taken = match self.kind() {
            Kind::Mutex => match Me::known() {
                Some(me) if self.own_quickly(&me) => true,
                // As often as can be counted: that is an error.
                Some(me) if self.is_mine(&me) => return Glance::Unclear,
                Some(_) => false,
                None => return Glance::Unclear,
            },
            Kind::Semaphore { .. } => self.take_unit_quickly(),
            Kind::Event { .. } => self.take_event_quickly(),
            // One may be due, and of the other it is rarely asked.
            Kind::Timer { .. } | Kind::Thread => return Glance::Unclear,
        };
        if is_taken {
            return Glance::Taken;
        }
        let (kind, state) = (self.kind(), self.load());
        if kind.is_available(state) || kind.is_reserved(state) {
            return Glance::Unclear;
        }
        Glance::Unavailable
    }

    /// Takes a unit of a semaphore.
    #[inline]
    pub(super) fn take_unit_quickly(&self) -> bool {
        let state = self.load();
        matches!(self.kind(), Kind::Semaphore { .. })
            && state
                .unit_taken()
                .is_some_and(|new| self.change(state, new).is_ok())
    }

    /// Takes an event that is signaled.
    #[inline]
    pub(super) fn take_event_quickly(&self) -> bool {
        let state = self.load();
        match self.kind() {
            Kind::Event { manual: true } => event::units(state.high()) > 0,
            Kind::Event { manual: false } => state
                .event_taken()
                .is_some_and(|new| self.change(state, new).is_ok()),
            _ => false,
        }
    }

    /// Reserves a semaphore or auto-reset event that has a unit: the state that it has then. The word stays named
    /// until the caller names another, or none.
    #[inline]
    pub(super) fn reserve_plain(&self, me: &Me) -> Option<State> {
        let state = self.load();
        if self.plain_units(state) == 0 || !state.is_plain() {
            return None;
        }
        let reserved = State(state.0 + u64::from(me.tid()));
        me.intend(self);
        self.change(state, reserved).ok()?;
        stop::point("reserve.changed");
        me.link(self);
        stop::point("reserve.linked");
        Some(reserved)
    }

    /// Takes the one unit of what was reserved so, if it is as it was then, and nobody waits. The word stays
    /// named, as above.
    #[inline]
    pub(super) fn commit_plain(&self, me: &Me, reserved: State) -> bool {
        if self.plain_units(reserved) != 1 || reserved.has_waiters() {
            return false;
        }
        let new = reserved.last_unit_taken(me.tid());
        me.intend(self);
        me.unlink(self);
        stop::point("reservation.unlinked");
        let is_done = self.change(reserved, new).is_ok();
        if !is_done {
            // Somebody came to wait, or to signal. It is still this thread's.
            me.link(self);
        }
        is_done
    }

    /// How many units a semaphore or auto-reset event has; of others none.
    #[inline]
    fn plain_units(&self, state: State) -> u32 {
        match self.kind() {
            Kind::Semaphore { .. } => state.high(),
            Kind::Event { manual: false } => event::units(state.high()),
            _ => 0,
        }
    }

    /// Sets an event that nobody waits for.
    #[inline]
    pub(super) fn set_quickly(&self) -> bool {
        let state = self.load();
        match self.kind() {
            Kind::Event { manual: false } => match state.event_set() {
                Quick::Change(new) => self.change(state, new).is_ok(),
                Quick::Nothing => true,
                Quick::Slow => false,
            },
            Kind::Event { manual: true } if state.is_quiet() => {
                let high = event::with_units(event::next_generation(state.high()), 1);
                event::units(state.high()) > 0 || self.change(state, State::new(high, 0)).is_ok()
            }
            _ => false,
        }
    }

    /// Adds units to a semaphore that nobody waits for: the count before.
    #[inline]
    pub(super) fn add_quickly(&self, units: u32) -> Option<u32> {
        let Kind::Semaphore { maximum } = self.kind() else {
            return None;
        };
        let state = self.load();
        let new = state.units_added(units, maximum)?;
        self.change(state, new).is_ok().then_some(state.high())
    }
}
