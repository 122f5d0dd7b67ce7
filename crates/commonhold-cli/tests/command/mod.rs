//! The command as tests run it: to its end, or step by step.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::support::scratch;
use super::waits::until_asleep;

pub const BINARY: &str = env!("CARGO_BIN_EXE_commonhold");

/// How it ended, and what it said.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// That status, this on stdout, and nothing on stderr.
pub fn end(status: i32, out: &str) -> End {
    End {
        status,
        out: out.into(),
        err: String::new(),
    }
}

/// Runs it to its end.
pub fn run(words: &[&str]) -> End {
    Running::start(words).end()
}

/// Runs it to its end, which must be this failure, and gives what it says of it.
pub fn fails(status: i32, words: &[&str]) -> String {
    let End {
        status: seen,
        out,
        err,
    } = run(words);
    assert_eq!(
        (seen, out.as_str()),
        (status, ""),
        "commonhold {words:?}: {err}"
    );
    assert!(!err.is_empty(), "commonhold {words:?} says nothing");
    err
}

/// The command while it runs. It is killed when this is dropped.
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(words: &[&str]) -> Self {
        Self::start_program(BINARY, words)
    }

    /// Starts a program that may run the command itself.
    pub fn start_program(program: &str, words: &[&str]) -> Self {
        Self::spawn(Command::new(program).args(words))
    }

    /// Starts it in a process group of its own, as a shell does for a terminal.
    pub fn start_in_group(words: &[&str]) -> Self {
        Self::spawn(Command::new(BINARY).args(words).process_group(0))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line on its stdout.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "it ended with {line:?}");
        line.trim_end().into()
    }

    /// Writes a line to its stdin.
    pub fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Returns once it sleeps in a wait.
    pub fn until_asleep(&self) {
        until_asleep(self.pid(), self.pid());
    }

    /// Whether it runs a command now.
    pub fn runs_something(&self) -> bool {
        let pid = self.pid();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        !children.unwrap().is_empty()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends a signal to it and to what it runs, as a terminal does for a key.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it, and not what it runs, and waits until it is gone.
    pub fn kill(&mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "it ended before");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it and what it runs have ended, which the end of their input does not cause.
    pub fn end(mut self) -> End {
        let (mut out, mut err) = (String::new(), String::new());
        self.output.read_to_string(&mut out).unwrap();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut err).unwrap();
        let status = self.child.wait().unwrap();
        let status = status.code().expect("a status, and not a signal");
        End { status, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is in the namespaces.
pub fn left() -> Vec<OsString> {
    let root = env::var_os("COMMONHOLD_ROOT").unwrap();
    let list = |path: &Path| fs::read_dir(path).unwrap().map(Result::unwrap);
    list(Path::new(&root))
        .filter(|directory| directory.path() != scratch())
        .flat_map(|directory| list(&directory.path()))
        .map(|entry| entry.file_name())
        .collect()
}

/// Has a process own the mutex, and kills it. Somebody must hold the mutex beside it, or it would be gone.
pub fn abandon(mutex: &str) {
    let mut owner = Running::start(&["lock", mutex, "--", "sh", "-c", "echo mine; read end"]);
    assert_eq!(owner.hear(), "mine");
    owner.kill();
}
