//! What this process knows of another, or of itself: one record, whatever the number of handles.
//!
//! A child that was started here is not reaped while there is a record of it: it stays a zombie once it has ended, so
//! its id is nobody else's, it can still be opened, and its exit code be asked for, as on Windows. The last handle
//! takes it along.

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use rustix::io::Errno;
use rustix::process::{Signal, WaitId, WaitIdOptions, WaitIdStatus};

use super::exit_code::{self, Ending};
use super::{reaper, suspension};
use crate::failure::{Failure, Result};
use crate::handles::bequest::Will;
use crate::platform::pidfd;
use commonhold::os::linux::ForkMutex;

pub(crate) struct Record {
    pid: u32,
    process: commonhold::Process,
    /// Of a process that was started here.
    will: Option<Will>,
    /// What `TerminateProcess` was told here.
    sentence: Code,
    exit_code: Code,
}

/// A code that is not known at first, and never another once it is.
#[derive(Default)]
struct Code(AtomicU64);

impl Code {
    const KNOWN: u64 = 1 << 32;

    fn get(&self) -> Option<u32> {
        let code = self.0.load(Ordering::Acquire);
        #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
        (code & Self::KNOWN != 0).then_some(code as u32)
    }

    /// It was wrong.
    fn forget(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// The first to say it is right; whether this one is.
    fn set(&self, code: u32) -> bool {
        let known = Self::KNOWN | u64::from(code);
        let set = self
            .0
            .compare_exchange(0, known, Ordering::AcqRel, Ordering::Acquire);
        set.is_ok()
    }
}

/// All there are.
static RECORDS: ForkMutex<Vec<Weak<Record>>> = ForkMutex::new(Vec::new());

impl Record {
    /// The record of a process that is there.
    pub(super) fn of_pid(pid: u32) -> Result<Arc<Self>> {
        if let Some(known) = known(pid) {
            return Ok(known);
        }
        let process = commonhold::Process::open(pid)?;
        Ok(keep_one(Self::new(pid, process, None)))
    }

    /// The record for a descriptor of a process with this id.
    pub(super) fn adopt(pid: u32, descriptor: OwnedFd) -> Result<Arc<Self>> {
        if let Some(known) = known(pid) {
            return Ok(known);
        }
        let process = commonhold::Process::try_from(descriptor)?;
        Ok(keep_one(Self::new(pid, process, None)))
    }

    /// The record of a child, which has not become its program yet.
    pub(super) fn of_child(pid: u32, descriptor: OwnedFd, will: Will) -> Result<Arc<Self>> {
        let process = commonhold::Process::try_from(descriptor)?;
        Ok(keep(Self::new(pid, process, Some(will))))
    }

    fn new(pid: u32, process: commonhold::Process, will: Option<Will>) -> Self {
        Self {
            pid,
            process,
            will,
            sentence: Code::default(),
            exit_code: Code::default(),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn is_current(&self) -> bool {
        self.pid == std::process::id()
    }

    pub(crate) fn process(&self) -> &commonhold::Process {
        &self.process
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.process.wait(commonhold::Timeout::ZERO).unwrap_or(true)
    }

    /// Refuses where the user may not signal the process.
    pub(super) fn check_reach(&self) -> Result<()> {
        match pidfd::is_there(&self.process) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::INVALID_PARAMETER),
            Err(errno) => Err(errno.into()),
        }
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        match rustix::process::pidfd_send_signal(&self.process, signal) {
            // It has ended.
            Err(Errno::SRCH) => Err(Failure::ACCESS_DENIED),
            done => Ok(done?),
        }
    }

    /// Ends the process.
    pub(crate) fn terminate(&self, code: u32) -> Result<()> {
        if self.is_current() {
            super::end::exit_at_once(code);
        }
        if self.has_ended() {
            return Err(Failure::ACCESS_DENIED);
        }
        // Before the signal: who waits for the end asks at once.
        self.sentence.set(code);
        self.signal(Signal::KILL)
            .inspect_err(|_| self.sentence.forget())
    }

    /// The exit code; `None` while the process runs.
    pub(crate) fn exit_code(&self) -> Result<Option<u32>> {
        if let Some(code) = self.exit_code.get() {
            return Ok(Some(code));
        }
        if self.is_current() || !self.has_ended() {
            return Ok(None);
        }
        let code = match self.peek(WaitIdOptions::NOWAIT) {
            Ok(Some(status)) => self.meaning(Ending::of_child(&status)),
            Ok(None) => return Ok(None),
            // No child of this process, or one that the program has reaped itself.
            Err(_) => self.exit_code_from_elsewhere()?,
        };
        self.exit_code.set(code);
        Ok(Some(code))
    }

    /// The code of a process of which this one is not told.
    fn exit_code_from_elsewhere(&self) -> Result<u32> {
        let unreaped = || {
            let status = exit_code::of_zombie(self.pid)?;
            // Read of this process, and of none that has its number since.
            let is_it = matches!(pidfd::is_there(&self.process), Ok(true));
            is_it.then_some(status)
        };
        let reaped = || pidfd::exit_status(&self.process);
        // It may be reaped just between the two.
        let status = reaped().or_else(unreaped).or_else(reaped);
        let sentence = || self.sentence.get().ok_or(Failure::NOT_SUPPORTED);
        status.map_or_else(sentence, |status| {
            Ok(self.meaning(Ending::of_wait_status(status)))
        })
    }

    fn meaning(&self, ending: Ending) -> u32 {
        let told = self.will.as_ref().and_then(Will::exit_code);
        ending.exit_code(told, self.sentence.get())
    }

    /// The status of a child that has ended.
    fn peek(&self, options: WaitIdOptions) -> Result<Option<WaitIdStatus>, Errno> {
        let options = options | WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        rustix::process::waitid(WaitId::PidFd(self.process.as_fd()), options)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.will.is_none() {
            return;
        }
        suspension::forget(self.pid);
        // Reaps it if it has ended. In a forked child it is nobody to wait for.
        if let Ok(None) = self.peek(WaitIdOptions::empty()) {
            reaper::leave(self.process.as_fd());
        }
    }
}

/// The record of this process, if there is one, and it is of the process that has the number now.
fn known(pid: u32) -> Option<Arc<Record>> {
    // Kept until the lock is given up: the last one to go does a lot.
    let records: Vec<Arc<Record>> = {
        let records = RECORDS.lock();
        let records = records.iter().filter_map(Weak::upgrade);
        records.filter(|record| record.pid == pid).collect()
    };
    let is_there = |record: &Arc<Record>| !matches!(pidfd::is_there(&record.process), Ok(false));
    records.into_iter().find(is_there)
}

fn keep(record: Record) -> Arc<Record> {
    let record = Arc::new(record);
    let mut records = RECORDS.lock();
    records.retain(|record| record.strong_count() > 0);
    records.push(Arc::downgrade(&record));
    record
}

/// The same, unless another thread has made one of the process meanwhile, which is that thread's then.
fn keep_one(record: Record) -> Arc<Record> {
    let pid = record.pid;
    let mine = keep(record);
    let first = known(pid).unwrap_or_else(|| Arc::clone(&mine));
    if !Arc::ptr_eq(&first, &mine) {
        RECORDS
            .lock()
            .retain(|it| !std::ptr::eq(it.as_ptr(), Arc::as_ptr(&mine)));
    }
    first
}
