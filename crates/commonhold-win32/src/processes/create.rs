//! Starts a process (`CreateProcess`).

use std::ffi::{CString, OsString};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::{
    ALL_ACCESS, Process, Record, arguments, command_line, directory, program, startup, suspension,
};
use crate::failure::{Failure, Result};
use crate::handles::bequest::{self, Inherit, Will};
use crate::handles::{self, Handle, Object};
use crate::platform::spawn::{self, Group, Program, Waiting};
use crate::platform::starting::Doing;
use crate::platform::{descriptors, environment};
use crate::standard;
use crate::threads::Thread;

/// What is asked of `CreateProcess`.
pub(crate) struct Request {
    pub(crate) application: Option<Vec<u8>>,
    pub(crate) line: Option<Vec<u8>>,
    pub(crate) inherits: bool,
    /// Those that are inherited, if not all.
    pub(crate) listed: Option<Vec<Handle>>,
    pub(crate) flags: u32,
    pub(crate) environment: Option<Vec<CString>>,
    pub(crate) directory: Option<Vec<u8>>,
    /// What the standard handles are, if not this process's.
    pub(crate) standard: Option<[Handle; 3]>,
    /// Whether the handles that are made are inheritable: that of the process, and that of its thread.
    pub(crate) inheritable: (bool, bool),
}

/// The handles to the process and its thread, and its id, which is also the thread's.
#[derive(Clone, Copy)]
pub(crate) struct Created {
    pub(crate) process: Handle,
    pub(crate) thread: Handle,
    pub(crate) pid: u32,
}

const SUSPENDED: u32 = 0x4;
const DETACHED: u32 = 0x8;
const NEW_CONSOLE: u32 = 0x10;
const NEW_GROUP: u32 = 0x200;

/// What changes nothing here: there are no consoles to be new or invisible, no jobs to break away from, and no error
/// mode; priority and affinity are inherited anyway. The two about strings are for who reads them.
const WITHOUT_MEANING: u32 = NEW_CONSOLE
    | 0x0800_0000 // CREATE_NO_WINDOW
    | 0x0400_0000 // CREATE_DEFAULT_ERROR_MODE
    | 0x0100_0000 // CREATE_BREAKAWAY_FROM_JOB
    | 0x0001_0000 // INHERIT_PARENT_AFFINITY
    | 0x0002_0000 // INHERIT_CALLER_PRIORITY
    | UNICODE_ENVIRONMENT
    | EXTENDED_STARTUPINFO_PRESENT;

pub(crate) const UNICODE_ENVIRONMENT: u32 = 0x400;
pub(crate) const EXTENDED_STARTUPINFO_PRESENT: u32 = 0x8_0000;

/// The priority classes, and what they are as nice values.
const CLASSES: [(u32, i32); 6] = [
    (0x40, 19),
    (0x4000, 10),
    (0x20, 0),
    (0x8000, -5),
    (0x80, -10),
    (0x100, -20),
];

/// The longest command line.
const LONGEST: usize = 32766;

pub(crate) fn create(request: Request) -> Result<Created> {
    let how = How::of(request.flags)?;
    let inherit = match &request.listed {
        None if request.inherits => Inherit::All,
        None => Inherit::Nothing,
        Some(_) if !request.inherits => return Err(Failure::INVALID_PARAMETER),
        Some(handles) => Inherit::Listed(handles),
    };
    let (path, line) = find(request.application.as_deref(), request.line)?;
    let arguments = command_line::split(&line);
    program::check(&path)?;
    descriptors::occupy_standard()?;
    let standard = standard_descriptors(request.standard)?;
    let mut will = Will::new(&inherit, request.standard)?;
    let directory = request.directory.as_deref().map(|name| {
        let path = directory::named(name).map_err(|_| Failure::DIRECTORY)?;
        c_string(program::to_bytes(&path))
    });
    let directory = directory.transpose()?;
    let mut own_variables = vec![will.variable()];
    if command_line::join(&arguments) != line {
        let name = arguments::LINE_VARIABLE.as_bytes();
        own_variables.push(c_string([name, b"=", &line].concat())?);
    }
    let (waiting, starting) = Program {
        path: &c_string(program::to_bytes(&path))?,
        arguments: &c_strings(arguments)?,
        environment: &with_ours(request.environment, own_variables)?,
        directory: directory.as_deref(),
        standard: &standard,
        kept: will.kept(),
        keeps_others: matches!(inherit, Inherit::All),
        group: how.group,
        nice: how.nice,
        sign: &|| will.sign(),
    }
    .fork()?;
    will.release_handles();
    begin(waiting, starting, will, &how, request.inheritable)
}

/// How it is started, as the flags say.
struct How {
    is_suspended: bool,
    group: Group,
    nice: Option<i32>,
}

impl How {
    fn of(flags: u32) -> Result<Self> {
        let classes = CLASSES.iter().filter(|(flag, _)| flags & flag != 0);
        let mut known = WITHOUT_MEANING | SUSPENDED | DETACHED | NEW_GROUP;
        let mut nice = None;
        for &(flag, value) in classes {
            if nice.replace(value).is_some() {
                return Err(Failure::INVALID_PARAMETER);
            }
            known |= flag;
        }
        if flags & !known != 0 {
            return Err(Failure::NOT_SUPPORTED);
        }
        let group = match (flags & DETACHED != 0, flags & NEW_GROUP != 0) {
            (true, _) if flags & NEW_CONSOLE != 0 => return Err(Failure::INVALID_PARAMETER),
            (true, _) => Group::OwnSession,
            (false, true) => Group::Own,
            (false, false) => Group::Parents,
        };
        Ok(Self {
            is_suspended: flags & SUSPENDED != 0,
            group,
            nice,
        })
    }
}

/// Makes the handles, and lets the process run unless it is to be suspended.
fn begin(
    waiting: Waiting,
    starting: Doing,
    will: Will,
    how: &How,
    inheritable: (bool, bool),
) -> Result<Created> {
    let pid = waiting.pid;
    // Kept until the end: whoever drops the last one while the child is there leaves it to the reaper.
    let record = match record(&waiting, will) {
        Ok(record) => record,
        Err(failure) => {
            waiting.give_up();
            return Err(failure);
        }
    };
    let run = handles_to(&record, inheritable).and_then(|(process, thread)| {
        let result = if how.is_suspended {
            Ok(())
        } else {
            waiting.run()
        };
        drop(starting);
        if result.is_err() {
            close_both(process, thread);
        }
        result.map(|()| Created {
            process,
            thread,
            pid,
        })
    });
    match run {
        Ok(_) if how.is_suspended => suspension::begin(pid, waiting.line),
        Ok(_) => {}
        Err(_) => waiting.give_up(),
    }
    run
}

fn record(waiting: &Waiting, will: Will) -> Result<Arc<Record>> {
    let pidfd = rustix::io::fcntl_dupfd_cloexec(&waiting.pidfd, 0)?;
    Record::of_child(waiting.pid, pidfd, will)
}

fn handles_to(record: &Arc<Record>, inheritable: (bool, bool)) -> Result<(Handle, Handle)> {
    let process = Process::new(Arc::clone(record), ALL_ACCESS)?;
    let thread = Thread::of_child(Arc::clone(record))?;
    let process = handles::insert(Object::Process(process), inheritable.0)?;
    match handles::insert(Object::Thread(thread), inheritable.1) {
        Ok(thread) => Ok((process, thread)),
        Err(failure) => {
            let _ = handles::close(process);
            Err(failure)
        }
    }
}

fn close_both(process: Handle, thread: Handle) {
    let _ = handles::close(process);
    let _ = handles::close(thread);
}

/// The file to run, and the command line that its program sees.
fn find(application: Option<&[u8]>, line: Option<Vec<u8>>) -> Result<(PathBuf, Vec<u8>)> {
    if line.as_ref().is_some_and(|line| line.len() > LONGEST) {
        return Err(Failure::FILENAME_EXCED_RANGE);
    }
    let line = line.filter(|line| application.is_none() || !line.is_empty());
    match (application, line) {
        (None, None) => Err(Failure::INVALID_PARAMETER),
        (Some(name), None) => Ok((program::named(name)?, [b"\"", name, b"\""].concat())),
        (Some(name), Some(line)) => Ok((program::named(name)?, line)),
        (None, Some(line)) => {
            let (path, name) = program::searched(&command_line::names(&line))?;
            if !name.contains(&b' ') || line.contains(&b'"') {
                return Ok((path, line));
            }
            // Windows adds the quotes that were missing.
            let rest = &line.trim_ascii_start()[name.len()..];
            Ok((path, [b"\"", name, b"\"", rest].concat()))
        }
    }
}

/// What the descriptors 0 to 2 of the process are copied from.
fn standard_descriptors(given: Option<[Handle; 3]>) -> Result<[OwnedFd; 3]> {
    let copy = |index: usize| -> Result<OwnedFd> {
        let handle = match given {
            Some(given) => given[index],
            None => standard::get(startup::STANDARD[index])?,
        };
        if let Ok(entry) = handles::get(handle) {
            return Ok(spawn::copy_beyond_standard(entry.object.descriptor())?);
        }
        // Its own, which may be no handle.
        let own = handle.descriptor().filter(|&it| given.is_none() && it < 3);
        let own: Option<BorrowedFd<'_>> = own.and_then(descriptors::borrow);
        if let Some(own) = own {
            return Ok(spawn::copy_beyond_standard(own)?);
        }
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        let null = rustix::fs::open(c"/dev/null", flags, Mode::empty())?;
        Ok(spawn::copy_beyond_standard(null)?)
    };
    Ok([copy(0)?, copy(1)?, copy(2)?])
}

/// The environment of the process, with the variables that this library has for it.
fn with_ours(given: Option<Vec<CString>>, ours: Vec<CString>) -> Result<Vec<CString>> {
    let mut environment = match given {
        Some(given) => given,
        None => environment::all()
            .map(|(name, value)| c_string([name.into_vec(), value.into_vec()].join(&b'=')))
            .collect::<Result<_>>()?,
    };
    let names = [bequest::VARIABLE, arguments::LINE_VARIABLE];
    environment.retain(|variable| {
        let name = variable.as_bytes().split(|&byte| byte == b'=').next();
        !names.iter().any(|ours| name == Some(ours.as_bytes()))
    });
    environment.extend(ours);
    Ok(environment)
}

fn c_string(bytes: Vec<u8>) -> Result<CString> {
    CString::new(bytes).map_err(|_| Failure::INVALID_PARAMETER)
}

fn c_strings(strings: Vec<Vec<u8>>) -> Result<Vec<CString>> {
    strings.into_iter().map(c_string).collect()
}

/// The bytes of a string of C's.
pub(crate) fn bytes(text: Option<OsString>) -> Option<Vec<u8>> {
    text.map(OsString::into_vec)
}
