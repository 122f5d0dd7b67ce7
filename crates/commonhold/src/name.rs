//! Names of objects: their namespaces, and the rules of what is a name at all.

use std::fmt;

use crate::{Error, ErrorCode, Result};

/// The longest name that Windows takes, in UTF-16 units, namespace prefix included.
const MAX_UTF16_UNITS: usize = 32_766;

/// Who can see a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The processes of one user (on Windows, of one session): `Local\` or no prefix.
    Local,
    /// Every process of the machine: `Global\`.
    Global,
}

/// The name of an object: `frames`, `Local\frames` (the same object) or `Global\frames`.
///
/// Names are case-sensitive, may hold any Unicode character but NUL, and are shared by all types of
/// objects. A backslash only ends a namespace; a slash is a character like any other. Names
/// from Windows strings may hold unpaired surrogates: see the conversion from `&[u16]`.
///
/// Every function that takes a name takes a `&str` too.
///
/// ```
/// use commonhold::{ErrorCode, Name, Scope};
/// let name = Name::try_from(r"Global\frames")?;
/// assert_eq!((name.scope(), name.to_string()), (Scope::Global, r"Global\frames".into()));
/// assert_eq!(Name::try_from("frames")?, Name::try_from(r"Local\frames")?);
/// assert_eq!(Name::try_from(r"a\b").unwrap_err().code(), ErrorCode::PATH_NOT_FOUND);
/// # Ok::<(), commonhold::Error>(())
/// ```
///
/// # Errors
///
/// As Windows has them: `BAD_PATHNAME` for a leading backslash, `PATH_NOT_FOUND` for a backslash after
/// anything but `Local` and `Global`, `INVALID_NAME` for an empty component after those, for NUL, and beyond
/// 32766 UTF-16 units, `INVALID_HANDLE` for a namespace's own name (`Local`). The empty name creates an
/// object without a name, and opens none.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    scope: Scope,
    /// What follows the prefix, in WTF-8: UTF-8 that may also encode unpaired surrogates.
    wtf8: Box<[u8]>,
}

impl Name {
    /// Which namespace the name is in.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The name without its prefix, in WTF-8: UTF-8, but for unpaired surrogates.
    pub fn as_wtf8(&self) -> &[u8] {
        &self.wtf8
    }

    /// Whether it is the empty name, which no object has.
    pub fn is_empty(&self) -> bool {
        self.wtf8.is_empty()
    }

    fn parse(wtf8: &[u8], utf16_units: usize) -> Result<Self> {
        let refuse = |code, why: &str| {
            Err(Error::new(code, "use this name")
                .because(format!("{why}: \"{}\"", Shown(abbreviated(wtf8)))))
        };
        if utf16_units > MAX_UTF16_UNITS {
            return refuse(
                ErrorCode::INVALID_NAME,
                "a name has at most 32766 UTF-16 units",
            );
        }
        if wtf8.contains(&0) {
            return refuse(ErrorCode::INVALID_NAME, "a name has no NUL character");
        }
        let Some(end) = wtf8.iter().position(|&byte| byte == b'\\') else {
            return match wtf8 {
                b"Local" | b"Global" | b"Session" => {
                    refuse(ErrorCode::INVALID_HANDLE, "it is the name of a namespace")
                }
                _ => Ok(Self {
                    scope: Scope::Local,
                    wtf8: wtf8.into(),
                }),
            };
        };
        let rest = &wtf8[end + 1..];
        let scope = match &wtf8[..end] {
            b"" => {
                return refuse(
                    ErrorCode::BAD_PATHNAME,
                    "a name does not start with a backslash",
                );
            }
            b"Local" => Scope::Local,
            b"Global" => Scope::Global,
            _ => {
                return refuse(
                    ErrorCode::PATH_NOT_FOUND,
                    "a backslash may only follow Local or Global",
                );
            }
        };
        match rest.iter().position(|&byte| byte == b'\\') {
            _ if rest.is_empty() => {
                refuse(ErrorCode::INVALID_NAME, "no name follows the namespace")
            }
            Some(0) => refuse(
                ErrorCode::INVALID_NAME,
                "two backslashes have no name between them",
            ),
            Some(_) => refuse(
                ErrorCode::PATH_NOT_FOUND,
                "a namespace holds no further namespaces",
            ),
            None => Ok(Self {
                scope,
                wtf8: rest.into(),
            }),
        }
    }
}

impl TryFrom<&str> for Name {
    type Error = Error;

    fn try_from(name: &str) -> Result<Self> {
        // Counting UTF-16 units is needed only where there could be too many.
        let units = if name.len() > MAX_UTF16_UNITS {
            name.encode_utf16().count()
        } else {
            name.len()
        };
        Self::parse(name.as_bytes(), units)
    }
}

impl TryFrom<&String> for Name {
    type Error = Error;

    fn try_from(name: &String) -> Result<Self> {
        Self::try_from(name.as_str())
    }
}

impl TryFrom<String> for Name {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::try_from(name.as_str())
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        name.clone()
    }
}

/// A name in UTF-16, unpaired surrogates included, as Windows programs have it; without a final NUL.
impl TryFrom<&[u16]> for Name {
    type Error = Error;

    fn try_from(utf16: &[u16]) -> Result<Self> {
        let mut wtf8 = Vec::with_capacity(utf16.len());
        for unit in char::decode_utf16(utf16.iter().copied()) {
            match unit {
                Ok(character) => {
                    wtf8.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Err(unpaired) => {
                    wtf8.extend_from_slice(&encode_surrogate(unpaired.unpaired_surrogate()));
                }
            }
        }
        Self::parse(&wtf8, utf16.len())
    }
}

/// The three bytes that UTF-8's scheme has for a surrogate, which UTF-8 itself forbids.
#[allow(
    clippy::cast_possible_truncation,
    reason = "each value is masked to its byte"
)]
fn encode_surrogate(surrogate: u16) -> [u8; 3] {
    [
        0xe0 | (surrogate >> 12) as u8,
        0x80 | (surrogate >> 6 & 0x3f) as u8,
        0x80 | (surrogate & 0x3f) as u8,
    ]
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scope == Scope::Global {
            f.write_str(r"Global\")?;
        }
        Shown(&self.wtf8).fmt(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// The start of what may be a very long name, cut between characters.
fn abbreviated(wtf8: &[u8]) -> &[u8] {
    const SHOWN: usize = 100;
    if wtf8.len() <= SHOWN {
        return wtf8;
    }
    let is_continuation = |at: &usize| wtf8[*at] & 0xc0 == 0x80;
    let end = (1..=SHOWN).rev().find(|at| !is_continuation(at));
    &wtf8[..end.unwrap_or(SHOWN)]
}

/// WTF-8 for people: what is not text shows as U+FFFD, control characters escaped.
struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in String::from_utf8_lossy(self.0).chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                fmt::Write::write_char(f, character)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(name: &str) -> ErrorCode {
        Name::try_from(name).unwrap_err().code()
    }

    #[test]
    fn backslashes_are_separators_as_windows_has_them() {
        assert_eq!(code(r"dir\x"), ErrorCode::PATH_NOT_FOUND);
        assert_eq!(code(r"dir\"), ErrorCode::PATH_NOT_FOUND);
        assert_eq!(code(r"dir\\x"), ErrorCode::PATH_NOT_FOUND);
        assert_eq!(code(r"Session\1"), ErrorCode::PATH_NOT_FOUND);
        assert_eq!(code(r"local\x"), ErrorCode::PATH_NOT_FOUND);
        assert_eq!(code(r"\x"), ErrorCode::BAD_PATHNAME);
        assert_eq!(code(r"Local\"), ErrorCode::INVALID_NAME);
        assert_eq!(code(r"Local\\x"), ErrorCode::INVALID_NAME);
        assert_eq!(code(r"Local\a\b"), ErrorCode::PATH_NOT_FOUND);
    }

    #[test]
    fn namespaces_are_objects_of_another_type() {
        for name in ["Local", "Global", "Session"] {
            assert_eq!(code(name), ErrorCode::INVALID_HANDLE, "{name}");
        }
    }

    #[test]
    fn the_length_limit_counts_utf16_units() {
        assert!(Name::try_from("x".repeat(32_766)).is_ok());
        assert_eq!(code(&"x".repeat(32_767)), ErrorCode::INVALID_NAME);
        assert!(Name::try_from("\u{20ac}".repeat(32_766)).is_ok());
        assert_eq!(code(&"\u{1f980}".repeat(16_384)), ErrorCode::INVALID_NAME);
        let wide = vec![u16::from(b'x'); 32_767];
        assert_eq!(
            Name::try_from(wide.as_slice()).unwrap_err().code(),
            ErrorCode::INVALID_NAME
        );
    }

    #[test]
    fn nul_is_refused_and_a_slash_is_a_character() {
        assert_eq!(code("a\0b"), ErrorCode::INVALID_NAME);
        assert!(Name::try_from("a/b").is_ok());
    }

    #[test]
    fn unpaired_surrogates_make_distinct_names() {
        let name = |units: &[u16]| Name::try_from(units).unwrap();
        assert_ne!(name(&[0xd800]), name(&[0xd801]));
        assert_eq!(name(&[0xdc80]).as_wtf8(), [0xed, 0xb2, 0x80]);
        assert_eq!(
            name(&[0xd83e, 0xdd80]),
            Name::try_from("\u{1f980}").unwrap()
        );
    }

    proptest! {
        #[test]
        fn no_name_panics_and_both_encodings_agree(text in any::<String>()) {
            let utf16: Vec<u16> = text.encode_utf16().collect();
            let (one, other) = (Name::try_from(text), Name::try_from(utf16.as_slice()));
            prop_assert_eq!(one.map_err(|e| e.code()).ok(), other.map_err(|e| e.code()).ok());
        }

        #[test]
        fn distinct_utf16_makes_distinct_names(
            a in prop::collection::vec(0xd700_u16..0xe000, 1..5),
            b in prop::collection::vec(0xd700_u16..0xe000, 1..5),
        ) {
            let names = (Name::try_from(a.as_slice()).unwrap(), Name::try_from(b.as_slice()).unwrap());
            prop_assert_eq!(a == b, names.0 == names.1);
        }

        #[test]
        fn any_utf16_is_a_name_or_an_error(units in prop::collection::vec(any::<u16>(), 0..300)) {
            if let Err(error) = Name::try_from(units.as_slice()) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
