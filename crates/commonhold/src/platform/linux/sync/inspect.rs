//! What the shared part of a waitable object says, read by somebody who does not use it.

use std::mem::offset_of;

use super::shared::{Settings, Shared};
use super::state::{Kind, State, WAITERS, is_abandoned};
use super::timer::{Setting, place_of};
use crate::platform::linux::control::{ObjectType, Record};

/// How many bytes the shared part has.
pub(in super::super) const LEN: usize = size_of::<Shared>();

/// A waitable object at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waitable {
    pub(crate) kind: Kind,
    /// The thread that owns a mutex, in the namespace of its own process.
    pub(crate) owner: Option<u32>,
    /// The last owner of a mutex ended, and no other has been told.
    pub(crate) is_abandoned: bool,
    /// The units of a semaphore; whether an event or timer is signaled.
    pub(crate) units: u32,
    pub(crate) has_waiters: bool,
    /// What a timer is set to.
    pub(crate) setting: Option<Setting>,
}

impl Waitable {
    /// What the bytes say, which may be anything; `None` if the control page is none of this type.
    pub(in super::super) fn read(
        object_type: ObjectType,
        record: &Record,
        bytes: &[u8; LEN],
    ) -> Option<Self> {
        let kind = Kind::read(object_type, record, "look at the object").ok()?;
        let word = |at: usize| {
            let bytes = bytes[at..].first_chunk().copied().unwrap_or_default();
            u64::from_ne_bytes(bytes)
        };
        let state = State(word(offset_of!(Shared, state)));
        let is_mutex = kind == Kind::Mutex;
        let setting = matches!(kind, Kind::Timer { .. }).then(|| {
            let place = place_of(state.generation());
            let place = offset_of!(Shared, settings) + place * size_of::<Settings>();
            Setting::read(
                word(place + offset_of!(Settings, clock)),
                word(place + offset_of!(Settings, due)),
                word(place + offset_of!(Settings, period)),
            )
        });
        Some(Self {
            kind,
            owner: state
                .thread()
                .filter(|_| is_mutex && !kind.is_reserved(state)),
            is_abandoned: is_mutex && is_abandoned(state),
            units: kind.units(state),
            has_waiters: state.word() & WAITERS != 0,
            setting: setting.flatten(),
        })
    }
}
