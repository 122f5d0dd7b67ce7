//! The terminal, which is left as it was found however the program ends.

use std::io::{self, BufWriter, Stdout};
use std::ops::{Deref, DerefMut};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, Result};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// A frame in one write, as is good for slow lines.
const FRAME: usize = 64 * 1024;

/// The whole screen, until this is dropped, the program panics, or a signal ends it.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    _restored: Restored,
}

struct Restored;

/// Whether the terminal is to be restored.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

impl Screen {
    pub fn enter() -> Result<Self> {
        restore_before_panics_are_told();
        restore_before_signals_end_it()?;
        // From here on, whatever fails.
        let restored = Restored;
        IS_TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode().context("cannot have keys from the terminal as they are pressed")?;
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide).context("terminal")?;
        let output = BufWriter::with_capacity(FRAME, io::stdout());
        let terminal = Terminal::new(CrosstermBackend::new(output)).context("terminal")?;
        Ok(Self {
            terminal,
            _restored: restored,
        })
    }
}

impl Deref for Screen {
    type Target = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

    fn deref(&self) -> &Self::Target {
        &self.terminal
    }
}

impl DerefMut for Screen {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.terminal
    }
}

impl Drop for Restored {
    fn drop(&mut self) {
        restore();
    }
}

/// Once only: who leaves the alternate screen again, moves the cursor to where it was when that was entered.
///
/// What fails of it cannot be told on that terminal, and may fail where the terminal is gone.
fn restore() {
    if !IS_TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}

/// The message would go with the alternate screen.
fn restore_before_panics_are_told() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            restore();
            told(panic);
        }));
    });
}

fn restore_before_signals_end_it() -> Result<()> {
    let mut signals =
        Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).context("cannot wait for signals")?;
    thread::spawn(move || {
        for signal in signals.forever() {
            // No frame is begun after that.
            let _held = io::stdout().lock();
            restore();
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(())
}
