//! One insert of a message: `%1`, or `%1!04x!` with a format.

use super::conversion::{Amount, Format, MOST, extended};
use crate::failure::Result;

/// What the program gives for the inserts, each of which is a number or a pointer to a string.
pub(crate) trait Inserts {
    /// The one of this index, from 0 on.
    fn number(&mut self, index: usize) -> Result<u64>;
    /// The string of this index, of which no more than `limit` characters are wanted; none for null.
    fn string(
        &mut self,
        index: usize,
        is_wide: bool,
        limit: Option<usize>,
    ) -> Result<Option<String>>;
}

/// The text for the insert of this index. A `*` takes what stands at the index, and the insert is the next one then.
pub(crate) fn text(
    format: &str,
    index: usize,
    is_wide: bool,
    inserts: &mut dyn Inserts,
) -> Result<String> {
    let mut format = Format::read(format.as_bytes())?;
    let mut index = index;
    let mut given = |amount: Amount| -> Result<i64> {
        match amount {
            Amount::Fixed(number) => Ok(i64::try_from(number).unwrap_or(0)),
            Amount::Given => {
                index += 1;
                // An `int`.
                Ok(extended(inserts.number(index - 1)?, 32))
            }
        }
    };
    let width = given(format.width)?;
    let precision = format.precision.map(&mut given).transpose()?;
    format.is_left |= width < 0;
    let most = |number: u64| usize::try_from(number).map_or(MOST, |it| it.min(MOST));
    let width = most(width.unsigned_abs());
    // A negative one is none.
    let precision = precision.and_then(|it| u64::try_from(it).ok()).map(most);
    match format.kind {
        b's' | b'S' => {
            let is_wide = format.is_wide.unwrap_or(is_wide == (format.kind == b's'));
            let string = inserts.string(index, is_wide, precision)?;
            let string = string.as_deref().unwrap_or("(null)");
            let string: String = string
                .chars()
                .take(precision.unwrap_or(usize::MAX))
                .collect();
            Ok(format.pad(&string, width, None))
        }
        b'c' | b'C' => {
            let code = u32::try_from(inserts.number(index)? & 0xffff).unwrap_or(0);
            let is_wide = format.is_wide.unwrap_or(is_wide == (format.kind == b'c'));
            // One byte of UTF-8 is a character only if it is ASCII.
            let code = if is_wide { code } else { code & 0xff };
            let character = char::from_u32(code).filter(|it| is_wide || it.is_ascii());
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            Ok(format.pad(character.encode_utf8(&mut [0; 4]), width, None))
        }
        _ => {
            let (number, prefix) = format.number(inserts.number(index)?, precision)?;
            // With a precision, the zeros are there already.
            let prefix = Some(prefix).filter(|_| precision.is_none());
            Ok(format.pad(&number, width, prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    /// Numbers, and strings behind them.
    struct Given;

    impl Inserts for Given {
        fn number(&mut self, index: usize) -> Result<u64> {
            Ok([42, 7_u64.wrapping_neg(), 5, 2, 0x20ac][index])
        }

        fn string(
            &mut self,
            index: usize,
            is_wide: bool,
            _limit: Option<usize>,
        ) -> Result<Option<String>> {
            Ok((index < 9).then(|| {
                if is_wide {
                    "wide".into()
                } else {
                    "narrow".into()
                }
            }))
        }
    }

    fn formatted(format: &str, index: usize) -> String {
        text(format, index, false, &mut Given).unwrap()
    }

    #[test]
    fn numbers_are_as_printf_has_them() {
        let examples = [
            ("d", 0, "42"),
            ("+d", 0, "+42"),
            (" d", 0, " 42"),
            ("08x", 0, "0000002a"),
            ("#x", 0, "0x2a"),
            ("#06X", 0, "0X002A"),
            ("#o", 0, "052"),
            ("5d", 0, "   42"),
            ("-5d", 0, "42   "),
            (".5d", 0, "00042"),
            ("08.5d", 0, "   00042"),
            ("p", 0, "000000000000002A"),
            ("d", 1, "-7"),
            ("05i", 1, "-0007"),
            ("u", 1, "4294967289"),
            ("lu", 1, "4294967289"),
            ("hu", 1, "65529"),
            ("I64d", 1, "-7"),
            ("llx", 1, "fffffffffffffff9"),
            ("c", 0, "*"),
            ("lc", 4, "\u{20ac}"),
            ("*d", 2, "    2"),
        ];
        for (format, index, expected) in examples {
            assert_eq!(formatted(format, index), expected, "{format}");
        }
    }

    #[test]
    fn strings_are_of_the_form_that_the_format_says() {
        let examples = [
            ("s", 5, "narrow"),
            ("S", 5, "wide"),
            ("ls", 5, "wide"),
            ("hS", 5, "narrow"),
            (".2s", 5, "na"),
            ("8s", 5, "  narrow"),
            ("-8s", 5, "narrow  "),
            ("s", 9, "(null)"),
            ("*.*s", 2, "   na"),
        ];
        for (format, index, expected) in examples {
            assert_eq!(formatted(format, index), expected, "{format}");
        }
        assert_eq!(text("s", 5, true, &mut Given).unwrap(), "wide");
        assert_eq!(text("S", 5, true, &mut Given).unwrap(), "narrow");
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for format in ["", "5", "f", "q", "dd", "lI64d", "%"] {
            let refused = text(format, 0, false, &mut Given);
            assert_eq!(refused, Err(Failure::INVALID_PARAMETER), "{format}");
        }
    }
}
