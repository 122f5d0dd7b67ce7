//! What a process that is started is told of the handles it inherits, and what it tells of its end.
//!
//! A descriptor says almost everything about a handle. What it cannot say goes to the child in a memory file, whose
//! descriptor is in the environment: which handles are protected from being closed, the rights of handles that are not to
//! objects of this library, the files that sections are over, the numbers of handles that were given and not opened. The
//! child writes its exit code there, which has 32 bits, while the kernel keeps eight.
//!
//! The child signs it with its process id between fork and exec, so that nobody takes another's for his own: not
//! its children, which inherit the environment, nor a program that it becomes.
//!
//! [`will`] writes it, [`received`](mod@received) reads it.

mod received;
mod will;

use std::os::fd::{AsFd, AsRawFd as _, OwnedFd, RawFd};

use commonhold::os::linux::AnyObject;
use rustix::io::{Errno, FdFlags};

pub(crate) use received::tell_exit_code;
pub(super) use received::{Bequest, received};
pub(crate) use will::{Inherit, Will};

use super::{Entry, Handle, Object};
use crate::failure::{Failure, Result};
use crate::files::File;
use crate::platform::descriptors;
use crate::processes::Process;

/// The environment variable with the descriptor.
pub(crate) const VARIABLE: &str = "COMMONHOLD_BEQUEST";

const MAGIC: u64 = u64::from_ne_bytes(*b"CHBEQ\0\0\x02");

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

/// A handle as it is told: number, descriptor, kind, rights, flags; then, each and one, the descriptor of the file that a
/// section is over, and that of the receipt for a number that was given, which the child binds itself.
type Words = [u32; 7];

const BYTES: usize = size_of::<Words>();

/// Where the receipt is in the file, of an item.
fn at_receipt(item: usize) -> u64 {
    at::ITEMS + (item * BYTES + BYTES - 4) as u64
}

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
    file: Option<RawFd>,
    receipt: Option<RawFd>,
}

/// Zero is no descriptor.
fn to_word(descriptor: Option<RawFd>) -> u32 {
    descriptor
        .and_then(|descriptor| u32::try_from(descriptor).ok())
        .map_or(0, |descriptor| descriptor + 1)
}

fn from_word(word: u32) -> Option<RawFd> {
    word.checked_sub(1).and_then(|word| word.try_into().ok())
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
            file: entry.object.file_beside().map(|file| file.as_raw_fd()),
            receipt: None,
        })
    }

    fn words(self) -> Words {
        [
            self.number,
            to_word(Some(self.descriptor)),
            self.kind as u32,
            self.rights,
            self.flags,
            to_word(self.file),
            to_word(self.receipt),
        ]
    }

    fn from_words([number, descriptor, kind, rights, flags, file, receipt]: Words) -> Option<Self> {
        let kinds = [Kind::Shared, Kind::Process, Kind::File];
        Some(Self {
            number,
            descriptor: from_word(descriptor)?,
            kind: kinds.into_iter().find(|&it| it as u32 == kind)?,
            rights,
            flags,
            file: from_word(file),
            receipt: from_word(receipt),
        })
    }

    /// The same as a standard handle, with the descriptor of this number; `None` of what cannot be one.
    fn copied_to(self, descriptor: RawFd) -> Option<Self> {
        let number = u32::try_from(Handle::of_descriptor(descriptor)?.0).ok()?;
        (self.kind == Kind::File).then_some(Self {
            number,
            descriptor,
            flags: 0,
            ..self
        })
    }

    pub(super) fn handle(self) -> Handle {
        Handle(self.number as usize)
    }

    /// Whether its number is not that of its descriptor: it had been given to the parent.
    fn is_given(self) -> bool {
        self.handle().descriptor() != Some(self.descriptor)
    }

    /// What comes beside the handle's own descriptor.
    fn others(self) -> impl Iterator<Item = RawFd> {
        self.file.into_iter().chain(self.receipt)
    }

    /// The handle that the parent meant.
    pub(super) fn adopt(self) -> Result<Entry> {
        let fd = descriptors::own(self.descriptor).ok_or(Failure::INVALID_HANDLE)?;
        let file = self.file.and_then(descriptors::own);
        let receipt = self.receipt.and_then(descriptors::own);
        if let Some(receipt) = &receipt {
            close_on_exec(receipt);
        }
        let object = match (self.kind, file) {
            (Kind::Shared, None) => Object::Shared(fd.try_into()?),
            (Kind::Shared, Some(file)) => Object::Shared(AnyObject::adopt_with_file(fd, file)?),
            (Kind::Process, _) => Object::Process(Process::adopt(fd, self.rights)?),
            (Kind::File, _) => Object::File(File::new(fd, self.rights)),
        };
        let is_protected = self.flags & PROTECTED != 0;
        Ok(Entry::inherited(object, is_protected, receipt))
    }
}

fn close_on_exec(descriptor: &OwnedFd) {
    let _ = rustix::io::fcntl_setfd(descriptor, FdFlags::CLOEXEC);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read_as_it_was_written() {
        let words: Words = [0x40_0004, 8, 2, 0x1f_0003, 1, 0, 10];
        let item = Item::from_words(words).expect("an item");
        assert_eq!(
            (item.descriptor, item.file, item.receipt),
            (7, None, Some(9))
        );
        assert!(item.is_given());
        assert_eq!(item.words(), words);
        assert!(
            Item::from_words([4, 0, 0, 0, 0, 0, 0]).is_none(),
            "it has no descriptor"
        );
        assert!(
            Item::from_words([4, 1, 9, 0, 0, 0, 0]).is_none(),
            "it is of no kind"
        );
    }
}
