//! A handle to a section: opened, asked, duplicated, mapped.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::param::page_size;
use zerocopy::IntoBytes as _;

use super::body;
use super::commit_map::CommitMap;
use super::control::{ObjectType, Record, holder_offset};
use super::errno::refused;
use super::large_pages;
use super::layout::{self, BodyKind, Layout};
use super::mapping::{Mapping, Plan};
use super::object::{Object, Place, reopen, set_inheritable};
use crate::platform::{ALLOCATION_GRANULARITY, MapRequest, grantable, unknown_rights};
use crate::protection::check_map;
use crate::section_info::{SectionAttributes, SectionInfo};
use crate::{Error, ErrorCode, Name, Protection, Result, Rights};

/// A process's reference to a section.
pub(crate) struct SectionHandle {
    pub(super) object: Object,
    pub(super) body: Body,
    pub(super) info: SectionInfo,
    pub(super) rights: Rights,
}

/// Where a section's bytes are.
pub(super) enum Body {
    /// In the object's own file.
    Own,
    /// In a file of the user's.
    File(OwnedFd),
    /// In a file of large pages.
    LargePages(OwnedFd),
}

/// The rights that a handle shall have to a section that is there.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// These, or none.
    Exactly(Rights),
    /// All that the section's protection and the kernel give, and these at least.
    Maximum(Rights),
    /// Those that came with the descriptor.
    AsRecorded,
}

impl Wanted {
    pub(super) fn of(rights: Rights) -> Self {
        let others = rights.difference(Rights::MAXIMUM_ALLOWED);
        match others.for_section() {
            Some(least) if others != rights => Self::Maximum(least),
            _ => Self::Exactly(rights),
        }
    }

    /// How the object's file is opened for this.
    pub(super) fn open_mode(self) -> OFlags {
        match self {
            Self::Exactly(rights) => open_mode(rights.for_section().unwrap_or(Rights::empty())),
            Self::Maximum(_) | Self::AsRecorded => OFlags::RDWR,
        }
    }
}

/// Where a section's file is looked for, if it is over one.
pub(super) enum BodySources {
    /// At its path, and among the descriptors of processes.
    Anywhere,
    /// There too, and at this process before others.
    HeldBy(i32),
    /// Nowhere: a section over a file brings it along.
    CameAlong(Option<OwnedFd>),
}

impl SectionHandle {
    /// Opens the section of the name.
    pub(crate) fn open(name: &Name, rights: Rights) -> Result<Self> {
        const TRIED: &str = "open section";
        let wanted = Wanted::of(rights);
        let mut place = Place::of(name)?;
        loop {
            match Self::find(&place, wanted, name, TRIED)? {
                Some(handle) => return Ok(handle),
                None => match place.directory.successor()? {
                    Some(directory) => place.directory = directory,
                    None => {
                        return Err(Error::new(ErrorCode::FILE_NOT_FOUND, TRIED)
                            .named(name)
                            .because("no object has this name, which is case-sensitive"));
                    }
                },
            }
        }
    }

    /// Finds the section of the name, if any object has it.
    pub(super) fn find(
        place: &Place,
        wanted: Wanted,
        name: &Name,
        tried: &'static str,
    ) -> Result<Option<Self>> {
        let found = match Object::find(place, wanted.open_mode()) {
            Err(error)
                if matches!(wanted, Wanted::Maximum(_))
                    && error.code() == ErrorCode::ACCESS_DENIED =>
            {
                Object::find(place, OFlags::RDONLY)
            }
            other => other,
        };
        let found = found.and_then(|found| match found {
            None => Ok(None),
            Some((object, record)) if !record.is_named(name) => {
                drop(object);
                Err(Error::new(ErrorCode::FILE_CORRUPT, tried)
                    .because("the file of this name holds an object of another"))
            }
            Some((object, record)) => {
                Self::from_object(object, &record, wanted, &BodySources::Anywhere, tried).map(Some)
            }
        });
        found.map_err(|error| error.named(name))
    }

    /// Makes a handle of an object, once everything about it is found to be right.
    pub(super) fn from_object(
        object: Object,
        record: &Record,
        wanted: Wanted,
        sources: &BodySources,
        tried: &'static str,
    ) -> Result<Self> {
        record.check(ObjectType::Section, tried)?;
        let (info, kind) = layout::read(record, object.len(), tried)?;
        let ordinary = ordinary_rights(info.protection, object.is_writable());
        let mut rights = match wanted {
            Wanted::Exactly(rights) => grantable(rights, tried)?,
            Wanted::Maximum(_) => ordinary,
            Wanted::AsRecorded => match object.recorded_rights() {
                None => ordinary,
                Some(rights) => rights.for_section().ok_or_else(|| unknown_rights(tried))?,
            },
        };
        let is_negotiable = !matches!(wanted, Wanted::Exactly(_));
        if is_negotiable && !object.is_writable() {
            rights.remove(Rights::MAP_WRITE);
        }
        let mut body = Body::Own;
        if kind != BodyKind::Own {
            let mut writes =
                rights.contains(Rights::MAP_WRITE) && info.protection.is_shared_writable();
            let fd = match find_body(&object, record, writes, sources, tried) {
                Err(error)
                    if is_negotiable && writes && error.code() == ErrorCode::ACCESS_DENIED =>
                {
                    writes = false;
                    rights.remove(Rights::MAP_WRITE);
                    find_body(&object, record, writes, sources, tried)?
                }
                other => other?,
            };
            body = match kind {
                BodyKind::LargePages => {
                    large_pages::check(&fd, info.size, tried)?;
                    Body::LargePages(fd)
                }
                _ => Body::File(fd),
            };
        }
        if matches!(wanted, Wanted::Maximum(least) if !rights.contains(least)) {
            return Err(Error::new(ErrorCode::ACCESS_DENIED, tried)
                .because("the section does not give all the rights asked for"));
        }
        if !matches!(wanted, Wanted::AsRecorded) && rights != ordinary {
            object
                .record_rights(rights)
                .map_err(|errno| refused(errno, tried))?;
        }
        Ok(Self {
            object,
            body,
            info,
            rights,
        })
    }

    /// What the section is.
    pub(crate) fn info(&self) -> Result<SectionInfo> {
        if self.rights.contains(Rights::QUERY) {
            return Ok(self.info);
        }
        Err(Error::new(ErrorCode::ACCESS_DENIED, "query the section")
            .because("the handle has no right to"))
    }

    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }

    /// The most that a view may do which is mapped by this handle, execution aside.
    pub(crate) fn best_protection(&self) -> Protection {
        let writes =
            self.rights.contains(Rights::MAP_WRITE) && self.info.protection.is_shared_writable();
        if writes {
            Protection::ReadWrite
        } else {
            Protection::ReadOnly
        }
    }

    /// Another handle with the same rights.
    pub(crate) fn try_clone(&self) -> Result<Self> {
        let clone = || {
            Ok(Self {
                object: self.object.try_clone()?,
                body: match &self.body {
                    Body::Own => Body::Own,
                    Body::File(fd) => Body::File(clone_fd(fd)?),
                    Body::LargePages(fd) => Body::LargePages(clone_fd(fd)?),
                },
                info: self.info,
                rights: self.rights,
            })
        };
        clone().map_err(|errno: Errno| refused(errno, "duplicate the handle"))
    }

    /// Another handle with these rights, which may be none. More than this handle has are a matter for the
    /// kernel.
    pub(crate) fn duplicate(&self, rights: Rights) -> Result<Self> {
        const TRIED: &str = "duplicate the handle";
        let rights = match Wanted::of(rights) {
            Wanted::Exactly(rights) => rights.for_section().ok_or_else(|| unknown_rights(TRIED))?,
            Wanted::Maximum(least) => Rights::of_creator(self.info.protection) | least,
            Wanted::AsRecorded => self.rights,
        };
        let duplicate = || {
            let object = self.object.reopen(open_mode(rights))?;
            let writes =
                rights.contains(Rights::MAP_WRITE) && self.info.protection.is_shared_writable();
            let open_body = |fd: &OwnedFd| {
                if writes == is_open_for_writing(fd) {
                    clone_fd(fd)
                } else {
                    reopen(fd, if writes { OFlags::RDWR } else { OFlags::RDONLY })
                }
            };
            let body = match &self.body {
                Body::Own => Body::Own,
                Body::File(fd) => Body::File(open_body(fd)?),
                Body::LargePages(fd) => Body::LargePages(open_body(fd)?),
            };
            if rights != ordinary_rights(self.info.protection, object.is_writable()) {
                object.record_rights(rights)?;
            }
            Ok(Self {
                object,
                body,
                info: self.info,
                rights,
            })
        };
        duplicate().map_err(|errno: Errno| refused(errno, TRIED))
    }

    /// Whether programs that this process starts inherit the handle.
    pub(crate) fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        let set = || {
            if let Some(body) = self.body_fd() {
                set_inheritable(body, inheritable)?;
            }
            self.object.set_inheritable(inheritable)
        };
        set().map_err(|errno| refused(errno, "change what is inherited"))
    }

    pub(crate) fn is_inheritable(&self) -> bool {
        self.object.is_inheritable()
    }

    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.object.as_fd()
    }

    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.object.into_descriptor()
    }

    /// The descriptor of the file that the bytes are in, if that is not the object's own.
    pub(super) fn body_fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.body {
            Body::Own => None,
            Body::File(fd) | Body::LargePages(fd) => Some(fd.as_fd()),
        }
    }

    /// Maps a view.
    pub(crate) fn map(&self, request: &MapRequest) -> Result<Mapping> {
        const TRIED: &str = "map a view";
        let fail = |code, why: String| Err(Error::new(code, TRIED).because(why));
        check_map(self.rights, self.info.protection, request.protection).map_err(|code| {
            Error::new(code, TRIED).because(match code {
                ErrorCode::ACCESS_DENIED => format!(
                    "a {:?} view needs rights that the handle does not have ({:?})",
                    request.protection, self.rights
                ),
                _ => format!(
                    "a {:?} section has no {:?} views",
                    self.info.protection, request.protection
                ),
            })
        })?;
        let granularity = ALLOCATION_GRANULARITY as u64;
        let address = request.address.map_or(0, |address| address.get() as u64);
        if request.offset % granularity != 0 || address % granularity != 0 {
            return fail(
                ErrorCode::MAPPED_ALIGNMENT,
                format!(
                    "offset {} and address {address:#x} must be multiples of 64 KiB",
                    request.offset
                ),
            );
        }
        if request.len == usize::MAX {
            return fail(
                ErrorCode::INVALID_PARAMETER,
                "no view has that many bytes".into(),
            );
        }
        let rest = self.info.size.saturating_sub(request.offset);
        let len = if request.len == 0 {
            rest
        } else {
            request.len as u64
        };
        if len == 0 || len > rest {
            return fail(
                ErrorCode::ACCESS_DENIED,
                format!(
                    "{len} bytes from offset {} on are not in a section of {} bytes",
                    request.offset, self.info.size
                ),
            );
        }
        self.mapping(request, len)
            .map_err(|errno| refused(errno, TRIED))?
    }

    fn mapping(&self, request: &MapRequest, len: u64) -> Result<Result<Mapping>, Errno> {
        const TRIED: &str = "map a view";
        let mut page = page_size() as u64;
        let mut commit_map = None;
        let mut is_file = false;
        let fd = match &self.body {
            Body::Own => {
                let fd = self.object.data(self.rights.contains(Rights::MAP_WRITE))?;
                if self.info.attributes.contains(SectionAttributes::RESERVE) {
                    if request.populate {
                        return Ok(Err(Error::new(ErrorCode::INVALID_PARAMETER, TRIED)
                            .because("pages that are not committed cannot be populated")));
                    }
                    let layout = Layout::of(self.info.size, true).ok_or(Errno::OVERFLOW)?;
                    let pages = usize::try_from(len.div_ceil(page)).map_err(|_| Errno::NOMEM)?;
                    commit_map = Some(CommitMap::new(
                        fd,
                        open_mode(self.rights),
                        layout.data,
                        request.offset,
                        pages,
                    )?);
                }
                fd
            }
            Body::File(file) => {
                is_file = true;
                let now = u64::try_from(rustix::fs::fstat(file)?.st_size).unwrap_or(0);
                if request.offset + len > now {
                    return Ok(Err(Error::new(ErrorCode::FILE_INVALID, TRIED).because(
                        format!(
                            "the file was cut to {now} bytes under a section of {}",
                            self.info.size
                        ),
                    )));
                }
                page = large_pages::page_size_of(file)?.unwrap_or(page);
                file.as_fd()
            }
            Body::LargePages(file) => {
                page = large_pages::page_size_of(file)?.ok_or(Errno::INVAL)?;
                if request.offset % page != 0 {
                    return Ok(Err(Error::new(ErrorCode::MAPPED_ALIGNMENT, TRIED).because(
                        format!("an offset in large pages is a multiple of {page}"),
                    )));
                }
                file.as_fd()
            }
        };
        let usable = |len: u64| usize::try_from(len).map_err(|_| Errno::NOMEM);
        Ok(Mapping::new(Plan {
            fd,
            offset: request.offset,
            len: usable(len)?,
            mapped_len: usable(len.next_multiple_of(page))?,
            protection: request.protection,
            address: request.address,
            populate: request.populate,
            commit_map,
            is_file,
        }))
    }
}

/// The rights of a handle whose description has none recorded.
fn ordinary_rights(protection: Protection, is_writable: bool) -> Rights {
    let mut rights = Rights::of_creator(protection);
    if !is_writable {
        rights.remove(Rights::MAP_WRITE);
    }
    rights
}

fn open_mode(rights: Rights) -> OFlags {
    if rights.contains(Rights::MAP_WRITE) {
        OFlags::RDWR
    } else {
        OFlags::RDONLY
    }
}

fn is_open_for_writing(fd: &OwnedFd) -> bool {
    rustix::fs::fcntl_getfl(fd).is_ok_and(|flags| flags.contains(OFlags::RDWR))
}

fn clone_fd(fd: &OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::io::fcntl_dupfd_cloexec(fd, 0)
}

/// The file that a section is over, open for what the handle may do.
fn find_body(
    object: &Object,
    record: &Record,
    writes: bool,
    sources: &BodySources,
    tried: &'static str,
) -> Result<OwnedFd> {
    let denied = |why: &str| Err(Error::new(ErrorCode::ACCESS_DENIED, tried).because(why));
    if let BodySources::CameAlong(body) = sources {
        let Some(body) = body.as_ref().filter(|body| body::is_body(record, body)) else {
            return Err(Error::new(ErrorCode::INVALID_HANDLE, tried)
                .because("the section is over a file, which did not come along"));
        };
        if writes && !is_open_for_writing(body) {
            return denied("the file that came with the section is open for reading only");
        }
        return clone_fd(body).map_err(|errno| refused(errno, tried));
    }
    if !object.is_trusted() {
        // To open what others say, with this user's rights, would be doing their bidding.
        return denied(
            "it is over another user's file; that user's process must send it over a socket",
        );
    }
    let process = match sources {
        BodySources::HeldBy(process) => Some(*process),
        _ => None,
    };
    let access = if writes { OFlags::RDWR } else { OFlags::RDONLY };
    let path = record
        .read_path(object, object.len())
        .map_err(|errno| refused(errno, tried))?;
    let (fd, hint_is_stale) = body::find(record, &path, access, process, tried)?;
    if hint_is_stale && object.is_writable() {
        // The next one to look asks this process.
        let at = holder_offset(object.len());
        let _ = rustix::io::pwrite(object, body::holder(&fd).as_bytes(), at);
    }
    Ok(fd)
}
