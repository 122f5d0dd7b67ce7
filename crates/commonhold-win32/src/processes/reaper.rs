//! Who waits for children of which there is no handle any more, so that they do not stay as zombies: one thread, as
//! long as there is such a child.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use rustix::event::{EventfdFlags, PollFd, PollFlags};
use rustix::process::{WaitId, WaitIdOptions};

use crate::platform::signals;
use crate::threads::end;
use commonhold::os::linux::ForkMutex;

/// The thread at work.
struct Reaper {
    /// Whose it is: a forked child has none, and nobody to wait for.
    pid: u32,
    /// Wakes the thread.
    bell: Arc<OwnedFd>,
    /// Children that it has not seen yet.
    left: Vec<OwnedFd>,
}

static REAPER: ForkMutex<Option<Reaper>> = ForkMutex::new(None);

/// Leaves a child to the reaper.
pub(super) fn leave(pidfd: BorrowedFd<'_>) {
    let pidfd = match rustix::io::fcntl_dupfd_cloexec(pidfd, 0) {
        Ok(pidfd) => pidfd,
        Err(errno) => {
            tracing::warn!(%errno, "a child will stay as a zombie");
            return;
        }
    };
    let begun = {
        let mut reaper = REAPER.lock();
        let pid = std::process::id();
        match reaper.as_mut().filter(|reaper| reaper.pid == pid) {
            Some(reaper) => {
                reaper.left.push(pidfd);
                ring(&reaper.bell);
                None
            }
            None => match begin(pid, pidfd) {
                Some((new, begun)) => {
                    *reaper = Some(new);
                    Some(begun)
                }
                None => None,
            },
        }
    };
    // Until it does not count as one of the program's threads, this one, which does, is there.
    if let Some(begun) = begun {
        let _ = begun.recv();
    }
}

fn begin(pid: u32, first: OwnedFd) -> Option<(Reaper, Receiver<()>)> {
    let bell = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok()?;
    let bell = Arc::new(bell);
    let reaper = Reaper {
        pid,
        bell: Arc::clone(&bell),
        left: vec![first],
    };
    let (begins, begun) = mpsc::channel();
    // The program's handlers run in its own threads.
    let mask = signals::block_all();
    let thread = std::thread::Builder::new()
        .name("commonhold-reap".into())
        .spawn(move || {
            end::count_out();
            drop(begins);
            reap(&bell);
        });
    signals::restore(&mask);
    match thread {
        Ok(_) => Some((reaper, begun)),
        Err(error) => {
            tracing::warn!(%error, "a child will stay as a zombie");
            None
        }
    }
}

fn ring(bell: &OwnedFd) {
    // It can only be full of rings already.
    let _ = rustix::io::write(bell, &1_u64.to_ne_bytes());
}

/// Reaps until nobody is left.
fn reap(bell: &OwnedFd) {
    let mut children: Vec<OwnedFd> = Vec::new();
    loop {
        {
            let mut reaper = REAPER.lock();
            let left = reaper.as_mut().map(|reaper| &mut reaper.left);
            children.extend(left.into_iter().flat_map(|left| left.drain(..)));
            if children.is_empty() {
                // Under the lock: whoever comes next begins another.
                *reaper = None;
                return;
            }
        }
        let descriptors = children.iter().chain([bell]);
        let mut polled: Vec<PollFd<'_>> = descriptors
            .map(|descriptor| PollFd::new(descriptor, PollFlags::IN))
            .collect();
        if rustix::event::poll(&mut polled, None).is_err() {
            continue;
        }
        let _ = rustix::io::read(bell, &mut [0; 8]);
        children.retain(|child| {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
            let status = rustix::process::waitid(WaitId::PidFd(child.as_fd()), options);
            matches!(status, Ok(None))
        });
    }
}
