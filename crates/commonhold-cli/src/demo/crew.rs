//! The processes that the demo starts, as it sees them.

use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{self, Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::slots::Slot;
use super::worker::{DONE, FAILED};

/// SIGKILL, on every architecture that Linux runs on.
const SIGKILL: i32 = 9;

/// All the processes that the demo started.
pub struct Crew {
    program: PathBuf,
    started: Vec<u32>,
}

impl Crew {
    pub fn new() -> Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        Ok(Self {
            program,
            started: Vec::new(),
        })
    }

    /// Starts a process that waits for what it is asked to do.
    pub fn start(&mut self) -> Result<Worker> {
        let mut child = Command::new(&self.program)
            .arg("demo-worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        self.started.push(child.id());
        Ok(Worker {
            input: child.stdin.take(),
            output: child.stdout.take().map(BufReader::new),
            child,
        })
    }

    /// How many processes were started.
    pub fn started(&self) -> usize {
        self.started.len()
    }

    /// The processes that are still there, be it as zombies.
    pub fn left(&self) -> Vec<u32> {
        self.started
            .iter()
            .copied()
            .filter(|&pid| is_child(pid))
            .collect()
    }
}

/// Whether the process is a child of this one, and not a stranger that has its id by now.
fn is_child(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name, in parentheses, may hold anything; the state and the parent follow it.
    let parent = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1));
    parent.and_then(|parent| parent.parse().ok()) == Some(process::id())
}

/// One process of the demo. It is killed, if it is still there, when this is dropped.
pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
}

impl Worker {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Has it create memory under the name, and map it.
    pub fn create(&mut self, name: &str) -> Result<()> {
        self.ask(format_args!("create {name}")).map(drop)
    }

    /// Has it open the name, and map what it finds.
    pub fn open(&mut self, name: &str) -> Result<()> {
        self.ask(format_args!("open {name}")).map(drop)
    }

    /// Whether it has a section as this descriptor.
    pub fn holds(&mut self, descriptor: i32) -> Result<bool> {
        Ok(self.ask(format_args!("holds {descriptor}"))? == "true")
    }

    /// Has it duplicate the descriptor of that process, which may be itself, and map the section.
    pub fn take(&mut self, pid: u32, descriptor: i32) -> Result<()> {
        self.ask(format_args!("take {pid} {descriptor}")).map(drop)
    }

    /// Has it close its handle, and keep its view.
    pub fn close(&mut self) -> Result<()> {
        self.ask(format_args!("close")).map(drop)
    }

    /// What it reads in its view.
    pub fn read(&mut self, slot: Slot) -> Result<String> {
        self.ask(format_args!("read {}", slot.0))
    }

    /// Has it write to its view.
    pub fn write(&mut self, slot: Slot, text: &str) -> Result<()> {
        self.ask(format_args!("write {} {text}", slot.0)).map(drop)
    }

    /// Asks it to add 1 to the counter so many times, and does not wait until it has.
    pub fn start_adding(&mut self, times: u32) -> Result<()> {
        self.say(format_args!("add {times}"))
    }

    /// Waits until it has added.
    pub fn finish_adding(&mut self) -> Result<()> {
        self.hear("add").map(drop)
    }

    /// Has it open the mutex, event and timer that go with the section.
    pub fn coordinate(&mut self, section: &str) -> Result<()> {
        self.ask(format_args!("coordinate {section}")).map(drop)
    }

    /// Asks it to update the pair so many times under the mutex, and does not wait until it has.
    pub fn start_updating(&mut self, times: u32) -> Result<()> {
        self.say(format_args!("update {times}"))
    }

    /// Waits until it has updated.
    pub fn finish_updating(&mut self) -> Result<()> {
        self.hear("update").map(drop)
    }

    /// Has it lock the mutex, and stop half way through an update.
    pub fn break_off(&mut self) -> Result<()> {
        self.ask(format_args!("break")).map(drop)
    }

    /// Asks it to wait for the event, or the timer.
    pub fn start_waiting(&mut self, what: &str) -> Result<()> {
        self.say(format_args!("wait {what}"))
    }

    /// Waits until what it waits for has come.
    pub fn finish_waiting(&mut self) -> Result<()> {
        let came = self.hear("wait")?;
        super::check("it came", came.as_str(), "true")
    }

    fn ask(&mut self, request: fmt::Arguments<'_>) -> Result<String> {
        self.say(request)?;
        self.hear(&request.to_string())
    }

    fn say(&mut self, request: fmt::Arguments<'_>) -> Result<()> {
        let pid = self.pid();
        let input = self.input.as_mut().context("its input is closed")?;
        // One write, so that no other text can come in between.
        input
            .write_all(format!("{request}\n").as_bytes())
            .map_err(|error| anyhow::format_err!("process {pid} does not listen: {error}"))
    }

    fn hear(&mut self, request: &str) -> Result<String> {
        let pid = self.pid();
        let output = self.output.as_mut().context("its output is closed")?;
        let mut line = String::new();
        output
            .read_line(&mut line)
            .with_context(|| format!("process {pid} does not answer"))?;
        let line = line.trim_end_matches('\n');
        match line.split_once(' ') {
            Some((DONE, answer)) => Ok(answer.into()),
            Some((FAILED, why)) => bail!("process {pid} could not `{request}`: {why}"),
            _ if line.is_empty() => bail!("process {pid} ended instead of doing `{request}`"),
            _ => bail!("process {pid} answered `{request}` with `{line}`"),
        }
    }

    /// Kills it as hard as that can be done, and waits until it is gone.
    pub fn kill(mut self) -> Result<()> {
        let pid = self.pid();
        self.child
            .kill()
            .with_context(|| format!("cannot kill process {pid}"))?;
        let status = self.child.wait()?;
        super::check(
            &format!("process {pid} is killed"),
            &status.signal(),
            &Some(SIGKILL),
        )
    }

    /// Lets it come to its end, which must be a good one.
    pub fn finish(mut self) -> Result<()> {
        let pid = self.pid();
        drop(self.input.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "process {pid} ended badly: {status}");
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both are harmless after it ended, and a process that cannot be killed cannot be helped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
