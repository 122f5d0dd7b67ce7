//! Removing what killed processes left, at once instead of when its names are used.
//!
//! A leftover is a named object that no process holds: its last holder was killed, and nobody has used the name since. The
//! name is free, but the memory is taken. Every process that comes across a leftover removes it; what is here looks for all
//! of them.
//!
//! ```
//! # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
//! use commonhold::{Scope, Section, os::linux::{inspect::Namespace, reclaim::{Outcome, reclaim}}};
//! let _held = Section::options().size(4096).create("held")?;
//! if let Some(namespace) = Namespace::open(Scope::Local)? {
//!     for leftover in reclaim(&namespace)? {
//!         if let Outcome::Removed = leftover.outcome {
//!             println!("{:?}: {} bytes", leftover.object.name, leftover.object.memory);
//!         }
//!     }
//! }
//! assert!(Section::open("held").is_ok());
//! # Ok::<(), commonhold::Error>(())
//! ```

use super::inspect::{Namespace, Object};
use crate::platform;
use crate::{Error, Result};

/// A named object that no process held.
#[derive(Debug)]
#[non_exhaustive]
pub struct Leftover {
    /// What it is, or was.
    pub object: Object,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a leftover.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It can be removed: [`leftovers`] only looks.
    Removable,
    /// Its name is removed. Its memory is free, unless a process still has a view of it.
    Removed,
    /// Another process was faster: it removed the leftover.
    Taken,
    /// It stays, and this is why: `FILE_CORRUPT` if it is damaged or no object at all, `REVISION_MISMATCH` if it is of a
    /// newer layout, `ACCESS_DENIED` if it is another user's; else what the kernel says.
    Kept(Error),
}

/// Removes all leftovers of the namespace, and tells them.
///
/// What is held, damaged, of another version's layout, or another user's is never touched, not even by root. Other processes
/// may use the namespace meanwhile, and the names too. An object that this user may not read is left out: whether it is held
/// cannot be known.
///
/// # Errors
///
/// `ACCESS_DENIED` if the namespace's directory is not safe to use ([`Namespace::check`]); what the kernel says of the
/// directory, or of looking at what is in it. What was removed before that is removed.
pub fn reclaim(namespace: &Namespace) -> Result<Vec<Leftover>> {
    found(namespace, true)
}

/// All leftovers of the namespace, as [`reclaim`] would find them; nothing is removed.
///
/// # Errors
///
/// As [`reclaim`].
pub fn leftovers(namespace: &Namespace) -> Result<Vec<Leftover>> {
    found(namespace, false)
}

fn found(namespace: &Namespace, remove: bool) -> Result<Vec<Leftover>> {
    let all = namespace.platform().leftovers(remove)?;
    let told = all.into_iter().map(|leftover| Leftover {
        object: namespace.object(leftover.found),
        outcome: leftover.outcome.into(),
    });
    Ok(told.collect())
}

impl From<platform::Outcome> for Outcome {
    fn from(outcome: platform::Outcome) -> Self {
        match outcome {
            platform::Outcome::Removable => Self::Removable,
            platform::Outcome::Removed => Self::Removed,
            platform::Outcome::Taken => Self::Taken,
            platform::Outcome::Kept(why) => Self::Kept(why),
        }
    }
}
