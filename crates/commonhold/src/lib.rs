//! Shared memory, shared files and their names, which are gone when their last holder is.
//!
//! A [`Section`] is memory, or a file, that several processes share: one creates it, others open it by name
//! or are given a handle, and each maps [`View`]s of it. It exists exactly as long as somebody holds it,
//! however its holders end: there is no daemon, nothing to clean up, and nothing left after a crash. These
//! are Windows' file mappings, with Windows' rules, on Linux.
//!
//! ```
//! # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
//! use commonhold::Section;
//!
//! // One process makes it...
//! let section = Section::options().size(64 * 1024).create("frames")?;
//! let view = section.map()?;
//! view.write(0, b"hello")?;
//!
//! // ...any other opens it by its name.
//! let theirs = Section::open("frames")?.map()?;
//! let mut bytes = [0; 5];
//! theirs.read(0, &mut bytes)?;
//! assert_eq!(&bytes, b"hello");
//! # Ok::<(), commonhold::Error>(())
//! ```
//!
//! # Where things are
//!
//! On Linux the objects of a user are files in `/dev/shm/commonhold.UID`; the environment variable
//! `COMMONHOLD_ROOT` names another directory than `/dev/shm`, and is read when a namespace is first used.
//! Events worth a log line go to [`tracing`](https://docs.rs/tracing), and nowhere unless the program
//! collects them.
//!
//! # Memory that others change
//!
//! A view is shared with processes that run at the same time, may be stopped or killed anywhere, and may be
//! wrong. So the safe operations on a view copy, or are single atomic accesses; a slice is
//! [`unsafe`](View::as_slice), since it would promise that nobody else writes.
//!
//! What raises `SIGBUS` cannot be made an error. Where a file, or the memory behind a name, is cut short
//! under a view, touching what is gone does; only processes that may write to it can cut it. Where the memory
//! of `/dev/shm` was used up since a section was created, touching a page of it for the first time does;
//! [`SectionOptions::allocate`] takes the memory at once, and [`MapOptions::populate`] when it is mapped. And
//! so does touching a page of a file that its file system cannot read, or has no space for.

// The tests inside share helpers with those in `tests/`.
#[cfg(test)]
extern crate self as commonhold;

mod alert;
mod detached;
mod error;
mod event;
mod map_options;
mod mutex;
mod name;
mod objects;
pub mod os;
mod platform;
mod process;
mod protection;
mod region;
mod rights;
mod section;
mod section_info;
mod section_options;
mod semaphore;
mod thread;
mod timeout;
mod timer;
mod view;
mod view_access;
mod wait;
mod wait_reference;

pub use alert::Alert;
pub use error::{Error, ErrorCode, Result};
pub use event::{Event, EventOptions};
pub use map_options::MapOptions;
pub use mutex::{LockError, Mutex, MutexGuard, MutexOptions};
pub use name::{Name, Scope};
pub use platform::memory::Atomic;
pub use process::Process;
pub use protection::{MapAccess, Protection};
pub use region::{PageState, Region};
pub use rights::Rights;
pub use section::Section;
pub use section_info::{SectionAttributes, SectionInfo};
pub use section_options::SectionOptions;
pub use semaphore::{Semaphore, SemaphoreOptions};
pub use thread::Thread;
pub use timeout::Timeout;
pub use timer::{Due, Timer, TimerOptions};
pub use view::View;
pub use wait::{
    MAXIMUM_WAIT_OBJECTS, Signal, Wait, Waitable, signal_and_wait, wait_all, wait_all_unless,
    wait_any, wait_one,
};
pub use wait_reference::WaitReference;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
