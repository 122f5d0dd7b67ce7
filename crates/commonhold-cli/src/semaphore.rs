//! `commonhold semaphore`: units of a semaphore taken and given back.

use std::io::{self, Write as _};

use anyhow::{Result, anyhow};
use clap::Subcommand;
use commonhold::{ErrorCode, Name, Rights};

use crate::exit::Status;
use crate::named;
use crate::signals::{Signals, Waited};
use crate::units::Time;

#[derive(Subcommand)]
pub enum Semaphore {
    /// Take a unit, and wait until there is one; it stays taken when this command has ended
    Acquire {
        /// The semaphore
        #[arg(value_parser = named::parse)]
        name: Name,
        /// How long to wait, such as 5s, before this ends with status 124; for ever unless it is said
        #[arg(long, value_name = "TIME")]
        timeout: Option<Time>,
    },
    /// Add units, and print how many there were before
    Release {
        /// The semaphore
        #[arg(value_parser = named::parse)]
        name: Name,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1)]
        count: u32,
    },
}

impl Semaphore {
    pub fn run(self) -> Result<Status> {
        match self {
            Self::Acquire { name, timeout } => acquire(&name, timeout),
            Self::Release { name, count } => release(&name, count),
        }
    }
}

fn acquire(name: &Name, timeout: Option<Time>) -> Result<Status> {
    let semaphore = named::semaphore(name, Rights::SYNCHRONIZE)?;
    match Signals::catch()?.wait_any(&[&semaphore], timeout)? {
        Waited::Taken { .. } => Ok(Status::DONE),
        Waited::InVain(status) => Ok(status),
    }
}

fn release(name: &Name, count: u32) -> Result<Status> {
    let semaphore = named::semaphore(name, Rights::MODIFY_STATE)?;
    let before = semaphore
        .release(count)
        .map_err(|error| match error.code() {
            ErrorCode::TOO_MANY_POSTS => anyhow!(
                "{count} more would be too many: the semaphore \"{name}\" counts to {}; none was added",
                semaphore.maximum()
            ),
            _ => error.into(),
        })?;
    writeln!(io::stdout(), "{before}")?;
    Ok(Status::DONE)
}
