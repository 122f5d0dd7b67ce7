//! UTF-8 and UTF-16, turned into each other as `MultiByteToWideChar` and `WideCharToMultiByte` do.
//!
//! UTF-8 is the ANSI and the OEM code page of this system, too, and there is no other.

use crate::failure::{Failure, Result};
use crate::platform::text::{Character, Text};

/// The number of UTF-8 (`CP_UTF8`).
pub(crate) const UTF8: u32 = 65001;

/// Refuses code pages that are neither UTF-8 nor the system's own: `CP_ACP`, `CP_OEMCP`, `CP_THREAD_ACP`.
pub(crate) fn check(page: u32) -> Result<()> {
    match page {
        0 | 1 | 3 | UTF8 => Ok(()),
        _ => Err(Failure::INVALID_PARAMETER),
    }
}

/// What stands for what cannot be converted.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The first character, and how many bytes it has; none where they are no UTF-8.
///
/// A sequence that goes wrong counts as one until the byte that does not continue it. The second byte of three or four
/// continues it even if the two make a surrogate or what has a shorter form, but ends it then.
fn first(bytes: &[u8]) -> (Option<char>, usize) {
    let byte = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let lead = byte(0);
    let (length, second) = match lead {
        0..=0x7f => return (Some(char::from(lead)), 1),
        0xc2..=0xdf => (2, 0x80..=0xbf),
        0xe0 => (3, 0xa0..=0xbf),
        0xed => (3, 0x80..=0x9f),
        0xe1..=0xef => (3, 0x80..=0xbf),
        0xf0 => (4, 0x90..=0xbf),
        0xf1..=0xf3 => (4, 0x80..=0xbf),
        0xf4 => (4, 0x80..=0x8f),
        _ => return (None, 1),
    };
    let continues = |index: usize| byte(index) & 0xc0 == 0x80;
    if !continues(1) {
        return (None, 1);
    }
    if !second.contains(&byte(1)) {
        return (None, 2);
    }
    if let Some(wrong) = (2..length).find(|&index| !continues(index)) {
        return (None, wrong);
    }
    let bits = (1..length).fold(u32::from(lead) & (0x7f >> length), |bits, index| {
        bits << 6 | u32::from(byte(index) & 0x3f)
    });
    (char::from_u32(bits), length)
}

fn characters(mut bytes: &[u8]) -> impl Iterator<Item = Option<char>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (character, length) = first(bytes);
        bytes = &bytes[length..];
        Some(character)
    })
}

/// UTF-16 for UTF-8. What is none is `ERROR_NO_UNICODE_TRANSLATION`, or else U+FFFD.
pub(crate) fn to_utf16(bytes: &[u8], is_strict: bool) -> Result<Vec<u16>> {
    let mut units = Vec::with_capacity(bytes.len());
    for character in characters(bytes) {
        if is_strict && character.is_none() {
            return Err(Failure::NO_UNICODE_TRANSLATION);
        }
        let character = character.unwrap_or(REPLACEMENT);
        units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
    }
    Ok(units)
}

/// UTF-8, and whether something had to be replaced in it.
pub(crate) struct Utf8 {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_replaced: bool,
}

/// UTF-8 for UTF-16. Half a surrogate pair is `ERROR_NO_UNICODE_TRANSLATION`, or else U+FFFD.
pub(crate) fn to_utf8(units: &[u16], is_strict: bool) -> Result<Utf8> {
    let mut bytes = Vec::with_capacity(units.len());
    let mut is_replaced = false;
    let mut buffer = [0; 4];
    for character in char::decode_utf16(units.iter().copied()) {
        if let Ok(character) = character {
            bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        } else if is_strict {
            return Err(Failure::NO_UNICODE_TRANSLATION);
        } else {
            is_replaced = true;
            let replacement = REPLACEMENT.encode_utf8(&mut buffer).as_bytes();
            bytes.extend_from_slice(replacement);
        }
    }
    Ok(Utf8 { bytes, is_replaced })
}

/// How much of UTF-8 fits without a character being cut.
pub(crate) fn fitting(bytes: &[u8], room: usize) -> usize {
    if bytes.len() <= room {
        return bytes.len();
    }
    let is_boundary = |&end: &usize| bytes[end] & 0xc0 != 0x80;
    (0..=room).rev().find(is_boundary).unwrap_or(0)
}

/// The form of a function, with which its strings are made.
pub(crate) trait Encoded: Character {
    const IS_WIDE: bool;

    fn encoded(text: &str) -> Vec<Self>;
}

impl Encoded for u8 {
    const IS_WIDE: bool = false;

    fn encoded(text: &str) -> Vec<u8> {
        text.into()
    }
}

impl Encoded for u16 {
    const IS_WIDE: bool = true;

    fn encoded(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }
}

/// A string of either form; null is no string.
pub(crate) fn decoded(text: Text<'_>) -> Option<String> {
    match text {
        Text::None => None,
        Text::Narrow(bytes) => Some(
            characters(bytes)
                .map(|it| it.unwrap_or(REPLACEMENT))
                .collect(),
        ),
        Text::Wide(units) => Some(String::from_utf16_lossy(units)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_utf8_is_what_the_standard_library_says() {
        let leads = [
            0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
            0xef,
        ];
        let more = [0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff, 0x8f, 0x90, 0x9f, 0xa0];
        let all: Vec<u8> = leads.into_iter().chain(more).collect();
        for index in 0..all.len().pow(4) {
            let byte = |place: u32| all[index / all.len().pow(place) % all.len()];
            let bytes = [byte(0), byte(1), byte(2), byte(3)];
            let converted = to_utf16(&bytes, true).ok();
            let expected = std::str::from_utf8(&bytes).map(|it| it.encode_utf16().collect());
            assert_eq!(converted, expected.ok(), "{bytes:x?}");
        }
    }

    #[test]
    fn a_sequence_that_goes_wrong_is_replaced_once() {
        let replaced = |bytes: &[u8]| String::from_utf16(&to_utf16(bytes, false).unwrap()).unwrap();
        assert_eq!(replaced(b"\xf0\x9f\x98("), "\u{fffd}(");
        assert_eq!(replaced(b"\xe2\x28\xa1"), "\u{fffd}(\u{fffd}");
        assert_eq!(replaced(b"\xed\xa0\x80"), "\u{fffd}\u{fffd}");
        assert_eq!(replaced(b"\xf4\x90\x80\x80"), "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn half_a_pair_is_refused_or_replaced() {
        let units = [0x61, 0xd83d, 0x62];
        assert_eq!(
            to_utf8(&units, true).err(),
            Some(Failure::NO_UNICODE_TRANSLATION)
        );
        let made = to_utf8(&units, false).unwrap();
        assert!(made.is_replaced && made.bytes == "a\u{fffd}b".as_bytes());
        assert!(!to_utf8(&[0xd83d, 0xde00], false).unwrap().is_replaced);
    }

    #[test]
    fn no_character_is_cut() {
        let text = "a\u{20ac}b".as_bytes();
        let fits: Vec<usize> = (0..=6).map(|room| fitting(text, room)).collect();
        assert_eq!(fits, [0, 1, 1, 1, 4, 5, 5]);
    }
}
