//! What a handle allows its holder to do: Windows' access mask.

use crate::Protection;

bitflags::bitflags! {
    /// What a handle allows its holder to do with the object.
    ///
    /// The bits are those of Windows' `ACCESS_MASK`: the low sixteen mean something else for each type of
    /// object, the rest is common. Rights are checked at every operation.
    ///
    /// ```
    /// use commonhold::{ErrorCode, MapAccess, Rights, Section};
    /// let section = Section::options().size(4096).create_unnamed()?;
    /// let reader = section.duplicate(Rights::MAP_READ)?;
    /// let refused = reader.map_options().access(MapAccess::WRITE).map().unwrap_err();
    /// assert_eq!(refused.code(), ErrorCode::ACCESS_DENIED);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "ACCESS_MASK")]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub struct Rights: u32 {
        /// Ask a section for its size, attributes and protection.
        #[doc(alias = "SECTION_QUERY")]
        const QUERY = 0x1;
        /// Map writable views of a section.
        #[doc(alias = "SECTION_MAP_WRITE")]
        const MAP_WRITE = 0x2;
        /// Map readable and copy-on-write views of a section.
        #[doc(alias = "SECTION_MAP_READ")]
        const MAP_READ = 0x4;
        /// Map executable views of a section.
        #[doc(alias = "SECTION_MAP_EXECUTE")]
        const MAP_EXECUTE = 0x8;
        /// Held by `ALL_SECTION`; no operation of this crate needs it.
        #[doc(alias = "SECTION_EXTEND_SIZE")]
        const EXTEND_SIZE = 0x10;

        /// Ask a semaphore, event or timer for its state. The one right that is a mutex's own, too.
        #[doc(alias = "EVENT_QUERY_STATE")]
        #[doc(alias = "MUTEX_MODIFY_STATE")]
        const QUERY_STATE = 0x1;
        /// Release a semaphore; set, reset or pulse an event; set or cancel a timer. (A mutex is released by who
        /// owns it, whatever the handle.)
        #[doc(alias = "EVENT_MODIFY_STATE")]
        #[doc(alias = "SEMAPHORE_MODIFY_STATE")]
        #[doc(alias = "TIMER_MODIFY_STATE")]
        const MODIFY_STATE = 0x2;

        /// Standard right of every type; no operation of this crate needs it.
        const DELETE = 0x1_0000;
        /// Standard right of every type; no operation of this crate needs it.
        const READ_CONTROL = 0x2_0000;
        /// Standard right of every type; no operation of this crate needs it.
        const WRITE_DAC = 0x4_0000;
        /// Standard right of every type; no operation of this crate needs it.
        const WRITE_OWNER = 0x8_0000;
        /// Wait for the object. Sections cannot be waited for.
        const SYNCHRONIZE = 0x10_0000;

        /// As much as the system lets the caller have.
        const MAXIMUM_ALLOWED = 0x0200_0000;
        /// Everything that the type has; replaced by the rights it stands for when a handle is made.
        const GENERIC_ALL = 0x1000_0000;
        /// What executing needs; replaced by the rights it stands for when a handle is made.
        const GENERIC_EXECUTE = 0x2000_0000;
        /// What writing needs; replaced by the rights it stands for when a handle is made.
        const GENERIC_WRITE = 0x4000_0000;
        /// What reading needs; replaced by the rights it stands for when a handle is made.
        const GENERIC_READ = 0x8000_0000;

        /// The standard rights that come with every created section.
        const STANDARD_REQUIRED = 0xf_0000;
        /// Everything that can be done with a section.
        #[doc(alias = "FILE_MAP_ALL_ACCESS")]
        #[doc(alias = "SECTION_ALL_ACCESS")]
        const ALL_SECTION = 0xf_001f;
        /// Everything that can be done with a mutex.
        #[doc(alias = "MUTEX_ALL_ACCESS")]
        const ALL_MUTEX = 0x1f_0001;
        /// Everything that can be done with a semaphore.
        #[doc(alias = "SEMAPHORE_ALL_ACCESS")]
        const ALL_SEMAPHORE = 0x1f_0003;
        /// Everything that can be done with an event.
        #[doc(alias = "EVENT_ALL_ACCESS")]
        const ALL_EVENT = 0x1f_0003;
        /// Everything that can be done with a timer.
        #[doc(alias = "TIMER_ALL_ACCESS")]
        const ALL_TIMER = 0x1f_0003;
    }
}

impl Rights {
    /// Every bit that a section handle can have, `SYNCHRONIZE` included, which is of no use to it.
    const VALID_SECTION: Self = Self::from_bits_retain(0x1f_001f);

    /// The rights of a handle that is made by creating a section with this protection.
    pub(crate) fn of_creator(protection: Protection) -> Self {
        let mut rights = Self::STANDARD_REQUIRED | Self::QUERY | Self::MAP_READ;
        rights.set(Self::MAP_WRITE, protection.is_shared_writable());
        rights.set(Self::MAP_EXECUTE, protection.is_executable());
        rights
    }

    /// The generic bits replaced by what they stand for with sections; `None` where a bit means nothing.
    pub(crate) fn for_section(self) -> Option<Self> {
        self.mapped(
            [0x2_0005, 0x2_0002, 0x2_0008, 0xf_001f],
            Self::VALID_SECTION,
        )
    }

    /// `all` rights, and those asked for beside, in the place of as many as one can have.
    pub(crate) fn without_maximum_allowed(self, all: Self) -> Self {
        if self.contains(Self::MAXIMUM_ALLOWED) {
            self.difference(Self::MAXIMUM_ALLOWED) | all
        } else {
            self
        }
    }

    /// The same for a waitable type, whose handles can have `all` rights.
    pub(crate) fn for_waitable(self, all: Self) -> Option<Self> {
        let modify = all.bits() & Self::MODIFY_STATE.bits();
        self.mapped([0x2_0001, 0x2_0000 | modify, 0x12_0000, all.bits()], all)
    }

    fn mapped(self, generic: [u32; 4], valid: Self) -> Option<Self> {
        const GENERIC: [Rights; 4] = [
            Rights::GENERIC_READ,
            Rights::GENERIC_WRITE,
            Rights::GENERIC_EXECUTE,
            Rights::GENERIC_ALL,
        ];
        let mut mapped = self;
        for (generic, specific) in GENERIC.into_iter().zip(generic) {
            if mapped.contains(generic) {
                mapped = mapped.difference(generic) | Self::from_bits_retain(specific);
            }
        }
        valid.contains(mapped).then_some(mapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creators_get_what_windows_gives_them() {
        let expected = [
            (Protection::ReadOnly, 0xf_0005),
            (Protection::ReadWrite, 0xf_0007),
            (Protection::WriteCopy, 0xf_0005),
            (Protection::ExecuteRead, 0xf_000d),
            (Protection::ExecuteReadWrite, 0xf_000f),
            (Protection::ExecuteWriteCopy, 0xf_000d),
        ];
        for (protection, rights) in expected {
            assert_eq!(
                Rights::of_creator(protection).bits(),
                rights,
                "{protection:?}"
            );
        }
    }

    #[test]
    fn generic_rights_are_mapped_as_windows_maps_them() {
        let expected = [
            (Rights::GENERIC_READ, 0x2_0005),
            (Rights::GENERIC_WRITE, 0x2_0002),
            (Rights::GENERIC_EXECUTE, 0x2_0008),
            (Rights::GENERIC_ALL, 0xf_001f),
            (Rights::GENERIC_READ | Rights::GENERIC_WRITE, 0x2_0007),
        ];
        for (generic, rights) in expected {
            assert_eq!(
                generic.for_section().map(|r| r.bits()),
                Some(rights),
                "{generic:?}"
            );
        }
    }

    #[test]
    fn bits_that_sections_do_not_have_are_refused() {
        for bit in 0..32 {
            let one = Rights::from_bits_retain(1 << bit);
            let known = matches!(bit, 0..=4 | 16..=20 | 28..=31);
            assert_eq!(one.for_section().is_some(), known, "bit {bit}");
        }
    }
}
