//! A line between this process and one that it is about to start, on which each notices that the other is gone.
//!
//! That works only as long as nobody else has one of its ends. A child that another thread forks at that moment would,
//! and might live for long; so what is open is written down, and such a child closes it at once.

use std::cell::Cell;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use crate::failure::Result;
use commonhold::os::linux::ForkMutex;

/// Ends that are open, each with its key.
static OPEN: ForkMutex<Vec<(u64, OwnedFd)>> = ForkMutex::new(Vec::new());

thread_local! {
    static IS_STARTING: Cell<bool> = const { Cell::new(false) };
}

/// One end of a line. It means nothing in a forked child.
pub(crate) struct End {
    key: u64,
    descriptor: RawFd,
}

/// Opens a line: this process's end, and the other's.
pub(crate) fn open() -> Result<(End, End)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    watch();
    // Locked before they are open: no fork comes in between.
    let mut open = OPEN.lock();
    let (one, other) = rustix::net::socketpair(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    let mut end = |descriptor: OwnedFd| {
        let key = NEXT.fetch_add(1, Ordering::Relaxed);
        let raw = descriptor.as_raw_fd();
        open.push((key, descriptor));
        End {
            key,
            descriptor: raw,
        }
    };
    Ok((end(one), end(other)))
}

impl End {
    /// Its descriptor, in the process that opened it, and in a child of the thread that started with [`starting`].
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        // SAFETY: open until this end is dropped; a forked child that has closed it does not get here with it, as it
        // runs another thread's code.
        unsafe { BorrowedFd::borrow_raw(self.descriptor) }
    }

    /// Sends a number, unless this is a forked child.
    pub(crate) fn send(&self, number: u32) -> Result<()> {
        let open = OPEN.lock();
        let Some((_, descriptor)) = open.iter().find(|(key, _)| *key == self.key) else {
            return Err(crate::failure::Failure::NOT_SUPPORTED);
        };
        Ok(send(descriptor.as_fd(), number)?)
    }

    /// Waits for the other side to send a number; `None` if it is gone, or has become another program.
    pub(crate) fn receive(&self) -> Result<Option<u32>, Errno> {
        receive(self.descriptor())
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut open = OPEN.lock();
        if let Some(at) = open.iter().position(|(key, _)| *key == self.key) {
            drop(open.swap_remove(at));
        }
    }
}

/// Sends a number. It is a system call, and nothing else.
pub(super) fn send(descriptor: BorrowedFd<'_>, number: u32) -> Result<(), Errno> {
    rustix::net::send(descriptor, &number.to_ne_bytes(), SendFlags::NOSIGNAL).map(drop)
}

/// Receives a number by system calls alone.
pub(super) fn receive(descriptor: BorrowedFd<'_>) -> Result<Option<u32>, Errno> {
    let mut bytes = [0; 4];
    loop {
        match rustix::net::recv(descriptor, &mut bytes, RecvFlags::WAITALL) {
            Ok((_, 4)) => return Ok(Some(u32::from_ne_bytes(bytes))),
            Ok(_) | Err(Errno::CONNRESET) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Forks by this action are to start a process: its child keeps the ends, for it needs one.
pub(super) fn starting<T>(action: impl FnOnce() -> T) -> T {
    IS_STARTING.set(true);
    let result = action();
    IS_STARTING.set(false);
    result
}

/// Has forks noticed, from now on.
fn watch() {
    /// Closes what the child of a fork has no business with.
    extern "C" fn child() {
        if !IS_STARTING.get() {
            OPEN.lock().clear();
        }
    }

    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    if IS_WATCHED.load(Ordering::Acquire) {
        return;
    }
    // What gives the mutexes up after a fork is registered now, and so called before this.
    drop(OPEN.lock());
    if IS_WATCHED.swap(true, Ordering::AcqRel) {
        return;
    }
    // SAFETY: the handler is a function for as long as this code is loaded, and closes descriptors.
    let refused = unsafe { libc::pthread_atfork(None, None, Some(child)) };
    if refused != 0 {
        tracing::warn!(refused, "forked children keep lines open");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A child that does this, and then nothing until it is killed.
    fn forked(action: impl FnOnce()) -> libc::pid_t {
        // SAFETY: the child does what the test says, and never returns.
        let child = unsafe { libc::fork() };
        if child == 0 {
            action();
            // SAFETY: a watchdog of the kernel's, should the parent not come that far.
            unsafe { libc::alarm(20) };
            loop {
                // SAFETY: waits for a signal.
                unsafe { libc::pause() };
            }
        }
        child
    }

    /// Ends the child, which must have lived until now.
    fn kill(child: libc::pid_t) {
        let mut status = 0;
        // SAFETY: a child of this test's, which was not waited for.
        assert_eq!(unsafe { libc::kill(child, libc::SIGKILL) }, 0);
        // SAFETY: the child is ours, and `status` lives.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(libc::WTERMSIG(status), libc::SIGKILL);
    }

    #[test]
    fn a_child_that_is_forked_meanwhile_does_not_keep_it_open() {
        let (ours, others) = open().unwrap();
        let child = forked(|| {});
        drop(others);
        assert_eq!(ours.receive(), Ok(None));
        kill(child);
    }

    #[test]
    fn the_child_that_it_is_for_has_its_end() {
        let (ours, others) = open().unwrap();
        let child = starting(|| {
            forked(|| {
                let _ = send(others.descriptor(), 7);
            })
        });
        drop(others);
        assert_eq!(ours.receive(), Ok(Some(7)));
        kill(child);
        assert_eq!(ours.receive(), Ok(None));
    }
}
