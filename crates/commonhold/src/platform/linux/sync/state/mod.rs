//! What the 64 bits of an object's state say. Nothing here touches memory.
//!
//! ```text
//! low half, the futex word                     high half
//!  31  a thread sleeps, or is about to          31         several may sleep, or have: see below
//!  30  the owner died (set by the kernel)       30..0
//!  29..0  0                    available        semaphore  the count
//!         a thread's id        owned, or        event      units 7 bits, pulses 4 bits, set meanwhile 1 bit, generation 19 bits
//!                              reserved         timer      units 7 bits, 5 bits zero, generation 19 bits
//!         bit 29 and others    not available    mutex      bit 0: reserved, not owned
//!                                                          bit 1: it was abandoned before it was reserved
//!                                               thread     0
//! ```
//!
//! Where "several" is clear, one thread at most has set the waiters' bit, and may clear it when it sleeps no more.
//! Once set it stays: who once was alone may think so for as long as it is not run.

pub(super) mod event;
mod kind;

pub(crate) use kind::{Kind, MAXIMUM_COUNT};
pub(super) use kind::{is_abandoned, was_abandoned};

/// Somebody sleeps on the word, or is about to.
pub(super) const WAITERS: u32 = 1 << 31;
/// The kernel says: the thread whose id was in the word died.
pub(super) const OWNER_DIED: u32 = 1 << 30;
const THREAD: u32 = OWNER_DIED - 1;
/// In the place of a thread's id, this bit is in none: they end at 2^22.
const NO_THREAD: u32 = 1 << 29;

const UNITS: u32 = 0x7f;
const PULSE: u32 = 1 << 7;
const PULSES: u32 = 0xf << 7;
/// An auto-reset event was set while it was reserved.
const SET_MEANWHILE: u32 = 1 << 11;
const GENERATION: u32 = 1 << 12;
/// In the high half: not only one thread may sleep, or have slept.
const SEVERAL: u32 = 1 << 31;
/// All that is said of sleepers.
const SLEEPERS: u64 = (SEVERAL as u64) << 32 | WAITERS as u64;

/// In a mutex's high half: the thread in the word has not got it yet, and if it dies, nobody did.
const RESERVED: u32 = 1;
/// In a reserved mutex's high half: it was abandoned before.
const WAS_ABANDONED: u32 = 2;

/// A value of an object's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(pub(super) u64);

impl State {
    /// Where not several sleep.
    #[inline]
    pub(super) fn new(high: u32, word: u32) -> Self {
        Self(u64::from(high & !SEVERAL) << 32 | u64::from(word))
    }

    /// Of a new object.
    pub(super) fn initial(kind: Kind, units: u32) -> Self {
        let high = match kind {
            Kind::Semaphore { .. } => units,
            Kind::Event { .. } => event::with_units(0, units),
            Kind::Mutex | Kind::Timer { .. } | Kind::Thread => 0,
        };
        Self::new(high, kind.idle_word(high))
    }

    /// What the kernel compares and changes.
    #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
    #[inline]
    pub(super) fn word(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    pub(super) fn high(self) -> u32 {
        (self.0 >> 32) as u32 & !SEVERAL
    }

    #[inline]
    pub(super) fn with_word(self, word: u32) -> Self {
        Self(self.0 & !u64::from(u32::MAX) | u64::from(word))
    }

    /// With what the other says of sleepers. Who died may have cleared that, and not woken anybody yet: see
    /// [`calm`](super::waitable::Waitable).
    #[inline]
    pub(super) fn with_sleepers_of(self, other: Self) -> Self {
        let sleepers = if other.owner_died() {
            SLEEPERS
        } else {
            other.0 & SLEEPERS
        };
        Self(self.0 | sleepers)
    }

    /// With one more, who is about to sleep.
    #[inline]
    pub(super) fn with_sleeper(self) -> Self {
        Self(self.0 | SLEEPERS)
    }

    /// With one who sleeps and is alone; `None` if it is not, or may not be.
    #[inline]
    pub(super) fn with_only_sleeper(self) -> Option<Self> {
        (self.0 & SLEEPERS == 0).then(|| self.with_word(self.word() | WAITERS))
    }

    /// Without the one who slept alone; `None` if it is not alone any more.
    #[inline]
    pub(super) fn without_only_sleeper(self) -> Option<Self> {
        (self.0 & SLEEPERS == u64::from(WAITERS)).then(|| self.with_word(self.word() & !WAITERS))
    }

    /// As it is once all who slept were woken, and nobody has come: of those, one may still think that it is alone.
    #[inline]
    pub(super) fn with_sleepers_woken(self) -> Self {
        Self(self.0 & !u64::from(WAITERS) | (u64::from(SEVERAL) << 32))
    }

    #[inline]
    pub(super) fn has_waiters(self) -> bool {
        self.word() & (WAITERS | OWNER_DIED) != 0
    }

    #[inline]
    pub(super) fn owner_died(self) -> bool {
        self.word() & OWNER_DIED != 0
    }

    /// The id of the thread that owns or reserves the object.
    #[inline]
    pub(super) fn thread(self) -> Option<u32> {
        let id = self.word() & THREAD;
        (id != 0 && id & NO_THREAD == 0).then_some(id)
    }

    /// Whether no thread's id is there, nor that the object is not available.
    #[inline]
    pub(super) fn is_free(self) -> bool {
        self.word() & THREAD == 0
    }

    /// How often an event was set or pulsed, or a timer changed, of late.
    #[inline]
    pub(super) fn generation(self) -> u32 {
        self.high() / GENERATION
    }

    /// The units of an event or timer: 0 or 1, and for a moment more.
    #[inline]
    fn event_units(self) -> u32 {
        if self.is_free() {
            // Who reserved it may have died.
            event::units(event::with_what_was_set(self.high()))
        } else {
            event::units(self.high())
        }
    }
}

/// What to do with an event, where that takes no more than a look at its state.
pub(super) enum Quick {
    Change(State),
    Nothing,
    Slow,
}

/// One unit of a semaphore or event.
const UNIT: u64 = 1 << 32;
/// What the word of a semaphore, or an auto-reset event, has when there is no unit.
const NO_UNIT: u64 = THREAD as u64;
/// All of an event's state that says whether it is signaled, and who is at it.
const EVENT: u64 = ((UNITS | SET_MEANWHILE) as u64) << 32 | u32::MAX as u64;

/// Changes of what nobody has, and of which no owner died: each an addition.
impl State {
    /// With a semaphore's unit taken; `None` if there is none, or it takes a closer look.
    #[inline]
    pub(super) fn unit_taken(self) -> Option<Self> {
        match self.high() {
            _ if !self.is_plain() => None,
            0 => None,
            1 => Some(Self(self.0 - UNIT + NO_UNIT)),
            _ => Some(Self(self.0 - UNIT)),
        }
    }

    /// With an auto-reset event's one unit taken.
    #[inline]
    pub(super) fn event_taken(self) -> Option<Self> {
        let has_one = self.0 & EVENT & !u64::from(WAITERS) == UNIT;
        has_one.then(|| Self(self.0 - UNIT + NO_UNIT))
    }

    /// With an auto-reset event set that nobody waits for.
    #[inline]
    pub(super) fn event_set(self) -> Quick {
        match self.0 & EVENT {
            NO_UNIT => Quick::Change(Self(self.0 - NO_UNIT + UNIT)),
            UNIT => Quick::Nothing,
            _ => Quick::Slow,
        }
    }

    /// With units added to a semaphore that nobody waits for.
    #[inline]
    pub(super) fn units_added(self, units: u32, maximum: u32) -> Option<Self> {
        let count = self.high().checked_add(units)?;
        if count > maximum {
            return None;
        }
        let added = self.0 + (u64::from(units) << 32);
        match (self.high(), self.word()) {
            (0, THREAD) => Some(Self(added - NO_UNIT)),
            (1.., 0) => Some(Self(added)),
            _ => None,
        }
    }

    /// With the owner of a mutex that is free, and was not abandoned.
    #[inline]
    pub(super) fn mutex_owned(self, thread: u32) -> Option<Self> {
        (self.0 & !SLEEPERS == 0).then(|| Self(self.0 + u64::from(thread)))
    }

    /// Without the thread that owns a mutex, which nobody waits for.
    #[inline]
    pub(super) fn mutex_released(self, thread: u32) -> Option<Self> {
        let thread = u64::from(thread);
        (self.0 & !(u64::from(SEVERAL) << 32) == thread).then(|| Self(self.0 - thread))
    }

    /// Whether the word says nothing but that there is a unit, and perhaps that somebody waits.
    #[inline]
    pub(super) fn is_plain(self) -> bool {
        self.word() & !WAITERS == 0
    }

    /// With the last unit taken of what a thread has reserved, and the thread out of it.
    #[inline]
    pub(super) fn last_unit_taken(self, thread: u32) -> Self {
        Self(self.0 - UNIT - u64::from(thread) + NO_UNIT)
    }

    /// Whether nobody waits for it, has it, or died with it.
    #[inline]
    pub(super) fn is_quiet(self) -> bool {
        !self.has_waiters() && !self.owner_died() && self.thread().is_none()
    }
}
