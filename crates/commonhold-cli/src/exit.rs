//! How the command ends, and what it says of it.
//!
//! | status | |
//! |---|---|
//! | 0 | it is done |
//! | 1 | it failed, and said why; or what it compared is different |
//! | 2 | it was not asked for in a way that it understands |
//! | 3 to 123 | `wait any` took not the first name, but the second, the third, and so on |
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

    /// The status that tells which of several it was: that of success for the first, and others behind those that say what
    /// went wrong.
    pub fn of_place(place: usize) -> Self {
        const LAST: u8 = Status::TIMED_OUT.0 - 1;
        match u8::try_from(place) {
            Ok(0) => Self::DONE,
            Ok(place) => Self(place.saturating_add(2).min(LAST)),
            Err(_) => Self(LAST),
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
    fn the_status_tells_the_place_and_is_none_of_the_others() {
        let statuses = [0, 1, 2, 121, 122, 126, 1000].map(|place| Status::of_place(place).0);
        assert_eq!(statuses, [0, 3, 4, 123, 123, 123, 123]);
    }

    #[test]
    fn who_does_not_read_on_is_no_failure_to_speak_of() {
        let gone = Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("write");
        assert!(is_gone(&gone));
        assert!(!is_gone(&anyhow::anyhow!("broken pipe")));
    }
}
