//! The control page: the last page of every object's file, which says what the object is.
//!
//! ```text
//! offset  bytes
//!      0      8  magic "COMMHOLD"
//!      8      4  layout version
//!     12      4  type of object
//!     16     16  zero
//!     32      8  section: size in bytes; semaphore: maximum
//!     40      4  section: protection (PAGE_)
//!     44      4  section: attributes (SEC_); event, timer: 1 for manual reset
//!     48      4  section: where the bytes are (0 before this page, 1 a file, 2 large pages)
//!     52      4  namespace (0 unnamed, 1 Local, 2 Global)
//!     56      4  page size of the creator
//!     60      4  length of the whole name
//!     64      8  body: device
//!     72      8  body: inode
//!     80      8  body: birth time, seconds
//!     88      4  body: birth time, nanoseconds
//!     92      2  length of the file name
//!     94      2  length of the path
//!     96      4  body: a process that holds it
//!    100      4  body: that process's descriptor
//!    104      8  waitable: pid namespace of the creator
//!    112     16  zero
//!    128    256  file name in the namespace directory
//!    384    640  name, as much as fits
//!   1024   3048  section: path of the body
//!   page-192    waitable: what its processes share, see `sync/shared.rs`
//! ```
//!
//! It is written before the object can be seen, and but for the holder at 96 and the waitable state never
//! again. What is read here was written by another process, and is believed only as far as it was checked.

use std::mem::offset_of;
use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::param::page_size;
use zerocopy::{FromBytes, FromZeros as _, Immutable, IntoBytes, KnownLayout};

use super::file_name::{self, FileName};
use crate::{Error, ErrorCode, Name, Result, Scope};

const MAGIC: [u8; 8] = *b"COMMHOLD";
pub(super) const VERSION: u32 = 1;
const NAME_CAPACITY: usize = 640;
const PATH_CAPACITY: usize = 3048;
/// The least page size, and so what of the page has a place in the layout.
const LAYOUT_LEN: usize = 4096;

/// The types that share the namespace. The numbers are part of the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum ObjectType {
    Section = 1,
    Mutex = 2,
    Semaphore = 3,
    Event = 4,
    Timer = 5,
}

impl ObjectType {
    /// The type of this number, if a handle can be made to it.
    pub(super) fn of(number: u32) -> Option<Self> {
        let types = [
            Self::Section,
            Self::Mutex,
            Self::Semaphore,
            Self::Event,
            Self::Timer,
        ];
        types.into_iter().find(|&it| it as u32 == number)
    }

    fn known(number: u32) -> Option<&'static str> {
        Some(match number {
            1 => "section",
            2 => "mutex",
            3 => "semaphore",
            4 => "event",
            5 => "timer",
            6 => "job",
            _ => return None,
        })
    }
}

/// The control page up to the path, as it stands in the file: numbers of this machine's byte order.
#[derive(Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Record {
    magic: [u8; 8],
    version: u32,
    object_type: u32,
    zero: [u8; 16],
    pub(super) size: u64,
    pub(super) protection: u32,
    pub(super) attributes: u32,
    pub(super) body: u32,
    scope: u32,
    page_size: u32,
    name_len: u32,
    pub(super) body_identity: BodyIdentity,
    file_name_len: u16,
    path_len: u16,
    pub(super) holder: BodyHolder,
    pub(super) pid_namespace: u64,
    reserved: [u8; 16],
    file_name: [u8; file_name::MAX + 1],
    name: [u8; NAME_CAPACITY],
}

/// Which file a section's bytes are in, told apart from any that comes later to the same place.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, packed(4))]
pub(super) struct BodyIdentity {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) birth_seconds: i64,
    pub(super) birth_nanoseconds: u32,
}

/// A process that had the file open, and as which descriptor: a hint, to be verified.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct BodyHolder {
    pub(super) pid: u32,
    pub(super) descriptor: u32,
}

const _: () = {
    assert!(size_of::<Record>() == 1024);
    assert!(offset_of!(Record, size) == 32);
    assert!(offset_of!(Record, body_identity) == 64);
    assert!(offset_of!(Record, file_name_len) == 92);
    assert!(offset_of!(Record, holder) == 96);
    assert!(offset_of!(Record, pid_namespace) == 104);
    assert!(offset_of!(Record, file_name) == 128);
    assert!(offset_of!(Record, name) == 384);
    assert!(size_of::<Record>() + PATH_CAPACITY + 24 == LAYOUT_LEN);
};

impl Record {
    pub(super) fn new(object_type: ObjectType) -> Self {
        let mut record = Self::new_zeroed();
        record.magic = MAGIC;
        record.version = VERSION;
        record.object_type = object_type as u32;
        record.page_size = u32::try_from(page_size()).unwrap_or(0);
        record
    }

    pub(super) fn set_name(&mut self, name: &Name, file: &FileName) {
        self.scope = match name.scope() {
            Scope::Local => 1,
            Scope::Global => 2,
        };
        let (wtf8, file) = (name.as_wtf8(), file.as_bytes());
        let shown = wtf8.len().min(NAME_CAPACITY);
        self.name[..shown].copy_from_slice(&wtf8[..shown]);
        self.name_len = u32::try_from(wtf8.len()).unwrap_or(u32::MAX);
        self.file_name[..file.len()].copy_from_slice(file);
        self.file_name_len = u16::try_from(file.len()).unwrap_or(0);
    }

    /// Whether those who use the object write to the control page.
    pub(super) fn is_waitable(&self) -> bool {
        self.object_type != ObjectType::Section as u32
    }

    /// Whether this is the control page of the object of that name, and not of one whose name has the same
    /// hash.
    pub(super) fn is_named(&self, name: &Name) -> bool {
        let wtf8 = name.as_wtf8();
        let shown = wtf8.len().min(NAME_CAPACITY);
        usize::try_from(self.name_len).is_ok_and(|len| len == wtf8.len())
            && self.name[..shown] == wtf8[..shown]
    }

    /// As much of the name as there is room for, and whether that is all of it.
    pub(super) fn shown_name(&self) -> (&[u8], bool) {
        let len = usize::try_from(self.name_len).unwrap_or(usize::MAX);
        (&self.name[..len.min(NAME_CAPACITY)], len <= NAME_CAPACITY)
    }

    /// What it says that it is: the layout's version, and the number of the type.
    pub(super) fn version_and_type(&self) -> (u32, u32) {
        (self.version, self.object_type)
    }

    /// The page size of who made the object.
    pub(super) fn page_size(&self) -> u32 {
        self.page_size
    }

    /// Where the object claims to be; `None` for an unnamed one.
    pub(super) fn place(&self) -> Option<(Scope, FileName)> {
        let scope = match self.scope {
            1 => Scope::Local,
            2 => Scope::Global,
            _ => return None,
        };
        let file = self.file_name.get(..usize::from(self.file_name_len))?;
        Some((scope, FileName::from_bytes(file)?))
    }

    /// Writes the page behind `body_len` bytes of a file that nobody else can see yet, and so sizes the file.
    ///
    /// A `path` that is too long, or relative, is left out.
    pub(super) fn write(
        &mut self,
        file: impl AsFd,
        body_len: u64,
        path: &[u8],
    ) -> std::result::Result<(), Errno> {
        let mut page = [0; LAYOUT_LEN];
        let (head, rest) = page.split_at_mut(size_of::<Self>());
        if path.len() <= PATH_CAPACITY && path.starts_with(b"/") {
            self.path_len = u16::try_from(path.len()).unwrap_or(0);
            rest[..path.len()].copy_from_slice(path);
        }
        head.copy_from_slice(self.as_bytes());
        if page_size() > LAYOUT_LEN {
            rustix::fs::ftruncate(&file, body_len + page_size() as u64)?;
        }
        let written = rustix::io::pwrite(&file, &page, body_len)?;
        (written == LAYOUT_LEN).then_some(()).ok_or(Errno::NOSPC)
    }

    /// Reads the path of the body, from the file that the record was read from; empty if there is none.
    pub(super) fn read_path(
        &self,
        file: impl AsFd,
        file_len: u64,
    ) -> std::result::Result<Vec<u8>, Errno> {
        let mut path = vec![0; usize::from(self.path_len).min(PATH_CAPACITY)];
        let at = file_len - page_size() as u64 + size_of::<Self>() as u64;
        let read = rustix::io::pread(&file, &mut path, at)?;
        path.truncate(read);
        Ok(path)
    }

    /// Reads the last page of a file of `file_len` bytes; `None` if it is too short or not ours.
    pub(super) fn read(file: impl AsFd, file_len: u64) -> std::result::Result<Option<Self>, Errno> {
        let page = page_size() as u64;
        if file_len < page || file_len % page != 0 {
            return Ok(None);
        }
        let mut record = Self::new_zeroed();
        let read = rustix::io::pread(&file, record.as_mut_bytes(), file_len - page)?;
        Ok((read == size_of::<Self>() && record.magic == MAGIC).then_some(record))
    }

    /// The type that the object of a descriptor says it is of; `None` for what is no object.
    pub(super) fn type_of(file: impl AsFd, file_len: u64) -> Option<ObjectType> {
        let record = Self::read(file, file_len).ok()??;
        ObjectType::of(record.object_type)
    }

    /// Checks what every type has: the layout, and that it is the type asked for.
    pub(super) fn check(&self, wanted: ObjectType, tried: &'static str) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::new(ErrorCode::REVISION_MISMATCH, tried).because(format!(
                "it has layout version {}, this build knows version {VERSION}; let all its users have one version of \
                 Commonhold",
                self.version
            )));
        }
        let Some(found) = ObjectType::known(self.object_type) else {
            return Err(Error::new(ErrorCode::FILE_CORRUPT, tried).because(format!(
                "it is of type {}, which does not exist",
                self.object_type
            )));
        };
        if self.object_type != wanted as u32 {
            return Err(
                Error::new(ErrorCode::INVALID_HANDLE, tried).because(format!(
                    "it is a {found}, and all types share one namespace"
                )),
            );
        }
        if u32::try_from(page_size()) != Ok(self.page_size) {
            return Err(Error::new(ErrorCode::FILE_CORRUPT, tried).because(format!(
                "it was made with pages of {} bytes",
                self.page_size
            )));
        }
        Ok(())
    }
}

/// Where in a file of `file_len` bytes the holder hint stands.
pub(super) fn holder_offset(file_len: u64) -> u64 {
    file_len - page_size() as u64 + offset_of!(Record, holder) as u64
}
