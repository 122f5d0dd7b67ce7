//! How the command ends, and what it says of it.
//!
//! | status | |
//! |---|---|
//! | 0 | it is done |
//! | 1 | it failed, and said why |
//! | 2 | it was not asked for in a way that it understands |
//! | 124 | time was up |
//! | 128 + n | a command that it ran was ended by signal n; 141 also if nobody reads what it says |
//! | others | those of a command that it ran |

use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, ExitStatus};

use anyhow::{Error, Result};

/// A status to end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    pub const DONE: Self = Self(0);
    pub const FAILED: Self = Self(1);
    /// As `timeout(1)` has it.
    pub const TIMED_OUT: Self = Self(124);
    /// As of a command that `SIGPIPE` ended.
    const NOBODY_READS: Self = Self(141);

    /// The status of a command that was run, as shells give it.
    pub fn of(status: ExitStatus) -> Self {
        let signal = status.signal().map(|signal| 128 + signal);
        let code = status.code().or(signal);
        Self(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }
}

/// Says why the command failed, if it did.
pub fn end(result: Result<Status>) -> ExitCode {
    let status = result.unwrap_or_else(|error| {
        if is_gone(&error) {
            return Status::NOBODY_READS;
        }
        // If nobody can be told, the status still says it.
        let _ = writeln!(io::stderr(), "commonhold: {error:#}");
        Status::FAILED
    });
    ExitCode::from(status.0)
}

/// Whether it failed because nobody reads its output any more.
fn is_gone(error: &Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_was_run_gives_its_status_as_shells_do() {
        for (raw, status) in [(0, 0), (3 << 8, 3), (9, 137), (15, 143), (255 << 8, 255)] {
            assert_eq!(Status::of(ExitStatus::from_raw(raw)), Status(status));
        }
    }

    #[test]
    fn who_does_not_read_on_is_no_failure_to_speak_of() {
        let gone = Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("write");
        assert!(is_gone(&gone));
        assert!(!is_gone(&anyhow::anyhow!("broken pipe")));
    }
}
