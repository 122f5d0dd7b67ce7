//! Setting, resetting and pulsing events, and what that means to those who slept meanwhile.

use super::primitive::{self, Me};
use super::state::{Kind, State, event};
use super::waitable::{Asleep, Waitable};

impl Waitable {
    /// Sets an event.
    pub(super) fn set(&self, me: &Me) {
        let Kind::Event { manual } = self.kind() else {
            return;
        };
        let mut state = self.load();
        let set = loop {
            let (high, units) = (state.high(), self.kind().units(state));
            let new = match (manual, units) {
                (true, 1..) => return self.pass_on_all(),
                (true, 0) => event::next_generation(event::with_units(high, 1)),
                // Who reserved it takes a unit, or leaves it, before this.
                (false, _) if state.thread().is_some() => event::set_meanwhile(high),
                (false, 0) => event::with_units(high, 1),
                (false, 1..) => return self.set_again(me, state),
            };
            match self.signal(me, state, new) {
                Ok(set) => break set,
                Err(now) => state = now,
            }
        };
        if set.has_waiters() && manual {
            primitive::wake(self.futex(), u32::MAX);
            self.forget_waiters(set);
        } else if set.has_waiters() && set.is_free() {
            self.wake(me, 1);
        }
        me.done();
    }

    /// Sets an auto-reset event that is set: of no effect, unless another thread sleeps than the one that the
    /// first time was for, and has not run yet. That one gets a unit of its own.
    pub(super) fn set_again(&self, me: &Me, mut state: State) {
        loop {
            let units = self.kind().units(state);
            if !state.has_waiters() || units == event::MOST_UNITS {
                return;
            }
            let more = event::with_units(state.high(), units + 1);
            match self.signal(me, state, more) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        if self.wake_some(1) == 0 {
            // Nobody sleeps. Unless the unit was taken meanwhile, as if it had been set after that, it goes.
            let mut state = self.load();
            while self.kind().units(state) > 1 {
                let fewer = event::with_units(state.high(), self.kind().units(state) - 1);
                match self.change(state, self.kind().settled(state, fewer)) {
                    Ok(()) => break,
                    Err(now) => state = now,
                }
            }
            self.woke_nobody(me);
        }
        me.done();
    }

    /// Resets an event.
    pub(super) fn reset(&self) {
        let mut state = self.load();
        while state.high() != event::reset(state.high()) {
            let high = event::reset(state.high());
            match self.change(state, self.kind().settled(state, high)) {
                Ok(()) => return,
                Err(now) => state = now,
            }
        }
    }

    /// Lets those go who sleep on an event, all of them or one, and leaves it reset.
    pub(super) fn pulse(&self, me: &Me) {
        let manual = self.kind().is_kept();
        let mut state = self.load();
        loop {
            let mut high = event::next_generation(event::reset(state.high()));
            if !manual && state.has_waiters() && self.kind().units(state) == 0 {
                high = event::with_pulse(high);
            }
            match self.signal(me, state, high) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        if state.has_waiters() && self.wake_some(if manual { u32::MAX } else { 1 }) == 0 && !manual
        {
            // Nobody slept.
            let mut state = self.load();
            loop {
                let high = event::without_pulses(state.high());
                match self.change(state, self.kind().settled(state, high)) {
                    Ok(()) => break,
                    Err(now) => state = now,
                }
            }
        }
        me.done();
    }

    /// Whether an event was signaled since, for those who slept.
    pub(super) fn was_pulsed(&self, slept: Asleep) -> bool {
        let state = self.load();
        match self.kind() {
            Kind::Event { .. } if state.generation() == slept.generation() => false,
            Kind::Event { manual } => manual || event::without_pulse(state).is_some(),
            _ => false,
        }
    }

    /// Uses what an event let go of since, for one that slept.
    pub(super) fn take_pulse(&self, slept: Asleep) -> bool {
        let Kind::Event { manual } = self.kind() else {
            return false;
        };
        let mut state = self.load();
        while state.generation() != slept.generation() {
            // A manual one was set, or pulsed, and is reset already.
            let Some(high) = event::without_pulse(state).filter(|_| !manual) else {
                return manual;
            };
            match self.change(state, self.kind().settled(state, high)) {
                Ok(()) => return true,
                Err(now) => state = now,
            }
        }
        false
    }
}
