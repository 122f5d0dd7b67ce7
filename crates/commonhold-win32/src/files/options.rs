//! How `CreateFile` is to find or make a file, and what it is to be like.

use crate::failure::{Failure, Result};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    CreateNew,
    CreateAlways,
    OpenExisting,
    OpenAlways,
    TruncateExisting,
}

impl Disposition {
    pub(crate) fn of(constant: u32) -> Result<Self> {
        Ok(match constant {
            1 => Self::CreateNew,
            2 => Self::CreateAlways,
            3 => Self::OpenExisting,
            4 => Self::OpenAlways,
            5 => Self::TruncateExisting,
            _ => return Err(Failure::INVALID_PARAMETER),
        })
    }

    /// Whether a file is made where there is none.
    pub(crate) fn makes(self) -> bool {
        !matches!(self, Self::OpenExisting | Self::TruncateExisting)
    }

    /// Whether a file that is there is opened.
    pub(crate) fn finds(self) -> bool {
        self != Self::CreateNew
    }

    /// Whether a file that is there is emptied.
    pub(crate) fn truncates(self) -> bool {
        matches!(self, Self::CreateAlways | Self::TruncateExisting)
    }
}

bitflags::bitflags! {
    /// Windows' `FILE_ATTRIBUTE_` and `FILE_FLAG_` bits that change something here.
    #[derive(Clone, Copy)]
    pub(crate) struct Options: u32 {
        const READ_ONLY = 0x1;
        const OPEN_REPARSE_POINT = 0x0020_0000;
        const BACKUP_SEMANTICS = 0x0200_0000;
        const DELETE_ON_CLOSE = 0x0400_0000;
        const SEQUENTIAL_SCAN = 0x0800_0000;
        const RANDOM_ACCESS = 0x1000_0000;
        const WRITE_THROUGH = 0x8000_0000;
    }
}

/// Attributes that files do not have here, and that say nothing about what is read and written: hidden, system,
/// directory, archive, device, normal, temporary, sparse, reparse point, compressed, offline, not indexed.
const WITHOUT_MEANING: u32 = 0x3ff6;
/// Names are case-sensitive anyway, there are no sessions, and nothing is recalled from anywhere.
const ALWAYS_SO: u32 = 0x0190_0000;
/// What a server may do in the caller's name: there is none. Valid with [`HAS_QUALITY`] only.
const QUALITY_OF_SERVICE: u32 = 0x000f_0000;
const HAS_QUALITY: u32 = 0x0010_0000;
/// `FILE_ATTRIBUTE_ENCRYPTED`, `FILE_FLAG_OVERLAPPED`, `FILE_FLAG_NO_BUFFERING`.
const NOT_SUPPORTED: u32 = 0x4000 | 0x4000_0000 | 0x2000_0000;

impl Options {
    pub(crate) fn of(flags: u32) -> Result<Self> {
        let mut without_meaning = WITHOUT_MEANING | ALWAYS_SO;
        if flags & HAS_QUALITY != 0 {
            without_meaning |= QUALITY_OF_SERVICE;
        }
        if flags & !(Self::all().bits() | without_meaning | NOT_SUPPORTED) != 0 {
            return Err(Failure::INVALID_PARAMETER);
        }
        if flags & NOT_SUPPORTED != 0 {
            return Err(Failure::NOT_SUPPORTED);
        }
        Ok(Self::from_bits_truncate(flags))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_done_is_refused_and_what_is_unknown_too() {
        let refused = |flags| Options::of(flags).err();
        assert_eq!(refused(0x4000_0000), Some(Failure::NOT_SUPPORTED));
        assert_eq!(refused(0x2000_0080), Some(Failure::NOT_SUPPORTED));
        assert_eq!(refused(0x0040_0000), Some(Failure::INVALID_PARAMETER));
        assert_eq!(refused(0x0001_0000), Some(Failure::INVALID_PARAMETER));
        assert_eq!(refused(0x0011_0000), None);
        assert_eq!(refused(0x9f00_3fa7), None);
    }
}
