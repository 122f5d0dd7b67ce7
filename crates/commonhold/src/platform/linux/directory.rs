//! Namespace directories: where the files of named objects are, one for each user and one for the machine.

use std::env;
use std::fmt::Write as _;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawMode, Stat};
use rustix::io::Errno;

use super::body;
use super::entry;
use super::errno::refused;
use super::file_name::FileName;
use crate::{Error, ErrorCode, Result, Scope};

const TRIED: &str = "use the namespace";

/// A namespace directory, opened, and verified to be whose it should be.
pub(super) struct Directory {
    fd: OwnedFd,
    path: PathBuf,
    scope: Scope,
}

impl Directory {
    /// The process's directory for the scope. The first use opens it, and sweeps some leftovers.
    pub(super) fn of(scope: Scope) -> Result<&'static Self> {
        let current = slot(scope).load(Ordering::Acquire);
        // SAFETY: null, or a directory that was leaked here or in `replace`, complete by then.
        match unsafe { current.as_ref() } {
            Some(directory) => Ok(directory),
            None => Self::replace(scope, current),
        }
    }

    /// The directory that took the place of this one, if this one was removed under its users.
    pub(super) fn successor(&'static self) -> Result<Option<&'static Self>> {
        let stat = rustix::fs::fstat(&self.fd).map_err(|errno| refused(errno, TRIED))?;
        if stat.st_nlink > 0 {
            return Ok(None);
        }
        Self::replace(self.scope, std::ptr::from_ref(self).cast_mut()).map(Some)
    }

    /// Opens the directory anew, unless another thread did since `old` was current.
    ///
    /// Without a lock, which a forked child might inherit locked for ever. What is replaced stays, since it
    /// may be in use; that happens only when somebody removes the directory.
    fn replace(scope: Scope, old: *mut Self) -> Result<&'static Self> {
        let opened = Box::into_raw(Box::new(Self::open(&root(), scope)?));
        let slot = slot(scope);
        let exchanged = slot.compare_exchange(old, opened, Ordering::AcqRel, Ordering::Acquire);
        if exchanged.is_err() {
            // SAFETY: leaked just now, and nobody else has seen it.
            drop(unsafe { Box::from_raw(opened) });
            return Self::of(scope);
        }
        // SAFETY: leaked just now, and never freed once it is in the slot.
        let directory = unsafe { &*opened };
        entry::sweep(directory, entry::SOME);
        Ok(directory)
    }

    /// Opens the directory below `root`, made if it is the user's own.
    pub(super) fn open(root: &Path, scope: Scope) -> Result<Self> {
        let fail = |errno, path: &Path| refused(errno, TRIED).at(path);
        let path_only = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let below =
            rustix::fs::open(root, path_only, Mode::empty()).map_err(|errno| match errno {
                Errno::NOENT | Errno::NOTDIR => Error::new(ErrorCode::PATH_NOT_FOUND, TRIED)
                    .at(root)
                    .because(
                        "there is no such directory; mount a tmpfs there, or set COMMONHOLD_ROOT",
                    ),
                errno => fail(errno, root),
            })?;
        let user = rustix::process::geteuid().as_raw();
        let file = file_of(scope, user);
        let path = root.join(&file);
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(&below, file.as_str(), flags, Mode::empty());
        let fd = match open() {
            Err(Errno::ACCESS) if scope == Scope::Local => {
                // Made under a umask that took the user's own rights, by a process that was killed before it
                // gave them back.
                let flags = AtFlags::SYMLINK_NOFOLLOW;
                let found = rustix::fs::statat(&below, file.as_str(), flags);
                if found.is_ok_and(|stat| wrong_owner(&stat, scope, user).is_none()) {
                    let _ =
                        rustix::fs::chmodat(&below, file.as_str(), Mode::RWXU, AtFlags::empty());
                }
                open()
            }
            Err(Errno::NOENT) if scope == Scope::Global => {
                return Err(Error::new(ErrorCode::PATH_NOT_FOUND, TRIED).at(&path).because(format!(
                    "this machine has no Global namespace; root makes it with `mkdir -m 1777 {0}`, or at every start with \
                     `d {0} 1777 root root` in tmpfiles.d",
                    path.display()
                )));
            }
            Err(Errno::NOENT) => match rustix::fs::mkdirat(&below, file.as_str(), Mode::RWXU) {
                // The umask may have taken from the user's own rights.
                Ok(()) => rustix::fs::chmodat(&below, file.as_str(), Mode::RWXU, AtFlags::empty())
                    .and_then(|()| open()),
                Err(Errno::EXIST) => open(),
                Err(errno) => Err(errno),
            },
            other => other,
        };
        let fd = fd.map_err(|errno| match errno {
            Errno::LOOP | Errno::NOTDIR => Error::new(ErrorCode::FILE_CORRUPT, TRIED)
                .at(&path)
                .because("it is not a directory; remove what is there"),
            errno => fail(errno, &path),
        })?;
        let directory = Self { fd, path, scope };
        directory.check(user)?;
        Ok(directory)
    }

    /// Whether the directory can be trusted to be the namespace of `user`.
    pub(super) fn check(&self, user: u32) -> Result<()> {
        let stat =
            rustix::fs::fstat(&self.fd).map_err(|errno| refused(errno, TRIED).at(&self.path))?;
        match wrong_owner(&stat, self.scope, user) {
            Some(wrong) => Err(Error::new(ErrorCode::ACCESS_DENIED, TRIED)
                .at(&self.path)
                .because(wrong)),
            None => Ok(()),
        }
    }

    /// The process's directory for the scope as it is, for a look: nothing is made, mended, or swept. `None` if there is
    /// none.
    pub(super) fn as_it_is(scope: Scope) -> Result<Option<Self>> {
        let user = rustix::process::geteuid().as_raw();
        let path = root().join(file_of(scope, user));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = match rustix::fs::open(&path, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(refused(errno, "look at the namespace").at(&path)),
        };
        Ok(Some(Self { fd, path, scope }))
    }

    pub(super) fn path_of(&self, file: &FileName) -> PathBuf {
        use std::os::unix::ffi::OsStrExt as _;
        self.path.join(std::ffi::OsStr::from_bytes(file.as_bytes()))
    }

    pub(super) fn open_file(&self, file: &FileName, access: OFlags) -> Result<OwnedFd, Errno> {
        // NONBLOCK and NOCTTY: whatever someone put there must not hold us up, or become our terminal.
        let mut flags =
            access | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        // Nobody asks when an object was last read, and only a file's owner may have it not written down.
        flags.set(OFlags::NOATIME, self.scope == Scope::Local);
        rustix::fs::openat(&self.fd, file.as_c_str(), flags, Mode::empty())
    }

    /// A new file in the directory's file system that has no name yet.
    pub(super) fn unnamed_file(&self, mode: RawMode) -> Result<OwnedFd, Errno> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, c".", flags, Mode::from_raw_mode(mode))?;
        if mode != entry::PRIVATE {
            // The process's umask has nothing to say about whom an object is shared with.
            rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode))?;
        }
        Ok(fd)
    }

    /// Gives the file a name here; `EXIST` if it is taken.
    pub(super) fn link(&self, fd: impl AsFd, file: &FileName) -> Result<(), Errno> {
        /// Before Linux 6.10 only a privileged process may link a descriptor without `/proc`.
        static NEEDS_PROC: AtomicBool = AtomicBool::new(false);
        if !NEEDS_PROC.load(Ordering::Relaxed) {
            let to = file.as_c_str();
            match rustix::fs::linkat(&fd, c"", &self.fd, to, AtFlags::EMPTY_PATH) {
                Err(Errno::NOENT | Errno::PERM | Errno::INVAL) => {}
                other => return other,
            }
        }
        let from = proc_self_fd(&fd);
        let linked = rustix::fs::linkat(
            CWD,
            from.as_str(),
            &self.fd,
            file.as_c_str(),
            AtFlags::SYMLINK_FOLLOW,
        );
        if linked.is_ok() {
            NEEDS_PROC.store(true, Ordering::Relaxed);
        }
        linked
    }

    pub(super) fn unlink(&self, file: &FileName) -> Result<(), Errno> {
        rustix::fs::unlinkat(&self.fd, file.as_c_str(), AtFlags::empty())
    }

    /// Whether the name is that of the file.
    pub(super) fn points_to(&self, file: &FileName, stat: &Stat) -> bool {
        rustix::fs::statat(&self.fd, file.as_c_str(), AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|named| (named.st_dev, named.st_ino) == (stat.st_dev, stat.st_ino))
    }

    /// Whether the name that a file was found under is still its own.
    ///
    /// In a directory that nobody else can write to, it is as long as the file has any; elsewhere
    /// others may have given it further names.
    pub(super) fn still_has(&self, file: &FileName, stat: &Stat) -> bool {
        match self.scope {
            Scope::Local => stat.st_nlink > 0,
            Scope::Global => self.points_to(file, stat),
        }
    }

    /// Bytes that the file system can still take.
    pub(super) fn free_space(&self) -> Result<u64, Errno> {
        let stat = rustix::fs::fstatfs(&self.fd)?;
        // A tmpfs without a limit of its own has no blocks at all.
        if stat.f_blocks == 0 {
            return Ok(u64::MAX);
        }
        Ok(stat
            .f_bavail
            .saturating_mul(u64::try_from(stat.f_bsize).unwrap_or(0)))
    }

    /// Whether nothing in the file system may be mapped for execution.
    pub(super) fn is_noexec(&self) -> bool {
        body::is_mounted_noexec(&self.fd)
    }

    pub(super) fn list(&self) -> Result<rustix::fs::Dir, Errno> {
        rustix::fs::Dir::read_from(&self.fd)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// What the directory of a namespace is called.
fn file_of(scope: Scope, user: u32) -> String {
    match scope {
        Scope::Local => format!("commonhold.{user}"),
        Scope::Global => "commonhold.global".into(),
    }
}

/// The path by which the kernel finds a descriptor of this process.
pub(super) fn proc_self_fd(fd: impl AsFd) -> String {
    let mut path = String::with_capacity(24);
    // Writing to a `String` cannot fail.
    let _ = write!(path, "/proc/self/fd/{}", fd.as_fd().as_raw_fd());
    path
}

fn slot(scope: Scope) -> &'static AtomicPtr<Directory> {
    static LOCAL: AtomicPtr<Directory> = AtomicPtr::new(std::ptr::null_mut());
    static GLOBAL: AtomicPtr<Directory> = AtomicPtr::new(std::ptr::null_mut());
    match scope {
        Scope::Local => &LOCAL,
        Scope::Global => &GLOBAL,
    }
}

/// The directory that the namespaces are in.
pub(crate) fn root() -> PathBuf {
    match env::var_os("COMMONHOLD_ROOT") {
        // Who runs a privileged program does not tell it where its objects are.
        Some(root) if !root.is_empty() && !is_privileged_for_its_caller() => root.into(),
        _ => "/dev/shm".into(),
    }
}

/// Whether the program has more rights than whoever started it.
fn is_privileged_for_its_caller() -> bool {
    // SAFETY: reads a value that the kernel gave the process at its start.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Why a directory cannot be trusted to be the namespace of `user`, if it cannot.
fn wrong_owner(stat: &Stat, scope: Scope, user: u32) -> Option<String> {
    let owner = stat.st_uid;
    let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    let (others_enter, others_write) = (stat.st_mode & 0o077 != 0, stat.st_mode & 0o022 != 0);
    let is_sticky = Mode::from_raw_mode(stat.st_mode).contains(Mode::SVTX);
    match scope {
        _ if !is_directory => Some("it is not a directory; remove what is there".into()),
        Scope::Local if owner != user => Some(format!(
            "it belongs to user {owner}, not to user {user}; have it removed"
        )),
        Scope::Local if others_enter => Some(format!(
            "others may enter it; run `chmod 700` on it (its mode is {:o})",
            stat.st_mode & 0o7777
        )),
        Scope::Global if owner != 0 && owner != user => Some(format!(
            "it belongs to user {owner}, not to root; have it removed"
        )),
        Scope::Global if others_write && !is_sticky => {
            Some("anyone may remove anything in it; run `chmod +t` on it".into())
        }
        _ => None,
    }
}
