//! What a process's end on Linux is as an exit code of Windows.

use rustix::process::{Signal, WaitIdStatus};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the low eight bits of its exit code.
    Exited(u8),
    /// By this signal.
    Killed(i32),
}

impl Ending {
    pub(super) fn of_child(status: &WaitIdStatus) -> Self {
        match (status.exit_status(), status.terminating_signal()) {
            (_, Some(signal)) => Self::Killed(signal),
            (code, None) => Self::Exited(low_byte(code.unwrap_or(0))),
        }
    }

    /// Of what `wait(2)` would give.
    pub(super) fn of_wait_status(status: i32) -> Self {
        match status & 0x7f {
            0 => Self::Exited(low_byte(status >> 8)),
            signal => Self::Killed(signal),
        }
    }

    /// The exit code. `told` is what the process wrote down itself, `sentence` what it was to end with that was
    /// terminated here.
    pub(super) fn exit_code(self, told: Option<u32>, sentence: Option<u32>) -> u32 {
        const ACCESS_VIOLATION: u32 = 0xc000_0005;
        const ILLEGAL_INSTRUCTION: u32 = 0xc000_001d;
        const INTEGER_DIVIDE_BY_ZERO: u32 = 0xc000_0094;
        const CONTROL_C_EXIT: u32 = 0xc000_013a;
        /// Microsoft's `abort`.
        const ABORTED: u32 = 3;
        let signal = match self {
            // What it wrote down may be older than what it did.
            Self::Exited(low) => {
                let agrees = |told: &u32| told & 0xff == u32::from(low);
                return told.filter(agrees).unwrap_or_else(|| low.into());
            }
            Self::Killed(signal) => signal,
        };
        match (Signal::from_named_raw(signal), sentence) {
            (Some(Signal::KILL), Some(sentence)) => sentence,
            (Some(Signal::SEGV | Signal::BUS), _) => ACCESS_VIOLATION,
            (Some(Signal::ILL), _) => ILLEGAL_INSTRUCTION,
            (Some(Signal::FPE), _) => INTEGER_DIVIDE_BY_ZERO,
            (Some(Signal::ABORT), _) => ABORTED,
            (Some(Signal::INT), _) => CONTROL_C_EXIT,
            _ => 128 + signal as u32,
        }
    }
}

fn low_byte(code: i32) -> u8 {
    let [low, ..] = code.to_le_bytes();
    low
}

/// The wait status of a process that has ended, and that its parent has not looked at.
pub(super) fn of_zombie(pid: u32) -> Option<i32> {
    use std::os::unix::fs::MetadataExt as _;
    let directory = format!("/proc/{pid}");
    // Of another user's process the kernel tells nothing, and looks as if it told 0.
    let owner = std::fs::metadata(&directory).ok()?.uid();
    let user = rustix::process::geteuid();
    if !user.is_root() && user.as_raw() != owner {
        return None;
    }
    status_in(&std::fs::read_to_string(format!("{directory}/stat")).ok()?)
}

/// The wait status in `/proc/PID/stat` of a zombie.
fn status_in(stat: &str) -> Option<i32> {
    // The name before the bracket may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    (fields.next()? == "Z").then_some(())?;
    fields.last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_was_written_down_counts_where_it_agrees_with_the_kernels() {
        let ending = Ending::of_wait_status(0x2c00);
        assert_eq!(ending, Ending::Exited(44));
        assert_eq!(ending.exit_code(Some(300), None), 300);
        assert_eq!(ending.exit_code(Some(301), None), 44);
        assert_eq!(ending.exit_code(None, Some(7)), 44);
    }

    #[test]
    fn a_sentence_counts_only_where_it_was_carried_out() {
        let killed = Ending::of_wait_status(Signal::KILL.as_raw());
        assert_eq!(killed.exit_code(Some(3), Some(0xdead)), 0xdead);
        assert_eq!(killed.exit_code(Some(3), None), 137);
        let crashed = Ending::of_wait_status(Signal::SEGV.as_raw() | 0x80);
        assert_eq!(crashed.exit_code(None, Some(1)), 0xc000_0005);
    }

    #[test]
    fn the_status_of_a_zombie_is_the_last_field() {
        assert_eq!(status_in("7 (a) b) Z 1 2 3 11264"), Some(11264));
        assert_eq!(status_in("7 (a) S 1 2 3 11264"), None);
    }
}
