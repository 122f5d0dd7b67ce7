//! What the tests of a section's bytes have in common.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use commonhold::{Section, View};

pub const PAGE: usize = 4096;
/// Larger than what a moving view maps at a time, and no multiple of what is copied at a time.
pub const LARGE: usize = WINDOW + 100 * 1024;
pub const WINDOW: usize = 64 << 20;

pub fn commonhold(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub fn run(arguments: &[&str]) -> Output {
    commonhold(arguments).output().unwrap()
}

/// Runs it with this as its input.
pub fn run_with(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = commonhold(arguments).stdin(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What a command says that does what it is asked.
pub fn done(output: Output) -> Vec<u8> {
    assert_eq!(ended(&output), (Some(0), ""), "{output:?}");
    output.stdout
}

/// What a command says that fails.
pub fn error(output: &Output) -> &str {
    let (status, error) = ended(output);
    assert_eq!((status, text(&output.stdout)), (Some(1), ""));
    assert!(error.lines().count() <= 2, "{error}");
    error
        .strip_prefix("commonhold: ")
        .unwrap_or_else(|| panic!("{error}"))
}

pub fn ended(output: &Output) -> (Option<i32>, &str) {
    (output.status.code(), text(&output.stderr))
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A section, and a view of it.
pub fn section(name: &str, size: usize) -> (Section, View) {
    let section = Section::options()
        .size(size as u64)
        .create_new(name)
        .unwrap();
    let view = section.map().unwrap();
    (section, view)
}

pub fn bytes_of(view: &View) -> Vec<u8> {
    let mut bytes = vec![0; view.len()];
    view.read(0, &mut bytes).unwrap();
    bytes
}

/// Bytes that are nowhere the same as one page, one view or one buffer on.
pub fn pattern(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut period = [0; 9973];
    period.fill_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let mut bytes = period.repeat(len.div_ceil(period.len()));
    bytes.truncate(len);
    bytes
}
