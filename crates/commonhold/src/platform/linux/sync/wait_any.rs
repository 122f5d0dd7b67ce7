//! Waiting for any of several objects.

use arrayvec::ArrayVec;
use rustix::io::Errno;

use super::bridge::Bridge;
use super::crowd::Seat;
use super::primitive::{self, Me, Sleep};
use super::target::{MOST, Target};
use super::wait::Deadline;
use super::waitable::{Asleep, Taken};
use crate::platform::linux::stop;

/// How long a thread sleeps at a time where the kernel cannot sleep on several words.
const MOMENT: u64 = 1_000_000;

/// Waits until one is taken, the first of those that are available; `None` if time was up before.
pub(super) fn wait_any(
    targets: &[Target<'_>],
    me: &Me,
    deadline: impl FnOnce() -> Deadline,
) -> Option<(usize, Taken)> {
    for (index, target) in targets.iter().enumerate() {
        if let Some(taken) = target.look(me) {
            return Some((index, taken));
        }
    }
    let deadline = deadline();
    if deadline.has_passed() {
        return look_behind_reservations(targets, me);
    }
    Sleeper::new(targets, me).wait(deadline)
}

/// Takes the first of what looks unavailable only because a thread has reserved it.
fn look_behind_reservations(targets: &[Target<'_>], me: &Me) -> Option<(usize, Taken)> {
    let mut targets = targets.iter().enumerate();
    targets.find_map(|(index, target)| Some((index, target.word()?.look_behind_reservation(me)?)))
}

/// A thread that sleeps on several objects.
pub(super) struct Sleeper<'a> {
    targets: &'a [Target<'a>],
    me: &'a Me,
    /// Of each object that has a word.
    places: ArrayVec<Place, MOST>,
    /// Has processes wake this thread.
    bridge: Option<Result<Bridge, Errno>>,
    words: ArrayVec<Sleep, { MOST + 1 }>,
}

struct Place {
    index: usize,
    seat: Seat,
    slept: Option<Asleep>,
}

impl<'a> Sleeper<'a> {
    pub(super) fn new(targets: &'a [Target<'a>], me: &'a Me) -> Self {
        let seats = targets.iter().enumerate().filter_map(|(index, target)| {
            let seat = target.word()?.take_seat(me);
            let slept = None;
            Some(Place { index, seat, slept })
        });
        let places = seats.collect();
        // Whoever changes a word after it was looked at sees the seat.
        primitive::fence();
        let bridge = Bridge::to(targets);
        Self {
            targets,
            me,
            places,
            bridge,
            words: ArrayVec::new(),
        }
    }

    fn wait(mut self, deadline: Deadline) -> Option<(usize, Taken)> {
        loop {
            let taken = self.take_first();
            if taken.is_some() || deadline.has_passed() {
                let taken = taken.or_else(|| look_behind_reservations(self.targets, self.me));
                self.leave();
                return taken;
            }
            if self.prepare() {
                self.sleep(deadline.or_earlier(self.next_due()));
            }
        }
    }

    /// Sleeps once, unless something is available, and takes nothing. What was slept on of the first object.
    pub(super) fn sleep_once(mut self, deadline: Deadline) -> Option<Asleep> {
        let mut slept = None;
        if self.prepare() {
            self.sleep(deadline.or_earlier(self.next_due()));
            for place in &self.places {
                if let (Some(word), Some(asleep)) = (self.targets[place.index].word(), place.slept)
                {
                    word.bury(asleep);
                    slept = slept.or(Some(asleep).filter(|_| place.index == 0));
                }
            }
        }
        self.leave();
        slept
    }

    /// When the next of the timers is due.
    fn next_due(&self) -> Option<u64> {
        let due = self
            .targets
            .iter()
            .filter_map(|target| target.look_due(self.me));
        due.min()
    }

    /// Takes the first that is available, or was for those who slept.
    fn take_first(&mut self) -> Option<(usize, Taken)> {
        let mut places = self.places.iter_mut().peekable();
        for (index, target) in self.targets.iter().enumerate() {
            let slept = places
                .next_if(|place| place.index == index)
                .and_then(|place| place.slept.take());
            let taken = match (target.word(), slept) {
                (Some(word), Some(slept)) => {
                    word.look_due(self.me);
                    word.bury(slept);
                    word.take_after(self.me, slept)
                }
                _ => target.look(self.me),
            };
            if let Some(taken) = taken {
                return Some((index, taken));
            }
        }
        None
    }

    /// Gets ready to sleep on all; `false` if one is available.
    fn prepare(&mut self) -> bool {
        self.words.clear();
        for place in &mut self.places {
            let Some(word) = self.targets[place.index].word() else {
                continue;
            };
            place.slept = word.prepare();
            match place.slept {
                Some(slept) => {
                    let sleep = primitive::to_sleep_on(word.futex(), slept.word());
                    self.words.push(sleep);
                }
                None => return false,
            }
        }
        if let Some(Ok(bridge)) = &self.bridge {
            match bridge.sleep() {
                Some(sleep) => self.words.push(sleep),
                None => return false,
            }
        }
        true
    }

    fn sleep(&self, until: Option<u64>) {
        if !matches!(self.bridge, Some(Err(_)))
            && primitive::sleep_on_any(&self.words, until).is_ok()
        {
            stop::point("woken");
            return;
        }
        // One word at a time, and not for long.
        let moment = primitive::now().saturating_add(MOMENT);
        let until = until.map_or(moment, |until| until.min(moment));
        let mut places = self.places.iter();
        match places.find_map(|place| Some((self.targets[place.index].word()?, place.slept?))) {
            Some((word, slept)) => primitive::sleep(word.futex(), slept.word(), Some(until)),
            None => primitive::pause(until),
        }
    }

    /// Leaves all, having taken one of them or none. A wake for another one may have come to this thread.
    fn leave(&self) {
        for place in &self.places {
            if let Some(word) = self.targets[place.index].word() {
                word.leave_seat(place.seat);
                // Also of what was taken there may be more: see `take_after`.
                word.pass_on(self.me);
            }
        }
    }
}
