//! Handles on their way to other processes: adopted descriptors, sockets, duplication out of a process.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use rustix::fs::{FileType, Mode, OFlags, SeekFrom};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};

use super::control::{ObjectType, Record};
use super::errno::refused;
use super::object::{Object, reopen};
use super::open::{BodySources, Wanted};
use super::section::{Body, SectionHandle};
use super::sync::WaitableHandle;
use crate::{Error, ErrorCode, Result, Rights};

/// What goes with the descriptors over a socket: so much says that a handle comes, and with how many.
const MESSAGE: &[u8; 7] = b"CHOLD1:";
/// The object's descriptor, and its file's.
const MOST_DESCRIPTORS: usize = 2;

impl SectionHandle {
    /// Takes over a descriptor that may be anything.
    pub(crate) fn adopt(fd: OwnedFd) -> Result<Self> {
        Self::adopt_with(fd, &BodySources::Anywhere, "adopt the descriptor")
    }

    fn adopt_with(fd: OwnedFd, sources: &BodySources, tried: &'static str) -> Result<Self> {
        let (object, record) = Object::adopt(fd, ObjectType::Section, tried)?;
        let handle = Self::from_object(object, &record, Wanted::AsRecorded, sources, tried)?;
        if matches!(handle.body, Body::Own) {
            // Rather refused here than when it is first mapped: another user may have let nobody else open it.
            let writes = handle.rights.contains(Rights::MAP_WRITE);
            handle.object.data(writes).map_err(|errno| {
                refused(errno, tried).because(
                    "its file is another user's, and may not be opened; pass an unnamed section",
                )
            })?;
        }
        Ok(handle)
    }

    /// Takes over a descriptor that may be anything, and that of the file it came with.
    pub(crate) fn adopt_with_body(fd: OwnedFd, body: OwnedFd) -> Result<Self> {
        Self::adopt_with(
            fd,
            &BodySources::CameAlong(Some(body)),
            "adopt the descriptors",
        )
    }

    /// Sends the peer a handle with the same rights.
    pub(crate) fn send(&self, socket: &UnixStream) -> Result<()> {
        let descriptors = [Some(self.object.as_fd()), self.body_fd()];
        let descriptors: Vec<BorrowedFd<'_>> = descriptors.into_iter().flatten().collect();
        send(socket, &descriptors)
    }

    /// Receives what the peer sends, which may be anything.
    pub(crate) fn receive(socket: &UnixStream) -> Result<Self> {
        let (fd, body) = receive(socket)?;
        Self::adopt_with(fd, &BodySources::CameAlong(body), RECEIVE)
    }

    /// Duplicates another process's handle, given that process's descriptor of it.
    pub(crate) fn duplicate_from(pid: u32, descriptor: RawFd) -> Result<Self> {
        let (fd, process) = fetch(pid, descriptor)?;
        Self::adopt_with(fd, &BodySources::HeldBy(process), FETCH)
    }
}

/// The type of object that a descriptor, which may be anything, claims to be of.
pub(crate) fn type_of(fd: BorrowedFd<'_>) -> Option<ObjectType> {
    let stat = rustix::fs::fstat(fd).ok()?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let len = u64::try_from(stat.st_size).ok()?;
    is_file.then(|| Record::type_of(fd, len)).flatten()
}

/// What another process's descriptor refers to, opened anew, or shared where that is not possible.
pub(crate) fn fetch_descriptor(pid: u32, descriptor: RawFd) -> Result<OwnedFd> {
    fetch(pid, descriptor).map(|(fd, _)| fd)
}

impl WaitableHandle {
    /// Sends the peer a handle with the same rights.
    pub(crate) fn send(&self, socket: &UnixStream) -> Result<()> {
        send(socket, &[self.as_fd()])
    }

    /// Receives what the peer sends, which may be anything.
    pub(crate) fn receive(object_type: ObjectType, socket: &UnixStream) -> Result<Self> {
        let (fd, _) = receive(socket)?;
        Self::adopt(fd, object_type, RECEIVE)
    }

    /// Duplicates another process's handle, given that process's descriptor of it.
    pub(crate) fn duplicate_from(
        object_type: ObjectType,
        pid: u32,
        descriptor: RawFd,
    ) -> Result<Self> {
        let (fd, _) = fetch(pid, descriptor)?;
        Self::adopt(fd, object_type, FETCH)
    }
}

const RECEIVE: &str = "receive a handle";
const FETCH: &str = "duplicate a handle out of another process";

/// Sends an object's descriptor, and its body's if it has one.
fn send(socket: &UnixStream, descriptors: &[BorrowedFd<'_>]) -> Result<()> {
    let mut message = MESSAGE.to_vec();
    message.push(u8::try_from(descriptors.len()).unwrap_or(0));
    send_all(socket, &message, descriptors).map_err(|errno| refused(errno, "send the handle"))
}

/// Receives the descriptor of what may be an object, and that of its body.
fn receive(socket: &UnixStream) -> Result<(OwnedFd, Option<OwnedFd>)> {
    let (message, descriptors) = receive_all(socket).map_err(|errno| {
        let error = refused(errno, RECEIVE);
        match errno {
            Errno::PIPE => error.because("the peer closed the connection before sending one"),
            _ => error,
        }
    })?;
    let count = descriptors.len();
    let is_sound = message
        .strip_prefix(MESSAGE)
        .is_some_and(|rest| usize::from(rest[0]) == count && count <= MOST_DESCRIPTORS);
    let mut descriptors = descriptors.into_iter();
    match descriptors.next() {
        Some(fd) if is_sound => Ok((fd, descriptors.next())),
        _ => Err(Error::new(ErrorCode::INVALID_HANDLE, RECEIVE)
            .because("what the peer sent is not a handle")),
    }
}

/// What another process's descriptor refers to, and that process.
fn fetch(pid: u32, descriptor: RawFd) -> Result<(OwnedFd, i32)> {
    let fail = |errno| match errno {
        Errno::SRCH | Errno::NOENT | Errno::BADF | Errno::NOTDIR => {
            Error::new(ErrorCode::INVALID_HANDLE, FETCH)
                .because(format!("process {pid} has no descriptor {descriptor}"))
        }
        errno => refused(errno, FETCH)
            .because(format!("process {pid} cannot be asked for its descriptors")),
    };
    let process = i32::try_from(pid).map_err(|_| fail(Errno::SRCH))?;
    // A new description where that is possible: then it is this process's alone.
    let fd = match reopen_from(process, descriptor) {
        Err(Errno::BADF) => return Err(fail(Errno::BADF)),
        Err(reopening) => share_from(process, descriptor).map_err(|_| fail(reopening))?,
        Ok(fd) => fd,
    };
    Ok((fd, process))
}

/// A new description of what another process's descriptor is open on, with the same access mode and rights.
fn reopen_from(process: i32, descriptor: RawFd) -> Result<OwnedFd, Errno> {
    let read = |path: String| {
        std::fs::read_to_string(path)
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
    };
    let info = read(format!("/proc/{process}/fdinfo/{descriptor}"))?;
    let field = |name: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let flags = field("flags:")
        .and_then(|octal| u32::from_str_radix(octal, 8).ok())
        .ok_or(Errno::IO)?;
    let position = field("pos:")
        .and_then(|decimal| decimal.parse().ok())
        .ok_or(Errno::IO)?;
    let access = OFlags::from_bits_retain(flags) & (OFlags::RDWR | OFlags::WRONLY);
    let path = format!("/proc/{process}/fd/{descriptor}");
    // Looked at before it is opened: opening a device may do something.
    let found = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let stat = rustix::fs::fstat(&found)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Errno::BADF);
    }
    let fd = reopen(&found, access)?;
    rustix::fs::seek(&fd, SeekFrom::Start(position))?;
    Ok(fd)
}

/// Another process's description itself.
fn share_from(process: i32, descriptor: RawFd) -> Result<OwnedFd, Errno> {
    let descriptor = (descriptor >= 0).then_some(descriptor).ok_or(Errno::BADF)?;
    let pid = Pid::from_raw(process).ok_or(Errno::SRCH)?;
    let process = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
    rustix::process::pidfd_getfd(process, descriptor, PidfdGetfdFlags::empty())
}

fn send_all(
    socket: &UnixStream,
    message: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Errno::INVAL);
    }
    let mut sent = 0;
    while sent < message.len() {
        let bytes = [IoSlice::new(&message[sent..])];
        match rustix::net::sendmsg(socket, &bytes, &mut ancillary, SendFlags::NOSIGNAL) {
            Ok(more) => {
                sent += more;
                // The descriptors went with the first byte.
                ancillary.clear();
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// One message, and all the descriptors that came with it; those are closed if anything is wrong.
fn receive_all(socket: &UnixStream) -> Result<([u8; MESSAGE.len() + 1], Vec<OwnedFd>), Errno> {
    let mut message = [0; MESSAGE.len() + 1];
    let mut descriptors = Vec::new();
    let mut received = 0;
    while received < message.len() {
        // Room for more than is ever sent: what a liar adds is received, and refused by its number.
        let mut space =
            [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS + 6))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = [IoSliceMut::new(&mut message[received..])];
        let result =
            rustix::net::recvmsg(socket, &mut bytes, &mut ancillary, RecvFlags::CMSG_CLOEXEC);
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(more) = message {
                descriptors.extend(more);
            }
        }
        match result {
            Ok(result) if result.bytes == 0 => return Err(Errno::PIPE),
            Ok(result) => received += result.bytes,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok((message, descriptors))
}
