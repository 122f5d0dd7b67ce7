//! Sharing modes, and what a section over a file keeps others from.
//!
//! Whoever opens a file writes down what it does and what it denies to others, by locks on bytes beyond the end that
//! any file can have, and looks afterwards whether it and anybody else are in each other's way. So of two that
//! are, one is refused, or both if they come in the same instant; never none. The locks are all shared ones, and end
//! with the open file: see [`byte_locks`]. Processes that do not use this library neither see nor heed them.
//!
//! Where there can be no locks, everything goes together.

use std::os::fd::{AsFd, AsRawFd as _};

use commonhold::{Rights, Section};
use rustix::fs::{FallocateFlags, Mode, OFlags};
use rustix::io::Errno;

use super::access;
use crate::failure::{Failure, Result};
use crate::platform::byte_locks;

bitflags::bitflags! {
    /// What one does with a file that others may not want: Windows' `FILE_SHARE_` bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Uses: u32 {
        const READ = 1;
        const WRITE = 2;
        const DELETE = 4;
    }
}

/// No file is so long.
const FIRST: i64 = 1 << 62;
const SECTION: i64 = FIRST + 6;

impl Uses {
    /// What a handle with these rights does.
    pub(crate) fn by_rights(rights: u32) -> Self {
        let mut uses = Self::empty();
        uses.set(
            Self::READ,
            rights & (access::READ_DATA | access::EXECUTE) != 0,
        );
        uses.set(
            Self::WRITE,
            rights & (access::WRITE_DATA | access::APPEND_DATA) != 0,
        );
        uses.set(Self::DELETE, rights & access::DELETE != 0);
        uses
    }

    /// The bytes by which it is told that these are done.
    fn bytes(self) -> impl Iterator<Item = i64> {
        self.iter()
            .map(|one| FIRST + i64::from(one.bits().trailing_zeros()))
    }

    /// The bytes by which it is told that these are denied to others.
    fn denied_bytes(self) -> impl Iterator<Item = i64> {
        self.bytes().map(|byte| byte + 3)
    }
}

/// Shares the file for as long as it is open, or refuses with `SHARING_VIOLATION`. `at_once` is what is done now, and
/// not later.
pub(crate) fn claim(file: impl AsFd, uses: Uses, shared: Uses, at_once: Uses) -> Result<()> {
    // Who neither reads, writes nor deletes is in nobody's way.
    let denied = if uses.is_empty() {
        Uses::empty()
    } else {
        !shared
    };
    for byte in uses.bytes().chain(denied.denied_bytes()) {
        lock(&file, byte);
    }
    let in_the_way = denied.bytes().chain((uses | at_once).denied_bytes());
    let is_free = in_the_way.into_iter().all(|byte| !is_locked(&file, byte));
    is_free.then_some(()).ok_or(Failure::SHARING_VIOLATION)
}

/// Tells of a section over the file that this open file is kept for. A writable one writes. Whoever cuts the file is
/// waited for.
pub(crate) fn hold_section(file: impl AsFd, writable: bool) {
    told(byte_locks::wait_to_share(&file, SECTION));
    if writable {
        Uses::WRITE.bytes().for_each(|byte| lock(&file, byte));
    }
}

/// The same for any section: its file may have been opened by its name, or again for other rights.
pub(crate) fn hold_file_of(section: &Section) {
    if let Some(file) = section.file_descriptor() {
        // Who may not ask whether the section is writable writes if this handle does.
        let info = section
            .info()
            .map(|info| info.protection.is_shared_writable());
        let writes = || section.rights().contains(Rights::MAP_WRITE);
        hold_section(file, info.unwrap_or_else(|_| writes()));
    }
}

/// Cuts a file, unless there is a section over it, or a view of one: `USER_MAPPED_FILE`. None is made meanwhile.
pub(crate) fn cut(file: impl AsFd, length: u64) -> Result<()> {
    let file = file.as_fd();
    // By an open file of its own: what children have of the handle's would keep the lock if this process died now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let mode = rustix::fs::fcntl_getfl(file)? & OFlags::RWMODE;
    let own = rustix::fs::open(path, mode | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty());
    let alone = own.as_ref().map_err(|errno| *errno);
    match alone.and_then(|own| byte_locks::have_alone(own, SECTION)) {
        Ok(false) => return Err(Failure::USER_MAPPED_FILE),
        Ok(true) => {}
        Err(errno) => told(Err(errno)),
    }
    Ok(rustix::fs::ftruncate(file, length)?)
}

/// Makes a file longer, and never shorter, whoever else does so.
pub(crate) fn extend(file: impl AsFd, length: u64) -> Result<()> {
    let last = length.saturating_sub(1);
    match rustix::fs::fallocate(&file, FallocateFlags::empty(), last, 1) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(rustix::fs::ftruncate(&file, length)?),
        done => Ok(done?),
    }
}

/// Whether there is a section over the file, or a view of one.
pub(crate) fn has_section(file: impl AsFd) -> bool {
    is_locked(file, SECTION)
}

fn lock(file: impl AsFd, byte: i64) {
    told(byte_locks::share(file, byte));
}

/// Goes on where a file can have no locks.
fn told(locked: Result<(), Errno>) {
    if let Err(errno) = locked {
        tracing::debug!(%errno, "a file is not shared as it should be");
    }
}

fn is_locked(file: impl AsFd, byte: i64) -> bool {
    byte_locks::is_taken_by_others(file, byte).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsRawFd as _;

    use rustix::fs::MemfdFlags;

    use super::*;

    fn opened(times: usize) -> Vec<File> {
        let first = rustix::fs::memfd_create(c"sharing", MemfdFlags::CLOEXEC).unwrap();
        let path = format!("/proc/self/fd/{}", first.as_raw_fd());
        (0..times)
            .map(|_| File::options().read(true).write(true).open(&path).unwrap())
            .collect()
    }

    fn go_together(one: (Uses, Uses), other: (Uses, Uses)) -> bool {
        let files = opened(2);
        claim(&files[0], one.0, one.1, Uses::empty()).unwrap();
        claim(&files[1], other.0, other.1, Uses::empty()).is_ok()
    }

    #[test]
    fn two_go_together_if_each_allows_what_the_other_does() {
        let all = (0..8).map(Uses::from_bits_retain);
        let modes: Vec<_> = all
            .clone()
            .flat_map(|uses| all.clone().map(move |shared| (uses, shared)))
            .collect();
        for &one in &modes {
            for &other in &modes {
                let either_is_nothing = one.0.is_empty() || other.0.is_empty();
                let expected =
                    either_is_nothing || (one.1.contains(other.0) && other.1.contains(one.0));
                assert_eq!(go_together(one, other), expected, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_is_done_at_once_is_denied_too() {
        let files = opened(2);
        claim(&files[0], Uses::READ, Uses::READ, Uses::empty()).unwrap();
        let refused = claim(&files[1], Uses::READ, Uses::all(), Uses::WRITE);
        assert_eq!(refused, Err(Failure::SHARING_VIOLATION));
    }

    #[test]
    fn a_writable_section_writes_and_another_is_only_there() {
        let files = opened(3);
        hold_section(&files[0], false);
        assert!(has_section(&files[1]) && !has_section(&files[0]));
        claim(&files[1], Uses::READ, Uses::empty(), Uses::empty()).unwrap();
        let mut files = opened(3);
        hold_section(&files[0], true);
        let refused = claim(&files[1], Uses::READ, Uses::READ, Uses::empty());
        assert_eq!(refused, Err(Failure::SHARING_VIOLATION));
        drop(files.remove(1));
        claim(&files[1], Uses::READ, Uses::WRITE, Uses::empty()).unwrap();
    }
}
