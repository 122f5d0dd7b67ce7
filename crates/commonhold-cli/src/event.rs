//! `commonhold event`: an event set, reset or pulsed.

use anyhow::Result;
use clap::Subcommand;
use commonhold::Name;

use crate::named;

#[derive(Subcommand)]
pub enum Event {
    /// Signal it: all who wait are let go, or one, if it is auto-reset
    Set {
        /// The event
        #[arg(value_parser = named::parse)]
        name: Name,
    },
    /// Make it not signaled: who waits from now on sleeps
    Reset {
        /// The event
        #[arg(value_parser = named::parse)]
        name: Name,
    },
    /// Let go who waits now, and leave it not signaled
    Pulse {
        /// The event
        #[arg(value_parser = named::parse)]
        name: Name,
    },
}

impl Event {
    pub fn run(self) -> Result<()> {
        match self {
            Self::Set { name } => named::event(&name)?.set()?,
            Self::Reset { name } => named::event(&name)?.reset()?,
            Self::Pulse { name } => named::event(&name)?.pulse()?,
        }
        Ok(())
    }
}
