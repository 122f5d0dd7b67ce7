//! The one error type: a Win32 code, what was tried, and why it was refused.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::Name;

/// A specialized result: every fallible operation of this crate returns it.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $win32:literal, $says:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* #[doc(alias = $win32)] pub const $name: Self = Self($value);)*

            /// The Win32 name of the code, such as `ERROR_FILE_NOT_FOUND`, or `None` for a code this
            /// crate never returns itself.
            pub const fn win32_name(self) -> Option<&'static str> {
                match self.0 { $($value => Some($win32),)* _ => None }
            }

            const fn says(self) -> &'static str {
                match self.0 { $($value => $says,)* _ => "the system refused it" }
            }
        }
    };
}

/// What went wrong, as the number that Windows gives for it.
///
/// A newtype and not an enum, so that a code from elsewhere stays representable.
///
/// ```
/// use commonhold::ErrorCode;
/// assert_eq!(ErrorCode::FILE_NOT_FOUND.get(), 2);
/// assert_eq!(ErrorCode::FILE_NOT_FOUND.win32_name(), Some("ERROR_FILE_NOT_FOUND"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct ErrorCode(u32);

error_codes! {
    /// No object has the name.
    FILE_NOT_FOUND = 2, "ERROR_FILE_NOT_FOUND", "no object has this name";
    /// The name has a `\` after something that is not a namespace, or the namespace is absent.
    PATH_NOT_FOUND = 3, "ERROR_PATH_NOT_FOUND", "the namespace does not exist";
    /// The process has no descriptor left.
    TOO_MANY_OPEN_FILES = 4, "ERROR_TOO_MANY_OPEN_FILES", "no file descriptor is left; raise `ulimit -n`";
    /// The handle, the file or the object does not give the rights that the call needs.
    ACCESS_DENIED = 5, "ERROR_ACCESS_DENIED", "access is denied";
    /// Not a handle, or the handle or name of an object of another type.
    INVALID_HANDLE = 6, "ERROR_INVALID_HANDLE", "it is not an object of this type";
    /// Memory or address space ran out; also a read-only section larger than its file.
    NOT_ENOUGH_MEMORY = 8, "ERROR_NOT_ENOUGH_MEMORY", "there is not enough memory";
    /// The kernel refused for a reason that has no code of its own.
    GEN_FAILURE = 31, "ERROR_GEN_FAILURE", "the system refused it";
    /// The system cannot do this at all.
    NOT_SUPPORTED = 50, "ERROR_NOT_SUPPORTED", "this system cannot do it";
    /// A parameter, or a combination of them, makes no sense.
    INVALID_PARAMETER = 87, "ERROR_INVALID_PARAMETER", "a parameter is wrong";
    /// The other end of a socket is gone.
    BROKEN_PIPE = 109, "ERROR_BROKEN_PIPE", "the other end is closed";
    /// The file system is full.
    DISK_FULL = 112, "ERROR_DISK_FULL", "the file system is full";
    /// The name is empty where it may not be, too long, or has an empty component.
    INVALID_NAME = 123, "ERROR_INVALID_NAME", "the name is not valid";
    /// The name starts with a backslash.
    BAD_PATHNAME = 161, "ERROR_BAD_PATHNAME", "the name may not start with a backslash";
    /// A process that removes the last object of the name was stopped in the middle of it.
    BUSY = 170, "ERROR_BUSY", "it is in use";
    /// `create_new` found an object of that name.
    ALREADY_EXISTS = 183, "ERROR_ALREADY_EXISTS", "an object of this name exists already";
    /// A directory, a pipe, a device: nothing that a section can be made over.
    BAD_EXE_FORMAT = 193, "ERROR_BAD_EXE_FORMAT", "a section cannot be made over this kind of file";
    /// The thread does not own the mutex that it releases.
    NOT_OWNER = 288, "ERROR_NOT_OWNER", "this thread does not own the mutex";
    /// The semaphore would count more than its maximum; it counts what it did.
    TOO_MANY_POSTS = 298, "ERROR_TOO_MANY_POSTS", "the semaphore would count more than its maximum";
    /// An address that is not in a view, or is taken by something else.
    INVALID_ADDRESS = 487, "ERROR_INVALID_ADDRESS", "the address is not usable for this";
    /// The thread owns the mutex as often as can be counted.
    MUTANT_LIMIT_EXCEEDED = 587, "ERROR_MUTANT_LIMIT_EXCEEDED", "the thread owns the mutex too often";
    /// The last owner of the mutex ended without releasing it.
    ABANDONED_WAIT_0 = 735, "ERROR_ABANDONED_WAIT_0", "the last owner of the mutex ended without releasing it";
    /// The view does not allow the access, or the pages are not committed.
    NOACCESS = 998, "ERROR_NOACCESS", "the memory does not allow this access";
    /// The file is empty, or it was cut or replaced under the section.
    FILE_INVALID = 1006, "ERROR_FILE_INVALID", "the file is empty or was changed under the section";
    /// An offset or address that is not a multiple of 64 KiB.
    MAPPED_ALIGNMENT = 1132, "ERROR_MAPPED_ALIGNMENT", "it is not a multiple of 64 KiB";
    /// An object of a layout version that this build does not know.
    REVISION_MISMATCH = 1306, "ERROR_REVISION_MISMATCH", "it was made by another version of Commonhold";
    /// Something in the namespace directory that is no object, or was damaged.
    FILE_CORRUPT = 1392, "ERROR_FILE_CORRUPT", "it is damaged, or no Commonhold object at all";
    /// A kernel resource other than memory ran out, such as large pages.
    NO_SYSTEM_RESOURCES = 1450, "ERROR_NO_SYSTEM_RESOURCES", "the system has not enough of what it needs";
    /// The memory that backs sections cannot hold one of this size.
    COMMITMENT_LIMIT = 1455, "ERROR_COMMITMENT_LIMIT", "there is not enough shared memory";
}

impl ErrorCode {
    /// The code with this number, whether or not this crate has a constant for it.
    pub const fn new(code: u32) -> Self {
        Self(code)
    }

    /// The number, as `GetLastError` gives it on Windows.
    #[doc(alias = "GetLastError")]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.win32_name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "ErrorCode({})", self.0),
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says())
    }
}

/// An operation that was refused: its [code](Error::code), what was tried, and why.
///
/// `Display` is one sentence, with the remedy where there is one:
///
/// ```
/// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
/// # use commonhold::{ErrorCode, Section};
/// let error = Section::open("no-such-object").unwrap_err();
/// assert_eq!(error.code(), ErrorCode::FILE_NOT_FOUND);
/// assert_eq!(
///     error.to_string(),
///     "cannot open section \"no-such-object\": no object has this name, which is case-sensitive \
///      (error 2)",
/// );
/// ```
pub struct Error(Box<Report>);

struct Report {
    code: ErrorCode,
    tried: &'static str,
    name: Option<Name>,
    path: Option<PathBuf>,
    because: Option<String>,
    source: Option<io::Error>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, tried: &'static str) -> Self {
        Self(Box::new(Report {
            code,
            tried,
            name: None,
            path: None,
            because: None,
            source: None,
        }))
    }

    /// Says why, with the remedy where there is one, in place of the code's general sentence.
    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        self.0.because = Some(why.into());
        self
    }

    pub(crate) fn named(mut self, name: &Name) -> Self {
        self.0.name = Some(name.clone());
        self
    }

    pub(crate) fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    pub(crate) fn caused_by(mut self, source: impl Into<io::Error>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong, as the number that Windows gives for it.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The name of the object that was tried, if it had one.
    pub fn name(&self) -> Option<&Name> {
        self.0.name.as_ref()
    }

    /// The file or directory that stood in the way, if one did.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }
}

impl Error {
    /// What the system itself said, if it was asked; [`Display`](fmt::Display) has it, too.
    pub fn system_error(&self) -> Option<&io::Error> {
        self.0.source.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &*self.0;
        write!(f, "cannot {}", report.tried)?;
        if let Some(name) = &report.name {
            write!(f, " \"{name}\"")?;
        }
        if let Some(path) = &report.path {
            write!(f, " ({})", path.display())?;
        }
        match &report.because {
            Some(why) => write!(f, ": {why}")?,
            None => write!(f, ": {}", report.code)?,
        }
        if let Some(source) = &report.source {
            write!(f, ": {source}")?;
        }
        write!(f, " (error {})", report.code.get())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.code)
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.code() {
            ErrorCode::FILE_NOT_FOUND | ErrorCode::PATH_NOT_FOUND => io::ErrorKind::NotFound,
            ErrorCode::ACCESS_DENIED => io::ErrorKind::PermissionDenied,
            ErrorCode::ALREADY_EXISTS => io::ErrorKind::AlreadyExists,
            ErrorCode::INVALID_PARAMETER | ErrorCode::INVALID_NAME | ErrorCode::INVALID_HANDLE => {
                io::ErrorKind::InvalidInput
            }
            ErrorCode::NOT_ENOUGH_MEMORY | ErrorCode::COMMITMENT_LIMIT => {
                io::ErrorKind::OutOfMemory
            }
            ErrorCode::NOT_SUPPORTED => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_sentence_with_what_was_tried() {
        let error = Error::new(ErrorCode::COMMITMENT_LIMIT, "create section")
            .named(&Name::try_from("frames").unwrap())
            .because("only 61 MiB are free");
        assert_eq!(
            error.to_string(),
            "cannot create section \"frames\": only 61 MiB are free (error 1455)"
        );
        assert_eq!(error.name().unwrap().to_string(), "frames");
    }

    #[test]
    fn codes_print_their_win32_names_and_unknown_ones_their_number() {
        assert_eq!(
            format!("{:?}", ErrorCode::ACCESS_DENIED),
            "ERROR_ACCESS_DENIED (5)"
        );
        assert_eq!(format!("{:?}", ErrorCode::new(4711)), "ErrorCode(4711)");
    }

    #[test]
    fn an_error_fits_in_a_word() {
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }
}
