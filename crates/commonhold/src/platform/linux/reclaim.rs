//! Removing what killed processes left, before its names are used again.
//!
//! It is removed as everywhere, by [`entry`]; what is here decides what is touched at all, which is less than what who
//! uses a name may remove: only objects that this build understands, and that are this user's.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::entry::{self, Reaped};
use super::errno::refused;
use super::file_name::FileName;
use super::inspect::{Contents, Found, Namespace};
use super::stop;
use crate::{Error, ErrorCode, Result};

const TRIED: &str = "remove what a dead process left";

/// A file that nobody held.
pub(crate) struct Leftover {
    pub(crate) found: Found,
    pub(crate) outcome: Outcome,
}

/// What became of it.
pub(crate) enum Outcome {
    /// It can be removed; nobody tried.
    Removable,
    Removed,
    /// Another process was faster: it removed the file, or made a new object of the name.
    Taken,
    /// It stays.
    Kept(Error),
}

impl Namespace {
    /// Looks for files that nobody holds, and removes them if `remove`.
    pub(crate) fn leftovers(&self, remove: bool) -> Result<Vec<Leftover>> {
        // Elsewhere a file that has a name need not have the one that it was found under.
        self.check()?;
        let files = self.files()?;
        let leftovers = files.iter().map(|file| self.leftover(file, remove));
        leftovers.filter_map(Result::transpose).collect()
    }

    /// The file, if nobody holds it, and what became of it. `None` also if this user cannot know.
    fn leftover(&self, file: &FileName, remove: bool) -> Result<Option<Leftover>> {
        let at = |error: Error| error.at(self.directory.path_of(file));
        let opened = match self.directory.open_file(file, OFlags::RDWR) {
            Ok(fd) => File::from(fd),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => {
                let found = self.look(file)?;
                return Ok(found.filter(is_left).map(|found| {
                    let why = reason_to_keep(&found).unwrap_or_else(|| refused(errno, TRIED));
                    Leftover {
                        found,
                        outcome: Outcome::Kept(at(why)),
                    }
                }));
            }
        };
        stop::point("reclaim.opened");
        let found = self
            .read(file, &opened)
            .map_err(|errno| at(refused(errno, TRIED)))?;
        if !is_left(&found) {
            return Ok(None);
        }
        let outcome = match reason_to_keep(&found) {
            Some(why) => Outcome::Kept(at(why)),
            None if remove => self.remove(file, &OwnedFd::from(opened)),
            None => Outcome::Removable,
        };
        Ok(Some(Leftover { found, outcome }))
    }

    /// The same description that was looked at is locked, so that it is the same file whatever has its name by now.
    fn remove(&self, file: &FileName, fd: &OwnedFd) -> Outcome {
        match entry::reap_leftover(&self.directory, file, fd) {
            Ok(Reaped::Removed) => Outcome::Removed,
            Ok(Reaped::Refused) => Outcome::Taken,
            Err(error) => Outcome::Kept(error),
        }
    }
}

/// Whether nobody holds it. Of what may not be read nobody knows.
fn is_left(found: &Found) -> bool {
    !found.is_held && !matches!(found.contents, Contents::Unreadable)
}

/// Why a file that nobody holds is not touched, if it is not.
fn reason_to_keep(found: &Found) -> Option<Error> {
    let keep = |code, why: String| Some(Error::new(code, TRIED).because(why));
    match found.contents {
        Contents::Damaged(why) => keep(
            ErrorCode::FILE_CORRUPT,
            format!("{why}; remove it if nobody needs it"),
        ),
        Contents::Newer(version) => keep(
            ErrorCode::REVISION_MISMATCH,
            format!("it has layout version {version}; a build that knows it can remove it"),
        ),
        _ if found.uid != rustix::process::geteuid().as_raw() => keep(
            ErrorCode::ACCESS_DENIED,
            format!("it is user {}'s, who can remove it", found.uid),
        ),
        _ => None,
    }
}
