//! What this process was told when it was started.

use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    BYTES, Item, MAGIC, VARIABLE, Words, at, close_on_exec, from_word, read_number, write_all,
};
use crate::platform::descriptors;

/// More handles than a process ever inherits.
const MOST: u64 = 1 << 20;

/// What this process was told when it was started.
pub(crate) struct Bequest {
    file: OwnedFd,
    /// Whom it was told.
    pid: u32,
    items: Vec<Item>,
    mailbox: Option<RawFd>,
    is_mailbox_taken: AtomicBool,
    are_given_taken: AtomicBool,
}

/// What this process was told, if it was started so.
pub(crate) fn received() -> Option<&'static Bequest> {
    // Read when the library is loaded, before there can be a fork.
    static RECEIVED: OnceLock<Option<Bequest>> = OnceLock::new();
    RECEIVED.get_or_init(Bequest::read).as_ref()
}

impl Bequest {
    fn read() -> Option<Self> {
        let descriptor: RawFd = std::env::var(VARIABLE).ok()?.parse().ok()?;
        let pid = std::process::id();
        let fd = descriptors::borrow(descriptor)?;
        let is_signed =
            read_number(fd, at::MAGIC)? == MAGIC && read_number(fd, at::PID)? == u64::from(pid);
        if !is_signed {
            return None;
        }
        let file = descriptors::own(descriptor)?;
        close_on_exec(&file);
        let count = read_number(&file, at::COUNT)?.min(MOST);
        let item = |index: u64| {
            let mut bytes = [0; BYTES];
            let read =
                rustix::io::pread(&file, &mut bytes, at::ITEMS + index * BYTES as u64).ok()?;
            let mut words = Words::default();
            for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
                *word = u32::from_ne_bytes(bytes.try_into().ok()?);
            }
            (read == BYTES).then(|| Item::from_words(words))?
        };
        let items = (0..count).map_while(item).collect();
        let mailbox = u32::try_from(read_number(&file, at::MAILBOX)?)
            .ok()
            .and_then(from_word);
        if let Some(mailbox) = mailbox.and_then(descriptors::borrow) {
            // It is nobody else's, whether or not it is ever looked at here.
            let _ = rustix::io::fcntl_setfd(mailbox, rustix::io::FdFlags::CLOEXEC);
        }
        Some(Self {
            file,
            pid,
            items,
            mailbox,
            is_mailbox_taken: AtomicBool::new(false),
            are_given_taken: AtomicBool::new(false),
        })
    }

    /// Whether a descriptor is the file's itself, or belongs to a handle of another number.
    pub(in super::super) fn is_its_own(&self, descriptor: RawFd) -> bool {
        self.file.as_raw_fd() == descriptor
            || self.mailbox == Some(descriptor)
            || self.items.iter().any(|item| {
                item.others().any(|other| other == descriptor)
                    || (item.is_given() && item.descriptor == descriptor)
            })
    }

    /// The mailbox that was opened before this program began: once, and not in a child that is forked.
    pub(in super::super) fn take_mailbox(&self) -> Option<OwnedFd> {
        if self.pid != std::process::id() || self.is_mailbox_taken.swap(true, Ordering::AcqRel) {
            return None;
        }
        descriptors::own(self.mailbox?)
    }

    /// What was told of a descriptor whose handle has its number.
    pub(in super::super) fn of(&self, descriptor: RawFd) -> Option<Item> {
        let is_it = |item: &&Item| item.descriptor == descriptor && !item.is_given();
        self.items.iter().find(is_it).copied()
    }

    /// Handles whose number is not that of their descriptor, once.
    pub(in super::super) fn take_given(&self) -> impl Iterator<Item = Item> {
        let are_taken = self.are_given_taken.swap(true, Ordering::AcqRel);
        let items = if are_taken { &[] } else { &self.items[..] };
        items.iter().copied().filter(|item| item.is_given())
    }
}

/// Writes the exit code down for whoever started this process.
pub(crate) fn tell_exit_code(code: u32) {
    if let Some(bequest) = received() {
        let known = 1 << 32 | u64::from(code);
        let _ = write_all(&bequest.file, at::EXIT_CODE, &known.to_ne_bytes());
    }
}
