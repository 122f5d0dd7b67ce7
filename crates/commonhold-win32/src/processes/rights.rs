//! What handles to processes and threads may be used for.

use crate::failure::{Failure, Result};

/// All that can be done with a process, or with a thread.
pub(crate) const ALL_ACCESS: u32 = 0x1f_ffff;

pub(crate) const PROCESS_TERMINATE: u32 = 1;
/// Either lets the exit code and the id be asked for.
pub(crate) const PROCESS_QUERY: [u32; 2] = [0x400, 0x1000];

pub(crate) const THREAD_TERMINATE: u32 = 1;
pub(crate) const THREAD_SUSPEND_RESUME: u32 = 2;
pub(crate) const THREAD_QUERY: [u32; 2] = [0x40, 0x800];

/// What the kernel lets every user do with a process: wait for it, and see that it is there.
pub(super) const FOR_EVERYONE: u32 = 0x10_0000 | 0x1000;

const MAXIMUM_ALLOWED: u32 = 0x0200_0000;

/// What the generic rights mean for a type of object.
pub(crate) struct Rights {
    read: u32,
    write: u32,
    execute: u32,
    /// A right, and a narrower one that comes with it.
    implied: (u32, u32),
}

pub(crate) const PROCESS: Rights = Rights {
    read: 0x2_0410,
    write: 0x2_0bea,
    execute: 0x12_1001,
    implied: (0x400, 0x1000),
};

pub(crate) const THREAD: Rights = Rights {
    read: 0x2_0048,
    write: 0x2_0437,
    execute: 0x12_1800,
    implied: (0x40, 0x800),
};

impl Rights {
    /// What a handle gets that an object is opened with.
    pub(crate) fn for_opening(&self, desired: u32) -> Result<u32> {
        match desired {
            0 => Err(Failure::ACCESS_DENIED),
            _ => self.for_duplicate(desired),
        }
    }

    /// The same for a duplicate, which may be for nothing.
    pub(crate) fn for_duplicate(&self, desired: u32) -> Result<u32> {
        let generic = [
            (1 << 31, self.read),
            (1 << 30, self.write),
            (1 << 29, self.execute),
            (1 << 28, ALL_ACCESS),
            (MAXIMUM_ALLOWED, ALL_ACCESS),
        ];
        let mut rights = desired;
        for (bit, meant) in generic {
            if desired & bit != 0 {
                rights = rights & !bit | meant;
            }
        }
        if rights & !ALL_ACCESS != 0 {
            return Err(Failure::ACCESS_DENIED);
        }
        let (right, narrower) = self.implied;
        if rights & right != 0 {
            rights |= narrower;
        }
        Ok(rights)
    }
}

/// Refuses unless the handle has one of these rights.
pub(crate) fn require_any(granted: u32, rights: [u32; 2]) -> Result<()> {
    if rights.iter().any(|right| granted & right != 0) {
        Ok(())
    } else {
        Err(Failure::ACCESS_DENIED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_rights_become_those_of_the_type() {
        assert_eq!(PROCESS.for_opening(1 << 31), Ok(0x2_1410));
        assert_eq!(PROCESS.for_opening(1 << 28), Ok(ALL_ACCESS));
        assert_eq!(THREAD.for_opening(0x4000_0001), Ok(0x2_0437));
        assert_eq!(THREAD.for_opening(0x40), Ok(0x840));
    }

    #[test]
    fn rights_that_the_type_does_not_have_are_refused() {
        assert_eq!(PROCESS.for_opening(0x20_0000), Err(Failure::ACCESS_DENIED));
        assert_eq!(
            PROCESS.for_opening(0x0100_0001),
            Err(Failure::ACCESS_DENIED)
        );
        assert_eq!(PROCESS.for_opening(0), Err(Failure::ACCESS_DENIED));
        assert_eq!(PROCESS.for_duplicate(0), Ok(0));
    }
}
