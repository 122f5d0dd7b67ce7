//! Finding the section of a name, and making a handle of what was found or came from elsewhere.

use std::os::fd::OwnedFd;

use rustix::fs::OFlags;
use zerocopy::IntoBytes as _;

use super::body;
use super::control::{ObjectType, Record, holder_offset};
use super::errno::refused;
use super::held_name::Place;
use super::large_pages;
use super::layout::{self, BodyKind};
use super::named;
use super::object::Object;
use super::section::{
    Body, SectionHandle, clone_fd, is_open_for_writing, open_mode, ordinary_rights,
};
use crate::platform::{grantable, unknown_rights};
use crate::{Error, ErrorCode, Name, Result, Rights};

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
        named::open(name, TRIED, |place| Self::find(place, wanted, name, TRIED))
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
            Wanted::Exactly(rights) => grantable(rights, Rights::for_section, tried)?,
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
