//! What a section is: its size, attributes and protection.

use crate::Protection;

bitflags::bitflags! {
    /// How a section is backed: Windows' `SEC_` bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct SectionAttributes: u32 {
        /// Over a file; told by [`SectionInfo`], never asked for.
        #[doc(alias = "SEC_FILE")]
        const FILE = 0x0080_0000;
        /// An executable image; not supported.
        #[doc(alias = "SEC_IMAGE")]
        const IMAGE = 0x0100_0000;
        /// Pages are committed later, through any view, for all of them.
        #[doc(alias = "SEC_RESERVE")]
        const RESERVE = 0x0400_0000;
        /// All pages are there from the start: what a section is unless it is reserved.
        #[doc(alias = "SEC_COMMIT")]
        const COMMIT = 0x0800_0000;
        /// Uncached memory; not supported.
        #[doc(alias = "SEC_NOCACHE")]
        const NOCACHE = 0x1000_0000;
        /// Write-combined memory; not supported.
        #[doc(alias = "SEC_WRITECOMBINE")]
        const WRITECOMBINE = 0x4000_0000;
        /// In the machine's large pages, which root has to set aside (`vm.nr_hugepages`). Only with `COMMIT`.
        #[doc(alias = "SEC_LARGE_PAGES")]
        const LARGE_PAGES = 0x8000_0000;
    }
}

/// What a section is, as [`Section::info`](crate::Section::info) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "SECTION_BASIC_INFORMATION")]
pub struct SectionInfo {
    /// Bytes: exact over a file, whole pages otherwise.
    pub size: u64,
    /// `COMMIT`, `RESERVE` or `FILE`, and `LARGE_PAGES`.
    pub attributes: SectionAttributes,
    /// The most that any view of it may do.
    pub protection: Protection,
}
