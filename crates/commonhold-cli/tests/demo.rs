//! The demo holds what it says, cleans up, and fails as a program should.

#![allow(missing_docs)]

#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use support::{isolated, scratch};

/// The command, its temporary files in a directory of the test's own.
fn commonhold() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    command
        .env("TMPDIR", scratch())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn start_demo() -> Child {
    commonhold().arg("demo").spawn().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What is in the namespaces, and in the directory for temporary files.
fn left() -> Vec<OsString> {
    let root = env::var_os("COMMONHOLD_ROOT").unwrap();
    let list = |path: &Path| fs::read_dir(path).unwrap().map(Result::unwrap);
    list(Path::new(&root))
        .flat_map(|directory| list(&directory.path()))
        .map(|entry| entry.file_name())
        .collect()
}

fn assert_told_all(output: &Output) {
    let told = text(&output.stdout);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{told}\n{output:?}"
    );
    let told_lines: Vec<&str> = told.lines().collect();
    let mut rest = told_lines.iter();
    for expected in [
        "1. Memory with a name",
        "creates \"demo-",
        "opens that name and reads",
        "as its answer",
        "200000",
        "2. A file with a name",
        "shares a file",
        "\"report: draft\"",
        "changes it",
        "\"report: final\"",
        "3. Memory without a name",
        "has it as descriptor",
        "inherited descriptor",
        "inherited nothing, duplicates",
        "\"thanks\", \"me too\"",
        "4. A crash",
        "-crash\" and writes",
        "maps a view of it",
        "with SIGKILL",
        "ERROR_FILE_NOT_FOUND",
        "65536 bytes, all zero",
        "view of the old memory",
        "5. Taking turns",
        "200000 and 200000",
        "with SIGKILL",
        "ABANDONED",
        "200001 and 200000",
        "as usual",
        "sets the event",
        "sets the timer",
        "6. Nothing is left behind",
        "none",
        "gone",
        "all ended",
        "Every line was checked, and held.",
    ] {
        assert!(
            rest.any(|line| line.contains(expected)),
            "no {expected:?}, or not there, in:\n{told}"
        );
    }
}

#[test]
fn every_step_holds_and_nothing_is_left() {
    isolated(|_| {
        let output = commonhold().arg("demo").output().unwrap();
        assert_told_all(&output);
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn demos_at_once_do_not_meet() {
    isolated(|_| {
        let demos = [start_demo(), start_demo()];
        for output in demos.map(|demo| demo.wait_with_output().unwrap()) {
            assert_told_all(&output);
        }
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn a_namespace_that_cannot_be_is_a_readable_error() {
    isolated(|_| {
        let missing = scratch().join("missing");
        let output = commonhold()
            .arg("demo")
            .env("COMMONHOLD_ROOT", &missing)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let error = text(&output.stderr);
        assert!(
            error.starts_with("commonhold: the demo failed in step 1: ")
                && error.contains(missing.to_str().unwrap())
                && error.contains("no such directory")
                && error.lines().count() == 1,
            "{error}"
        );
    });
}

#[test]
fn a_step_that_fails_cleans_up() {
    isolated(|_| {
        let output = commonhold()
            .arg("demo")
            .env("TMPDIR", scratch().join("missing"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let error = text(&output.stderr);
        assert!(
            error.starts_with("commonhold: the demo failed in step 2: cannot create "),
            "{error}"
        );
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn output_that_nobody_reads_ends_the_demo_quietly() {
    isolated(|_| {
        let mut demo = start_demo();
        drop(demo.stdout.take());
        let output = demo.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(141), String::new())
        );
        assert_eq!(left(), [""; 0]);
    });
}

/// A process that is killed because the demo stops holds a name then.
#[test]
fn output_that_is_cut_off_while_another_process_holds_leaves_nothing() {
    isolated(|_| {
        let mut demo = start_demo();
        let mut told = BufReader::new(demo.stdout.take().unwrap()).lines();
        assert!(told.any(|line| line.unwrap().contains("-crash\" and writes")));
        drop(told);
        let output = demo.wait_with_output().unwrap();
        // All may have been told before the pipe was closed.
        assert!(matches!(output.status.code(), Some(0 | 141)), "{output:?}");
        assert_eq!(text(&output.stderr), "");
        assert_eq!(left(), [""; 0]);
    });
}

#[test]
fn without_a_command_it_tells_what_there_is() {
    isolated(|_| {
        let output = commonhold().output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let help = text(&output.stderr);
        assert!(help.contains("Usage: commonhold <COMMAND>"), "{help}");
        assert!(help.contains("  demo  "), "{help}");
        assert!(!help.contains("worker"), "{help}");
    });
}
