//! A waitable object as every process sees it: one robust word, and how it is looked at, taken and slept on.
//!
//! What must hold, whoever is killed or stopped wherever:
//!
//! 1. The truth is in the state alone, and changes by one compare-and-swap at a time: whoever dies before it
//!    did nothing, whoever dies after it did all but to wake others.
//! 2. A thread's id gets into a word only while the word is named in that thread's `list_op_pending`, and
//!    stays only while it is in that thread's list: the kernel takes it out when the thread ends.
//! 3. Whoever sleeps has seen, or set, [`WAITERS`] in the very value that it sleeps on. The bit goes only when
//!    everybody who slept was woken: see [`calm`](Waitable::calm).
//! 4. Whoever makes an object available, or was woken, names it in `list_op_pending` until the wake is made or
//!    used. If it dies so, and the object is available, the kernel wakes the next. That slot is one; who
//!    sleeps on several objects takes a [seat](super::crowd) at each, and where one is taken all are woken.

use std::ptr::NonNull;

use super::primitive::{self, AtomicU64, Me, Ordering};
use super::shared::{Private, Shared};
use super::state::{Kind, OWNER_DIED, State, WAITERS, event, is_abandoned, was_abandoned};
use crate::platform::linux::stop;

/// Where a waitable object is mapped.
#[derive(Clone, Copy)]
pub(super) struct Waitable {
    shared: NonNull<Shared>,
    private: NonNull<Private>,
    kind: Kind,
}

// SAFETY: both are memory that any thread may use, and made of atomics.
unsafe impl Send for Waitable {}
// SAFETY: as above.
unsafe impl Sync for Waitable {}

/// How a wait ended with the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The wait succeeded.
    Normally,
    /// The wait succeeded, and the owner before had died.
    Abandoned,
    /// The thread owns the mutex as often as can be counted.
    TooDeep,
}

/// The value that a thread is about to sleep on.
#[derive(Clone, Copy)]
pub(super) struct Asleep(State);

impl Asleep {
    /// What the kernel compares the word with.
    pub(super) fn word(self) -> u32 {
        self.0.word()
    }

    /// The thread that had the object.
    pub(super) fn thread(self) -> Option<u32> {
        self.0.thread()
    }
}

impl Waitable {
    /// # Safety
    ///
    /// Both must be valid for as long as this value is used, with `private` right behind `shared`, and must
    /// stay mapped for as long as the word is in the list of any thread.
    pub(super) unsafe fn new(
        shared: NonNull<Shared>,
        private: NonNull<Private>,
        kind: Kind,
    ) -> Self {
        Self {
            shared,
            private,
            kind,
        }
    }

    #[inline]
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    #[inline]
    pub(super) fn shared(&self) -> &Shared {
        // SAFETY: valid by the contract of `new`, and made of atomics.
        unsafe { self.shared.as_ref() }
    }

    #[inline]
    pub(super) fn private(&self) -> &Private {
        // SAFETY: valid by the contract of `new`, and made of atomics.
        unsafe { self.private.as_ref() }
    }

    /// Where the kernel sleeps and wakes.
    #[inline]
    pub(super) fn futex(&self) -> &AtomicU64 {
        &self.shared().state
    }

    #[inline]
    pub(super) fn load(&self) -> State {
        State(self.futex().load(Ordering::SeqCst))
    }

    /// The compare-and-swap by which all changes happen; what is there instead if it is not `old`.
    #[inline]
    pub(super) fn change(&self, old: State, new: State) -> Result<(), State> {
        self.futex()
            .compare_exchange(old.0, new.0, Ordering::SeqCst, Ordering::SeqCst)
            .map(drop)
            .map_err(State)
    }

    /// Whether this thread owns the mutex.
    #[inline]
    pub(super) fn is_mine(&self, me: &Me) -> bool {
        self.private().owner.load(Ordering::Relaxed) == me.id()
    }

    /// Takes the object if it is available; never sleeps.
    pub(super) fn try_take(&self, me: &Me) -> Option<Taken> {
        match self.kind {
            Kind::Mutex => self.try_own(me),
            kind => {
                let mut state = self.load();
                loop {
                    if !kind.is_available(state) {
                        return None;
                    }
                    if kind.is_kept() {
                        return Some(Taken::Normally);
                    }
                    if state.owner_died() {
                        self.settle_death(state);
                        state = self.load();
                        continue;
                    }
                    let new = kind.settled(state, kind.after_wait(state.high()));
                    match self.change(state, new) {
                        Ok(()) => return Some(Taken::Normally),
                        Err(now) => state = now,
                    }
                }
            }
        }
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
            match self.change(state, State::new(0, me.tid() | state.waiters())) {
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
    fn begin_owning(&self, me: &Me) {
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
            match self.change(state, State::new(0, state.waiters())) {
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

    /// Gets ready to sleep: what to sleep on, or `None` if the object is available.
    pub(super) fn prepare(&self) -> Option<Asleep> {
        let kind = self.kind;
        let mut state = self.load();
        loop {
            if kind.is_available(state) {
                return None;
            }
            if state.is_free() {
                // A thread died that had it reserved when nothing was left of it.
                self.settle_death(state);
                state = self.load();
                continue;
            }
            if state.has_waiters() {
                return Some(Asleep(state));
            }
            let waited_for = state.with_word(state.word() | WAITERS);
            match self.change(state, waited_for) {
                Ok(()) => return Some(Asleep(waited_for)),
                Err(now) => state = now,
            }
        }
    }

    /// Takes the object after a sleep, if it is available, or was for those who slept.
    pub(super) fn take_after(&self, me: &Me, slept: Asleep) -> Option<Taken> {
        if let Some(taken) = self.try_take(me) {
            if self.kind.is_kept() {
                self.pass_on_all();
            } else {
                // More of it may be there, whose signaler died: the kernel has woken but one then.
                self.pass_on(me);
            }
            return Some(taken);
        }
        self.take_pulse(slept).then_some(Taken::Normally)
    }

    /// Whether an event was signaled since, for those who slept.
    pub(super) fn was_pulsed(&self, slept: Asleep) -> bool {
        let state = self.load();
        match self.kind {
            Kind::Event { .. } if state.generation() == slept.0.generation() => false,
            Kind::Event { manual } => manual || event::without_pulse(state).is_some(),
            _ => false,
        }
    }

    /// Uses what an event let go of since, for one that slept.
    pub(super) fn take_pulse(&self, slept: Asleep) -> bool {
        let Kind::Event { manual } = self.kind else {
            return false;
        };
        let mut state = self.load();
        while state.generation() != slept.0.generation() {
            // A manual one was set, or pulsed, and is reset already.
            let Some(high) = event::without_pulse(state).filter(|_| !manual) else {
                return manual;
            };
            match self.change(state, self.kind.settled(state, high)) {
                Ok(()) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Wakes the next if the object is available, since the wake for it may have come to this thread, which has
    /// no use for it.
    pub(super) fn pass_on(&self, me: &Me) {
        let state = self.load();
        if self.kind.is_available(state) && state.has_waiters() {
            me.intend(self);
            self.wake_some(1);
            me.done();
        }
    }

    /// Wakes all who sleep on what stays available, in case that its signaler died before.
    fn pass_on_all(&self) {
        let state = self.load();
        if state.has_waiters() {
            primitive::wake(self.futex(), u32::MAX);
            self.forget_waiters(state);
        }
    }

    /// Clears the waiters' bit of what stays available, after all were woken. The generation in `state` makes sure
    /// that it was not reset, slept on and set again meanwhile.
    fn forget_waiters(&self, state: State) {
        if self.kind.is_kept() && self.kind.is_available(state) && state.is_free() {
            let _ = self.change(
                state,
                state.with_word(state.word() & !(WAITERS | OWNER_DIED)),
            );
        }
    }

    /// Makes an object ordinary again whose reserver died. All are woken first: the kernel has woken but one.
    fn settle_death(&self, state: State) {
        if state.has_waiters() {
            primitive::wake(self.futex(), u32::MAX);
        }
        let _ = self.change(state, self.kind.rolled_back(state));
    }

    /// Adds units to a semaphore: the count before, or `None` if that would be more than the maximum.
    pub(super) fn add_units(&self, me: &Me, units: u32) -> Option<u32> {
        let Kind::Semaphore { maximum } = self.kind else {
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

    /// Changes the high half of what may be slept on, with the word named while somebody is to be woken. The state
    /// that it is in then, or that it was in instead.
    fn signal(&self, me: &Me, old: State, high: u32) -> Result<State, State> {
        if old.has_waiters() {
            me.intend(self);
        }
        let new = self.kind.settled(old, high);
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

    /// Sets an event.
    pub(super) fn set(&self, me: &Me) {
        let Kind::Event { manual } = self.kind else {
            return;
        };
        let mut state = self.load();
        let set = loop {
            let (high, units) = (state.high(), self.kind.units(state));
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
    fn set_again(&self, me: &Me, mut state: State) {
        loop {
            let units = self.kind.units(state);
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
            while self.kind.units(state) > 1 {
                let fewer = event::with_units(state.high(), self.kind.units(state) - 1);
                match self.change(state, self.kind.settled(state, fewer)) {
                    Ok(()) => break,
                    Err(now) => state = now,
                }
            }
            self.calm(me);
        }
        me.done();
    }

    /// Resets an event.
    pub(super) fn reset(&self) {
        let mut state = self.load();
        while state.high() != event::reset(state.high()) {
            let high = event::reset(state.high());
            match self.change(state, self.kind.settled(state, high)) {
                Ok(()) => return,
                Err(now) => state = now,
            }
        }
    }

    /// Lets those go who sleep on an event, all of them or one, and leaves it reset.
    pub(super) fn pulse(&self, me: &Me) {
        let manual = self.kind.is_kept();
        let mut state = self.load();
        loop {
            let mut high = event::next_generation(event::reset(state.high()));
            if !manual && state.has_waiters() && self.kind.units(state) == 0 {
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
                match self.change(state, self.kind.settled(state, high)) {
                    Ok(()) => break,
                    Err(now) => state = now,
                }
            }
        }
        me.done();
    }

    /// Wakes this many, or all if any of them sleeps on other objects too: that one may have no use for it.
    pub(super) fn wake_some(&self, count: u32) -> u32 {
        let count = if self.has_crowd() { u32::MAX } else { count };
        primitive::wake(self.futex(), count)
    }

    /// Wakes this many after a change for which the word is named, and notices when nobody sleeps any more.
    fn wake(&self, me: &Me, count: u32) {
        let vain = &self.private().vain;
        if self.wake_some(count) > 0 {
            vain.store(0, Ordering::Relaxed);
        } else if vain.fetch_add(1, Ordering::Relaxed) + 1 >= primitive::VAIN_WAKES {
            vain.store(0, Ordering::Relaxed);
            self.calm(me);
        }
    }

    /// Clears the waiters' bit. Nobody can be trusted to say that none sleeps; so the object is reserved, whoever
    /// is there is woken, and whoever comes meanwhile sets the bit anew.
    fn calm(&self, me: &Me) {
        stop::point("calm.begun");
        let state = self.load();
        if !state.is_free() || !state.has_waiters() || !self.kind.is_available(state) {
            // In use: whoever comes next finds the bit as it is.
            return;
        }
        let reserved = State::new(self.kind.reserved(state), me.tid());
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

    /// Puts this thread's id into the word of an object that nobody has, so that nobody takes or changes it.
    ///
    /// The state that it has then, or the one that does not allow it.
    #[inline]
    pub(super) fn reserve(&self, me: &Me, allowed: impl Fn(State) -> bool) -> Result<State, State> {
        let mut state = self.load();
        while state.thread().is_none() && allowed(state) {
            me.intend(self);
            let reserved = State::new(self.kind.reserved(state), me.tid() | state.waiters());
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
        let is_same = state.generation() == reserved.generation() && self.kind.units(state) > 0;
        state == reserved || !matches!(self.kind, Kind::Event { .. }) || is_same
    }

    /// Ends a reservation that came to nothing.
    pub(super) fn roll_back(&self, me: &Me, reserved: State) {
        self.end_reservation(me, reserved, |state| self.kind.rolled_back(state));
    }

    /// Takes what is reserved, and was in this state at last.
    #[inline]
    pub(super) fn commit(&self, me: &Me, reserved: State) -> Taken {
        if self.kind == Kind::Mutex {
            return self.commit_mutex(me, reserved);
        }
        self.end_reservation(me, reserved, |state| {
            let high = self.kind.after_wait(state.high());
            self.kind.released(state, high)
        });
        Taken::Normally
    }

    fn commit_mutex(&self, me: &Me, reserved: State) -> Taken {
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

    /// Sleeps until the word is another, or a wake comes, or the time.
    ///
    /// The word stays named until the caller has used the wake, or passed it on.
    pub(super) fn sleep(&self, me: &Me, asleep: Asleep, until: Option<u64>) {
        // Of two threads in two pid namespaces that have one id, the kernel could take one for the other.
        if !self.is_mixed() {
            me.intend(self);
        }
        primitive::sleep(self.futex(), asleep.word(), until);
        stop::point("woken");
    }

    /// Whether processes of several pid namespaces have had the object.
    #[inline]
    pub(super) fn is_mixed(&self) -> bool {
        self.shared().is_mixed.load(Ordering::Relaxed) != 0
    }

    /// Sleeps until the word has no thread's id, or another one, or it is that time.
    pub(super) fn await_thread(&self, me: &Me, until: Option<u64>) {
        let state = self.load();
        if state.thread().is_none() {
            return;
        }
        let waited_for = state.with_word(state.word() | WAITERS);
        if state.has_waiters() || self.change(state, waited_for).is_ok() {
            let slept = Asleep(waited_for);
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
            let buried = state.with_word(OWNER_DIED | state.waiters());
            if self.change(state, buried).is_ok() && state.has_waiters() {
                primitive::wake(self.futex(), u32::MAX);
            }
        }
    }
}
