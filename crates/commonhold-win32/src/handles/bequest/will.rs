//! What a process will be told that is about to be started.

use std::ffi::CString;
use std::os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd, RawFd};
use std::sync::Arc;

use rustix::fs::MemfdFlags;
use rustix::io::{Errno, FdFlags};
use rustix::net::SocketFlags;

use super::super::{Entry, Handle, get, mail};
use super::{Item, MAGIC, VARIABLE, at, at_receipt, read_number, to_word, write_all};
use crate::failure::{Failure, Result};

/// Which handles a new process inherits.
pub(crate) enum Inherit<'a> {
    Nothing,
    /// All that are inheritable.
    All,
    /// Of these, all of which must be inheritable.
    Listed(&'a [Handle]),
}

/// What a process will be told that is about to be started, and what it says of its end.
pub(crate) struct Will {
    file: OwnedFd,
    kept: Vec<RawFd>,
    /// The items with a number that was given to this process, and that number.
    given: Vec<(usize, usize)>,
    namespace: u64,
    /// Keeps the descriptors from being closed, and their numbers from being another's, until the process has them.
    entries: Vec<Arc<Entry>>,
}

impl Will {
    /// Writes down what the process inherits, and what its standard handles are, if they are not this process's.
    pub(crate) fn new(inherit: &Inherit<'_>, standard: Option<[Handle; 3]>) -> Result<Self> {
        let mut entries: Vec<_> = match inherit {
            Inherit::Nothing => Vec::new(),
            Inherit::All => super::super::all()
                .filter(|(_, entry)| entry.is_inheritable())
                .collect(),
            Inherit::Listed(handles) => handles
                .iter()
                .map(|&handle| {
                    let entry = get(handle)?;
                    let may_be = entry.is_inheritable();
                    may_be
                        .then_some((Handle(handle.0 & !3), entry))
                        .ok_or(Failure::INVALID_PARAMETER)
                })
                .collect::<Result<_>>()?,
        };
        entries.sort_by_key(|(handle, _)| handle.0);
        entries.dedup_by_key(|(handle, _)| handle.0);
        let mut items: Vec<Item> = entries
            .iter()
            .filter_map(|(handle, entry)| Item::of(*handle, entry))
            .collect();
        if let Some(standard) = standard {
            // What has these numbers in the child are copies of other handles.
            items.retain(|item| item.descriptor > 2);
            let copies = (0..).zip(standard).filter_map(|(number, handle)| {
                Item::of(handle, &*get(handle).ok()?)?.copied_to(number)
            });
            items.extend(copies.collect::<Vec<_>>());
        }
        let file = rustix::fs::memfd_create(c"commonhold-bequest", MemfdFlags::CLOEXEC)?;
        let mut kept = vec![file.as_raw_fd()];
        for item in &items {
            kept.push(item.descriptor);
            kept.extend(item.others());
        }
        let given = items.iter().enumerate().filter(|(_, item)| item.is_given());
        let given =
            given.filter_map(|(place, item)| Some((place, mail::given_number(item.handle())?)));
        let given = given.collect();
        let count = items.len() as u64;
        let words = items.iter().flat_map(|item| item.words());
        let bytes: Vec<u8> = words.flat_map(u32::to_ne_bytes).collect();
        write_all(&file, at::MAGIC, &MAGIC.to_ne_bytes())?;
        write_all(&file, at::COUNT, &count.to_ne_bytes())?;
        write_all(&file, at::ITEMS, &bytes)?;
        Ok(Self {
            file,
            kept,
            given,
            namespace: mail::namespace(),
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        })
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
    /// process can give it handles from then on, whether or not it is far enough to look for them. The file, the receipts
    /// and the mailbox stay open across the exec.
    pub(crate) fn sign(&self) -> Result<(), Errno> {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        // Before anybody can give it a handle: these numbers are taken.
        for &(place, number) in &self.given {
            let receipt = mail::reserve(self.namespace, number, SocketFlags::empty())?;
            let word = to_word(Some(receipt.into_raw_fd()));
            write_all(&self.file, at_receipt(place), &word.to_ne_bytes())?;
        }
        if let Ok(mailbox) = mail::listen(self.namespace, SocketFlags::empty()) {
            let word = u64::from(to_word(Some(mailbox.into_raw_fd())));
            write_all(&self.file, at::MAILBOX, &word.to_ne_bytes())?;
        }
        rustix::io::fcntl_setfd(&self.file, FdFlags::empty())?;
        let pid = u64::try_from(pid).unwrap_or(0);
        write_all(&self.file, at::PID, &pid.to_ne_bytes())
    }

    /// The exit code that the process has written down, if it did.
    pub(crate) fn exit_code(&self) -> Option<u32> {
        let known = read_number(&self.file, at::EXIT_CODE)?;
        #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
        (known >> 32 == 1).then_some(known as u32)
    }

    /// Lets go of the handles: the process has its own of them since the fork.
    pub(crate) fn release_handles(&mut self) {
        self.entries.clear();
    }
}
