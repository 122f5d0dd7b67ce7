//! Looking again for a while before sleeping, since to sleep and be woken takes longer than most objects are held.
//!
//! How long is learned, for each object and process: more than it took when it was worth it, and less each time that it
//! was not. Where it never pays, it is tried now and then whether that has changed.

use super::primitive::{self, Me, Ordering};
use super::state::Kind;
use super::waitable::{Taken, Waitable};

/// How often a thread looks at most: about as long as it takes to wake one on another processor.
const MOST_TURNS: u32 = 5000;
/// So few turns are not worth beginning.
const FEWEST_TURNS: u32 = 16;
/// After so many sleeps it is tried again, twice as many each time.
const FEWEST_SLEEPS: u32 = 64;
const MOST_SLEEPS: u32 = 1024;

/// In what was learned: that it does not pay. Below it is after how many sleeps that is tried again, and in the low
/// half how many of them are left.
const IN_VAIN: u32 = 1 << 31;
const SLEEPS_LEFT: u32 = 0xffff;

impl Waitable {
    /// Takes the object if it comes soon.
    pub(super) fn spin(&self, me: &Me) -> Option<Taken> {
        let never_pays = matches!(self.kind(), Kind::Timer { .. } | Kind::Thread);
        if never_pays || primitive::processors() == 1 {
            return None;
        }
        let learned = &self.private().spin;
        let before = learned.load(Ordering::Relaxed);
        for turn in 0..limit(before) {
            primitive::spin();
            if !self.kind().is_available(self.load()) {
                continue;
            }
            if let Some(taken) = self.try_take(me) {
                learned.store(after_success(before, turn), Ordering::Relaxed);
                return Some(taken);
            }
        }
        learned.store(after_failure(before), Ordering::Relaxed);
        None
    }
}

/// How often to look, by what was learned; nothing was at first.
fn limit(learned: u32) -> u32 {
    match learned {
        0 => MOST_TURNS,
        _ if learned & IN_VAIN == 0 => learned.min(MOST_TURNS),
        _ if learned & SLEEPS_LEFT == 0 => MOST_TURNS,
        _ => 0,
    }
}

/// What is learned when the object came after so many turns.
fn after_success(learned: u32, turns: u32) -> u32 {
    let enough = turns.saturating_mul(4).clamp(200, MOST_TURNS);
    let before = if learned & IN_VAIN == 0 { learned } else { 0 };
    before.max(enough) - before.saturating_sub(enough) / 8
}

/// What is learned when it did not come.
fn after_failure(learned: u32) -> u32 {
    let (is_in_vain, less) = (learned & IN_VAIN != 0, learned / 2);
    if is_in_vain && learned & SLEEPS_LEFT != 0 {
        learned - 1
    } else if !is_in_vain && less >= FEWEST_TURNS {
        less
    } else {
        let sleeps_before = if is_in_vain {
            (learned & !IN_VAIN) >> 16
        } else {
            0
        };
        let sleeps = (2 * sleeps_before).clamp(FEWEST_SLEEPS, MOST_SLEEPS);
        IN_VAIN | sleeps << 16 | sleeps
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// How many sleeps it takes from here until it is tried.
    fn sleeps_until_trial(learned: &mut u32) -> u32 {
        let mut sleeps = 0;
        while limit(*learned) == 0 {
            *learned = after_failure(*learned);
            sleeps += 1;
        }
        sleeps
    }

    #[test]
    fn what_never_pays_is_tried_less_and_less_often() {
        let mut learned = 0;
        assert_eq!(limit(learned), MOST_TURNS, "it is tried at first");
        for expected in [64, 128, 256, 512, 1024, 1024] {
            learned = after_failure(learned);
            assert_eq!(sleeps_until_trial(&mut learned), expected);
            assert_eq!(limit(learned), MOST_TURNS);
        }
    }

    #[test]
    fn what_paid_is_done_again_and_given_up_in_steps() {
        for before in [0, IN_VAIN, IN_VAIN | 64 << 16, 300, MOST_TURNS] {
            let learned = after_success(before, 1000);
            assert!((4000..=MOST_TURNS).contains(&limit(learned)), "{before:#x}");
        }
        let mut learned = after_success(0, 10);
        assert_eq!(limit(learned), 200);
        for expected in [100, 50, 25, 0] {
            learned = after_failure(learned);
            assert_eq!(limit(learned), expected);
        }
        assert_eq!(sleeps_until_trial(&mut learned), FEWEST_SLEEPS);
    }

    #[test]
    fn a_long_budget_comes_down_when_less_is_enough() {
        let mut learned = MOST_TURNS;
        for _ in 0..100 {
            learned = after_success(learned, 0);
        }
        assert!(limit(learned) < 300);
    }
}
