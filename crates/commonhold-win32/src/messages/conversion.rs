//! How an insert is converted: what `printf` has between `%` and the end of a conversion, without floating point.

use crate::failure::{Failure, Result};

/// How many of the bits of a number count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    Short,
    /// `long`, too.
    Normal,
    Long,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Fixed(usize),
    /// `*`: the program gives it.
    Given,
}

/// A format, read.
pub(super) struct Format {
    pub(super) is_left: bool,
    has_zeros: bool,
    is_alternate: bool,
    /// What stands before a number that is not negative.
    sign: &'static str,
    pub(super) width: Amount,
    pub(super) precision: Option<Amount>,
    size: Size,
    /// Whether `h`, `l` or `w` says of what form a string is.
    pub(super) is_wide: Option<bool>,
    pub(super) kind: u8,
}

/// No number needs more, and no memory is spent on what a mistaken format asks for.
pub(super) const MOST: usize = 0xffff;

fn amount(text: &mut &[u8]) -> Amount {
    if let Some(rest) = text.strip_prefix(b"*") {
        *text = rest;
        return Amount::Given;
    }
    let mut number = 0;
    while let Some((digit @ b'0'..=b'9', rest)) = text.split_first() {
        number = (number * 10 + usize::from(digit - b'0')).min(MOST);
        *text = rest;
    }
    Amount::Fixed(number)
}

/// The number that the lowest bits of a word are, with its sign.
#[allow(clippy::cast_possible_wrap, reason = "the highest of them is the sign")]
pub(super) fn extended(word: u64, bits: u32) -> i64 {
    (word << (64 - bits)) as i64 >> (64 - bits)
}

impl Format {
    pub(super) fn read(mut text: &[u8]) -> Result<Self> {
        let mut format = Self {
            is_left: false,
            has_zeros: false,
            is_alternate: false,
            sign: "",
            width: Amount::Fixed(0),
            precision: None,
            size: Size::Normal,
            is_wide: None,
            kind: b's',
        };
        while let Some((flag @ (b'-' | b'0' | b'#' | b'+' | b' '), rest)) = text.split_first() {
            match flag {
                b'-' => format.is_left = true,
                b'0' => format.has_zeros = true,
                b'#' => format.is_alternate = true,
                b'+' => format.sign = "+",
                _ if format.sign.is_empty() => format.sign = " ",
                _ => {}
            }
            text = rest;
        }
        format.width = amount(&mut text);
        if let Some(rest) = text.strip_prefix(b".") {
            text = rest;
            format.precision = Some(amount(&mut text));
        }
        let sizes: [(&[u8], Size, Option<bool>); 8] = [
            (b"I64", Size::Long, None),
            (b"I32", Size::Normal, None),
            (b"I", Size::Long, None),
            (b"ll", Size::Long, None),
            (b"hh", Size::Short, Some(false)),
            (b"h", Size::Short, Some(false)),
            (b"l", Size::Normal, Some(true)),
            (b"w", Size::Normal, Some(true)),
        ];
        for (prefix, size, is_wide) in sizes {
            if let Some(rest) = text.strip_prefix(prefix) {
                (format.size, format.is_wide, text) = (size, is_wide, rest);
                break;
            }
        }
        match text {
            &[kind] => format.kind = kind,
            _ => return Err(Failure::INVALID_PARAMETER),
        }
        Ok(format)
    }

    /// The text that is to be padded, and how much of it stands before zeros.
    pub(super) fn number(&self, value: u64, precision: Option<usize>) -> Result<(String, usize)> {
        let bits = match self.size {
            _ if self.kind == b'p' => 64,
            Size::Short => 16,
            Size::Normal => 32,
            Size::Long => 64,
        };
        let unused = 64 - bits;
        let unsigned = value << unused >> unused;
        let mut prefix = "";
        let mut digits = match self.kind {
            b'd' | b'i' => {
                let signed = extended(value, bits);
                prefix = if signed < 0 { "-" } else { self.sign };
                signed.unsigned_abs().to_string()
            }
            b'u' => unsigned.to_string(),
            b'x' => format!("{unsigned:x}"),
            b'X' => format!("{unsigned:X}"),
            b'o' => format!("{unsigned:o}"),
            b'p' => format!("{unsigned:016X}"),
            _ => return Err(Failure::INVALID_PARAMETER),
        };
        if self.is_alternate && unsigned != 0 {
            prefix = match self.kind {
                b'x' => "0x",
                b'X' => "0X",
                b'o' => "0",
                _ => prefix,
            };
        }
        if let Some(precision) = precision {
            digits = format!("{digits:0>precision$}");
        }
        Ok((format!("{prefix}{digits}"), prefix.len()))
    }

    pub(super) fn pad(&self, text: &str, width: usize, before_zeros: Option<usize>) -> String {
        match before_zeros {
            _ if self.is_left => format!("{text:width$}"),
            Some(prefix) if self.has_zeros => {
                let (prefix, digits) = text.split_at(prefix);
                let digits_width = width.saturating_sub(prefix.len());
                format!("{prefix}{digits:0>digits_width$}")
            }
            _ => format!("{text:>width$}"),
        }
    }
}
