//! Handles that one process gives to another (`DuplicateHandle` into another process).
//!
//! Linux lets a process take another's descriptor, and not give one. So each process listens on an abstract socket, and
//! who gives connects there and sends the descriptor with a number from the table's second half. It lies there until the
//! receiver uses a number that it does not know. A descriptor in flight is a reference like any other, and the kernel
//! closes it with its receiver: what was given lives exactly as long as on Windows, whoever dies when.
//!
//! Two givers must not choose one number. The kernel sees to that: each number is the name of another abstract socket, the
//! *receipt*, which the giver binds, and sends along. The receiver keeps it until the handle is closed, so the number
//! is taken exactly as long as it is used. Only this user and root are listened to.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use commonhold::os::linux::AnyObject;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sockopt,
};

use super::{Entry, GIVEN, Handle, Object, TABLE};
use crate::failure::{Failure, Result};
use crate::files::File;
use crate::processes::Process;
use commonhold::os::linux::ForkMutex;

/// How many connections wait to be collected at most; the kernel has a limit of its own, of 4,096.
const BACKLOG: i32 = 4096;

/// Where this process is sent handles.
struct Mailbox {
    listener: OwnedFd,
    /// Whose it is: a forked child has none until it opens its own.
    pid: u32,
    /// Connections whose message has not come yet.
    silent: Vec<OwnedFd>,
    /// For numbers that a fork brought along: they are this process's until it ends.
    _receipts: Vec<OwnedFd>,
}

/// More are not kept: who connects, sends at once.
const MOST_SILENT: usize = 64;

static MAILBOX: ForkMutex<Option<Mailbox>> = ForkMutex::new(None);

/// The name of a process's mailbox, or of a receipt for one of its numbers.
struct Name {
    bytes: [u8; 80],
    len: usize,
}

impl Name {
    /// Allocates nothing, so that a process can open its mailbox between fork and exec.
    fn of(namespace: u64, pid: u32, number: Option<usize>) -> Self {
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

    fn address(&self) -> Result<SocketAddrUnix, Errno> {
        SocketAddrUnix::new_abstract_name(&self.bytes[..self.len])
    }
}

/// The pid namespace, which process ids are of.
pub(super) fn namespace() -> u64 {
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
pub(super) fn listen(namespace: u64, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    let listener = socket(flags | SocketFlags::NONBLOCK)?;
    rustix::net::bind(&listener, &Name::of(namespace, own_pid(), None).address()?)?;
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

/// Binds a receipt of the process that calls for one of its numbers, so that nobody chooses it. By system calls only.
pub(super) fn reserve(namespace: u64, number: usize, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    let receipt = socket(flags)?;
    rustix::net::bind(
        &receipt,
        &Name::of(namespace, own_pid(), Some(number)).address()?,
    )?;
    Ok(receipt)
}

/// The number of a handle among those that are given.
pub(super) fn given_number(handle: Handle) -> Option<usize> {
    let number = handle.index()?.checked_sub(GIVEN)?;
    (number < GIVEN).then_some(number)
}

/// The process that has opened its mailbox, or tried.
static OPENED_BY: AtomicU32 = AtomicU32::new(0);

/// Opens this process's mailbox, unless it is.
pub(super) fn open() {
    let pid = std::process::id();
    if OPENED_BY.load(Ordering::Relaxed) == pid {
        return;
    }
    let mut mailbox = MAILBOX.lock();
    if mailbox.as_ref().is_some_and(|mailbox| mailbox.pid == pid) {
        return;
    }
    let namespace = namespace();
    // In a forked child the numbers that were given to its parent are taken before it can be given any.
    let numbers = TABLE
        .all()
        .filter_map(|(index, _)| index.checked_sub(GIVEN));
    let receipts =
        numbers.filter_map(|number| reserve(namespace, number, SocketFlags::CLOEXEC).ok());
    let receipts = receipts.collect();
    let from_parent = super::bequest::received().and_then(super::bequest::Bequest::take_mailbox);
    let listener = match from_parent {
        Some(listener) => Ok(listener),
        None => listen(namespace, SocketFlags::CLOEXEC),
    };
    match listener {
        Ok(listener) => {
            *mailbox = Some(Mailbox {
                listener,
                pid,
                silent: Vec::new(),
                _receipts: receipts,
            });
        }
        // Then nobody can give this process anything, and is told so.
        Err(errno) => {
            tracing::warn!(%errno, "no mailbox for handles");
            *mailbox = None;
        }
    }
    OPENED_BY.store(pid, Ordering::Relaxed);
}

/// What is sent with the descriptors: magic, number in the table, kind, rights, flags.
type Message = [u32; 5];
const MAGIC: u32 = u32::from_ne_bytes(*b"CHM\x01");
const BYTES: usize = size_of::<Message>();
/// Receipt, object, file.
const MOST_DESCRIPTORS: usize = 3;

/// What the flags are made of.
const INHERITABLE: u32 = 1;
const PROTECTED: u32 = 2;

const SHARED: u32 = 0;
const PROCESS: u32 = 1;
const FILE: u32 = 2;

/// Gives another process a handle.
pub(super) fn give(
    target: &Process,
    object: &Object,
    inheritable: bool,
    protected: bool,
) -> Result<Handle> {
    let kind = match object {
        Object::Shared(_) => SHARED,
        Object::Process(_) => PROCESS,
        Object::File(_) => FILE,
        // Linux has no references to threads that another process could use.
        Object::Thread(_) => return Err(Failure::NOT_SUPPORTED),
    };
    let namespace = namespace();
    let connection = connect(target, namespace)?;
    let (index, receipt) = choose(namespace, target.pid())?;
    let number = u32::try_from(index).map_err(|_| Failure::NO_SYSTEM_RESOURCES)?;
    let inheritable = if inheritable { INHERITABLE } else { 0 };
    let protected = if protected { PROTECTED } else { 0 };
    let message: Message = [
        MAGIC,
        number,
        kind,
        object.rights(),
        inheritable | protected,
    ];
    let mut bytes = [0; BYTES];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(message) {
        bytes.copy_from_slice(&word.to_ne_bytes());
    }
    let descriptors = [
        Some(receipt.as_fd()),
        Some(object.descriptor()),
        object.file_beside(),
    ];
    let descriptors: Vec<BorrowedFd<'_>> = descriptors.into_iter().flatten().collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    // So few bytes go at once or not at all.
    let bytes = [IoSlice::new(&bytes)];
    match rustix::net::sendmsg(&connection, &bytes, &mut ancillary, SendFlags::NOSIGNAL) {
        Ok(sent) if sent == BYTES => Ok(Handle::at(GIVEN + index)),
        // The kernel counts descriptors in flight.
        Err(Errno::TOOMANYREFS) => Err(Failure::NO_SYSTEM_RESOURCES),
        Err(Errno::PIPE | Errno::CONNRESET) => Err(Failure::ACCESS_DENIED),
        Ok(_) => Err(Failure::GEN_FAILURE),
        Err(errno) => Err(errno.into()),
    }
}

/// Connects to the mailbox of a process, and makes sure that it is that process's.
fn connect(target: &Process, namespace: u64) -> Result<OwnedFd> {
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
fn choose(namespace: u64, pid: u32) -> Result<(usize, OwnedFd)> {
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

/// Puts into the table what this process was given.
pub(super) fn collect() -> Result<()> {
    open();
    take_bequeathed();
    let mut mailbox = MAILBOX.lock();
    let Some(mailbox) = mailbox.as_mut() else {
        return Ok(());
    };
    let mut waiting = std::mem::take(&mut mailbox.silent).into_iter();
    loop {
        // What arrives where there is no room for its descriptors is lost: so there has to be room before it is received.
        if let Err(failure) = make_room(&mailbox.listener) {
            mailbox.silent.extend(waiting);
            return Err(failure);
        }
        let accept = || {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            rustix::net::accept_with(&mailbox.listener, flags).ok()
        };
        let Some(connection) = waiting.next().or_else(accept) else {
            return Ok(());
        };
        if !is_from_us(connection.as_fd()) {
            continue;
        }
        match receive(&connection) {
            Ok(Some((index, entry))) => {
                let _ = TABLE.put(index, Arc::new(entry));
            }
            Ok(None) if mailbox.silent.len() < MOST_SILENT => mailbox.silent.push(connection),
            Ok(None) => {}
            Err(failure) => tracing::warn!(?failure, "what was sent is no handle"),
        }
    }
}

/// Refuses where fewer descriptors are left than a connection and its message have.
fn make_room(any: &OwnedFd) -> Result<()> {
    let mut room = Vec::with_capacity(MOST_DESCRIPTORS + 1);
    for _ in 0..=MOST_DESCRIPTORS {
        room.push(rustix::io::fcntl_dupfd_cloexec(any, 0)?);
    }
    Ok(())
}

/// Puts into the table what the parent had been given, and this process inherits.
fn take_bequeathed() {
    let bequest = super::bequest::received();
    for item in bequest
        .into_iter()
        .flat_map(super::bequest::Bequest::take_given)
    {
        if let (Some(index), Ok(entry)) = (item.handle().index(), item.adopt()) {
            let _ = TABLE.put(index, Arc::new(entry));
        }
    }
}

/// Whether this user, or root, is at the other end.
fn is_from_us(connection: BorrowedFd<'_>) -> bool {
    sockopt::socket_peercred(connection)
        .is_ok_and(|peer| peer.uid.is_root() || peer.uid == rustix::process::geteuid())
}

/// The handle in a message, and its place; `None` if the message has not come.
fn receive(connection: &OwnedFd) -> Result<Option<(usize, Entry)>> {
    let mut bytes = [0; BYTES];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS + 6))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = rustix::net::recvmsg(
        connection,
        &mut [IoSliceMut::new(&mut bytes)],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC,
    );
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(more) = message {
            descriptors.extend(more);
        }
    }
    match received {
        Err(Errno::AGAIN) => return Ok(None),
        Err(errno) => return Err(errno.into()),
        Ok(received) if received.bytes != BYTES => return Err(Failure::INVALID_HANDLE),
        Ok(_) => {}
    }
    let mut words: Message = [0; 5];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = bytes.try_into().map_or(0, u32::from_ne_bytes);
    }
    let [MAGIC, number, kind, rights, flags] = words else {
        return Err(Failure::INVALID_HANDLE);
    };
    let number = usize::try_from(number).unwrap_or(GIVEN);
    let mut descriptors = descriptors.into_iter();
    let (Some(receipt), Some(object)) = (descriptors.next(), descriptors.next()) else {
        return Err(Failure::INVALID_HANDLE);
    };
    if number >= GIVEN || !is_receipt(&receipt, number)? {
        return Err(Failure::INVALID_HANDLE);
    }
    let object = match (kind, descriptors.next()) {
        (SHARED, None) => Object::Shared(object.try_into()?),
        (SHARED, Some(file)) => Object::Shared(AnyObject::adopt_with_file(object, file)?),
        (PROCESS, None) => Object::Process(Process::adopt(object, rights)?),
        (FILE, None) => Object::File(File::new(object, rights)),
        _ => return Err(Failure::INVALID_HANDLE),
    };
    let entry = Entry::given(object, receipt);
    if flags & INHERITABLE != 0 {
        entry.set_inheritable(true)?;
    }
    entry.set_protected(flags & PROTECTED != 0);
    Ok(Some((GIVEN + number, entry)))
}

/// Whether a descriptor is the receipt for this number: then nobody else has it.
fn is_receipt(receipt: &OwnedFd, number: usize) -> Result<bool> {
    let name = Name::of(namespace(), std::process::id(), Some(number));
    let bound = SocketAddrUnix::try_from(rustix::net::getsockname(receipt)?)?;
    tracing::trace!(receipt = receipt.as_raw_fd(), number, "given");
    Ok(bound == name.address()?)
}
