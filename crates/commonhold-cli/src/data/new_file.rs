//! A file that has its name only when it is complete.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
use tempfile::{Builder, NamedTempFile};

/// As programs create files; the umask takes what it does not want.
const MODE: u32 = 0o666;

pub struct NewFile {
    target: PathBuf,
    /// What the file that it replaces may be used for.
    permissions: Option<Permissions>,
    place: Place,
}

enum Place {
    /// Nowhere yet: gone with this process, even if that is killed.
    Nowhere(File),
    /// Beside the target, in file systems where a file needs a name.
    Beside(NamedTempFile),
    /// In a pipe or a device, which nothing replaces.
    There(File),
}

impl NewFile {
    pub fn create(target: &Path) -> io::Result<Self> {
        // What a link leads to is replaced, not the link.
        let target = match fs::canonicalize(target) {
            Err(error) if error.kind() == ErrorKind::NotFound => target.into(),
            found => found?,
        };
        let replaced = match fs::metadata(&target) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            found => Some(found?),
        };
        let place = match &replaced {
            Some(replaced) if replaced.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Some(replaced) if !replaced.is_file() => {
                Place::There(File::options().write(true).open(&target)?)
            }
            _ => Place::near(&target)?,
        };
        let permissions = replaced.map(|replaced| replaced.permissions());
        Ok(Self {
            target,
            permissions,
            place,
        })
    }

    pub fn file(&mut self) -> &mut File {
        match &mut self.place {
            Place::Nowhere(file) | Place::There(file) => file,
            Place::Beside(file) => file.as_file_mut(),
        }
    }

    /// Gives it the name, which another file may have had.
    pub fn appear(mut self) -> io::Result<()> {
        if let (Some(permissions), Place::Nowhere(_) | Place::Beside(_)) =
            (self.permissions.take(), &self.place)
        {
            self.file().set_permissions(permissions)?;
        }
        match self.place {
            Place::Nowhere(file) => {
                // A link cannot replace, a rename can.
                let source = format!("/proc/self/fd/{}", file.as_raw_fd());
                let linked = beside(&self.target).make_in(directory(&self.target), |path| {
                    let follow = AtFlags::SYMLINK_FOLLOW;
                    Ok(linkat(CWD, &source, CWD, path, follow)?)
                })?;
                linked.persist(&self.target)?;
            }
            Place::Beside(file) => drop(file.persist(&self.target)?),
            Place::There(_) => {}
        }
        Ok(())
    }
}

impl Place {
    fn near(target: &Path) -> io::Result<Self> {
        let directory = directory(target);
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        match open(directory, flags, Mode::from_raw_mode(MODE)) {
            Ok(file) => Ok(Self::Nowhere(file.into())),
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR) => beside(target)
                .permissions(Permissions::from_mode(MODE))
                .tempfile_in(directory)
                .map(Self::Beside),
            Err(error) => Err(error.into()),
        }
    }
}

fn beside(target: &Path) -> Builder<'static, '_> {
    let mut builder = Builder::new();
    if let Some(name) = target.file_name() {
        builder.suffix(name);
    }
    builder
}

fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
