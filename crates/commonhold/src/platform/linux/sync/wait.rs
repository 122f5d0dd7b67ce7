//! Waiting for one object, and what all waits have in common.

use std::time::Duration;

use super::primitive::{self, Me};
use super::state::Kind;
use super::waitable::{Taken, Waitable};

/// Until when to wait, in nanoseconds on the monotonic clock; `None` for ever.
#[derive(Clone, Copy)]
pub(super) struct Deadline(Option<u64>);

impl Deadline {
    pub(super) fn after(timeout: Option<Duration>) -> Self {
        Self(timeout.map(|timeout| match timeout {
            // Looked at once, without a look at the clock.
            Duration::ZERO => 0,
            timeout => primitive::now().saturating_add(primitive::nanoseconds(timeout)),
        }))
    }

    pub(super) fn has_passed(self) -> bool {
        self.0.is_some_and(|at| at == 0 || at <= primitive::now())
    }

    /// The first of this, when a timer is due, and when to look again in any case.
    pub(super) fn or_earlier(self, due: Option<u64>) -> Option<u64> {
        [self.0, due, primitive::soon()].into_iter().flatten().min()
    }
}

/// How long who does not wait at all still waits for a reservation to end.
const MOMENT: u64 = 1_000_000;

impl Waitable {
    /// Takes the object if it is available now. When to look again, if that is a matter of time.
    #[inline]
    pub(super) fn look(&self, me: &Me) -> Result<Taken, Option<u64>> {
        let due = self.look_due(me);
        self.try_take(me).ok_or(due)
    }

    /// Signals a timer that is due; when it is due next.
    #[inline]
    pub(super) fn look_due(&self, me: &Me) -> Option<u64> {
        match self.kind() {
            Kind::Timer { .. } => self.expire(me),
            _ => None,
        }
    }

    /// Waits until the object is taken; `None` if time was up before.
    #[inline]
    pub(super) fn wait(&self, me: &Me, deadline: Deadline) -> Option<Taken> {
        match self.look(me) {
            Ok(taken) => Some(taken),
            Err(_) if deadline.has_passed() => self.look_behind_reservation(me),
            Err(_) => self.wait_long(me, deadline),
        }
    }

    /// Takes what looks unavailable only because a thread has reserved it. That takes a thread less than this one
    /// waits for it, unless it was stopped.
    pub(super) fn look_behind_reservation(&self, me: &Me) -> Option<Taken> {
        if !self.await_reservation(me) {
            return None;
        }
        self.look(me).ok()
    }

    /// Whether the object was reserved, and is not any more.
    pub(super) fn await_reservation(&self, me: &Me) -> bool {
        if !self.kind().is_reserved(self.load()) {
            return false;
        }
        let until = primitive::now().saturating_add(MOMENT);
        while self.kind().is_reserved(self.load()) {
            if primitive::now() >= until {
                return false;
            }
            self.await_thread(me, Some(until));
        }
        true
    }

    #[cold]
    fn wait_long(&self, me: &Me, deadline: Deadline) -> Option<Taken> {
        if let Some(taken) = self.spin(me) {
            return Some(taken);
        }
        loop {
            if let Ok(taken) = self.look(me) {
                me.done();
                return Some(taken);
            }
            let Some(asleep) = self.prepare_for_one() else {
                continue;
            };
            // Asked after: a timer that is set anew from here on has another word than the one to sleep on.
            let due = self.look_due(me);
            let until = if asleep.must_look_again() {
                deadline.or_earlier(due)
            } else {
                deadline.0
            };
            self.sleep(me, asleep, until);
            let taken = self.take_after(me, asleep);
            if taken.is_some() || deadline.has_passed() {
                let taken = taken.or_else(|| self.look_behind_reservation(me));
                me.done();
                return taken;
            }
            self.bury(asleep);
        }
    }
}
