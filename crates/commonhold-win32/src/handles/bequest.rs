//! What a process that is started is told of the handles it inherits, and what it tells of its end.
//!
//! A descriptor says almost everything about a handle. What it cannot say goes to the child in a memory file, whose
//! descriptor is in the environment: which handles are protected from being closed, the rights of handles that are not to
//! objects of this library, the numbers of handles that were given and not opened. The child writes its exit code
//! there, which has 32 bits, while the kernel keeps eight.
//!
//! The child signs it with its process id between fork and exec, so that nobody takes another's for his own: not
//! its children, which inherit the environment, nor a program that it becomes.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd as _, IntoRawFd as _, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use rustix::net::SocketFlags;

use super::{Entry, Handle, Object, mail};
use crate::failure::{Failure, Result};
use crate::files::File;
use crate::platform::descriptors;
use crate::processes::Process;

/// The environment variable with the descriptor.
pub(crate) const VARIABLE: &str = "COMMONHOLD_BEQUEST";

const MAGIC: u64 = u64::from_ne_bytes(*b"CHBEQ\0\0\x01");

/// Where the parts of the file are, each a number of this machine's.
mod at {
    pub(super) const MAGIC: u64 = 0;
    pub(super) const PID: u64 = 8;
    /// 1 in the high half once it is known.
    pub(super) const EXIT_CODE: u64 = 16;
    pub(super) const COUNT: u64 = 24;
    /// The descriptor of the mailbox, and one.
    pub(super) const MAILBOX: u64 = 32;
    pub(super) const ITEMS: u64 = 40;
}

/// A handle as it is told: number, descriptor, kind, rights, flags, and another descriptor.
type Words = [u32; 6];

/// More handles than a process ever inherits.
const MOST: u64 = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shared = 0,
    Process = 1,
    File = 2,
}

const PROTECTED: u32 = 1;

/// A handle that is inherited.
#[derive(Clone, Copy)]
pub(super) struct Item {
    number: u32,
    descriptor: RawFd,
    kind: Kind,
    rights: u32,
    flags: u32,
}

impl Item {
    fn of(handle: Handle, entry: &Entry) -> Option<Self> {
        let kind = match &entry.object {
            Object::Shared(_) => Kind::Shared,
            Object::Process(_) => Kind::Process,
            Object::File(_) => Kind::File,
            Object::Thread(_) => return None,
        };
        Some(Self {
            number: u32::try_from(handle.0).ok()?,
            descriptor: entry.object.descriptor().as_raw_fd(),
            kind,
            rights: entry.object.rights(),
            flags: if entry.is_protected() { PROTECTED } else { 0 },
        })
    }

    fn words(self) -> Words {
        let descriptor = self.descriptor.cast_unsigned();
        [
            self.number,
            descriptor,
            self.kind as u32,
            self.rights,
            self.flags,
            0,
        ]
    }

    fn from_words(words: Words) -> Option<Self> {
        let [number, descriptor, kind, rights, flags, _] = words;
        let kinds = [Kind::Shared, Kind::Process, Kind::File];
        Some(Self {
            number,
            descriptor: descriptor.cast_signed(),
            kind: kinds.into_iter().find(|&it| it as u32 == kind)?,
            rights,
            flags,
        })
    }

    pub(super) fn is_protected(self) -> bool {
        self.flags & PROTECTED != 0
    }

    /// The handle that the parent meant.
    pub(super) fn adopt(self) -> Result<Object> {
        let fd = descriptors::own(self.descriptor).ok_or(Failure::INVALID_HANDLE)?;
        Ok(match self.kind {
            Kind::Shared => Object::Shared(fd.try_into()?),
            Kind::Process => Object::Process(Process::adopt(fd, self.rights)?),
            Kind::File => Object::File(File::new(fd, self.rights)),
        })
    }
}

/// Which handles a new process inherits.
pub(crate) enum Inherit<'a> {
    Nothing,
    /// All that are inheritable.
    All,
    /// Of these, all of which must be inheritable.
    Listed(&'a [Handle]),
}

/// What a process will be told that is about to be started.
pub(crate) struct Will {
    file: OwnedFd,
    kept: Vec<RawFd>,
    namespace: u64,
}

impl Will {
    /// Writes down what the process inherits.
    pub(crate) fn new(inherit: &Inherit<'_>) -> Result<Self> {
        let mut entries: Vec<_> = match inherit {
            Inherit::Nothing => Vec::new(),
            Inherit::All => super::all()
                .filter(|(_, entry)| entry.is_inheritable())
                .collect(),
            Inherit::Listed(handles) => {
                let listed = handles.iter().map(|&handle| {
                    let entry = super::get(handle)?;
                    let may_be = entry.is_inheritable();
                    may_be
                        .then_some((handle, entry))
                        .ok_or(Failure::INVALID_PARAMETER)
                });
                listed.collect::<Result<_>>()?
            }
        };
        entries.sort_by_key(|(handle, _)| handle.0);
        entries.dedup_by_key(|(handle, _)| handle.0);
        let items: Vec<Item> = entries
            .iter()
            .filter_map(|(handle, entry)| Item::of(*handle, entry))
            .collect();
        let mut kept: Vec<RawFd> = items.iter().map(|item| item.descriptor).collect();
        for (_, entry) in &entries {
            if let Object::Shared(commonhold::os::linux::AnyObject::Section(section)) =
                &entry.object
            {
                kept.extend(section.file_descriptor().map(|fd| fd.as_raw_fd()));
            }
        }
        let file = rustix::fs::memfd_create(c"commonhold-bequest", MemfdFlags::CLOEXEC)?;
        kept.push(file.as_raw_fd());
        let will = Self {
            file,
            kept,
            namespace: mail::namespace(),
        };
        will.write(at::MAGIC, &MAGIC.to_ne_bytes())?;
        let count = u64::try_from(items.len()).unwrap_or(MOST);
        will.write(at::COUNT, &count.to_ne_bytes())?;
        let words = items.iter().flat_map(|item| item.words());
        let bytes: Vec<u8> = words.flat_map(u32::to_ne_bytes).collect();
        will.write(at::ITEMS, &bytes)?;
        Ok(will)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Errno> {
        write_all(&self.file, at, bytes)
    }

    /// What has to stay open across the exec.
    pub(crate) fn kept(&self) -> &[RawFd] {
        &self.kept
    }

    /// `NAME=value` for the environment of the process.
    pub(crate) fn variable(&self) -> CString {
        let variable = format!("{VARIABLE}={}", self.file.as_raw_fd());
        CString::new(variable).unwrap_or_default()
    }

    /// Has the process sign, and open its mailbox, between fork and exec: by system calls only. Whoever knows the
    /// process can give it handles from then on, whether or not it is far enough to look for them. The file and the
    /// mailbox stay open across the exec.
    pub(crate) fn sign(&self) -> Result<(), Errno> {
        let pid = u64::from(
            rustix::process::getpid()
                .as_raw_nonzero()
                .get()
                .cast_unsigned(),
        );
        if let Ok(mailbox) = mail::listen(self.namespace, SocketFlags::empty()) {
            let descriptor = u64::from(mailbox.into_raw_fd().cast_unsigned()) + 1;
            self.write(at::MAILBOX, &descriptor.to_ne_bytes())?;
        }
        rustix::io::fcntl_setfd(&self.file, rustix::io::FdFlags::empty())?;
        self.write(at::PID, &pid.to_ne_bytes())
    }

    /// The exit code that the process has written down, if it did.
    pub(crate) fn exit_code(&self) -> Option<u32> {
        let known = read_number(&self.file, at::EXIT_CODE)?;
        #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
        (known >> 32 == 1).then_some(known as u32)
    }
}

/// What this process was told when it was started.
pub(crate) struct Bequest {
    file: OwnedFd,
    items: Vec<Item>,
    mailbox: Option<RawFd>,
    is_mailbox_taken: AtomicBool,
    are_given_taken: AtomicBool,
}

/// What this process was told, if it was started so.
pub(crate) fn received() -> Option<&'static Bequest> {
    static RECEIVED: OnceLock<Option<Bequest>> = OnceLock::new();
    RECEIVED.get_or_init(Bequest::read).as_ref()
}

impl Bequest {
    fn read() -> Option<Self> {
        let descriptor: RawFd = std::env::var(VARIABLE).ok()?.parse().ok()?;
        let is_signed = || {
            let fd = descriptors::borrow(descriptor)?;
            let pid = u64::from(std::process::id());
            let signed = read_number(fd, at::MAGIC)? == MAGIC && read_number(fd, at::PID)? == pid;
            signed.then_some(())
        };
        is_signed()?;
        let file = descriptors::own(descriptor)?;
        let _ = rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::CLOEXEC);
        let count = read_number(&file, at::COUNT)?.min(MOST);
        let item = |index: u64| {
            let mut bytes = [0; size_of::<Words>()];
            let at = at::ITEMS + index * size_of::<Words>() as u64;
            let read = rustix::io::pread(&file, &mut bytes, at).ok()?;
            let mut words: Words = [0; 6];
            for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
                *word = u32::from_ne_bytes(bytes.try_into().ok()?);
            }
            (read == bytes.len()).then(|| Item::from_words(words))?
        };
        let items = (0..count).map_while(item).collect();
        let mailbox = read_number(&file, at::MAILBOX)?.checked_sub(1);
        Some(Self {
            file,
            items,
            mailbox: mailbox.and_then(|it| it.try_into().ok()),
            is_mailbox_taken: AtomicBool::new(false),
            are_given_taken: AtomicBool::new(false),
        })
    }

    /// Whether the descriptor is that of the file itself, or of the mailbox.
    pub(super) fn is_its_own(&self, descriptor: RawFd) -> bool {
        self.file.as_raw_fd() == descriptor || self.mailbox == Some(descriptor)
    }

    /// The mailbox that was opened before this program began: once, and not in a child that is forked.
    pub(super) fn take_mailbox(&self) -> Option<OwnedFd> {
        if self.is_mailbox_taken.swap(true, Ordering::AcqRel) {
            return None;
        }
        let mailbox = descriptors::own(self.mailbox?)?;
        rustix::io::fcntl_setfd(&mailbox, rustix::io::FdFlags::CLOEXEC).ok()?;
        Some(mailbox)
    }

    /// What was told of a descriptor.
    pub(super) fn of(&self, descriptor: RawFd) -> Option<Item> {
        let is_it = |item: &&Item| {
            item.descriptor == descriptor
                && Handle(item.number as usize).descriptor() == Some(descriptor)
        };
        self.items.iter().find(is_it).copied()
    }

    /// Handles whose number is not that of their descriptor, once.
    pub(super) fn take_given(&self) -> impl Iterator<Item = (Handle, Item)> {
        let are_taken = self.are_given_taken.swap(true, Ordering::AcqRel);
        let items = if are_taken { &[] } else { &self.items[..] };
        let items = items
            .iter()
            .map(|&item| (Handle(item.number as usize), item));
        items.filter(|(handle, item)| handle.descriptor() != Some(item.descriptor))
    }
}

/// Writes the exit code down for whoever started this process.
pub(crate) fn tell_exit_code(code: u32) {
    if let Some(bequest) = received() {
        let known = 1 << 32 | u64::from(code);
        let _ = write_all(&bequest.file, at::EXIT_CODE, &known.to_ne_bytes());
    }
}

fn write_all(file: impl AsFd, at: u64, bytes: &[u8]) -> Result<(), Errno> {
    let mut written = 0;
    while written < bytes.len() {
        written += rustix::io::pwrite(&file, &bytes[written..], at + written as u64)?;
    }
    Ok(())
}

fn read_number(file: impl AsFd, at: u64) -> Option<u64> {
    let mut bytes = [0; 8];
    let read = rustix::io::pread(file, &mut bytes, at).ok()?;
    (read == bytes.len()).then(|| u64::from_ne_bytes(bytes))
}
