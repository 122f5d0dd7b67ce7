//! Where the parts of a section's own file are, and what a control page says of a section.
//!
//! ```text
//! [ data, whole pages ][ commit map, if reserved: one byte for each page of data ][ control page ]
//! ```

use rustix::param::page_size;

use super::control::Record;
use crate::section_info::{SectionAttributes, SectionInfo};
use crate::{Error, ErrorCode, Protection, Result};

/// The sizes of the parts before the control page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) data: u64,
    pub(super) commit_map: u64,
}

/// Where a section's bytes are. The numbers are part of the control page's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum BodyKind {
    Own = 0,
    File = 1,
    LargePages = 2,
}

impl Layout {
    /// The layout for a section of `size` bytes in its own file; `None` if that is more than a file can have.
    pub(super) fn of(size: u64, is_reserved: bool) -> Option<Self> {
        let page = page_size() as u64;
        let data = size.checked_next_multiple_of(page)?;
        let commit_map = if is_reserved {
            (data / page).checked_next_multiple_of(page)?
        } else {
            0
        };
        let whole = data.checked_add(commit_map)?.checked_add(page)?;
        i64::try_from(whole)
            .is_ok()
            .then_some(Self { data, commit_map })
    }

    pub(super) fn before_control_page(self) -> u64 {
        self.data + self.commit_map
    }
}

/// Reads what a checked control page of an object file of `file_len` bytes says of its section, believing
/// nothing.
pub(super) fn read(
    record: &Record,
    file_len: u64,
    tried: &'static str,
) -> Result<(SectionInfo, BodyKind)> {
    parse(record, file_len).ok_or_else(|| {
        Error::new(ErrorCode::FILE_CORRUPT, tried).because("its control page contradicts itself")
    })
}

fn parse(record: &Record, file_len: u64) -> Option<(SectionInfo, BodyKind)> {
    let own = SectionAttributes::COMMIT | SectionAttributes::RESERVE;
    let protection = Protection::from_page_constant(record.protection)?;
    let attributes = SectionAttributes::from_bits(record.attributes)?;
    let info = SectionInfo {
        size: record.size,
        attributes,
        protection,
    };
    let page = page_size() as u64;
    let (kind, before_control_page) = match record.body {
        0 if attributes.bits().is_power_of_two() && own.contains(attributes) => {
            let layout = Layout::of(info.size, attributes == SectionAttributes::RESERVE)?;
            if layout.data != info.size {
                return None;
            }
            (BodyKind::Own, layout.before_control_page())
        }
        1 if attributes == SectionAttributes::FILE => (BodyKind::File, 0),
        2 if attributes == SectionAttributes::COMMIT | SectionAttributes::LARGE_PAGES => {
            (BodyKind::LargePages, 0)
        }
        _ => return None,
    };
    let is_sound = info.size > 0
        && i64::try_from(info.size).is_ok()
        && protection.is_for_sections()
        && file_len == before_control_page + page;
    is_sound.then_some((info, kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::linux::control::ObjectType;
    use proptest::prelude::*;
    use zerocopy::FromBytes;

    #[test]
    fn sizes_that_no_file_has_are_refused_without_overflow() {
        assert_eq!(Layout::of(u64::MAX, true), None);
        assert_eq!(Layout::of(u64::MAX - 5000, false), None);
        assert_eq!(Layout::of(i64::MAX as u64, true), None);
        let page = page_size() as u64;
        assert_eq!(
            Layout::of(1, true),
            Some(Layout {
                data: page,
                commit_map: page
            })
        );
    }

    proptest! {
        #[test]
        fn any_page_of_garbage_is_an_error_or_a_section_that_fits(
            bytes in prop::collection::vec(any::<u8>(), size_of::<Record>()),
            size in any::<u64>(),
            protection in 0..0x100_u32,
            attributes in any::<u32>(),
            body in 0..4_u32,
            file_len in any::<u64>(),
        ) {
            let mut record = Record::read_from_bytes(&bytes).unwrap();
            prop_assert!(record.check(ObjectType::Section, "test").is_err());
            let _ = (record.place(), read(&record, file_len, "test"));
            (record.size, record.protection) = (size, protection);
            (record.attributes, record.body) = (attributes & 0x0c00_0000, body);
            if let Ok((info, BodyKind::Own)) = read(&record, file_len, "test") {
                prop_assert!(info.size < file_len);
            }
        }
    }
}
