//! Looking at the objects of a namespace, and at who uses them, without using them.
//!
//! Nothing that is done here changes anything: no object is held by it, none is made, and no leftover removed. What is
//! seen is how things were a moment ago. What other users' processes do is seen as far as the system lets this one.
//!
//! ```
//! # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
//! use commonhold::{Event, Scope, os::linux::inspect::{Kind, Namespace}};
//! let _held = Event::options().signaled(true).create("ready")?;
//! let namespace = Namespace::open(Scope::Local)?.expect("it is there by now");
//! for object in namespace.objects()? {
//!     assert_eq!(object.name.as_deref(), Some("ready"));
//!     assert_eq!(object.kind, Kind::Event { manual_reset: false, signaled: true, has_waiters: false });
//! }
//! # Ok::<(), commonhold::Error>(())
//! ```

mod users;
mod waiters;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::platform::{self, Contents, Found};
use crate::{Name, Result, Scope, SectionInfo};

pub use users::{Handle, User, Users, View};
pub use waiters::Sleepers;

/// The directory that the directories of the namespaces are in: `/dev/shm`, or what `COMMONHOLD_ROOT` says.
pub fn root() -> PathBuf {
    platform::root()
}

/// A namespace, to be looked at.
pub struct Namespace {
    namespace: platform::Namespace,
    scope: Scope,
}

/// Which file an object is. No two that exist at one time have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// A named object, as it was when it was looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Object {
    /// Its name, without the namespace's; what of it is no text is U+FFFD. `None` if the object does not tell it.
    pub name: Option<String>,
    /// Whether the object has room for all of its name: that is 640 bytes.
    pub is_name_whole: bool,
    /// The namespace that it is in.
    pub scope: Scope,
    /// Where it is.
    pub path: PathBuf,
    /// Which file it is.
    pub identity: Identity,
    /// Whose it is.
    pub uid: u32,
    /// Who else may open it: the file's mode.
    pub mode: u32,
    /// When it was made, where the file system knows.
    pub made: Option<SystemTime>,
    /// How many bytes of memory it takes. A section's untouched pages take none, and what is over a file is there.
    pub memory: u64,
    /// Whether some process has a handle. If none has, it is what a killed process left, and goes when its name is used.
    pub is_held: bool,
    /// What it says of who made it; `None` of what is damaged, or not for this user to read.
    pub maker: Option<Maker>,
    /// What it is.
    pub kind: Kind,
}

/// What an object says of who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Maker {
    /// The version of the layout.
    pub layout: u32,
    /// The size of pages there, in bytes.
    pub page_size: u32,
    /// The pid namespace, where that matters: that of all but sections.
    pub pid_namespace: Option<u64>,
}

/// What an object is, and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A section.
    Section {
        /// Its size, protection and attributes.
        info: SectionInfo,
        /// The file that it is over, where that was when the section was made.
        file: Option<PathBuf>,
    },
    /// A mutex.
    Mutex {
        /// The thread that owns it, by the id that its process knows it by.
        owner: Option<u32>,
        /// Its last owner ended without releasing it, and nobody has owned it since.
        is_abandoned: bool,
        /// Whether threads wait for it, or may.
        has_waiters: bool,
    },
    /// A semaphore.
    Semaphore {
        /// The units that can be taken.
        count: u32,
        /// The most that there can be.
        maximum: u32,
        /// Whether threads wait for it, or may.
        has_waiters: bool,
    },
    /// An event.
    Event {
        /// Whether it stays signaled until it is reset.
        manual_reset: bool,
        /// Whether it is signaled.
        signaled: bool,
        /// Whether threads wait for it, or may.
        has_waiters: bool,
    },
    /// A waitable timer.
    Timer {
        /// Whether it stays signaled until it is set again.
        manual_reset: bool,
        /// Whether it is signaled.
        signaled: bool,
        /// In how long it is due, if it is set; zero if it is due and nobody has asked since.
        due_in: Option<Duration>,
        /// How often it is due after that.
        period: Option<Duration>,
        /// Whether threads wait for it, or may.
        has_waiters: bool,
    },
    /// Of another version of the layout, which this one is.
    Newer(u32),
    /// This user may not read it.
    Unreadable,
    /// It is damaged, or no object: why.
    Damaged(&'static str),
}

impl Namespace {
    /// A namespace as it is; `None` if there is none, and so no object in it.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` if this user may not look into it.
    pub fn open(scope: Scope) -> Result<Option<Self>> {
        let namespace = platform::Namespace::of(scope)?;
        Ok(namespace.map(|namespace| Self { namespace, scope }))
    }

    /// Whether this process would use the namespace, which is not safe where others can change what is in it.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` with the reason and the remedy, if its directory belongs to another user, or others have more
    /// rights to it than they should.
    pub fn check(&self) -> Result<()> {
        self.namespace.check()
    }

    /// The directory that its objects are in.
    pub fn path(&self) -> &Path {
        self.namespace.path()
    }

    /// All of its objects, in no order.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn objects(&self) -> Result<Vec<Object>> {
        let all = self.namespace.all()?;
        Ok(all.into_iter().map(|found| self.object(found)).collect())
    }

    /// The object of the name; `None` if there is none. Only the name counts, and not the namespace that it says.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn find(&self, name: &Name) -> Result<Option<Object>> {
        Ok(self.namespace.find(name)?.map(|found| self.object(found)))
    }

    pub(super) fn platform(&self) -> &platform::Namespace {
        &self.namespace
    }

    pub(super) fn object(&self, found: Found) -> Object {
        let (name, is_name_whole) = found.name.unzip();
        Object {
            name: name.map(|name| String::from_utf8_lossy(&name).into_owned()),
            is_name_whole: is_name_whole.unwrap_or(false),
            scope: self.scope,
            path: found.path,
            identity: Identity {
                device: found.device,
                inode: found.inode,
            },
            uid: found.uid,
            mode: found.mode,
            made: found.made,
            memory: found.memory,
            is_held: found.is_held,
            maker: found.maker.map(|maker| Maker {
                layout: maker.version,
                page_size: maker.page_size,
                pid_namespace: (maker.pid_namespace != 0).then_some(maker.pid_namespace),
            }),
            kind: Kind::of(found.contents),
        }
    }
}

impl Kind {
    fn of(contents: Contents) -> Self {
        let seen = match contents {
            Contents::Section { info, file } => return Self::Section { info, file },
            Contents::Newer(version) => return Self::Newer(version),
            Contents::Unreadable => return Self::Unreadable,
            Contents::Damaged(why) => return Self::Damaged(why),
            Contents::Waitable(seen) => seen,
        };
        let has_waiters = seen.has_waiters;
        let signaled = seen.units > 0;
        match seen.kind {
            platform::Kind::Mutex => Self::Mutex {
                owner: seen.owner,
                is_abandoned: seen.is_abandoned,
                has_waiters,
            },
            platform::Kind::Semaphore { maximum } => Self::Semaphore {
                count: seen.units,
                maximum,
                has_waiters,
            },
            platform::Kind::Event { manual } => Self::Event {
                manual_reset: manual,
                signaled,
                has_waiters,
            },
            platform::Kind::Timer { manual } => Self::Timer {
                manual_reset: manual,
                signaled,
                due_in: seen.setting.map(platform::Setting::left),
                period: seen.setting.and_then(platform::Setting::period),
                has_waiters,
            },
            platform::Kind::Thread => Self::Damaged("threads have no names"),
        }
    }

    /// What the type is called, in one word.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Section { .. } => "section",
            Self::Mutex { .. } => "mutex",
            Self::Semaphore { .. } => "semaphore",
            Self::Event { .. } => "event",
            Self::Timer { .. } => "timer",
            Self::Newer(_) => "newer",
            Self::Unreadable => "unreadable",
            Self::Damaged(_) => "damaged",
        }
    }
}
