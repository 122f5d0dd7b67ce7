//! Waits for what handles refer to: with the right to, and for different objects.

use std::time::Duration;

use arrayvec::ArrayVec;

use super::alert::Alert;
use super::handle::{WaitableHandle, this_thread};
use super::process::Process;
use super::reference::WaitReference;
use super::target::{MOST, Target};
use super::thread::Thread;
use super::wait::Deadline;
use super::wait_all::All;
use super::wait_any;
use super::waitable::Taken;
use crate::{Error, ErrorCode, Result, Rights};

/// One of the things that a wait is for.
#[derive(Clone, Copy)]
pub(crate) enum AnyTarget<'a> {
    Object(&'a WaitableHandle),
    Reference(&'a WaitReference),
    Alert(&'a Alert),
    Process(&'a Process),
    Thread(&'a Thread),
}

impl<'a> AnyTarget<'a> {
    #[inline]
    fn target(self, tried: &'static str) -> Result<Target<'a>> {
        Ok(match self {
            Self::Object(handle) => {
                handle.require(Rights::SYNCHRONIZE, tried)?;
                Target::Word(handle.waitable())
            }
            Self::Reference(reference) => {
                reference.require(Rights::SYNCHRONIZE, tried)?;
                Target::Word(reference.waitable())
            }
            Self::Alert(alert) => Target::Word(alert.waitable()),
            Self::Process(process) => Target::Process(process),
            Self::Thread(thread) => Target::Word(thread.waitable()),
        })
    }
}

/// Waits for one object; `None` if the time was up before.
#[cold]
pub(crate) fn wait_for_one(
    target: AnyTarget<'_>,
    timeout: Option<Duration>,
) -> Result<Option<Taken>> {
    const TRIED: &str = "wait";
    let me = this_thread(TRIED)?;
    let deadline = Deadline::after(timeout);
    let taken = match target.target(TRIED)? {
        Target::Word(word) => word.wait(&me, deadline),
        Target::Process(process) => loop {
            if process.has_ended() {
                break Some(Taken::Normally);
            }
            if deadline.has_passed() {
                break None;
            }
            process.sleep(deadline.or_earlier(None));
        },
    };
    checked(taken)
}

/// Waits for the first of several objects; `None` if the time was up before.
pub(crate) fn wait_for_any<'a>(
    targets: impl Iterator<Item = AnyTarget<'a>>,
    timeout: Option<Duration>,
) -> Result<Option<(usize, Taken)>> {
    const TRIED: &str = "wait for any of several objects";
    let me = this_thread(TRIED)?;
    let mut words = ArrayVec::<_, MOST>::new();
    for target in targets {
        words.push(target.target(TRIED)?);
    }
    let taken = wait_any::wait_any(&words, &me, || Deadline::after(timeout));
    checked(taken.map(|(_, taken)| taken))?;
    Ok(taken)
}

/// Waits for all of several objects at once; `None` if the time was up before, or the alert is raised.
pub(crate) fn wait_for_all<'a>(
    targets: impl Iterator<Item = AnyTarget<'a>>,
    timeout: Option<Duration>,
    alert: Option<&Alert>,
) -> Result<Option<Taken>> {
    const TRIED: &str = "wait for all of several objects";
    let me = this_thread(TRIED)?;
    let mut all = All::default();
    for target in targets {
        match target {
            AnyTarget::Object(handle) => {
                handle.require(Rights::SYNCHRONIZE, TRIED)?;
                all.add_object(handle.order(), handle.waitable());
            }
            AnyTarget::Reference(reference) => {
                reference.require(Rights::SYNCHRONIZE, TRIED)?;
                all.add_object(reference.order(), reference.waitable());
            }
            AnyTarget::Process(process) => all.add_process(process),
            AnyTarget::Thread(thread) => all.add_end(thread.waitable()),
            AnyTarget::Alert(alert) => all.add_end(alert.waitable()),
        }
    }
    if !all.sort() {
        return Err(Error::new(ErrorCode::INVALID_PARAMETER, TRIED)
            .because("one object is there twice, and cannot be taken twice at once"));
    }
    let alert = alert.map(Alert::waitable);
    checked(all.wait(&me, || Deadline::after(timeout), alert))
}

#[inline]
pub(super) fn checked(taken: Option<Taken>) -> Result<Option<Taken>> {
    if taken == Some(Taken::TooDeep) {
        Err(too_deep())
    } else {
        Ok(taken)
    }
}

#[cold]
fn too_deep() -> Error {
    Error::new(ErrorCode::MUTANT_LIMIT_EXCEEDED, "own the mutex once more")
}
