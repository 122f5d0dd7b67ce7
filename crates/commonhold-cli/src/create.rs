//! `commonhold create`: an object that exists because this command holds it, or a command that it runs.
//!
//! That command inherits the handle: it has it as the descriptor whose number is in the environment variable
//! `COMMONHOLD_DESCRIPTOR`, which `ObjectExt::duplicate_from` takes, and finds the object by its name.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::error::ErrorKind;
use clap::{Args, Subcommand, ValueEnum};
use commonhold::os::linux::AnyObject;
use commonhold::{Event, Mutex, Name, Protection, Section, Semaphore, Timer};

use crate::exit::Status;
use crate::signals::Signals;
use crate::units::Size;
use crate::{named, run};

const DESCRIPTOR: &str = "COMMONHOLD_DESCRIPTOR";

#[derive(Subcommand)]
pub enum Create {
    /// Memory or a file that processes share
    Section {
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        section: SectionArguments,
    },
    /// What one thread owns at a time
    Mutex {
        #[command(flatten)]
        how: How,
    },
    /// A count of units, of which each wait takes one
    Semaphore {
        #[command(flatten)]
        how: How,
        /// How many units there are at first
        #[arg(long, value_name = "N", default_value_t = 0)]
        count: u32,
        /// The most units that it counts; 2147483647 unless it is said
        #[arg(long, value_name = "N")]
        maximum: Option<u32>,
    },
    /// What is signaled, or not
    Event {
        #[command(flatten)]
        how: How,
        /// Let all go who wait, until it is reset, and not one each time
        #[arg(long)]
        manual_reset: bool,
        /// Signaled at first
        #[arg(long)]
        signaled: bool,
    },
    /// What is signaled at a time
    Timer {
        #[command(flatten)]
        how: How,
        /// Let all go who wait, until it is set anew, and not one each time
        #[arg(long)]
        manual_reset: bool,
    },
}

#[derive(Args)]
pub struct How {
    /// What others open it by: NAME, or Global\NAME for all users
    #[arg(value_parser = named::parse)]
    name: Name,
    /// Let every user of the machine use it; for names that start with Global\
    #[arg(long)]
    everyone: bool,
    /// Fail if there is an object of this name, in place of opening it
    #[arg(long)]
    new: bool,
    /// Hold it until SIGINT, SIGTERM or SIGHUP, after a line on stdout
    #[arg(long, conflicts_with = "command")]
    hold: bool,
    /// What to run, and hold it so long; it inherits the handle, its number in `COMMONHOLD_DESCRIPTOR`
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

#[derive(Args)]
pub struct SectionArguments {
    /// How large, such as 64M; of a file, as large as it is unless it is said
    #[arg(long, required_unless_present = "file")]
    size: Option<Size>,
    /// Over this file, which --size may extend, and not memory
    #[arg(long)]
    file: Option<PathBuf>,
    /// The most that any view of it may do
    #[arg(long, value_enum, default_value_t = Protect::ReadWrite)]
    protect: Protect,
    /// Take the memory now, and not page by page as it is touched
    #[arg(long, conflicts_with = "file")]
    allocate: bool,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "lower")]
enum Protect {
    ReadOnly,
    ReadWrite,
    WriteCopy,
    ExecuteRead,
    ExecuteReadWrite,
    ExecuteWriteCopy,
}

impl From<Protect> for Protection {
    fn from(protect: Protect) -> Self {
        match protect {
            Protect::ReadOnly => Self::ReadOnly,
            Protect::ReadWrite => Self::ReadWrite,
            Protect::WriteCopy => Self::WriteCopy,
            Protect::ExecuteRead => Self::ExecuteRead,
            Protect::ExecuteReadWrite => Self::ExecuteReadWrite,
            Protect::ExecuteWriteCopy => Self::ExecuteWriteCopy,
        }
    }
}

/// The object that the options describe, and whether it was there before.
macro_rules! made {
    ($Type:ident, $options:expr, $how:expr) => {{
        let options = $options.for_everyone($how.everyone);
        let made = if $how.new {
            options.create_new(&$how.name)
        } else {
            options.create(&$how.name)
        };
        made.map(|object| (object.existed(), AnyObject::$Type(object)))
    }};
}

impl Create {
    pub fn run(self) -> Result<Status> {
        let how = self.how();
        if !how.hold && how.command.is_empty() {
            how.is_in_vain();
        }
        let signals = Signals::catch()?;
        let (existed, object) = self.make()?;
        if how.hold {
            hold(&how.name, existed, &object, &signals)
        } else {
            object.set_inheritable(true)?;
            let descriptor = object.as_fd().as_raw_fd().to_string();
            let mut command = run::command(&how.command);
            run::to_its_end(command.env(DESCRIPTOR, descriptor), &signals)
        }
    }

    fn how(&self) -> &How {
        match self {
            Self::Section { how, .. }
            | Self::Mutex { how }
            | Self::Semaphore { how, .. }
            | Self::Event { how, .. }
            | Self::Timer { how, .. } => how,
        }
    }

    fn make(&self) -> Result<(bool, AnyObject)> {
        let (what, made) = match self {
            Self::Section { how, section } => {
                let file = section.open_file()?;
                let mut options = Section::options()
                    .size(section.size.map_or(0, |size| size.0))
                    .protection(section.protect.into())
                    .allocate(section.allocate);
                if let Some(file) = &file {
                    options = options.file(file);
                }
                ("section", made!(Section, options, how))
            }
            Self::Mutex { how } => ("mutex", made!(Mutex, Mutex::options(), how)),
            Self::Semaphore {
                how,
                count,
                maximum,
            } => {
                let mut options = Semaphore::options().count(*count);
                if let Some(maximum) = maximum {
                    options = options.maximum(*maximum);
                }
                ("semaphore", made!(Semaphore, options, how))
            }
            Self::Event {
                how,
                manual_reset,
                signaled,
            } => {
                let options = Event::options().manual_reset(*manual_reset);
                ("event", made!(Event, options.signaled(*signaled), how))
            }
            Self::Timer { how, manual_reset } => {
                let options = Timer::options().manual_reset(*manual_reset);
                ("timer", made!(Timer, options, how))
            }
        };
        made.map_err(|error| named::explained(error, what, &self.how().name))
    }
}

impl How {
    /// Ends the process as clap does for what it does not understand.
    fn is_in_vain(&self) -> ! {
        let why = format!(
            "an object that nobody holds is gone at once, and so would \"{}\" be\n\n\
             Add --hold to hold it until this command is interrupted, or `-- CMD` to hold it while CMD runs.\n",
            self.name
        );
        clap::Error::raw(ErrorKind::MissingRequiredArgument, why).exit()
    }
}

impl SectionArguments {
    fn open_file(&self) -> Result<Option<File>> {
        let Some(path) = &self.file else {
            return Ok(None);
        };
        let is_written = Protection::from(self.protect).is_shared_writable();
        let opened = File::options().read(true).write(is_written).open(path);
        match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing_file(path),
            opened => opened
                .map(Some)
                .with_context(|| format!("cannot open {}", path.display())),
        }
    }
}

fn missing_file<T>(path: &Path) -> Result<T> {
    let path = path.display();
    bail!("there is no file {path}; make it first: truncate -s SIZE {path}")
}

fn hold(name: &Name, existed: bool, object: &AnyObject, signals: &Signals) -> Result<Status> {
    let made = if existed { "opened" } else { "created" };
    let what = named::type_of(object);
    writeln!(
        io::stdout(),
        "{made} {what} \"{name}\", and holds it until it is interrupted"
    )?;
    signals.until_ended()
}
