//! Where processes are sent handles, by abstract sockets: the names of mailboxes and of receipts.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};

use super::super::GIVEN;
use crate::failure::{Failure, Result};
use crate::processes::Process;

/// How many connections wait to be collected at most; the kernel has a limit of its own, of 4,096.
const BACKLOG: i32 = 4096;

/// The name of a process's mailbox, or of a receipt for one of its numbers.
pub(super) struct Name {
    bytes: [u8; 80],
    len: usize,
}

impl Name {
    /// Allocates nothing, so that a process can open its mailbox between fork and exec.
    pub(super) fn of(namespace: u64, pid: u32, number: Option<usize>) -> Self {
        use std::io::Write as _;
        let mut bytes = [0; 80];
        let mut rest = &mut bytes[..];
        let written = match number {
            None => write!(rest, "commonhold-mail/{namespace}/{pid}"),
            Some(number) => write!(rest, "commonhold-mail/{namespace}/{pid}/{number}"),
        };
        debug_assert!(written.is_ok(), "three numbers fit");
        let len = 80 - rest.len();
        Self { bytes, len }
    }

    pub(super) fn address(&self) -> Result<SocketAddrUnix, Errno> {
        SocketAddrUnix::new_abstract_name(&self.bytes[..self.len])
    }
}

/// The pid namespace, which process ids are of.
pub(in super::super) fn namespace() -> u64 {
    rustix::fs::stat(c"/proc/self/ns/pid").map_or(0, |stat| stat.st_ino)
}

fn socket(flags: SocketFlags) -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// This process's id, by a system call and nothing else.
fn own_pid() -> u32 {
    u32::try_from(rustix::process::getpid().as_raw_nonzero().get()).unwrap_or(0)
}

/// Opens the mailbox of the process that calls. It makes system calls only.
pub(in super::super) fn listen(namespace: u64, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    let listener = socket(flags | SocketFlags::NONBLOCK)?;
    rustix::net::bind(&listener, &Name::of(namespace, own_pid(), None).address()?)?;
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

/// Binds a receipt of the process that calls for one of its numbers, so that nobody chooses it. By system calls only.
pub(in super::super) fn reserve(
    namespace: u64,
    number: usize,
    flags: SocketFlags,
) -> Result<OwnedFd, Errno> {
    let receipt = socket(flags)?;
    rustix::net::bind(
        &receipt,
        &Name::of(namespace, own_pid(), Some(number)).address()?,
    )?;
    Ok(receipt)
}

/// Connects to the mailbox of a process, and makes sure that it is that process's.
pub(super) fn connect(target: &Process, namespace: u64) -> Result<OwnedFd> {
    // A full mailbox is an error, and not waited for.
    let connection = socket(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    let address = Name::of(namespace, target.pid(), None).address()?;
    let has_ended = || target.has_ended();
    rustix::net::connect(&connection, &address).map_err(|errno| match errno {
        // A process that ends can be given nothing; one without this library cannot be either.
        Errno::CONNREFUSED if has_ended() => Failure::ACCESS_DENIED,
        Errno::CONNREFUSED => Failure::NOT_SUPPORTED,
        Errno::AGAIN => Failure::NO_SYSTEM_RESOURCES,
        errno => errno.into(),
    })?;
    let peer = sockopt::socket_peercred(&connection)?;
    let is_target = u32::try_from(peer.pid.as_raw_nonzero().get()) == Ok(target.pid());
    let user = rustix::process::geteuid();
    let listens_to_us = user.is_root() || user == peer.uid;
    // Asked last: while it lives, the number is nobody else's.
    if !is_target || !listens_to_us || has_ended() {
        return Err(Failure::ACCESS_DENIED);
    }
    Ok(connection)
}

/// Chooses a number that nobody uses with this process, and binds the receipt for it.
pub(super) fn choose(namespace: u64, pid: u32) -> Result<(usize, OwnedFd)> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let receipt = socket(SocketFlags::CLOEXEC)?;
    for _ in 0..GIVEN {
        let index = NEXT.fetch_add(1, Ordering::Relaxed) % GIVEN;
        match rustix::net::bind(&receipt, &Name::of(namespace, pid, Some(index)).address()?) {
            Ok(()) => return Ok((index, receipt)),
            Err(Errno::ADDRINUSE) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Err(Failure::NO_SYSTEM_RESOURCES)
}
