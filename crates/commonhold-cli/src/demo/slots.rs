//! What the demo's processes agree on: names, and who writes what where in a section.

use std::fmt;
use std::sync::atomic::AtomicU64;

use anyhow::{Context as _, Result, ensure};
use commonhold::View;

/// Where a counter is that several processes add to.
pub const COUNTER: usize = 1024;

const TEXT_LEN: usize = 256;

/// A place for a text. Unused bytes are zero.
#[derive(Clone, Copy, Debug)]
pub struct Slot(pub usize);

impl Slot {
    pub const FIRST: Self = Self(0);
    pub const SECOND: Self = Self(TEXT_LEN);
    pub const THIRD: Self = Self(2 * TEXT_LEN);

    /// The text in the slot.
    pub fn read(self, view: &View) -> Result<String> {
        let len = view.len().saturating_sub(self.0).min(TEXT_LEN);
        let mut bytes = vec![0; len];
        view.read(self.0, &mut bytes)?;
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        let text = std::str::from_utf8(text).context("the bytes in the section are no text")?;
        Ok(text.trim_end().into())
    }

    /// Writes a text that is not shorter than what was in the slot.
    pub fn write(self, view: &View, text: &str) -> Result<()> {
        ensure!(text.len() < TEXT_LEN, "the text is too long");
        Ok(view.write(self.0, text.as_bytes())?)
    }
}

/// The counter, which every process that maps the section has in common.
pub fn counter(view: &View) -> Result<&AtomicU64> {
    Ok(view.atomic(COUNTER)?)
}

/// The mutex that goes with a section.
pub fn lock_name(section: &str) -> String {
    format!("{section}-lock")
}

/// The event that goes with a section.
pub fn event_name(section: &str) -> String {
    format!("{section}-go")
}

/// The timer that goes with a section.
pub fn timer_name(section: &str) -> String {
    format!("{section}-tick")
}

/// Two numbers that are equal whenever nobody is changing them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    first: u64,
    second: u64,
}

impl Pair {
    const AT: usize = 2048;

    pub fn both(number: u64) -> Self {
        Self {
            first: number,
            second: number,
        }
    }

    pub fn read(view: &View) -> Result<Self> {
        Ok(Self {
            first: view.get(Self::AT)?,
            second: view.get(Self::AT + 8)?,
        })
    }

    pub fn write(self, view: &View) -> Result<()> {
        view.put(Self::AT, &self.first)?;
        Ok(view.put(Self::AT + 8, &self.second)?)
    }

    /// Adds to one number and then to the other; to the first only, if it is to stop half way.
    pub fn add(view: &View, half: bool) -> Result<()> {
        let mut pair = Self::read(view)?;
        pair.first += 1;
        pair.write(view)?;
        if !half {
            pair.second += 1;
            pair.write(view)?;
        }
        Ok(())
    }

    pub fn difference(self) -> u64 {
        self.first.abs_diff(self.second)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {}", self.first, self.second)
    }
}
