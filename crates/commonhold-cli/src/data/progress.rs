//! How far it is, for people who wait for it.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less is not worth showing.
const MOMENT: Duration = Duration::from_millis(500);

const LOOK: &str =
    "{bar:40} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left";

/// Bytes done of all, on standard error if that is a terminal, and it is known how many they are.
pub struct Progress {
    start: Instant,
    /// It counts from the start, for the speed, and is drawn later.
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(total: u64) -> Self {
        let is_wanted = total > 0 && io::stderr().is_terminal();
        Self {
            start: Instant::now(),
            bar: is_wanted.then(|| hidden(total)),
        }
    }

    pub fn advance(&self, len: usize) {
        let Some(bar) = &self.bar else { return };
        if bar.is_hidden() && self.start.elapsed() > MOMENT {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(len as u64);
    }
}

fn hidden(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    match ProgressStyle::with_template(LOOK) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Before the shell's prompt, or the error.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
