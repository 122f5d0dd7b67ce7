//! Where in a section the demo's processes write what.

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
