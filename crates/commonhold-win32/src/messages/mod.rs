//! `FormatMessage`: finds a message, puts into it what the program gives, and makes lines of it.

mod conversion;
mod insert;
mod layout;
mod system;
mod texts;

pub(crate) use insert::Inserts;
use layout::{Layout, Width};

use crate::failure::{Failure, Result};

const IGNORE_INSERTS: u32 = 0x200;
const FROM_STRING: u32 = 0x400;
const FROM_MODULE: u32 = 0x800;
const FROM_SYSTEM: u32 = 0x1000;

/// `FORMAT_MESSAGE_ALLOCATE_BUFFER`.
pub(crate) const ALLOCATE_BUFFER: u32 = 0x100;
/// `FORMAT_MESSAGE_ARGUMENT_ARRAY`.
pub(crate) const ARGUMENT_ARRAY: u32 = 0x2000;

/// What a call asks for.
pub(crate) struct Request {
    pub(crate) flags: u32,
    /// The message itself, where the flags say so.
    pub(crate) source: Option<String>,
    pub(crate) code: u32,
    pub(crate) language: u32,
    /// The function's form, which strings are of if the format does not say otherwise.
    pub(crate) is_wide: bool,
}

/// Whether the source is the message, and has to be read.
pub(crate) fn is_from_string(flags: u32) -> bool {
    flags & FROM_STRING != 0
}

/// The message's text, which is never empty.
pub(crate) fn format(request: &Request, inserts: &mut dyn Inserts) -> Result<String> {
    let system;
    let message = if is_from_string(request.flags) {
        let source = request.source.as_deref();
        source.ok_or(Failure::INVALID_PARAMETER)?
    } else if request.flags & FROM_SYSTEM != 0 {
        if !system::speaks(request.language) {
            return Err(Failure::RESOURCE_LANG_NOT_FOUND);
        }
        let text = system::text(request.code).ok_or(Failure::MR_MID_NOT_FOUND)?;
        system = format!("{text}\r\n");
        &system
    } else if request.flags & FROM_MODULE != 0 {
        // No program of Linux has a table of messages.
        return Err(Failure::RESOURCE_DATA_NOT_FOUND);
    } else {
        return Err(Failure::INVALID_PARAMETER);
    };
    let text = expand(message, request, inserts)?;
    if text.is_empty() {
        return Err(Failure::NO_WORK_DONE);
    }
    Ok(text)
}

fn expand(message: &str, request: &Request, inserts: &mut dyn Inserts) -> Result<String> {
    let ignores_inserts = request.flags & IGNORE_INSERTS != 0;
    let mut layout = Layout::new(Width::of(request.flags));
    let mut rest = message.chars();
    while let Some(character) = rest.next() {
        match character {
            '\r' => {
                if rest.as_str().starts_with('\n') {
                    rest.next();
                }
                layout.line_break();
            }
            '\n' => layout.line_break(),
            '%' => match rest.next().ok_or(Failure::INVALID_PARAMETER)? {
                '0' => break,
                'n' => layout.end_line(),
                'r' => layout.insert("\r"),
                't' => layout.insert("\t"),
                digit @ '1'..='9' if !ignores_inserts => {
                    let (index, format);
                    (index, format, rest) = reference(digit, rest.as_str())?;
                    layout.insert(&insert::text(format, index, request.is_wide, inserts)?);
                }
                other => {
                    if ignores_inserts {
                        layout.character('%');
                    }
                    layout.character(other);
                }
            },
            _ => layout.character(character),
        }
    }
    Ok(layout.finish())
}

/// Reads what refers to an insert: its index, its format, and what comes behind.
fn reference(first: char, text: &str) -> Result<(usize, &str, std::str::Chars<'_>)> {
    let mut number = first.to_digit(10).unwrap_or(1);
    let mut rest = text;
    // No number has more than two digits.
    let digit = |text: &str| text.chars().next().and_then(|it| it.to_digit(10));
    if let Some(second) = digit(rest) {
        number = number * 10 + second;
        rest = &rest[1..];
    }
    let mut format = "s";
    if let Some(formatted) = rest.strip_prefix('!') {
        (format, rest) = formatted
            .split_once('!')
            .ok_or(Failure::INVALID_PARAMETER)?;
    }
    // From 1 to 99.
    Ok((number as usize - 1, format, rest.chars()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Letters;

    impl Inserts for Letters {
        fn number(&mut self, index: usize) -> Result<u64> {
            Ok(index as u64)
        }

        fn string(&mut self, index: usize, _: bool, _: Option<usize>) -> Result<Option<String>> {
            Ok(Some(format!("<{index}>")))
        }
    }

    fn formatted(flags: u32, source: &str) -> Result<String> {
        let request = Request {
            flags: FROM_STRING | flags,
            source: Some(source.into()),
            code: 0,
            language: 0,
            is_wide: false,
        };
        format(&request, &mut Letters)
    }

    fn of_system(flags: u32, code: u32, language: u32) -> Result<String> {
        let request = Request {
            flags,
            source: None,
            code,
            language,
            is_wide: true,
        };
        format(&request, &mut Letters)
    }

    #[test]
    fn inserts_and_escapes_are_put_in() {
        let examples = [
            ("%2 %1!d! %10%99", "<1> 0 <9><98>"),
            ("%100", "<9>0"),
            ("%1!s!!", "<0>!"),
            ("%%|%n|%0tail", "%|\r\n|"),
            ("a%!b%.c% d%tz%b", "a!b.c d\tzb"),
            ("line\r\nmore\nx\ry", "line\r\nmore\r\nx\r\ny"),
        ];
        for (source, expected) in examples {
            assert_eq!(formatted(0, source).as_deref(), Ok(expected), "{source}");
        }
        for source in ["%", "%1!s", "%1!"] {
            let refused = formatted(0, source);
            assert_eq!(refused, Err(Failure::INVALID_PARAMETER), "{source}");
        }
        for source in ["", "%0a"] {
            assert_eq!(formatted(0, source), Err(Failure::NO_WORK_DONE));
        }
    }

    #[test]
    fn inserts_can_be_left_alone() {
        let examples = [
            ("%1 %% %n %0 x", "%1 %% \r\n "),
            ("%! %. %t| %1!s! %d", "%! %. \t| %1!s! %d"),
        ];
        for (source, expected) in examples {
            assert_eq!(formatted(IGNORE_INSERTS, source).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn the_system_has_texts_in_its_language() {
        let denied = of_system(FROM_SYSTEM, 5, 0).unwrap();
        assert!(denied.ends_with(".\r\n"));
        assert_eq!(of_system(FROM_SYSTEM, 0x8007_0005, 0x409).unwrap(), denied);
        let one_line = of_system(FROM_SYSTEM | 0xff, 5, 0x400).unwrap();
        assert_eq!(one_line, denied.replace("\r\n", " "));
        let refused = |flags, code, language| of_system(flags, code, language).unwrap_err();
        assert_eq!(
            refused(FROM_SYSTEM, 0x3fff_ffff, 0),
            Failure::MR_MID_NOT_FOUND
        );
        assert_eq!(
            refused(FROM_SYSTEM, 5, 0x407),
            Failure::RESOURCE_LANG_NOT_FOUND
        );
        assert_eq!(refused(FROM_MODULE, 5, 0), Failure::RESOURCE_DATA_NOT_FOUND);
        assert_eq!(refused(IGNORE_INSERTS, 5, 0), Failure::INVALID_PARAMETER);
    }
}
