//! A command that is run to its end, and how this one ends then: as that did.
//!
//! While it runs, this process does not end before it. What a terminal sends for a key (SIGINT, SIGQUIT) the command has
//! got from there already; what is sent to this process alone (SIGTERM, SIGHUP) is passed on to it.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::process::{Child, Command};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGTERM};

use crate::exit::Status;
use crate::signals::Signals;

/// A command and its arguments, of which clap sees to it that there is one word at least.
pub fn command(words: &[OsString]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().cloned().unwrap_or_default());
    command.args(words);
    command
}

/// Runs it to its end, unless a signal came before.
pub fn to_its_end(command: &mut Command, signals: &Signals) -> Result<Status> {
    if let Some(status) = signals.ended() {
        return Ok(status);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(not_run(command, &error)),
    };
    loop {
        // Only this thread asks, so that the number is the child's own until then.
        if let Some(status) = child.try_wait().context("cannot wait for the command")? {
            return Ok(Status::of(status));
        }
        let signal = signals.next()?;
        if matches!(signal, SIGHUP | SIGTERM) {
            pass_on(signal, &child);
        }
    }
}

fn pass_on(signal: i32, child: &Child) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        // It may have become another user's, who need not listen.
        let _ = kill_process(Pid::from_child(child), signal);
    }
}

/// Says why there is nothing to wait for, as the status does if nobody can be told.
fn not_run(command: &Command, error: &io::Error) -> Status {
    let program = Path::new(command.get_program()).display();
    let _ = writeln!(io::stderr(), "commonhold: cannot run {program}: {error}");
    match error.kind() {
        ErrorKind::NotFound => Status::NOT_THERE,
        _ => Status::NOT_RUN,
    }
}
