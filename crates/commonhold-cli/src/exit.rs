//! How the command ends, and what it says of it.
//!
//! | status | |
//! |---|---|
//! | 0 | it is done |
//! | 1 | it failed, and said why; or what it compared is different |
//! | 2 | it was not asked for in a way that it understands |
//! | 124 | time was up |
//! | 126, 127 | a command could not be run, was not there |
//! | 128 + n | signal n ended it, or a command that it ran; 141 also if nobody reads what it says |
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
    /// As `diff(1)` has it.
    pub const DIFFERENT: Self = Self(1);
    /// As `timeout(1)` has it.
    pub const TIMED_OUT: Self = Self(124);
    /// As shells have it, of a command that is there.
    pub const NOT_RUN: Self = Self(126);
    /// As shells have it.
    pub const NOT_THERE: Self = Self(127);
    /// As of a command that `SIGPIPE` ended.
    const NOBODY_READS: Self = Self(141);

    /// The status of a command that was run, as shells give it.
    pub fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (None, Some(signal)) => Self::of_signal(signal),
            (code, _) => Self::new(code.unwrap_or(1)),
        }
    }

    /// The status of what a signal ended, as shells give it.
    pub fn of_signal(signal: i32) -> Self {
        Self::new(128 + signal)
    }

    fn new(status: i32) -> Self {
        u8::try_from(status).map_or(Self::FAILED, Self)
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
