//! What a program can ask about the machine and about being debugged.

use crate::failure::{Failure, Result};

/// `MAX_COMPUTERNAME_LENGTH`.
const LONGEST_NAME: usize = 15;

/// The machine's name as Windows has them: the host's, without a domain, in capitals, and cut where it is too long.
pub(crate) fn name() -> String {
    let system = rustix::system::uname();
    name_of(&system.nodename().to_string_lossy())
}

fn name_of(host: &str) -> String {
    let label = host.split('.').next().unwrap_or(host);
    let capitals = label.chars().map(|it| it.to_ascii_uppercase());
    capitals.take(LONGEST_NAME).collect()
}

/// Whether a debugger, or anything else that traces processes, is attached to this one.
pub(crate) fn is_debugged() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| has_tracer(&status))
}

fn has_tracer(status: &str) -> bool {
    let tracer = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|process| process.trim() != "0")
}

/// Where the program itself is in memory: its module handle. The first page has its header.
pub(crate) fn program() -> usize {
    let page = rustix::param::page_size();
    crate::platform::program::headers() & !(page - 1)
}

/// The module of a name: the program itself, if there is none, is the only one.
pub(crate) fn module(name: Option<&str>) -> Result<usize> {
    match name {
        None => Ok(program()),
        Some(_) => Err(Failure::MOD_NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_computer_of_at_most_15_characters() {
        assert_eq!(name_of("box"), "BOX");
        assert_eq!(name_of("db-1.example.org"), "DB-1");
        assert_eq!(name_of("a-very-long-host-name"), "A-VERY-LONG-HOS");
    }

    #[test]
    fn a_tracer_is_seen() {
        assert!(!has_tracer("Name:\tx\nTracerPid:\t0\nUid:\t0\n"));
        assert!(has_tracer("Name:\tx\nTracerPid:\t10\nUid:\t0\n"));
        assert!(!has_tracer(""));
    }

    #[test]
    fn the_program_begins_as_programs_do() {
        assert_ne!(program(), 0);
        assert_eq!(module(None), Ok(program()));
        assert_eq!(module(Some("kernel32")), Err(Failure::MOD_NOT_FOUND));
    }
}
