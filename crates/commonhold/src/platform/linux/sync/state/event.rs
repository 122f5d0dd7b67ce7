//! Changes to the high half of an event, or a timer.

use super::{GENERATION, PULSE, PULSES, SET_MEANWHILE, SEVERAL, State, UNITS};

pub(in super::super) const MOST_UNITS: u32 = UNITS;

#[inline]
pub(in super::super) fn units(high: u32) -> u32 {
    high & UNITS
}

#[inline]
pub(in super::super) fn with_units(high: u32, units: u32) -> u32 {
    high & !UNITS | units.min(UNITS)
}

/// It was set while a thread had it reserved.
pub(in super::super) fn set_meanwhile(high: u32) -> u32 {
    high | SET_MEANWHILE
}

/// After a reservation: a set that came meanwhile counts from now on, and is of no effect if it is set.
#[inline]
pub(super) fn with_what_was_set(high: u32) -> u32 {
    let unit = u32::from(high & SET_MEANWHILE != 0 && high & UNITS == 0);
    (high & !SET_MEANWHILE) + unit
}

/// Reset, and whatever was set meanwhile.
pub(in super::super) fn reset(high: u32) -> u32 {
    high & !(UNITS | SET_MEANWHILE)
}

#[inline]
pub(in super::super) fn next_generation(high: u32) -> u32 {
    high.wrapping_add(GENERATION) & !SEVERAL
}

/// One more sleeper is let go by a pulse.
pub(in super::super) fn with_pulse(high: u32) -> u32 {
    if high & PULSES == PULSES {
        high
    } else {
        high + PULSE
    }
}

/// One fewer; `None` if there is none to let go.
pub(in super::super) fn without_pulse(state: State) -> Option<u32> {
    (state.high() & PULSES != 0).then(|| state.high() - PULSE)
}

pub(in super::super) fn without_pulses(high: u32) -> u32 {
    high & !PULSES
}
