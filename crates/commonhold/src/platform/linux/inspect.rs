//! Looking at named objects without a trace: nothing is locked, removed, made or mapped.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use super::control::{ObjectType, Record, VERSION};
use super::directory::Directory;
use super::errno::refused;
use super::file_name::FileName;
use super::lock::{self, Holders};
use super::sync::inspect::{LEN, Waitable};
use crate::section_info::{SectionAttributes, SectionInfo};
use crate::{Name, Protection, Result, Scope};

const TRIED: &str = "look at the namespace";

/// A namespace directory, to be looked at.
pub(crate) struct Namespace {
    pub(super) directory: Directory,
}

/// What is found under a name.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// As much of the object's name as the object says, and whether that is all of it.
    pub(crate) name: Option<(Vec<u8>, bool)>,
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) uid: u32,
    pub(crate) mode: u32,
    pub(crate) made: Option<SystemTime>,
    /// Bytes of memory that the file has, control page included.
    pub(crate) memory: u64,
    pub(crate) is_held: bool,
    pub(crate) maker: Option<Maker>,
    pub(crate) contents: Contents,
}

/// What the control page says of who made the object.
pub(crate) struct Maker {
    pub(crate) version: u32,
    pub(crate) page_size: u32,
    /// Zero where that is not written down.
    pub(crate) pid_namespace: u64,
}

/// What an object says that it is.
pub(crate) enum Contents {
    Section {
        info: SectionInfo,
        file: Option<PathBuf>,
    },
    Waitable(Waitable),
    /// Of another version of the layout.
    Newer(u32),
    /// This user may not read it.
    Unreadable,
    Damaged(&'static str),
}

impl Namespace {
    /// The directory of the scope; `None` if there is none, and so no object.
    pub(crate) fn of(scope: Scope) -> Result<Option<Self>> {
        let directory = Directory::as_it_is(scope)?;
        Ok(directory.map(|directory| Self { directory }))
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Whether this process would use it: why not, if it would not.
    pub(crate) fn check(&self) -> Result<()> {
        self.directory.check(rustix::process::geteuid().as_raw())
    }

    /// All that is there now.
    pub(crate) fn all(&self) -> Result<Vec<Found>> {
        let mut all = Vec::new();
        for file in self.files()? {
            all.extend(self.look(&file)?);
        }
        Ok(all)
    }

    /// What the files are called that are there now.
    pub(super) fn files(&self) -> Result<Vec<FileName>> {
        let failed = |errno| refused(errno, TRIED).at(self.path());
        let mut files = Vec::new();
        for entry in self.directory.list().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            files.extend(FileName::from_bytes(entry.file_name().to_bytes()));
        }
        Ok(files)
    }

    /// What is under the name; `None` if nothing is, or not any more.
    pub(crate) fn find(&self, name: &Name) -> Result<Option<Found>> {
        self.look(&FileName::of(name))
    }

    /// What the file says; `None` if it is not there any more.
    pub(super) fn look(&self, file: &FileName) -> Result<Option<Found>> {
        let failed = |errno| refused(errno, TRIED).at(self.directory.path_of(file));
        match self.directory.open_file(file, OFlags::RDONLY) {
            Ok(fd) => self.read(file, &File::from(fd)).map(Some).map_err(failed),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::ACCESS | Errno::PERM) => {
                Ok(self.seen_from_outside(file, Contents::Unreadable))
            }
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR | Errno::NODEV) => {
                Ok(self.seen_from_outside(file, Contents::Damaged("it is no file")))
            }
            Err(errno) => Err(failed(errno)),
        }
    }

    /// What an opened file says.
    pub(super) fn read(&self, file: &FileName, opened: &File) -> std::result::Result<Found, Errno> {
        let is_held = lock::probe(opened)? == Holders::Handles;
        let metadata = opened.metadata().map_err(|error| errno_of(&error))?;
        let record = Record::read(opened, metadata.len())?;
        let is_file = FileType::from_raw_mode(metadata.mode()) == FileType::RegularFile;
        let contents = match &record {
            Some(record) if is_file => contents(record, opened, metadata.len())?,
            _ => Contents::Damaged("it is no object"),
        };
        Ok(Found {
            path: self.directory.path_of(file),
            maker: record.as_ref().map(|record| Maker {
                version: record.version_and_type().0,
                page_size: record.page_size(),
                pid_namespace: record.pid_namespace,
            }),
            name: record.map(|record| {
                let (name, is_whole) = record.shown_name();
                (name.to_vec(), is_whole)
            }),
            is_held,
            contents,
            ..Found::of(&metadata)
        })
    }

    /// What anybody can see of a file.
    fn seen_from_outside(&self, file: &FileName, contents: Contents) -> Option<Found> {
        let path = self.directory.path_of(file);
        let metadata = path.symlink_metadata().ok()?;
        Some(Found {
            path,
            contents,
            ..Found::of(&metadata)
        })
    }
}

impl Found {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            path: PathBuf::new(),
            name: None,
            device: metadata.dev(),
            inode: metadata.ino(),
            uid: metadata.uid(),
            mode: metadata.mode() & 0o7777,
            made: metadata.created().ok(),
            memory: metadata.blocks().saturating_mul(512),
            is_held: false,
            maker: None,
            contents: Contents::Unreadable,
        }
    }
}

/// What the control page says, which anybody may have written.
fn contents(record: &Record, file: &File, len: u64) -> std::result::Result<Contents, Errno> {
    const NONSENSE: Contents = Contents::Damaged("its control page makes no sense");
    let (version, object_type) = record.version_and_type();
    if version != VERSION {
        return Ok(Contents::Newer(version));
    }
    let Some(object_type) = ObjectType::of(object_type) else {
        return Ok(NONSENSE);
    };
    if object_type == ObjectType::Section {
        let protection = Protection::from_page_constant(record.protection);
        let attributes = SectionAttributes::from_bits(record.attributes);
        let (Some(protection), Some(attributes)) = (protection, attributes) else {
            return Ok(NONSENSE);
        };
        let info = SectionInfo {
            size: record.size,
            attributes,
            protection,
        };
        let path = record.read_path(file.as_fd(), len)?;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(&path));
        let file = (!path.as_os_str().is_empty()).then_some(path);
        return Ok(Contents::Section { info, file });
    }
    let mut bytes = [0; LEN];
    let read = len
        .checked_sub(LEN as u64)
        .is_some_and(|at| file.read_exact_at(&mut bytes, at).is_ok());
    let waitable = read.then(|| Waitable::read(object_type, record, &bytes));
    Ok(waitable.flatten().map_or(NONSENSE, Contents::Waitable))
}

fn errno_of(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
