//! Protections of sections and pages, and which views a handle and a section allow (win32 `PAGE_*`,
//! `FILE_MAP_*`).

use crate::{ErrorCode, Rights};

/// What may be done with memory: with the pages of a view, or with any view of a section.
///
/// The discriminants are Windows' `PAGE_` constants.
///
/// ```
/// use commonhold::Protection;
/// assert_eq!(Protection::ReadWrite as u32, 4);
/// assert_eq!(Protection::from_page_constant(4), Some(Protection::ReadWrite));
/// assert_eq!(Protection::from_page_constant(6), None); // two at once
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Protection {
    /// Nothing may be done. Not for sections.
    #[doc(alias = "PAGE_NOACCESS")]
    NoAccess = 0x01,
    /// Read.
    #[doc(alias = "PAGE_READONLY")]
    ReadOnly = 0x02,
    /// Read, and write so that everyone sees it.
    #[doc(alias = "PAGE_READWRITE")]
    ReadWrite = 0x04,
    /// Read, and write to a private copy of the page.
    #[doc(alias = "PAGE_WRITECOPY")]
    WriteCopy = 0x08,
    /// Execute. Linux has no way to forbid reading as well. Not for sections.
    #[doc(alias = "PAGE_EXECUTE")]
    Execute = 0x10,
    /// Execute and read.
    #[doc(alias = "PAGE_EXECUTE_READ")]
    ExecuteRead = 0x20,
    /// Execute, read, and write so that everyone sees it.
    #[doc(alias = "PAGE_EXECUTE_READWRITE")]
    ExecuteReadWrite = 0x40,
    /// Execute, read, and write to a private copy of the page.
    #[doc(alias = "PAGE_EXECUTE_WRITECOPY")]
    ExecuteWriteCopy = 0x80,
}

impl Protection {
    /// Every protection there is.
    pub const ALL: [Self; 8] = [
        Self::NoAccess,
        Self::ReadOnly,
        Self::ReadWrite,
        Self::WriteCopy,
        Self::Execute,
        Self::ExecuteRead,
        Self::ExecuteReadWrite,
        Self::ExecuteWriteCopy,
    ];

    /// The protection that a single Windows `PAGE_` constant stands for; `None` for any other number,
    /// combinations included.
    pub fn from_page_constant(constant: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|&protection| protection as u32 == constant)
    }

    /// Whether memory of this protection can be read through this crate.
    pub fn is_readable(self) -> bool {
        !matches!(self, Self::NoAccess | Self::Execute)
    }

    /// Whether memory of this protection can be written, to the section or to a private copy.
    pub fn is_writable(self) -> bool {
        self.is_shared_writable() || self.is_copy_on_write()
    }

    /// Whether code in memory of this protection can run.
    pub fn is_executable(self) -> bool {
        matches!(
            self,
            Self::Execute | Self::ExecuteRead | Self::ExecuteReadWrite | Self::ExecuteWriteCopy
        )
    }

    /// Whether a write gives the writer a private copy of the page.
    pub fn is_copy_on_write(self) -> bool {
        matches!(self, Self::WriteCopy | Self::ExecuteWriteCopy)
    }

    /// Whether a write is seen by every other view.
    pub fn is_shared_writable(self) -> bool {
        matches!(self, Self::ReadWrite | Self::ExecuteReadWrite)
    }

    /// Whether a section can be created with this protection.
    pub(crate) fn is_for_sections(self) -> bool {
        !matches!(self, Self::NoAccess | Self::Execute)
    }

    /// Whether memory that was mapped or created with `self` may be given the protection `wanted`.
    ///
    /// Copy-on-write counts as reading; taking everything away is always allowed.
    pub(crate) fn allows(self, wanted: Self) -> bool {
        let reads = wanted.is_readable() || wanted.is_executable();
        (!reads || self.is_readable() || self.is_executable())
            && (!wanted.is_executable() || self.is_executable())
            && (!wanted.is_shared_writable() || self.is_shared_writable())
    }

    /// What a page of a copy-on-write view becomes with the first write to it.
    pub(crate) fn after_copying(self) -> Self {
        match self {
            Self::WriteCopy => Self::ReadWrite,
            Self::ExecuteWriteCopy => Self::ExecuteReadWrite,
            other => other,
        }
    }

    /// The rights on the handle that mapping such a view needs.
    fn needs(self) -> Rights {
        let mut rights = match self {
            Self::ReadWrite | Self::ExecuteReadWrite => Rights::MAP_WRITE,
            _ => Rights::MAP_READ,
        };
        rights.set(Rights::MAP_EXECUTE, self.is_executable());
        rights
    }
}

bitflags::bitflags! {
    /// What a view is mapped for: Windows' `FILE_MAP_` bits, with Windows' rules for combining them.
    ///
    /// [`COPY`](Self::COPY) means copy-on-write only where it stands alone or with
    /// [`EXECUTE`](Self::EXECUTE); with [`WRITE`](Self::WRITE) the view is plainly writable, with
    /// [`READ`](Self::READ) plainly readable. No bit at all is a view that cannot be touched.
    ///
    /// ```
    /// use commonhold::{MapAccess, Protection};
    /// assert_eq!(MapAccess::COPY.protection(), Protection::WriteCopy);
    /// assert_eq!((MapAccess::COPY | MapAccess::READ).protection(), Protection::ReadOnly);
    /// assert_eq!(MapAccess::empty().protection(), Protection::NoAccess);
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct MapAccess: u32 {
        /// A private copy of each page that is written.
        #[doc(alias = "FILE_MAP_COPY")]
        const COPY = 0x1;
        /// Read and write.
        #[doc(alias = "FILE_MAP_WRITE")]
        const WRITE = 0x2;
        /// Read.
        #[doc(alias = "FILE_MAP_READ")]
        const READ = 0x4;
        /// Execute as well; of no effect alone.
        #[doc(alias = "FILE_MAP_EXECUTE")]
        const EXECUTE = 0x20;
    }
}

impl MapAccess {
    /// The protection of a view that is mapped for this.
    pub fn protection(self) -> Protection {
        let executable = self.contains(Self::EXECUTE);
        let either = |plain, with_execute| if executable { with_execute } else { plain };
        let access = self.difference(Self::EXECUTE);
        if access == Self::COPY {
            either(Protection::WriteCopy, Protection::ExecuteWriteCopy)
        } else if access.contains(Self::WRITE) {
            either(Protection::ReadWrite, Protection::ExecuteReadWrite)
        } else if access.contains(Self::READ) {
            either(Protection::ReadOnly, Protection::ExecuteRead)
        } else {
            Protection::NoAccess
        }
    }

    /// The rights that opening a section for this asks for, as `OpenFileMapping` has it: copying needs
    /// reading.
    pub fn rights(self) -> Rights {
        let mut rights = Rights::from_bits_retain(self.difference(Self::EXECUTE).bits());
        if rights == Rights::QUERY {
            rights = Rights::MAP_READ;
        }
        rights.set(
            Rights::MAP_EXECUTE,
            rights.contains(Rights::MAP_EXECUTE) || self.contains(Self::EXECUTE),
        );
        rights
    }
}

/// Whether a handle with `rights` to a section of protection `section` may map a view of protection `view`.
///
/// The handle is asked first: `ACCESS_DENIED`. Only then the section: `INVALID_PARAMETER`.
pub(crate) fn check_map(
    rights: Rights,
    section: Protection,
    view: Protection,
) -> Result<(), ErrorCode> {
    if !rights.contains(view.needs()) {
        return Err(ErrorCode::ACCESS_DENIED);
    }
    if !section.allows(view) {
        return Err(ErrorCode::INVALID_PARAMETER);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Protection::{
        ExecuteRead, ExecuteReadWrite, ExecuteWriteCopy, NoAccess, ReadOnly, ReadWrite, WriteCopy,
    };
    use super::*;

    /// win32-facts 3.1: the 32 rows, by the value without the execute bit.
    #[test]
    fn every_access_value_decodes_as_windows_decodes_it() {
        for bits in 0..0x20_u32 {
            let (plain, executable) = match bits & 0x1f {
                0x1 => (WriteCopy, ExecuteWriteCopy),
                bits if bits & 0x2 != 0 => (ReadWrite, ExecuteReadWrite),
                bits if bits & 0x4 != 0 => (ReadOnly, ExecuteRead),
                _ => (NoAccess, NoAccess),
            };
            assert_eq!(
                MapAccess::from_bits_retain(bits).protection(),
                plain,
                "{bits:#x}"
            );
            let bits = bits | 0x20;
            assert_eq!(
                MapAccess::from_bits_retain(bits).protection(),
                executable,
                "{bits:#x}"
            );
        }
        assert_eq!(
            MapAccess::from_bits_retain(0xf_001f).protection(),
            ReadWrite
        );
    }

    /// win32-facts 3.3: which section allows which view.
    #[test]
    fn the_section_matrix_is_that_of_windows() {
        let views = [
            NoAccess,
            ReadOnly,
            WriteCopy,
            ReadWrite,
            ExecuteRead,
            ExecuteWriteCopy,
            ExecuteReadWrite,
        ];
        let matrix = [
            (ReadOnly, [true, true, true, false, false, false, false]),
            (WriteCopy, [true, true, true, false, false, false, false]),
            (ReadWrite, [true, true, true, true, false, false, false]),
            (ExecuteRead, [true, true, true, false, true, true, false]),
            (
                ExecuteWriteCopy,
                [true, true, true, false, true, true, false],
            ),
            (ExecuteReadWrite, [true; 7]),
        ];
        for (section, row) in matrix {
            for (view, allowed) in views.into_iter().zip(row) {
                let everything = check_map(Rights::ALL_SECTION, section, view);
                let expected = if allowed {
                    Ok(())
                } else {
                    Err(ErrorCode::INVALID_PARAMETER)
                };
                assert_eq!(everything, expected, "{section:?} {view:?}");
                // A creator's rights mirror the protection, so that its refusals are all ACCESS_DENIED.
                let creator = check_map(Rights::of_creator(section), section, view);
                let expected = if allowed {
                    Ok(())
                } else {
                    Err(ErrorCode::ACCESS_DENIED)
                };
                assert_eq!(creator, expected, "{section:?} {view:?}");
            }
        }
    }

    /// win32-facts 3.2: which view needs which rights.
    #[test]
    fn rights_are_asked_first() {
        let needs = [
            (NoAccess, 0x4),
            (ReadOnly, 0x4),
            (WriteCopy, 0x4),
            (ReadWrite, 0x2),
            (ExecuteRead, 0xc),
            (ExecuteWriteCopy, 0xc),
            (ExecuteReadWrite, 0xa),
        ];
        for (view, needed) in needs {
            for rights in 0..0x20 {
                let result = check_map(Rights::from_bits_retain(rights), ExecuteReadWrite, view);
                assert_eq!(
                    result.is_ok(),
                    rights & needed == needed,
                    "{view:?} {rights:#x}"
                );
            }
        }
    }

    #[test]
    fn opening_for_a_copy_asks_to_read() {
        assert_eq!(MapAccess::COPY.rights(), Rights::MAP_READ);
        assert_eq!(MapAccess::READ.rights(), Rights::MAP_READ);
        assert_eq!(MapAccess::WRITE.rights(), Rights::MAP_WRITE);
        assert_eq!(MapAccess::EXECUTE.rights(), Rights::MAP_EXECUTE);
        assert_eq!(
            MapAccess::from_bits_retain(0xf_001f).rights(),
            Rights::ALL_SECTION
        );
        assert_eq!(MapAccess::empty().rights(), Rights::empty());
    }

    /// win32-facts 3.7: a view's protection bounds what its pages can be given.
    #[test]
    fn a_page_can_have_less_than_its_view_never_more() {
        for wanted in Protection::ALL {
            assert!(ExecuteReadWrite.allows(wanted), "{wanted:?}");
            assert_eq!(NoAccess.allows(wanted), wanted == NoAccess, "{wanted:?}");
        }
        assert!(ReadOnly.allows(WriteCopy));
        assert!(!ReadOnly.allows(ReadWrite));
        assert!(!WriteCopy.allows(ReadWrite));
        assert!(ExecuteRead.allows(Protection::Execute));
        assert!(!ReadWrite.allows(ExecuteRead));
    }
}
