//! `commonhold wait`: objects waited for, and taken.
//!
//! | | on stdout | status |
//! |---|---|---|
//! | `any`: one was taken | its name | 0 for the first, 3 for the second, 4 for the third, to 123 |
//! | `any`: a mutex that its last owner did not release | its name, a tab, `abandoned` | the same |
//! | `all` were taken | nothing | 0 |
//! | `all`, and with them such a mutex | `abandoned` | 0 |
//! | time was up | nothing | 124 |
//! | signal n came | nothing | 128 + n |
//!
//! With `--index`, `any` prints a number in place of the name: 0 for the first.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::{Args, Subcommand};
use commonhold::os::linux::AnyObject;
use commonhold::{Name, Waitable};

use crate::exit::Status;
use crate::named;
use crate::signals::{Signals, Waited};
use crate::units::Time;

/// How many objects the library waits for, but for the one that is signaled when a signal comes.
const MOST: usize = commonhold::MAXIMUM_WAIT_OBJECTS - 1;

#[derive(Subcommand)]
pub enum Wait {
    /// Wait for any of the objects, and print the name of the one that was taken
    ///
    /// Of several that can be taken it is the first. The status tells which: 0 the first, 3 the second, 4 the third, and
    /// so on to 123, which is that of all from there on; 124 if time was up. Behind the name of a mutex there is a tab and
    /// `abandoned` if its last owner ended without releasing it.
    ///
    /// Who waits takes: a unit of a semaphore, and the signal of what is auto-reset. A mutex is released when this
    /// command ends; `commonhold lock` runs a command that has it.
    Any {
        #[command(flatten)]
        what: Objects,
        /// Print its place in place of its name: 0 for the first
        #[arg(long)]
        index: bool,
    },
    /// Wait until all of the objects can be taken at one moment
    ///
    /// Before that none is. It ends with status 0 if they were taken, and with 124 if time was up. It prints `abandoned` if
    /// one is a mutex whose last owner ended without releasing it, and else nothing.
    ///
    /// Who waits takes: a unit of a semaphore, and the signal of what is auto-reset. Mutexes are released when this
    /// command ends.
    All {
        #[command(flatten)]
        what: Objects,
    },
}

#[derive(Args)]
pub struct Objects {
    /// Mutexes, semaphores, events and timers; 127 at most
    #[arg(required = true, num_args = 1..=MOST, value_name = "NAME", value_parser = named::parse)]
    names: Vec<Name>,
    /// How long to wait, such as 5s; for ever unless it is said
    #[arg(long, value_name = "TIME")]
    timeout: Option<Time>,
}

impl Wait {
    pub fn run(self) -> Result<Status> {
        match self {
            Self::Any { what, index } => any(&what, index),
            Self::All { what } => all(&what),
        }
    }
}

fn any(what: &Objects, index: bool) -> Result<Status> {
    let signals = Signals::catch()?;
    let objects = what.open()?;
    let (place, is_abandoned) = match signals.wait_any(&waitables(&objects), what.timeout)? {
        Waited::InVain(status) => return Ok(status),
        Waited::Taken {
            place,
            is_abandoned,
        } => (place, is_abandoned),
    };
    release(&objects[place..=place])?;
    let taken = if index {
        place.to_string()
    } else {
        what.names[place].to_string()
    };
    let suffix = if is_abandoned { "\tabandoned" } else { "" };
    writeln!(io::stdout(), "{taken}{suffix}")?;
    Ok(Status::of_place(place))
}

fn all(what: &Objects) -> Result<Status> {
    let signals = Signals::catch()?;
    let objects = what.open()?;
    match signals.wait_all(&waitables(&objects), what.timeout)? {
        Waited::InVain(status) => Ok(status),
        Waited::Taken { is_abandoned, .. } => {
            release(&objects)?;
            if is_abandoned {
                writeln!(io::stdout(), "abandoned")?;
            }
            Ok(Status::DONE)
        }
    }
}

impl Objects {
    fn open(&self) -> Result<Vec<AnyObject>> {
        self.names.iter().map(named::waitable).collect()
    }
}

fn waitables(objects: &[AnyObject]) -> Vec<&dyn Waitable> {
    objects.iter().filter_map(waitable).collect()
}

fn waitable(object: &AnyObject) -> Option<&dyn Waitable> {
    match object {
        AnyObject::Section(_) => None,
        AnyObject::Mutex(it) => Some(it),
        AnyObject::Semaphore(it) => Some(it),
        AnyObject::Event(it) => Some(it),
        AnyObject::Timer(it) => Some(it),
    }
}

/// Releases the mutexes among what was taken, so that the next owner is not told of a crash.
fn release(taken: &[AnyObject]) -> Result<()> {
    for object in taken {
        if let AnyObject::Mutex(mutex) = object {
            mutex.release()?;
        }
    }
    Ok(())
}
