//! Why a function failed: the code that `GetLastError` gives.

use commonhold::{Error, ErrorCode};

/// What every function of this crate returns before it becomes a C result.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// A Win32 error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) u32);

macro_rules! codes {
    ($($name:ident = $value:literal;)*) => {
        impl Failure { $(pub(crate) const $name: Self = Self($value);)* }
    };
}

codes! {
    INVALID_FUNCTION = 1;
    FILE_NOT_FOUND = 2;
    PATH_NOT_FOUND = 3;
    TOO_MANY_OPEN_FILES = 4;
    ACCESS_DENIED = 5;
    INVALID_HANDLE = 6;
    NOT_ENOUGH_MEMORY = 8;
    BAD_LENGTH = 24;
    GEN_FAILURE = 31;
    SHARING_VIOLATION = 32;
    HANDLE_EOF = 38;
    NOT_SUPPORTED = 50;
    BAD_NETPATH = 53;
    FILE_EXISTS = 80;
    INVALID_PARAMETER = 87;
    BROKEN_PIPE = 109;
    BUFFER_OVERFLOW = 111;
    DISK_FULL = 112;
    INSUFFICIENT_BUFFER = 122;
    INVALID_NAME = 123;
    MOD_NOT_FOUND = 126;
    NEGATIVE_SEEK = 131;
    SIGNAL_REFUSED = 156;
    NOT_LOCKED = 158;
    ALREADY_EXISTS = 183;
    BAD_EXE_FORMAT = 193;
    ENVVAR_NOT_FOUND = 203;
    FILENAME_EXCED_RANGE = 206;
    NO_DATA = 232;
    NO_WORK_DONE = 235;
    NO_MORE_ITEMS = 259;
    DIRECTORY = 267;
    MR_MID_NOT_FOUND = 317;
    INVALID_ADDRESS = 487;
    OBJECT_NAME_EXISTS = 698;
    NOACCESS = 998;
    INVALID_FLAGS = 1004;
    NO_UNICODE_TRANSLATION = 1113;
    USER_MAPPED_FILE = 1224;
    UNKNOWN_REVISION = 1305;
    PRIVILEGE_NOT_HELD = 1314;
    INTERNAL_ERROR = 1359;
    INVALID_MSGBOX_STYLE = 1438;
    NO_SYSTEM_RESOURCES = 1450;
    WORKING_SET_QUOTA = 1453;
    COMMITMENT_LIMIT = 1455;
    NOT_SAME_OBJECT = 1656;
    INVALID_USER_BUFFER = 1784;
    RESOURCE_DATA_NOT_FOUND = 1812;
    RESOURCE_LANG_NOT_FOUND = 1815;
}

impl Failure {
    /// Windows has a code of its own for one of the bits that are refused.
    pub(crate) fn of_rights(self, rights: u32) -> Self {
        /// Asks for the right to read and write the system's own list, for which there is a privilege.
        const ACCESS_SYSTEM_SECURITY: u32 = 0x0100_0000;
        /// Bits that are no rights of any type.
        const NO_RIGHTS: u32 = 0x0ce0_0000;
        match self {
            Self::ACCESS_DENIED
                if rights & ACCESS_SYSTEM_SECURITY != 0 && rights & NO_RIGHTS == 0 =>
            {
                Self::PRIVILEGE_NOT_HELD
            }
            failure => failure,
        }
    }
}

impl From<Error> for Failure {
    #[cold]
    fn from(error: Error) -> Self {
        tracing::debug!(%error, "refused");
        Self(error.code().get())
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self(code.get())
    }
}

/// The kernel's refusals that mean the same wherever they come from.
impl From<rustix::io::Errno> for Failure {
    fn from(errno: rustix::io::Errno) -> Self {
        use rustix::io::Errno;
        match errno {
            Errno::NOENT => Self::FILE_NOT_FOUND,
            Errno::NOTDIR | Errno::LOOP => Self::PATH_NOT_FOUND,
            Errno::MFILE | Errno::NFILE => Self::TOO_MANY_OPEN_FILES,
            Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::ISDIR | Errno::TXTBSY => {
                Self::ACCESS_DENIED
            }
            Errno::BADF => Self::INVALID_HANDLE,
            Errno::NOMEM | Errno::AGAIN => Self::NOT_ENOUGH_MEMORY,
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Self::DISK_FULL,
            Errno::INVAL => Self::INVALID_PARAMETER,
            Errno::EXIST => Self::ALREADY_EXISTS,
            Errno::NAMETOOLONG => Self::FILENAME_EXCED_RANGE,
            Errno::PIPE => Self::BROKEN_PIPE,
            Errno::FAULT => Self::NOACCESS,
            Errno::NOSYS | Errno::OPNOTSUPP => Self::NOT_SUPPORTED,
            _ => Self::GEN_FAILURE,
        }
    }
}
