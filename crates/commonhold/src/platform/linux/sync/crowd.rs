//! Who sleeps on an object and on others at the same time.
//!
//! A thread has one `list_op_pending`, so that the kernel can pass on only a wake for a word that a thread
//! slept on alone. Hence, where somebody sleeps on several objects, each signal wakes all: nobody's death then
//! loses a wake. A seat has the id of the thread that takes it, so that it can be taken from the dead.

use super::primitive::{self, Me, Ordering};
use super::waitable::Waitable;

/// A place among those who sleep on an object and on others.
#[derive(Clone, Copy)]
pub(super) struct Seat(Option<u8>);

impl Waitable {
    /// Takes a seat. A fence has to follow before the word is looked at.
    pub(super) fn take_seat(&self, me: &Me) -> Seat {
        for (number, seat) in (0..).zip(&self.shared().seats) {
            let taken = seat.compare_exchange(0, me.tid(), Ordering::SeqCst, Ordering::Relaxed);
            if taken.is_ok() {
                return Seat(Some(number));
            }
        }
        self.shared().unseated.fetch_add(1, Ordering::SeqCst);
        Seat(None)
    }

    pub(super) fn leave_seat(&self, seat: Seat) {
        match seat
            .0
            .and_then(|number| self.shared().seats.get(usize::from(number)))
        {
            Some(seat) => seat.store(0, Ordering::Release),
            None => {
                self.shared().unseated.fetch_sub(1, Ordering::Release);
            }
        }
    }

    /// Whether anybody may sleep on this object and on others. Asked after the word was changed.
    pub(super) fn has_crowd(&self) -> bool {
        primitive::fence();
        let shared = self.shared();
        self.is_mixed()
            || shared.unseated.load(Ordering::Relaxed) != 0
            || shared
                .seats
                .iter()
                .any(|seat| seat.load(Ordering::Relaxed) != 0)
    }

    /// Takes the seats from the dead.
    pub(super) fn clear_seats(&self) {
        if self.is_mixed() {
            // Ids mean nothing here.
            return;
        }
        for seat in &self.shared().seats {
            let thread = seat.load(Ordering::Relaxed);
            if thread != 0 && primitive::is_gone(thread) {
                let _ = seat.compare_exchange(thread, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }
}
