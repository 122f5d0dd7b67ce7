//! A view that moves over a section, for writing what cannot be written through a descriptor: pages of which
//! some are not committed, and large pages.

use anyhow::{Result, bail};
use commonhold::{MapAccess, PageState, Section, View};

/// What is mapped at a time. Views start at its multiples, which are ones of 64 KiB and of large pages.
const LEN: u64 = 64 << 20;

/// At most one view at a time.
pub struct MovingView {
    mapped: Option<(u64, View)>,
}

impl MovingView {
    pub fn new() -> Self {
        Self { mapped: None }
    }

    /// Copies the first of the bytes in, and says how many: as many as there are in one view, and committed.
    pub fn write(
        &mut self,
        section: &Section,
        size: u64,
        offset: u64,
        from: &[u8],
    ) -> Result<usize> {
        let start = offset - offset % LEN;
        let view = match self.mapped.take() {
            Some((mapped, view)) if mapped == start => view,
            other => {
                drop(other);
                let options = section.map_options().access(MapAccess::WRITE);
                let len = usize::try_from(LEN.min(size - start))?;
                options.offset(start).len(len).map()?
            }
        };
        let (_, view) = self.mapped.insert((start, view));
        let at = usize::try_from(offset - start)?;
        let region = view.query(at)?;
        if region.state != PageState::Committed {
            bail!(
                "the page at offset {offset} is reserved, not committed; a program that uses the section has to \
                 commit pages before they can be written"
            );
        }
        let end = view.len().min(region.offset + region.len);
        let len = from.len().min(end - at);
        view.write(at, &from[..len])?;
        Ok(len)
    }
}
