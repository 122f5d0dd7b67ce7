//! What processes share of a waitable object: the end of its control page, and what no other process sees.

use super::primitive::{AtomicU32, AtomicU64};

/// How many sleepers on several objects at once are told apart.
#[cfg(not(loom))]
pub(super) const SEATS: usize = 14;
/// Enough for one who finds a seat, and one who finds none; each costs the model time.
#[cfg(loom)]
pub(super) const SEATS: usize = 1;

/// The end of a waitable object's control page. All of it may be changed by any process at any time, to anything.
#[repr(C, align(64))]
pub(super) struct Shared {
    /// What a timer is set to: which of the two counts, its generation says.
    pub(super) settings: [Settings; 2],
    _unused: [u8; 16],
    /// Threads that sleep on this object and others at once.
    pub(super) seats: [AtomicU32; SEATS],
    /// How many more there are, or were when they were killed.
    pub(super) unseated: AtomicU32,
    /// Not zero once a process of another pid namespace has had the object.
    pub(super) is_mixed: AtomicU32,
    _reserved: [u8; 40],
    /// The word and what belongs to it: see [`super::state`].
    pub(super) state: AtomicU64,
    /// Behind the state, so that what follows it by 24 bytes is behind the page.
    _tail: [u8; 16],
}

/// When a timer is due, and how often after.
#[repr(C)]
pub(super) struct Settings {
    /// Nanoseconds, by the clock.
    pub(super) due: AtomicU64,
    /// Nanoseconds; zero for once only.
    pub(super) period: AtomicU64,
    /// 0 none, 1 monotonic, 2 the wall clock.
    pub(super) clock: AtomicU64,
}

/// A process's own memory right behind the shared part.
///
/// The kernel, and the C library, find a word's links in the list of what a thread owns at fixed places after
/// the word. Were they in shared memory, others could lead this process's writes anywhere.
#[repr(C)]
pub(super) struct Private {
    /// Where the previous node's `next` is.
    pub(super) previous: super::primitive::Link,
    /// Where the next node's `next` is. The node's own address is the one of this field.
    pub(super) next: super::primitive::Link,
    /// The id of the thread of this process that owns the mutex, or zero. Ids are used once: thread ids are
    /// not, and may be equal in several pid namespaces.
    pub(super) owner: AtomicU64,
    /// How often it owns it.
    pub(super) depth: AtomicU32,
    /// How often a wake has found nobody, in a row.
    pub(super) vain: AtomicU32,
    /// How long it pays to look again before sleeping, from experience.
    pub(super) spin: AtomicU32,
}

#[cfg(not(loom))]
const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<Shared>() == 192);
    assert!(offset_of!(Shared, seats) == 64);
    assert!(offset_of!(Shared, state) == 192 - 24);
    // The kernel's and the C library's places: previous 24 bytes, and next 32 bytes, after the word.
    assert!(offset_of!(Private, previous) == 0);
    assert!(offset_of!(Private, next) == 8);
};

#[cfg(all(test, loom))]
impl Shared {
    pub(super) fn new(state: u64) -> Self {
        let settings = || Settings {
            due: AtomicU64::new(0),
            period: AtomicU64::new(0),
            clock: AtomicU64::new(0),
        };
        Self {
            settings: [settings(), settings()],
            _unused: [0; 16],
            seats: std::array::from_fn(|_| AtomicU32::new(0)),
            unseated: AtomicU32::new(0),
            is_mixed: AtomicU32::new(0),
            _reserved: [0; 40],
            state: AtomicU64::new(state),
            _tail: [0; 16],
        }
    }
}

#[cfg(all(test, loom))]
impl Private {
    pub(super) fn new() -> Self {
        Self {
            previous: super::primitive::Link::default(),
            next: super::primitive::Link::default(),
            owner: AtomicU64::new(0),
            depth: AtomicU32::new(0),
            vain: AtomicU32::new(0),
            spin: AtomicU32::new(0),
        }
    }
}
