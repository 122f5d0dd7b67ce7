//! Timers: nobody ticks. Whoever looks at a timer, or sleeps on it, computes whether it is due.
//!
//! What a timer is set to has two places. Who changes it reserves the object, writes the place that does not
//! count, and has it count by the generation that the reservation ends with: whoever dies before changed
//! nothing, and a reader that finds the same generation before and after has read one setting.

use std::time::{Duration, SystemTime};

use super::primitive::{self, Me, Ordering};
use super::state::{State, event};
use super::waitable::Waitable;

/// Whose time a timer goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// The monotonic clock, which nobody sets.
    Monotonic,
    /// The wall clock.
    Wall,
}

impl Clock {
    fn now(self) -> u64 {
        match self {
            Self::Monotonic => primitive::now(),
            Self::Wall => primitive::wall_clock(),
        }
    }
}

/// What a timer is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(super) clock: Clock,
    /// Nanoseconds, by the clock.
    pub(super) due: u64,
    /// Nanoseconds; zero for once only.
    pub(super) period: u64,
}

impl Setting {
    /// What was written, which may be anything; `None` if the timer is not set.
    pub(super) fn read(clock: u64, due: u64, period: u64) -> Option<Self> {
        let clock = match clock {
            1 => Clock::Monotonic,
            2 => Clock::Wall,
            _ => return None,
        };
        // Whatever was written there: firing comes to an end.
        let period = match period {
            0 => 0,
            period => period.max(SHORTEST_PERIOD),
        };
        Some(Self { clock, due, period })
    }

    /// How often it is due after the first time; `None` for once only.
    pub(crate) fn period(self) -> Option<Duration> {
        (self.period > 0).then(|| Duration::from_nanos(self.period))
    }

    /// Due after this long.
    pub(crate) fn after(due: Duration, period: Duration) -> Self {
        Self {
            clock: Clock::Monotonic,
            due: primitive::now().saturating_add(primitive::nanoseconds(due)),
            period: primitive::nanoseconds(period),
        }
    }

    /// Due at this time.
    pub(crate) fn at(due: SystemTime, period: Duration) -> Self {
        // What was before 1970 has passed as well.
        let since_1970 = due.duration_since(SystemTime::UNIX_EPOCH);
        Self {
            clock: Clock::Wall,
            due: primitive::nanoseconds(since_1970.unwrap_or_default()),
            period: primitive::nanoseconds(period),
        }
    }

    /// How long it is until it is due.
    pub(crate) fn left(self) -> Duration {
        Duration::from_nanos(self.due.saturating_sub(self.clock.now()))
    }

    /// What is left of it once it was due at `now`.
    fn following(self, now: u64) -> Option<Self> {
        let missed = now.checked_sub(self.due)?.checked_div(self.period)?;
        let elapsed = missed.saturating_add(1).saturating_mul(self.period);
        Some(Self {
            due: self.due.saturating_add(elapsed),
            ..self
        })
    }
}

/// In nanoseconds.
const SHORTEST_PERIOD: u64 = 1_000_000;

impl Waitable {
    /// Signals the timer if it is due. When it is due next, in nanoseconds on the monotonic clock.
    pub(super) fn expire(&self, me: &Me) -> Option<u64> {
        loop {
            let (_, setting) = self.setting();
            let setting = setting?;
            // First: time that passes between the two makes the sleep shorter, not longer.
            let monotonic = primitive::now();
            let now = setting.clock.now();
            if now < setting.due {
                return Some(monotonic.saturating_add(setting.due - now));
            }
            // Who has it reserved is about to change it, or to take it: then there is nothing to do here.
            self.reserve(me, |_| true).ok()?;
            let is_still_due = self.setting().1 == Some(setting);
            let next = if is_still_due {
                setting.following(now)
            } else {
                self.setting().1
            };
            self.end_change(me, next, is_still_due.then_some(1));
        }
    }

    /// Sets the timer, or stops it. A timer that is set is not signaled, but by its new time.
    pub(super) fn set_timer(&self, me: &Me, setting: Option<Setting>) {
        while self.reserve(me, |_| true).is_err() {
            self.await_thread(me, primitive::soon());
        }
        // To stop a timer leaves it as signaled as it is, also where it was due and nobody has looked since.
        let is_due = |it: Setting| it.due <= it.clock.now();
        let units = match setting {
            Some(_) => Some(0),
            None => self.setting().1.is_some_and(is_due).then_some(1),
        };
        self.end_change(me, setting, units);
    }

    /// What the timer is set to, and whether it is signaled.
    pub(super) fn query_timer(&self, me: &Me) -> (Option<Setting>, bool) {
        self.expire(me);
        if self.await_reservation(me) {
            self.expire(me);
        }
        let (state, setting) = self.setting();
        (setting, self.kind().units(state) > 0)
    }

    /// Has a setting count, and ends the reservation. All sleepers look how long they have to sleep now.
    fn end_change(&self, me: &Me, setting: Option<Setting>, units: Option<u32>) {
        let generation = self.load().generation();
        let place = &self.shared().settings[place_of(generation.wrapping_add(1))];
        let clock = match setting.map(|setting| setting.clock) {
            None => 0,
            Some(Clock::Monotonic) => 1,
            Some(Clock::Wall) => 2,
        };
        let (due, period) = setting.map_or((0, 0), |setting| (setting.due, setting.period));
        place.due.store(due, Ordering::Release);
        place.period.store(period, Ordering::Release);
        place.clock.store(clock, Ordering::Release);
        self.end_reservation(me, self.load(), |state| {
            let high = event::next_generation(state.high());
            let high = units.map_or(high, |units| event::with_units(high, units));
            self.kind().released(state, high)
        });
    }

    fn setting(&self) -> (State, Option<Setting>) {
        let mut state = self.load();
        loop {
            let place = &self.shared().settings[place_of(state.generation())];
            let due = place.due.load(Ordering::Acquire);
            let period = place.period.load(Ordering::Acquire);
            let clock = place.clock.load(Ordering::Acquire);
            let now = self.load();
            if now.generation() == state.generation() {
                return (now, Setting::read(clock, due, period));
            }
            state = now;
        }
    }
}

pub(super) fn place_of(generation: u32) -> usize {
    usize::from(generation % 2 == 1)
}
