//! `commonhold lock`: a command that runs while this process owns a mutex, as with flock(1).
//!
//! | status | |
//! |---|---|
//! | that of the command | it ran |
//! | 126, 127 | it could not be run, was not there |
//! | 124 | time was up, and it did not run |
//! | 1 | there is no such mutex, or there cannot be |

use std::ffi::OsString;
use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;
use commonhold::{Mutex, Name};

use crate::exit::Status;
use crate::signals::{Signals, Waited};
use crate::units::Time;
use crate::{named, run};

/// Run a command while this process owns a mutex
///
/// The mutex is created if need be, and released when the command has ended. Ends with the command's status; with 128 + n
/// if signal n ended it; with 124 if time was up before it ran.
///
/// SIGTERM and SIGHUP are passed on to the command, SIGINT and SIGQUIT it gets from the terminal. If this process is
/// killed by SIGKILL, the command goes on without the mutex, and its next owner is told.
#[derive(Args)]
pub struct Lock {
    /// The mutex
    #[arg(value_parser = named::parse)]
    name: Name,
    /// How long to wait for the mutex, such as 5s; for ever unless it is said
    #[arg(long, value_name = "TIME")]
    timeout: Option<Time>,
    /// Fail if there is no such mutex
    #[arg(long)]
    existing: bool,
    /// What to run
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl Lock {
    pub fn run(self) -> Result<Status> {
        let name = &self.name;
        // Before there is a handle: it is dropped whatever comes.
        let signals = Signals::catch()?;
        let mutex = if self.existing {
            named::mutex(name)?
        } else {
            let created = Mutex::options().create(name);
            created.map_err(|error| named::explained(error, "mutex", name))?
        };
        match signals.wait_any(&[&mutex], self.timeout)? {
            Waited::InVain(status) => return Ok(status),
            Waited::Taken {
                is_abandoned: true, ..
            } => warn(name),
            Waited::Taken { .. } => {}
        }
        let ended = run::to_its_end(&mut run::command(&self.command), &signals);
        mutex.release()?;
        ended
    }
}

/// Says that what the mutex guards may be half done. Whoever cannot be told goes on as well.
fn warn(name: &Name) {
    let _ = writeln!(
        io::stderr(),
        "commonhold: the last owner of \"{name}\" ended without releasing it; what it guards may be half done"
    );
}
