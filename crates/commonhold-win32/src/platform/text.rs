//! Strings as the two forms of a function have them: bytes, which are UTF-8 here, and UTF-16.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use commonhold::Name;

use super::pointers;
use crate::failure::{Failure, Result};

/// A string of C's, of either form. Null is no string.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    None,
    Narrow(&'a [u8]),
    Wide(&'a [u16]),
}

/// How long a name may be in the narrow form: Windows converts it in a buffer of this size.
const LONGEST_NARROW_NAME: usize = 260;

/// What the strings of a form are made of.
pub(crate) trait Character: Copy + PartialEq + From<u8> + 'static {
    fn text(string: &[Self]) -> Text<'_>;
}

impl Character for u8 {
    fn text(string: &[u8]) -> Text<'_> {
        Text::Narrow(string)
    }
}

impl Character for u16 {
    fn text(string: &[u16]) -> Text<'_> {
        Text::Wide(string)
    }
}

impl Text<'_> {
    /// The string at a pointer.
    ///
    /// # Safety
    ///
    /// That of [`pointers::terminated`], unless it is null.
    pub(crate) unsafe fn of<'a, C: Character>(pointer: *const C) -> Result<Text<'a>> {
        if pointer.is_null() {
            return Ok(Text::None);
        }
        // SAFETY: by the contract of this function.
        Ok(C::text(unsafe { pointers::terminated(pointer) }?))
    }

    /// The name of an object; `None` for null and for the empty string, by which objects without a name are made.
    pub(crate) fn name(self) -> Result<Option<Name>> {
        let name = match self {
            Self::None => return Ok(None),
            Self::Narrow(bytes) if bytes.len() > LONGEST_NARROW_NAME => {
                return Err(Failure::FILENAME_EXCED_RANGE);
            }
            Self::Narrow(bytes) => {
                let name =
                    std::str::from_utf8(bytes).map_err(|_| Failure::NO_UNICODE_TRANSLATION)?;
                Name::try_from(name)?
            }
            Self::Wide(units) => Name::try_from(units)?,
        };
        Ok((!name.is_empty()).then_some(name))
    }

    /// The name of an object to open: null is `INVALID_PARAMETER`, the empty string the namespace itself.
    pub(crate) fn existing_name(self) -> Result<Name> {
        match self {
            Self::None => Err(Failure::INVALID_PARAMETER),
            _ => self.name()?.ok_or(Failure::INVALID_HANDLE),
        }
    }

    /// The string in this system's own form; `None` for null.
    ///
    /// The narrow one is taken as it is. Unpaired surrogates have no place in UTF-8: they become U+FFFD.
    pub(crate) fn os_string(self) -> Option<OsString> {
        match self {
            Self::None => None,
            Self::Narrow(bytes) => Some(OsString::from_vec(bytes.to_vec())),
            Self::Wide(units) => Some(String::from_utf16_lossy(units).into()),
        }
    }
}

/// UTF-16 for what the system has as bytes.
pub(crate) fn to_wide(bytes: &[u8]) -> Vec<u16> {
    String::from_utf8_lossy(bytes).encode_utf16().collect()
}
