//! What an object is, and what that makes of its state.

use super::{
    GENERATION, NO_THREAD, OWNER_DIED, RESERVED, State, THREAD, UNITS, WAS_ABANDONED, event,
};

/// The most that a semaphore counts.
pub(crate) const MAXIMUM_COUNT: u32 = i32::MAX as u32;

/// What an object is, as it was when it was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Owned by a thread.
    Mutex,
    /// A count of units.
    Semaphore {
        /// The most that it counts.
        maximum: u32,
    },
    /// Signaled or not.
    Event {
        /// Whether waiting leaves it as it is.
        manual: bool,
    },
    /// Signaled at a time.
    Timer {
        /// Whether waiting leaves it as it is.
        manual: bool,
    },
    /// A thread of this process: available once it ended.
    Thread,
}

impl Kind {
    /// Whether a wait that succeeds leaves the object available.
    #[inline]
    pub(in super::super) fn is_kept(self) -> bool {
        matches!(
            self,
            Self::Event { manual: true } | Self::Timer { manual: true } | Self::Thread
        )
    }

    /// How many waits would succeed, were nobody's id in the word.
    #[inline]
    pub(in super::super) fn units(self, state: State) -> u32 {
        match self {
            Self::Mutex | Self::Thread => 1,
            Self::Semaphore { .. } => state.high(),
            Self::Event { .. } | Self::Timer { .. } => state.event_units(),
        }
    }

    #[inline]
    pub(in super::super) fn is_available(self, state: State) -> bool {
        match self {
            // Who reserves it takes nothing from it.
            Self::Event { manual: true } | Self::Timer { manual: true } => state.event_units() > 0,
            _ => state.is_free() && self.units(state) > 0,
        }
    }

    /// Whether a thread has it for a moment only, and there are units that it may leave.
    #[inline]
    pub(in super::super) fn is_reserved(self, state: State) -> bool {
        let is_taken = match self {
            Self::Mutex => state.high() & RESERVED == 0,
            Self::Thread => true,
            // Somebody sets it, or finds it due.
            Self::Timer { .. } => false,
            _ => self.units(state) == 0,
        };
        state.thread().is_some() && !is_taken
    }

    /// What stands in the word, waiters aside, when no thread's id does.
    #[inline]
    pub(super) fn idle_word(self, high: u32) -> u32 {
        match self {
            Self::Mutex | Self::Thread => 0,
            Self::Semaphore { .. } if high > 0 => 0,
            Self::Event { .. } | Self::Timer { .. } if high & UNITS > 0 => 0,
            Self::Semaphore { .. } | Self::Event { manual: false } => THREAD,
            // So that who is about to sleep learns of a change that leaves it unavailable.
            Self::Event { .. } | Self::Timer { .. } => NO_THREAD | (high / GENERATION),
        }
    }

    /// The state with this high half and nobody's id, as long as no thread has it reserved: then the id stays.
    #[inline]
    pub(in super::super) fn settled(self, old: State, high: u32) -> State {
        let word = match old.thread() {
            Some(_) => old.word(),
            None => self.idle_word(high) | (old.word() & OWNER_DIED),
        };
        State::new(high, word).with_sleepers_of(old)
    }

    /// The state once the thread in it has gone; the owner is not dead.
    #[inline]
    pub(in super::super) fn released(self, old: State, high: u32) -> State {
        State::new(high, self.idle_word(high)).with_sleepers_of(old)
    }

    /// The high half after a wait has succeeded.
    #[inline]
    pub(in super::super) fn after_wait(self, high: u32) -> u32 {
        match self {
            Self::Semaphore { .. } => high.saturating_sub(1),
            Self::Event { manual: false } | Self::Timer { manual: false } => {
                event::with_what_was_set(high - u32::from(high & UNITS > 0))
            }
            _ => high,
        }
    }

    /// The high half of a reserved object.
    #[inline]
    pub(in super::super) fn reserved(self, state: State) -> u32 {
        match self {
            Self::Mutex if is_abandoned(state) => RESERVED | WAS_ABANDONED,
            Self::Mutex => RESERVED,
            Self::Event { manual: false } => event::with_what_was_set(state.high()),
            _ => state.high(),
        }
    }

    /// The state after a reservation that came to nothing, or whose thread died.
    pub(in super::super) fn rolled_back(self, state: State) -> State {
        match self {
            Self::Mutex if state.high() & WAS_ABANDONED != 0 => {
                State::new(0, OWNER_DIED).with_sleepers_of(state)
            }
            Self::Mutex => State::new(0, 0).with_sleepers_of(state),
            Self::Event { manual: false } => {
                // Who set it meanwhile set, mostly, what was set already.
                self.released(state, event::with_what_was_set(state.high()))
            }
            _ => self.released(state, state.high()),
        }
    }
}

/// Whether a mutex that nobody owns was abandoned by its last owner.
#[inline]
pub(in super::super) fn is_abandoned(mutex: State) -> bool {
    mutex.owner_died() && mutex.high() & (RESERVED | WAS_ABANDONED) != RESERVED
}

/// Whether a mutex that is reserved was abandoned before.
pub(in super::super) fn was_abandoned(mutex: State) -> bool {
    mutex.high() & WAS_ABANDONED != 0
}
