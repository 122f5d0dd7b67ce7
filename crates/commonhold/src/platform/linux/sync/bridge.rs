//! Processes in a wait for words: a thread sleeps on their descriptors, and wakes a word that stands for them.

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustix::event::{EventfdFlags, PollFd, PollFlags};
use rustix::io::Errno;

use super::primitive::{self, AtomicU64, Ordering, Sleep};
use super::target::Target;

/// A thread that waits for processes on behalf of one that waits for words. It ends with this value.
pub(super) struct Bridge {
    ended: Arc<AtomicU64>,
    stop: OwnedFd,
    thread: Option<JoinHandle<()>>,
}

impl Bridge {
    /// For the processes among the targets, if any. Where there cannot be one, the caller looks again often.
    pub(super) fn to(targets: &[Target<'_>]) -> Option<Result<Self, Errno>> {
        let mut processes = targets.iter().filter_map(|target| match target {
            Target::Process(process) => Some(process),
            Target::Word(_) => None,
        });
        processes.clone().next()?;
        let pidfds = processes.try_fold(Vec::new(), |mut pidfds, process| {
            pidfds.push(rustix::io::fcntl_dupfd_cloexec(process.as_fd(), 0)?);
            Ok(pidfds)
        });
        Some(pidfds.and_then(Self::start))
    }

    fn start(mut pidfds: Vec<OwnedFd>) -> Result<Self, Errno> {
        let stop = rustix::event::eventfd(0, EventfdFlags::CLOEXEC)?;
        let ended = Arc::new(AtomicU64::new(0));
        pidfds.push(rustix::io::fcntl_dupfd_cloexec(&stop, 0)?);
        let word = Arc::clone(&ended);
        // The program's signal handlers are for its own threads.
        let thread = primitive::with_signals_blocked(|| {
            thread::Builder::new()
                .name("commonhold".into())
                .spawn(move || {
                    let mut all: Vec<_> = pidfds
                        .iter()
                        .map(|fd| PollFd::new(fd, PollFlags::IN))
                        .collect();
                    while rustix::event::poll(&mut all, None) == Err(Errno::INTR) {}
                    word.store(1, Ordering::SeqCst);
                    primitive::wake(&word, u32::MAX);
                })
        });
        let thread = thread.map_err(|_| Errno::AGAIN)?;
        Ok(Self {
            ended,
            stop,
            thread: Some(thread),
        })
    }

    /// What to sleep on; `None` if a process has ended.
    pub(super) fn sleep(&self) -> Option<Sleep> {
        (self.ended.load(Ordering::SeqCst) == 0).then(|| primitive::to_sleep_on(&self.ended, 0))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = rustix::io::write(&self.stop, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
