//! Where processes are sent handles, by abstract sockets: the names of mailboxes and of receipts.

use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};

use super::super::GIVEN;
use crate::failure::{Failure, Result};
use crate::processes::Process;

/// How many connections wait to be collected at most; the kernel has a limit of its own, of 4,096.
const BACKLOG: i32 = 4096;

/// Whose a mailbox or receipt is. A process id is used again, but not with the same time of start; and it is not the id
/// alone that a program inherits which does not know of its mailbox.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    namespace: u64,
    pid: u32,
    start: u64,
}

impl Owner {
    /// The process that calls. By system calls only.
    pub(super) fn current(namespace: u64) -> Self {
        Self {
            namespace,
            pid: u32::try_from(rustix::process::getpid().as_raw_nonzero().get()).unwrap_or(0),
            start: start_time(c"/proc/self/stat"),
        }
    }

    pub(super) fn of(process: &Process, namespace: u64) -> Self {
        let path = CString::new(format!("/proc/{}/stat", process.pid())).unwrap_or_default();
        Self {
            namespace,
            pid: process.pid(),
            start: start_time(&path),
        }
    }
}

/// When a process was started, in the kernel's ticks; zero where it does not tell. By system calls only.
fn start_time(path: &CStr) -> u64 {
    /// Fields between the program's name, which may hold anything, and this one.
    const BETWEEN: usize = 19;
    let mut bytes = [0; 1024];
    let read = rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|file| rustix::io::read(&file, &mut bytes));
    let stat = &bytes[..read.unwrap_or(0)];
    let after_name = stat
        .iter()
        .rposition(|&byte| byte == b')')
        .map_or(0, |at| at + 1);
    let mut fields = stat[after_name..].split(|&byte| byte == b' ').skip(1);
    let field = fields
        .nth(BETWEEN)
        .and_then(|field| std::str::from_utf8(field).ok());
    field.and_then(|field| field.parse().ok()).unwrap_or(0)
}

/// The name of a process's mailbox, or of a receipt for one of its numbers.
struct Name {
    bytes: [u8; 100],
    len: usize,
}

impl Name {
    /// Allocates nothing, so that a process can open its mailbox between fork and exec.
    fn of(owner: Owner, number: Option<usize>) -> Self {
        use std::io::Write as _;
        let Owner {
            namespace,
            pid,
            start,
        } = owner;
        let mut bytes = [0; 100];
        let mut rest = &mut bytes[..];
        let mut written = write!(rest, "commonhold-mail/{namespace}/{pid}/{start}");
        if let Some(number) = number {
            written = written.and_then(|()| write!(rest, "/{number}"));
        }
        debug_assert!(written.is_ok(), "four numbers fit");
        let len = 100 - rest.len();
        Self { bytes, len }
    }

    fn address(&self) -> Result<SocketAddrUnix, Errno> {
        SocketAddrUnix::new_abstract_name(&self.bytes[..self.len])
    }
}

/// The name of a receipt.
pub(super) fn of_receipt(owner: Owner, number: usize) -> Result<SocketAddrUnix, Errno> {
    Name::of(owner, Some(number)).address()
}

/// The pid namespace, which process ids are of.
pub(in super::super) fn namespace() -> u64 {
    rustix::fs::stat(c"/proc/self/ns/pid").map_or(0, |stat| stat.st_ino)
}

fn socket(flags: SocketFlags) -> Result<OwnedFd, Errno> {
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// Opens the mailbox of the process that calls. It makes system calls only.
pub(in super::super) fn listen(namespace: u64, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    let listener = socket(flags | SocketFlags::NONBLOCK)?;
    let name = Name::of(Owner::current(namespace), None);
    rustix::net::bind(&listener, &name.address()?)?;
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
    rustix::net::bind(&receipt, &of_receipt(Owner::current(namespace), number)?)?;
    Ok(receipt)
}

/// Connects to the mailbox of a process, and makes sure that it is that process's.
pub(super) fn connect(target: &Process, owner: Owner) -> Result<OwnedFd> {
    // A full mailbox is an error, and not waited for.
    let connection = socket(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    let address = Name::of(owner, None).address()?;
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
pub(super) fn choose(owner: Owner) -> Result<(usize, OwnedFd)> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let receipt = socket(SocketFlags::CLOEXEC)?;
    for _ in 0..GIVEN {
        let index = NEXT.fetch_add(1, Ordering::Relaxed) % GIVEN;
        match rustix::net::bind(&receipt, &of_receipt(owner, index)?) {
            Ok(()) => return Ok((index, receipt)),
            Err(Errno::ADDRINUSE) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Err(Failure::NO_SYSTEM_RESOURCES)
}
