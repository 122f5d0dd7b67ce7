//! `commonhold custodian`: stays, and removes at once what killed processes leave.
//!
//! Nobody needs it: a leftover's name is free without it, and its memory too once the name is used. It is for machines
//! where memory is short.
//!
//! The kernel tells nobody when a lock goes. But it tells when a process ends, and when something gets a name. So a round
//! goes like this: watch the directories; look who holds objects, and take hold of those processes; *then* remove what is
//! left; sleep until a process ends or a name comes. Whoever dies before its process was taken hold of has left before
//! the removal, and whoever dies later wakes the sleeper. What neither tells (a process that opened an object later, or
//! that this user may not look into, a handle in a socket) is found by a look every few seconds.
//!
//! A round costs what the system has of processes, and the next one comes no sooner than ten times that later.

mod holders;
mod signals;
mod unit;
mod watch;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use commonhold::os::linux::inspect::Namespace;
use commonhold::os::linux::reclaim::{Outcome, reclaim};
use commonhold::{ErrorCode, Scope};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use crate::exit::Status;
use crate::leftover;
use crate::units::Time;
use holders::Holders;
use signals::Signals;
use watch::Watch;

#[derive(Args)]
pub struct Options {
    /// How often to look for what the kernel does not tell
    #[arg(long, value_name = "INTERVAL", default_value = "5s")]
    every: Time,
    /// Print a systemd unit that runs this, for ~/.config/systemd/user
    #[arg(long, exclusive = true)]
    print_unit: bool,
}

pub fn run(options: &Options) -> Result<Status> {
    let mut out = io::stdout().lock();
    if options.print_unit {
        unit::write(&mut out)?;
        return Ok(Status::DONE);
    }
    let signals = Signals::catch()?;
    let mut watch = Watch::new()?;
    let mut told = None;
    loop {
        let began = Instant::now();
        let (holders, complaints) = round(&mut watch, &mut out)?;
        if told.is_none() {
            writeln!(out, "watching {}", watch.root().display())?;
        }
        for new in complaints.difference(&told.unwrap_or_default()) {
            writeln!(out, "{new}")?;
        }
        told = Some(complaints);
        out.flush()?;
        let pause = began.elapsed().saturating_mul(10);
        if sleep(pause, &signals, &[], None)? == Next::End {
            return Ok(Status::DONE);
        }
        let long = options.every.0.max(pause);
        if sleep(long, &signals, holders.all(), Some(&mut watch))? == Next::End {
            return Ok(Status::DONE);
        }
    }
}

/// Removes what is left, and says so. What could not be done is returned, so that it is not said again in each round.
fn round(watch: &mut Watch, out: &mut impl Write) -> Result<(Holders, BTreeSet<String>)> {
    let mut complaints = BTreeSet::new();
    let mut namespaces = Vec::new();
    for scope in [Scope::Local, Scope::Global] {
        match Namespace::open(scope) {
            Ok(namespace) => namespaces.extend(namespace),
            Err(error) => drop(complaints.insert(error.to_string())),
        }
    }
    for namespace in &namespaces {
        watch.add(namespace.path())?;
    }
    let holders = Holders::of(&namespaces);
    for namespace in &namespaces {
        let leftovers = match reclaim(namespace) {
            Ok(leftovers) => leftovers,
            Err(error) => {
                complaints.insert(error.to_string());
                continue;
            }
        };
        for leftover in &leftovers {
            match &leftover.outcome {
                Outcome::Removed => writeln!(out, "{}", leftover::line(leftover))?,
                // What other users left is theirs to care for.
                Outcome::Kept(why) if why.code() == ErrorCode::ACCESS_DENIED => {}
                Outcome::Kept(_) => drop(complaints.insert(leftover::line(leftover))),
                _ => {}
            }
        }
    }
    Ok((holders, complaints))
}

#[derive(PartialEq, Eq)]
enum Next {
    Look,
    End,
}

/// Sleeps until one of these has something to tell, or for this long. A signal tells to end.
fn sleep<'a>(
    time: Duration,
    signals: &'a Signals,
    holders: &'a [rustix::fd::OwnedFd],
    mut watch: Option<&mut Watch>,
) -> Result<Next> {
    let until = Instant::now().checked_add(time);
    loop {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut polled = vec![PollFd::new(signals, PollFlags::IN)];
        polled.extend(holders.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
        if let Some(watch) = &watch {
            polled.push(PollFd::from_borrowed_fd(watch.fd(), PollFlags::IN));
        }
        match rustix::event::poll(&mut polled, left.as_ref()) {
            Ok(0) => return Ok(Next::Look),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let tells = |fd: &PollFd| !fd.revents().is_empty();
        if tells(&polled[0]) {
            return Ok(Next::End);
        }
        if polled[1..].iter().take(holders.len()).any(tells) {
            return Ok(Next::Look);
        }
        drop(polled);
        if let Some(watch) = &mut watch {
            if watch.has_news()? {
                return Ok(Next::Look);
            }
        }
    }
}
