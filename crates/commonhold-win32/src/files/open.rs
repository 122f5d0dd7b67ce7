//! Opening and making files (`CreateFile`).

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{Access, Advice, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::File;
use super::access;
use super::deletion::DeleteOnClose;
use super::kind::{Kind, is_read_only};
use super::options::{Disposition, Options};
use super::path::{self, Place};
use super::sharing::{self, Uses};
use crate::failure::{Failure, Result};
use crate::platform::text::Text;

/// What is asked of `CreateFile`.
pub(crate) struct Request<'a> {
    pub(crate) path: Text<'a>,
    pub(crate) access: u32,
    pub(crate) shared: u32,
    pub(crate) disposition: u32,
    pub(crate) flags: u32,
    /// Whether all users may read and write what is made.
    pub(crate) everyone: bool,
}

/// A file that was opened, and whether it was there before.
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) existed: bool,
}

struct Opening {
    rights: u32,
    shared: Uses,
    disposition: Disposition,
    options: Options,
    everyone: bool,
}

/// Opens a file, or makes it.
pub(crate) fn open(request: &Request<'_>) -> Result<Opened> {
    let place = Place::of(request.path)?;
    let disposition = Disposition::of(request.disposition)?;
    let options = Options::of(request.flags)?;
    let mut rights = access::mapped(request.access)?;
    if rights & access::MAXIMUM_ALLOWED != 0 {
        rights = rights & !access::MAXIMUM_ALLOWED | most(&place);
    }
    if disposition == Disposition::TruncateExisting && rights & access::WRITE_DATA == 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    rights |= access::SYNCHRONIZE | access::READ_ATTRIBUTES;
    if options.contains(Options::DELETE_ON_CLOSE) {
        rights |= access::DELETE;
    }
    let shared = Uses::from_bits(request.shared).ok_or(Failure::INVALID_PARAMETER)?;
    let opening = Opening {
        rights,
        shared,
        disposition,
        options,
        everyone: request.everyone,
    };
    match place {
        Place::Path(path) => opening.at(&path),
        _ => opening.device(&place),
    }
}

/// All the rights that this process can have.
fn most(place: &Place) -> u32 {
    let Place::Path(path) = place else {
        return access::ALL_ACCESS;
    };
    match rustix::fs::access(path, Access::WRITE_OK) {
        Ok(()) | Err(Errno::NOENT) => access::ALL_ACCESS,
        Err(_) => access::GENERIC_READ | access::GENERIC_EXECUTE,
    }
}

impl Opening {
    fn device(&self, place: &Place) -> Result<Opened> {
        let both = (access::READ_DATA, access::WRITE_DATA);
        let (reads, writes) = (self.rights & both.0 != 0, self.rights & both.1 != 0);
        let is_input = match place {
            Place::Console if reads == writes => return Err(Failure::INVALID_PARAMETER),
            Place::Console => reads,
            Place::ConsoleInput => true,
            _ => false,
        };
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
        let descriptor = if *place == Place::Null {
            rustix::fs::open("/dev/null", flags, Mode::empty())?
        } else {
            let terminal = rustix::fs::open("/dev/tty", flags, Mode::empty());
            // Without a terminal, what stands for it.
            terminal.or_else(|_| {
                let (input, output) = (std::io::stdin(), std::io::stdout());
                let standard = if is_input {
                    input.as_fd()
                } else {
                    output.as_fd()
                };
                rustix::io::fcntl_dupfd_cloexec(standard, 0)
            })?
        };
        Ok(Opened {
            file: File::new(descriptor, self.rights),
            existed: self.disposition == Disposition::OpenAlways,
        })
    }

    fn at(&self, path: &Path) -> Result<Opened> {
        let (descriptor, existed) = self.find_or_make(path)?;
        let stat = rustix::fs::fstat(&descriptor)?;
        let kind = Kind::from_stat(&stat);
        match kind {
            Kind::Directory => self.check_directory()?,
            Kind::Disk => self.share(&descriptor, &stat, existed)?,
            _ => {}
        }
        self.prepare(&descriptor, kind, existed)?;
        let deletes = self.options.contains(Options::DELETE_ON_CLOSE);
        let awaited = deletes
            .then(|| DeleteOnClose::new(&descriptor, path))
            .transpose()?;
        Ok(Opened {
            file: File::opened(descriptor, self.rights, kind, awaited),
            existed,
        })
    }

    fn find_or_make(&self, path: &Path) -> Result<(OwnedFd, bool)> {
        let is_link_wanted = self.options.contains(Options::OPEN_REPARSE_POINT);
        let failed = |errno| match errno {
            // A link can be followed, or removed, and nothing else.
            Errno::LOOP if is_link_wanted => Failure::NOT_SUPPORTED,
            errno => path::failure(errno, path),
        };
        if !self.disposition.makes() {
            return self.find(path).map(|file| (file, true)).map_err(failed);
        }
        // Others may make and remove it meanwhile; and a link that leads nowhere can be neither found nor made.
        for _ in 0..16 {
            if self.disposition.finds() {
                match self.find(path) {
                    Err(Errno::NOENT) => {}
                    found => return found.map(|file| (file, true)).map_err(failed),
                }
            }
            match self.make(path) {
                Err(Errno::EXIST) if self.disposition.finds() => {}
                Err(Errno::EXIST) => return Err(Failure::FILE_EXISTS),
                made => return made.map(|file| (file, false)).map_err(failed),
            }
        }
        Err(Failure::FILE_NOT_FOUND)
    }

    fn make(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let mode = Mode::from_raw_mode(if self.options.contains(Options::READ_ONLY) {
            0o444
        } else {
            0o666
        });
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | self.flags();
        let file = rustix::fs::open(path, flags, mode)?;
        if self.everyone {
            // More than the process's mask allows.
            rustix::fs::fchmod(&file, mode)?;
        }
        Ok(file)
    }

    /// Opens what is there. What is shared has to be open for reading, whatever the rights are; and who truncates, for
    /// writing.
    fn find(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let uses = Uses::by_rights(self.rights);
        let open = |mode| rustix::fs::open(path, mode | self.flags(), Mode::empty());
        let reads = uses.contains(Uses::READ);
        if !uses.contains(Uses::WRITE) && !self.disposition.truncates() {
            // A pipe does not wait for its other end for who will not use it.
            let waits = if reads {
                OFlags::empty()
            } else {
                OFlags::NONBLOCK
            };
            return match open(OFlags::RDONLY | waits) {
                Err(Errno::ACCESS | Errno::NXIO) if !reads => open(OFlags::PATH),
                found => found,
            };
        }
        // A pipe that is open for both never ends.
        let is_stream = |stat: Stat| matches!(Kind::from_stat(&stat), Kind::Pipe | Kind::Character);
        if !reads && rustix::fs::stat(path).is_ok_and(is_stream) {
            return open(OFlags::WRONLY);
        }
        match open(OFlags::RDWR) {
            Err(Errno::ACCESS) if !reads => open(OFlags::WRONLY),
            Err(Errno::ISDIR) if self.options.contains(Options::BACKUP_SEMANTICS) => {
                open(OFlags::RDONLY)
            }
            found => found,
        }
    }

    fn flags(&self) -> OFlags {
        let mut flags = OFlags::CLOEXEC | OFlags::NOCTTY;
        let only_appends =
            self.rights & (access::WRITE_DATA | access::APPEND_DATA) == access::APPEND_DATA;
        flags.set(OFlags::APPEND, only_appends);
        flags.set(OFlags::DSYNC, self.options.contains(Options::WRITE_THROUGH));
        flags.set(
            OFlags::NOFOLLOW,
            self.options.contains(Options::OPEN_REPARSE_POINT),
        );
        flags
    }

    fn check_directory(&self) -> Result<()> {
        if !self.options.contains(Options::BACKUP_SEMANTICS) {
            return Err(Failure::ACCESS_DENIED);
        }
        if self.disposition.truncates() {
            return Err(Failure::FILE_EXISTS);
        }
        if self.options.contains(Options::DELETE_ON_CLOSE) {
            return Err(Failure::NOT_SUPPORTED);
        }
        Ok(())
    }

    /// Refuses what others deny, and what the file's sections and attributes do.
    fn share(&self, file: &OwnedFd, stat: &Stat, existed: bool) -> Result<()> {
        let truncates = existed && self.disposition.truncates();
        let uses = Uses::by_rights(self.rights);
        let deletes = self.options.contains(Options::DELETE_ON_CLOSE);
        if existed && is_read_only(stat) && (uses.contains(Uses::WRITE) || truncates || deletes) {
            return Err(Failure::ACCESS_DENIED);
        }
        let at_once = if truncates {
            Uses::WRITE
        } else {
            Uses::empty()
        };
        sharing::claim(file, uses, self.shared, at_once)?;
        if truncates {
            return sharing::cut(file, 0);
        }
        if deletes && sharing::has_section(file) {
            return Err(Failure::ACCESS_DENIED);
        }
        Ok(())
    }

    /// What is done with the open file before it is handed out.
    fn prepare(&self, file: &OwnedFd, kind: Kind, existed: bool) -> Result<()> {
        let flags = rustix::fs::fcntl_getfl(file)?;
        if flags.contains(OFlags::NONBLOCK) {
            rustix::fs::fcntl_setfl(file, flags - OFlags::NONBLOCK)?;
        }
        if kind != Kind::Disk {
            return Ok(());
        }
        if existed && self.disposition.truncates() && self.options.contains(Options::READ_ONLY) {
            rustix::fs::fchmod(file, Mode::RUSR | Mode::RGRP | Mode::ROTH)?;
        }
        let advice = if self.options.contains(Options::SEQUENTIAL_SCAN) {
            Advice::Sequential
        } else if self.options.contains(Options::RANDOM_ACCESS) {
            Advice::Random
        } else {
            return Ok(());
        };
        // A hint.
        let _ = rustix::fs::fadvise(file, 0, None, advice);
        Ok(())
    }
}
