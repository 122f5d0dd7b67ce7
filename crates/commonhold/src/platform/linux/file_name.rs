//! How an object's name is written as the name of a file.

use std::ffi::CStr;
use std::fmt;

use sha2::{Digest, Sha256};

use crate::Name;

/// What a directory entry can be called at most.
pub(super) const MAX: usize = 255;

/// The file name of an object in its namespace directory.
///
/// The name itself, but for what a file name cannot have, or a terminal should not print: those bytes are `%`
/// and two hexadecimal digits. What gets longer than a file name may be is `%%` and the SHA-256 of the name.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FileName {
    /// The name, and zeroes after it: in place, since every opening makes one.
    bytes: [u8; MAX + 1],
    len: usize,
}

impl FileName {
    pub(super) fn of(name: &Name) -> Self {
        Self::encoded(name.as_wtf8()).unwrap_or_else(|| Self::of_hash(name.as_wtf8()))
    }

    /// A name that was read from a directory or a control page; `None` if it cannot be one.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let is_special = matches!(bytes, b"" | b"." | b"..");
        if is_special || bytes.contains(&b'/') || bytes.contains(&0) {
            return None;
        }
        let mut name = Self::empty();
        name.push(bytes)?;
        Some(name)
    }

    fn empty() -> Self {
        Self {
            bytes: [0; MAX + 1],
            len: 0,
        }
    }

    /// The name, escaped; `None` if that is too long.
    fn encoded(wtf8: &[u8]) -> Option<Self> {
        let mut name = Self::empty();
        for (at, &byte) in wtf8.iter().enumerate() {
            let is_plain =
                !matches!(byte, 0..=0x1f | 0x7f | b'/' | b'%') && (at > 0 || byte != b'.');
            if is_plain {
                name.push(&[byte])?;
            } else {
                name.push(b"%")?;
                name.push(&hex(byte))?;
            }
        }
        Some(name)
    }

    fn of_hash(wtf8: &[u8]) -> Self {
        let mut name = Self::empty();
        // Two marks and 64 digits fit.
        name.push(b"%%");
        for byte in Sha256::digest(wtf8) {
            name.push(&hex(byte));
        }
        name
    }

    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len + bytes.len();
        // The last byte stays zero.
        self.bytes[..MAX]
            .get_mut(self.len..end)?
            .copy_from_slice(bytes);
        self.len = end;
        Some(())
    }

    pub(super) fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_c_str().fmt(f)
    }
}

fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 0xf)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(name: &str) -> String {
        let name = FileName::of(&Name::try_from(name).unwrap());
        String::from_utf8(name.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn plain_names_stay_as_they_are_and_others_stay_in_the_directory() {
        assert_eq!(encoded("frames-2.left"), "frames-2.left");
        assert_eq!(encoded("\u{20ac}uro"), "\u{20ac}uro");
        assert_eq!(encoded(".."), "%2e.");
        assert_eq!(encoded("a/b%c\n"), "a%2fb%25c%0a");
    }

    #[test]
    fn long_names_are_told_apart_by_their_hash() {
        let long = "x".repeat(255);
        assert_eq!(encoded(&long), long);
        let (one, other) = (encoded(&format!("{long}1")), encoded(&format!("{long}2")));
        assert!(one.starts_with("%%") && one.len() == 66, "{one}");
        assert_ne!(one, other);
    }

    proptest! {
        #[test]
        fn distinct_names_have_distinct_files(
            a in "[./%a\u{1}]{1,6}|[%/]{84,90}",
            b in "[./%a\u{1}]{1,6}|[%/]{84,90}",
        ) {
            let names = [a, b].map(|name| Name::try_from(name).unwrap());
            let files = [FileName::of(&names[0]), FileName::of(&names[1])];
            prop_assert_eq!(names[0] == names[1], files[0] == files[1]);
            for file in files {
                prop_assert_eq!(FileName::from_bytes(file.as_bytes()), Some(file));
            }
        }
    }
}
