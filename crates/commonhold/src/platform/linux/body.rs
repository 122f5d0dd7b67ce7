//! Sections over files: which files can be shared, and how another process finds the very same one.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, StatVfsMountFlags, StatxFlags};
use rustix::io::Errno;

use super::control::{BodyHolder, BodyIdentity, Record};
use super::errno::refused;
use super::object::reopen;
use super::space::allocate_space;
use crate::platform::NewSection;
use crate::section_info::SectionAttributes;
use crate::{Error, ErrorCode, Result};

/// The descriptor of a file for a section over it, and the section's size.
///
/// Everything that Windows refuses is refused; a file that is too short is extended.
pub(super) fn from_file(
    file: &File,
    new: &NewSection<'_>,
    tried: &'static str,
) -> Result<(OwnedFd, u64)> {
    let fail = |code, why: &str| Err(Error::new(code, tried).because(why));
    let failed = |errno| refused(errno, tried);
    let stat = rustix::fs::fstat(file).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => {
            return fail(
                ErrorCode::BAD_EXE_FORMAT,
                "a directory has no bytes to share",
            );
        }
        FileType::Fifo | FileType::Socket => {
            return fail(
                ErrorCode::BAD_EXE_FORMAT,
                "a pipe or socket cannot be mapped",
            );
        }
        _ => {
            return fail(
                ErrorCode::BAD_EXE_FORMAT,
                "a device is no file to make a section over",
            );
        }
    }
    let flags = rustix::fs::fcntl_getfl(file).map_err(failed)?;
    let is_open_for_writing = flags.contains(OFlags::RDWR);
    let wants_writing = new.protection.is_shared_writable();
    if flags.contains(OFlags::PATH) || flags.contains(OFlags::WRONLY) {
        return fail(
            ErrorCode::ACCESS_DENIED,
            "the file must be open for reading",
        );
    }
    if wants_writing && !is_open_for_writing {
        return fail(
            ErrorCode::ACCESS_DENIED,
            "a writable section needs the file open for writing too",
        );
    }
    if new.protection.is_executable() && is_mounted_noexec(file) {
        return fail(
            ErrorCode::ACCESS_DENIED,
            "the file is on a file system that is mounted noexec",
        );
    }
    let len = u64::try_from(stat.st_size).unwrap_or(0);
    if new.attributes.contains(SectionAttributes::IMAGE) {
        return image(file);
    }
    let size = match (new.size, len) {
        (0, 0) => {
            return fail(
                ErrorCode::FILE_INVALID,
                "the file is empty; give the section a size",
            );
        }
        (0, len) => len,
        (size, _) => size,
    };
    if size > len {
        if !wants_writing {
            return Err(Error::new(ErrorCode::NOT_ENOUGH_MEMORY, tried).because(format!(
                "the file has {len} bytes, the section needs {size}, and only a writable section extends its file"
            )));
        }
        extend(file, len, size, tried)?;
    }
    let fd = if is_open_for_writing && !wants_writing {
        // Whoever is handed this section must not be able to write by its descriptor.
        reopen(file, OFlags::RDONLY)
    } else {
        rustix::io::fcntl_dupfd_cloexec(file, 0)
    };
    Ok((fd.map_err(failed)?, size))
}

/// No images: those that are none are told so, as Windows does.
fn image<T>(file: &File) -> Result<T> {
    const TRIED: &str = "create image section";
    let mut magic = [0; 2];
    Err(match rustix::io::pread(file, &mut magic, 0) {
        Ok(2) if magic == *b"MZ" => Error::new(ErrorCode::NOT_SUPPORTED, TRIED)
            .because("executable images cannot be mapped on Linux"),
        _ => Error::new(ErrorCode::BAD_EXE_FORMAT, TRIED)
            .because("the file is not an executable image"),
    })
}

/// Gives the file the length, with space for it where the file system can promise that.
fn extend(file: &File, len: u64, size: u64, tried: &'static str) -> Result<()> {
    // Asked first: some file systems take all that they have before they find that it is not enough, and keep it.
    let allocated = match has_room(file, size - len) {
        _ if size > LONGEST => Err(Errno::FBIG),
        false => Err(Errno::NOSPC),
        true => allocate_space(file, len, size - len),
    };
    let extended = match allocated {
        // Never shorter than it is by now: others may have extended it as well.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => match rustix::fs::fstat(file) {
            Ok(stat) if u64::try_from(stat.st_size).is_ok_and(|now| now < size) => {
                rustix::fs::ftruncate(file, size)
            }
            other => other.map(drop),
        },
        other => other,
    };
    extended.map_err(|errno| match errno {
        Errno::FBIG | Errno::INVAL => Error::new(ErrorCode::NOT_ENOUGH_MEMORY, tried)
            .because(format!("no file of this file system has {size} bytes")),
        _ => refused(errno, tried)
            .because(format!("the file cannot grow from {len} to {size} bytes")),
    })
}

/// No file of Windows' is longer, on any of its file systems. Of a longer one is not said that the disk is full.
const LONGEST: u64 = 1 << 53;

/// Whether the file's file system says that it has so many bytes left.
fn has_room(file: &File, bytes: u64) -> bool {
    rustix::fs::fstatvfs(file).is_ok_and(|stat| {
        let left = if rustix::process::geteuid().is_root() {
            stat.f_bfree
        } else {
            stat.f_bavail
        };
        // One without a limit says that it has nothing at all.
        stat.f_blocks == 0 || left.saturating_mul(stat.f_frsize) >= bytes
    })
}

pub(super) fn is_mounted_noexec(file: impl AsFd) -> bool {
    rustix::fs::fstatvfs(file).is_ok_and(|stat| stat.f_flag.contains(StatVfsMountFlags::NOEXEC))
}

/// Writes into the record how the body is found again, and gives the path for it.
pub(super) fn describe(record: &mut Record, body: &OwnedFd) -> Result<Vec<u8>, Errno> {
    record.body_identity = identity_of(body)?;
    record.holder = holder(body);
    // A file without a path has one that leads nowhere; the holder remains.
    let path = rustix::fs::readlink(super::directory::proc_self_fd(body), Vec::new());
    Ok(path.map_or_else(|_| Vec::new(), CString::into_bytes))
}

pub(super) fn holder(body: impl AsFd) -> BodyHolder {
    let descriptor = u32::try_from(body.as_fd().as_raw_fd()).unwrap_or(0);
    BodyHolder {
        pid: std::process::id(),
        descriptor,
    }
}

/// Whether the descriptor is of the very file that the control page names.
pub(super) fn is_body(record: &Record, fd: impl AsFd) -> bool {
    identity_of(fd).is_ok_and(|identity| identity == record.body_identity)
}

/// The file that the control page names, and whether the holder that it names is no holder any more.
///
/// By its path, if that still leads to the same file; else from a process that has it open.
pub(super) fn find(
    record: &Record,
    path: &[u8],
    access: OFlags,
    given: Option<i32>,
    tried: &'static str,
) -> Result<(OwnedFd, bool)> {
    let path = Path::new(OsStr::from_bytes(path));
    let mut denied = None;
    let mut open = |candidate: &Path| match open_body(record, candidate, access) {
        Ok(fd) => Some(fd),
        Err(errno) => {
            denied = denied
                .or(matches!(errno, Errno::ACCESS | Errno::PERM | Errno::ROFS).then_some(errno));
            None
        }
    };
    if path.is_absolute() {
        if let Some(fd) = open(path) {
            return Ok((fd, false));
        }
    }
    let BodyHolder { pid, descriptor } = record.holder;
    if let Some(fd) = open(Path::new(&format!("/proc/{pid}/fd/{descriptor}"))) {
        return Ok((fd, false));
    }
    let first = given.map(|pid| PathBuf::from(format!("/proc/{pid}/fd")));
    for descriptors in first.into_iter().chain(descriptor_directories()) {
        if let Some(fd) = search(record, &descriptors, &mut open) {
            return Ok((fd, true));
        }
    }
    Err(match denied {
        Some(errno) => refused(errno, tried).at(path).because("the file may not be opened"),
        None => Error::new(ErrorCode::FILE_INVALID, tried).at(path).because(
            "the file was renamed, replaced or removed, and no process that has it open can be asked for it",
        ),
    })
}

/// The descriptors of every process that this one may look at.
fn descriptor_directories() -> impl Iterator<Item = PathBuf> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|entry| entry.file_name().as_bytes().iter().all(u8::is_ascii_digit))
        .map(|entry| entry.path().join("fd"))
}

/// Looks for the file among a process's descriptors.
fn search(
    record: &Record,
    descriptors: &Path,
    open: &mut dyn FnMut(&Path) -> Option<OwnedFd>,
) -> Option<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::open(descriptors, flags, Mode::empty()).ok()?;
    let is_it = |file: &rustix::fs::DirEntry| {
        // Without asking a file system that may not answer.
        let stat = rustix::fs::statx(
            &directory,
            file.file_name(),
            AtFlags::STATX_DONT_SYNC,
            StatxFlags::INO,
        );
        stat.is_ok_and(|stat| {
            let identity = record.body_identity;
            let device = rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor);
            stat.stx_ino == { identity.inode } && device == { identity.device }
        })
    };
    let entries = Dir::read_from(&directory).ok()?;
    entries
        .flatten()
        .filter(is_it)
        .find_map(|file| open(&descriptors.join(OsStr::from_bytes(file.file_name().to_bytes()))))
}

/// Opens what is at the path if it is the file, without touching it if it is not.
fn open_body(record: &Record, path: &Path, access: OFlags) -> Result<OwnedFd, Errno> {
    let found = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    if !is_body(record, &found) {
        return Err(Errno::STALE);
    }
    reopen(&found, access)
}

fn identity_of(file: impl AsFd) -> Result<BodyIdentity, Errno> {
    let fd: BorrowedFd<'_> = file.as_fd();
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
    let stat = rustix::fs::statx(fd, c"", AtFlags::EMPTY_PATH, wanted)?;
    let has_birth = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
    let birth = if has_birth {
        (stat.stx_btime.tv_sec, stat.stx_btime.tv_nsec)
    } else {
        (0, 0)
    };
    Ok(BodyIdentity {
        device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
        inode: stat.stx_ino,
        birth_seconds: birth.0,
        birth_nanoseconds: birth.1,
    })
}
