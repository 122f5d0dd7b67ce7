//! How an object's name is written as the name of a file.

use std::ffi::{CStr, CString};

use sha2::{Digest, Sha256};

use crate::Name;

/// What a directory entry can be called at most.
pub(super) const MAX: usize = 255;

/// The file name of an object in its namespace directory.
///
/// The name itself, but for what a file name cannot have, or a terminal should not print: those bytes are
/// `%` and two hexadecimal digits. What gets longer than a file name may be is `%%` and the SHA-256 of the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileName(CString);

impl FileName {
    pub(super) fn of(name: &Name) -> Self {
        let wtf8 = name.as_wtf8();
        let mut encoded = Vec::with_capacity(wtf8.len().min(MAX) + 8);
        for (at, &byte) in wtf8.iter().enumerate() {
            let is_plain =
                !matches!(byte, 0..=0x1f | 0x7f | b'/' | b'%') && (at > 0 || byte != b'.');
            if is_plain {
                encoded.push(byte);
            } else {
                encoded.push(b'%');
                encoded.extend(hex(byte));
            }
            if encoded.len() > MAX {
                return Self::of_hash(wtf8);
            }
        }
        Self::from_bytes(&encoded).expect("NUL is escaped")
    }

    /// A name that was read from a directory or a control page; `None` if it cannot be one.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let is_special = matches!(bytes, b"" | b"." | b"..") || bytes.contains(&b'/');
        (!is_special && bytes.len() <= MAX).then(|| CString::new(bytes).ok().map(Self))?
    }

    fn of_hash(wtf8: &[u8]) -> Self {
        let mut encoded = b"%%".to_vec();
        for byte in Sha256::digest(wtf8) {
            encoded.extend(hex(byte));
        }
        Self(CString::new(encoded).expect("digits and marks"))
    }

    pub(super) fn as_c_str(&self) -> &CStr {
        &self.0
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
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
