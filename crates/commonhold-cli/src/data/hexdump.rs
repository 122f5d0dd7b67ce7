//! Bytes as `hexdump -C` shows them.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

/// Bytes in a line.
pub const LINE: usize = 16;

const DIGITS: &[u8; 16] = b"0123456789abcdef";
const MARK: Style = AnsiColor::Red.on_default().bold();

/// Bytes one after the other, lines that repeat the one before shown as one `*`.
#[derive(Default)]
pub struct Hexdump {
    last: Option<[u8; LINE]>,
    is_repeating: bool,
}

impl Hexdump {
    /// Appends lines; all but the last call must give whole ones.
    pub fn append(&mut self, to: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
        for (offset, line) in (offset..).step_by(LINE).zip(bytes.chunks(LINE)) {
            let whole = <[u8; LINE]>::try_from(line).ok();
            if whole.is_none() || whole != self.last {
                append_line(to, offset, line);
                self.is_repeating = false;
            } else if !self.is_repeating {
                to.extend(b"*\n");
                self.is_repeating = true;
            }
            self.last = whole;
        }
    }

    /// Appends where it ends.
    pub fn end(to: &mut Vec<u8>, offset: u64) {
        append_offset(to, offset);
        to.push(b'\n');
    }
}

/// Appends one line.
pub fn append_line(to: &mut Vec<u8>, offset: u64, line: &[u8]) {
    append_marked(to, offset, line, |_| false);
}

/// Appends one line, some of its bytes in colour.
pub fn append_marked(
    to: &mut Vec<u8>,
    offset: u64,
    line: &[u8],
    is_marked: impl Fn(usize) -> bool,
) {
    append_offset(to, offset);
    for at in 0..LINE {
        to.extend(if at % 8 == 0 { &b"  "[..] } else { b" " });
        match line.get(at) {
            Some(byte) => mark(to, is_marked(at), &digits(*byte)),
            None => to.extend(b"  "),
        }
    }
    to.extend(b"  |");
    for (at, &byte) in line.iter().enumerate() {
        let shown = if matches!(byte, b' '..=b'~') {
            byte
        } else {
            b'.'
        };
        mark(to, is_marked(at), &[shown]);
    }
    to.extend(b"|\n");
}

fn mark(to: &mut Vec<u8>, is_marked: bool, shown: &[u8]) {
    if is_marked {
        // Nothing is refused by a vector.
        let _ = write!(to, "{MARK}");
        to.extend(shown);
        let _ = write!(to, "{MARK:#}");
    } else {
        to.extend(shown);
    }
}

fn digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)])
}

/// At least eight digits.
fn append_offset(to: &mut Vec<u8>, offset: u64) {
    let bytes = offset.to_be_bytes();
    let digits = bytes.map(digits);
    let digits = digits.as_flattened();
    let zeros = offset.leading_zeros() as usize / 4;
    to.extend(&digits[zeros.min(digits.len() - 8)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(offset: u64, bytes: &[u8]) -> String {
        let mut shown = Vec::new();
        Hexdump::default().append(&mut shown, offset, bytes);
        Hexdump::end(&mut shown, offset + bytes.len() as u64);
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn it_looks_like_hexdump() {
        let mut bytes = b"frame\0\xff\x7f 8 bytes on~".to_vec();
        bytes.resize(64, 0);
        bytes.extend(b"end");
        assert_eq!(
            dump(0x1000, &bytes),
            "\
00001000  66 72 61 6d 65 00 ff 7f  20 38 20 62 79 74 65 73  |frame... 8 bytes|
00001010  20 6f 6e 7e 00 00 00 00  00 00 00 00 00 00 00 00  | on~............|
00001020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
00001040  65 6e 64                                          |end|
00001043
"
        );
    }

    #[test]
    fn offsets_grow_beyond_eight_digits() {
        assert!(dump(0xffff_fff0, &[0; 17]).starts_with("fffffff0  "));
        assert!(dump(0xffff_fff0, &[0; 17]).ends_with("\n100000001\n"));
    }

    #[test]
    fn marks_are_around_single_bytes() {
        let mut shown = Vec::new();
        append_marked(&mut shown, 0, b"abc", |at| at == 1);
        let shown = String::from_utf8(shown).unwrap();
        let marked = |text: &str| format!("{MARK}{text}{MARK:#}");
        assert!(
            shown.contains(&format!("61 {} 63", marked("62"))),
            "{shown}"
        );
        assert!(
            shown.ends_with(&format!("|a{}c|\n", marked("b"))),
            "{shown}"
        );
    }
}
