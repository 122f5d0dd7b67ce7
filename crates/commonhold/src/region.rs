//! What a view's pages are like.

use crate::Protection;

/// Whether pages can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageState {
    /// There, for every view.
    #[doc(alias = "MEM_COMMIT")]
    Committed,
    /// Of a reserved section, and not committed yet.
    #[doc(alias = "MEM_RESERVE")]
    Reserved,
}

/// A run of pages of a view that are all alike, as [`View::query`](crate::View::query) tells.
#[doc(alias = "MEMORY_BASIC_INFORMATION")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where the run starts in the view: at the page that was asked for.
    pub offset: usize,
    /// Bytes in the run: whole pages.
    pub len: usize,
    /// Whether the pages can be used.
    pub state: PageState,
    /// What may be done with them; `None` while they are only reserved. A page of a copy-on-write view that was
    /// written is the view's own, and `ReadWrite`.
    pub protection: Option<Protection>,
}
