//! A waitable object as every process sees it: one robust word, and how it is looked at, taken and slept on.
//!
//! What must hold, whoever is killed or stopped wherever:
//!
//! 1. The truth is in the state alone, and changes by one compare-and-swap at a time: whoever dies before it
//!    did nothing, whoever dies after it did all but to wake others.
//! 2. A thread's id gets into a word only while the word is named in that thread's `list_op_pending`, and
//!    stays only while it is in that thread's list: the kernel takes it out when the thread ends.
//! 3. Whoever sleeps has seen, or set, the waiters' bit in the very value that it sleeps on. The bit goes only when
//!    everybody who slept was woken: see [`calm`](Waitable::calm). Who has slept alone was.
//! 4. Whoever makes an object available, or was woken, names it in `list_op_pending` until the wake is made or
//!    used. If it dies so, and the object is available, the kernel wakes the next. That slot is one; who
//!    sleeps on several objects takes a [seat](super::crowd) at each, and where one is taken all are woken.

use std::ptr::NonNull;

use super::primitive::{self, AtomicU64, Me, Ordering};
use super::shared::{Private, Shared};
use super::state::{Kind, State};
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
pub(super) struct Asleep {
    state: State,
    /// Nobody else slept, and none has come since if the state still says so.
    is_alone: bool,
}

impl Asleep {
    pub(super) fn of_several(state: State) -> Self {
        let is_alone = false;
        Self { state, is_alone }
    }

    /// What the kernel compares the word with.
    pub(super) fn word(self) -> u32 {
        self.state.word()
    }

    /// The thread that had the object.
    pub(super) fn thread(self) -> Option<u32> {
        self.state.thread()
    }

    pub(super) fn generation(self) -> u32 {
        self.state.generation()
    }

    /// Whether a wake may not come: one of several can be killed with theirs, and with an owner's the kernel
    /// wakes but one.
    pub(super) fn must_look_again(self) -> bool {
        !self.is_alone || self.thread().is_some()
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

    /// Gets ready to sleep on this object and nothing else, as [`prepare`](Self::prepare) does.
    ///
    /// Where it is the only one, nobody else gets a wake and is stopped with it. So it need not look again by
    /// itself, and says itself that nobody sleeps any more.
    pub(super) fn prepare_for_one(&self) -> Option<Asleep> {
        let may_be_alone = matches!(self.kind, Kind::Semaphore { .. } | Kind::Event { .. });
        self.prepare_as(|state| match state.with_only_sleeper() {
            Some(state) if may_be_alone && !self.is_mixed() => Asleep {
                state,
                is_alone: true,
            },
            _ => Asleep::of_several(state.with_sleeper()),
        })
    }

    /// Gets ready to sleep: what to sleep on, or `None` if the object is available.
    pub(super) fn prepare(&self) -> Option<Asleep> {
        self.prepare_as(|state| Asleep::of_several(state.with_sleeper()))
    }

    fn prepare_as(&self, joined: impl Fn(State) -> Asleep) -> Option<Asleep> {
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
            let asleep = joined(state);
            if asleep.state == state {
                return Some(asleep);
            }
            match self.change(state, asleep.state) {
                Ok(()) => return Some(asleep),
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
        if asleep.is_alone && !self.kind.is_kept() {
            self.forget_only_sleeper();
        }
    }

    /// Clears the waiters' bit, which this thread has set, if nobody else sleeps.
    fn forget_only_sleeper(&self) {
        let mut state = self.load();
        while let Some(without) = state.without_only_sleeper() {
            match self.change(state, without) {
                Ok(()) => return,
                Err(now) => state = now,
            }
        }
    }

    /// Whether processes of several pid namespaces have had the object.
    #[inline]
    pub(super) fn is_mixed(&self) -> bool {
        self.shared().is_mixed.load(Ordering::Relaxed) != 0
    }
}
