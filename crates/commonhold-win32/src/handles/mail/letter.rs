//! A handle on its way: one message, with the receipt for its number and the descriptors of the handle.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use commonhold::os::linux::AnyObject;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix,
};

use super::super::{Entry, GIVEN, Object};
use super::address::{self, Owner};
use crate::failure::{Failure, Result};
use crate::files::File;
use crate::processes::Process;

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

/// Sends a handle of this number, which the receipt is for.
pub(super) fn send(
    connection: &OwnedFd,
    receipt: &OwnedFd,
    number: usize,
    object: &Object,
    (inheritable, protected): (bool, bool),
) -> Result<()> {
    let kind = match object {
        Object::Shared(_) => SHARED,
        Object::Process(_) => PROCESS,
        Object::File(_) => FILE,
        // Linux has no references to threads that another process could use.
        Object::Thread(_) => return Err(Failure::NOT_SUPPORTED),
    };
    let number = u32::try_from(number).map_err(|_| Failure::NO_SYSTEM_RESOURCES)?;
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
    match rustix::net::sendmsg(connection, &bytes, &mut ancillary, SendFlags::NOSIGNAL) {
        Ok(sent) if sent == BYTES => Ok(()),
        // The kernel counts descriptors in flight.
        Err(Errno::TOOMANYREFS) => Err(Failure::NO_SYSTEM_RESOURCES),
        Err(Errno::PIPE | Errno::CONNRESET) => Err(Failure::ACCESS_DENIED),
        Ok(_) => Err(Failure::GEN_FAILURE),
        Err(errno) => Err(errno.into()),
    }
}

/// Refuses where fewer descriptors are left than a connection and its message have.
pub(super) fn make_room(any: &OwnedFd) -> Result<()> {
    let mut room = Vec::with_capacity(MOST_DESCRIPTORS + 1);
    for _ in 0..=MOST_DESCRIPTORS {
        room.push(rustix::io::fcntl_dupfd_cloexec(any, 0)?);
    }
    Ok(())
}

/// The handle in a message, and its number; `None` if the message has not come.
pub(super) fn receive(connection: &OwnedFd) -> Result<Option<(usize, Entry)>> {
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
    Ok(Some((number, entry)))
}

/// Whether a descriptor is the receipt for this number: then nobody else has it.
fn is_receipt(receipt: &OwnedFd, number: usize) -> Result<bool> {
    let name = address::of_receipt(Owner::current(address::namespace()), number)?;
    let bound = SocketAddrUnix::try_from(rustix::net::getsockname(receipt)?)?;
    Ok(bound == name)
}
