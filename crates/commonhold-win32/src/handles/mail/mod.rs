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
//!
//! [`address`] has the names, [`letter`] what is sent.

mod address;
mod letter;

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use commonhold::os::linux::ForkMutex;
use rustix::net::{SocketFlags, sockopt};

use address::Owner;
pub(super) use address::{listen, namespace, reserve};

use super::{GIVEN, Handle, Object, TABLE};
use crate::failure::Result;
use crate::processes::Process;

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

/// The number of a handle among those that are given.
pub(super) fn given_number(handle: Handle) -> Option<usize> {
    let number = handle.index().checked_sub(GIVEN)?;
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

/// Gives another process a handle.
pub(super) fn give(
    target: &Process,
    object: &Object,
    inheritable: bool,
    protected: bool,
) -> Result<Handle> {
    let owner = Owner::of(target, namespace());
    let connection = address::connect(target, owner)?;
    let (number, receipt) = address::choose(owner)?;
    letter::send(
        &connection,
        &receipt,
        number,
        object,
        (inheritable, protected),
    )?;
    Ok(Handle::at(GIVEN + number))
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
        if let Err(failure) = letter::make_room(&mailbox.listener) {
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
        match letter::receive(&connection) {
            Ok(Some((number, entry))) => {
                let _ = TABLE.put(GIVEN + number, Arc::new(entry));
            }
            Ok(None) if mailbox.silent.len() < MOST_SILENT => mailbox.silent.push(connection),
            Ok(None) => {}
            Err(failure) => tracing::warn!(?failure, "what was sent is no handle"),
        }
    }
}

/// Puts into the table what the parent had been given, and this process inherits.
fn take_bequeathed() {
    let bequest = super::bequest::received();
    for item in bequest
        .into_iter()
        .flat_map(super::bequest::Bequest::take_given)
    {
        let index = item.handle().index();
        if let Ok(entry) = item.adopt() {
            let _ = TABLE.put(index, Arc::new(entry));
        }
    }
}

/// Whether this user, or root, is at the other end.
fn is_from_us(connection: BorrowedFd<'_>) -> bool {
    sockopt::socket_peercred(connection)
        .is_ok_and(|peer| peer.uid.is_root() || peer.uid == rustix::process::geteuid())
}
