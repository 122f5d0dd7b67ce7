//! `commonhold timer`: a timer set and cancelled.

use std::time::{Duration, SystemTime};

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use commonhold::{Due, Name};

use crate::named;
use crate::units::Time;

#[derive(Subcommand)]
pub enum Timer {
    /// Have it signaled at a time, and not before
    Set {
        /// The timer
        #[arg(value_parser = named::parse)]
        name: Name,
        #[command(flatten)]
        when: When,
        /// And then again each time that this has passed, in whole milliseconds
        #[arg(long, value_name = "TIME")]
        every: Option<Time>,
    },
    /// Stop it; whether it is signaled stays as it is
    Cancel {
        /// The timer
        #[arg(value_parser = named::parse)]
        name: Name,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct When {
    /// How long from now, such as 5s, whatever happens to the clock
    #[arg(long, value_name = "TIME")]
    after: Option<Time>,
    /// When by the clock, in UTC, such as 2030-12-24T18:00:00Z; at once if that has passed
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    at: Option<SystemTime>,
}

impl Timer {
    pub fn run(self) -> Result<()> {
        match self {
            Self::Set { name, when, every } => {
                let period = every.map_or(Duration::ZERO, |time| time.0);
                named::timer(&name)?.set(when.due(), period)?;
            }
            Self::Cancel { name } => named::timer(&name)?.cancel()?,
        }
        Ok(())
    }
}

impl When {
    /// Of the two, clap sees to it, one is there.
    fn due(&self) -> Due {
        match (self.at, self.after) {
            (Some(at), _) => Due::At(at),
            (None, after) => Due::After(after.map_or(Duration::ZERO, |time| time.0)),
        }
    }
}

fn moment(text: &str) -> Result<SystemTime> {
    humantime::parse_rfc3339(text).map_err(|_| {
        anyhow!(
            "it is no time in UTC; write 2030-12-24T18:00:00Z, or \"$(date -u +%FT%TZ -d 'tomorrow 9:00')\""
        )
    })
}
