//! What the kernel tells of new names: objects in the namespaces, and the directories of namespaces themselves.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use commonhold::os::linux::inspect;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

pub struct Watch {
    inotify: OwnedFd,
    root: PathBuf,
    /// The watch of the root, where names come that are nothing to us.
    of_root: i32,
}

impl Watch {
    /// Watches for namespaces.
    pub fn new() -> Result<Self> {
        let flags = CreateFlags::CLOEXEC | CreateFlags::NONBLOCK;
        let inotify = inotify::init(flags)
            .context("cannot watch; raise `sysctl fs.inotify.max_user_instances`")?;
        let root = inspect::root();
        let of_root = add(&inotify, &root)?;
        Ok(Self {
            inotify,
            root,
            of_root,
        })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Watches a namespace too, if it is not watched yet. One that is gone by now is not.
    pub fn add(&mut self, namespace: &Path) -> Result<()> {
        add(&self.inotify, namespace).map(drop).or_else(|error| {
            match error.downcast_ref::<Errno>() {
                Some(&Errno::NOENT) => Ok(()),
                _ => Err(error),
            }
        })
    }

    /// Takes all that was told, and says whether any of it matters.
    pub fn has_news(&mut self) -> Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.inotify, &mut buffer);
        let mut has_news = false;
        loop {
            match reader.next() {
                Ok(event) => {
                    let is_of_root = event.wd() == self.of_root;
                    // The root itself may be unmounted or removed.
                    let is_gone = event.events().contains(ReadFlags::IGNORED);
                    let is_namespace = event
                        .file_name()
                        .is_some_and(|name| name.to_bytes().starts_with(b"commonhold."));
                    has_news |= !is_of_root || is_gone || is_namespace;
                }
                Err(Errno::AGAIN) => return Ok(has_news),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno).context("cannot watch"),
            }
        }
    }
}

fn add(inotify: &OwnedFd, directory: &Path) -> Result<i32> {
    let names = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR;
    inotify::add_watch(inotify, directory, names).with_context(|| {
        let path = directory.display();
        format!(
            "cannot watch {path} (if there is no space, raise `sysctl fs.inotify.max_user_watches`)"
        )
    })
}
