//! Making sections.

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::body;
use super::control::{ObjectType, Record};
use super::directory::Directory;
use super::errno::refused;
use super::held_name::Place;
use super::large_pages;
use super::layout::{BodyKind, Layout};
use super::named;
use super::object::{Object, reopen};
use super::open::Wanted;
use super::section::{Body, SectionHandle};
use super::space::allocate_space;
use crate::platform::{ALLOCATION_GRANULARITY, Disposition, NewSection};
use crate::section_info::{SectionAttributes, SectionInfo};
use crate::{Error, ErrorCode, Name, Result, Rights};

const TRIED: &str = "create section";

/// A section that is ready but for its own file.
struct Draft {
    info: SectionInfo,
    body: Body,
    layout: Layout,
    record: Record,
    /// Of the file, where it is over one.
    path: Vec<u8>,
}

impl SectionHandle {
    /// Makes a section without a name.
    pub(crate) fn create_unnamed(new: &NewSection<'_>) -> Result<Self> {
        let mut draft = Draft::new(new)?;
        check_memory(&draft, new)?;
        let body_len = draft.layout.before_control_page();
        let object = Object::create_unnamed(&mut draft.record, body_len, &draft.path);
        let object = object.map_err(|errno| no_space(errno, body_len, None))?;
        draft
            .allocate(&object, new)
            .map_err(|errno| no_space(errno, body_len, None))?;
        draft.finish(object)
    }

    /// Makes a section of the name, or opens the one that has it; whether it was there already.
    pub(crate) fn create(
        name: &Name,
        new: &NewSection<'_>,
        disposition: Disposition,
    ) -> Result<(Self, bool)> {
        // Making a section over a file may change the file, which must not happen for a name that is taken.
        let looks_first = disposition == Disposition::OpenOrCreate || new.file.is_some();
        let wanted = match disposition {
            Disposition::Create => Wanted::Exactly(Rights::of_creator(new.protection)),
            Disposition::CreateNew | Disposition::OpenOrCreate => Wanted::Maximum(Rights::empty()),
        };
        let find = |place: &Place| Self::find(place, wanted, name, TRIED);
        // What was made up for the section is kept for another attempt.
        let mut draft = None;
        named::create(name, disposition, looks_first, TRIED, find, |place| {
            let mut made = match draft.take() {
                Some(draft) => draft,
                None => Draft::new(new)?,
            };
            made.record.set_name(name, &place.file);
            made.check_executable(place.directory)?;
            let needed = made.layout.before_control_page();
            let failed = |errno, place: &Place| no_space(errno, needed, Some(place.directory));
            let published = named::publish(place, failed, |place| {
                made.prepare(place, new).map(|object| (object, ()))
            })?;
            if let Some((object, ())) = published {
                return made.finish(object).map(Some);
            }
            draft = Some(made);
            Ok(None)
        })
    }
}

impl Draft {
    fn new(new: &NewSection<'_>) -> Result<Self> {
        let mut record = Record::new(ObjectType::Section);
        let reserved = new.attributes.contains(SectionAttributes::RESERVE);
        let nothing = Layout {
            data: 0,
            commit_map: 0,
        };
        let (body, size, attributes, layout, kind) = if let Some(file) = new.file {
            let (fd, size) = body::from_file(file, new, TRIED)?;
            (
                Body::File(fd),
                size,
                SectionAttributes::FILE,
                nothing,
                BodyKind::File,
            )
        } else if new.attributes.contains(SectionAttributes::LARGE_PAGES) {
            let attributes = SectionAttributes::COMMIT | SectionAttributes::LARGE_PAGES;
            let mut fd = large_pages::create(new.size)?;
            if !new.protection.is_shared_writable() {
                fd = reopen(&fd, OFlags::RDONLY).map_err(|errno| refused(errno, TRIED))?;
            }
            (
                Body::LargePages(fd),
                new.size,
                attributes,
                nothing,
                BodyKind::LargePages,
            )
        } else {
            let layout = Layout::of(new.size, reserved).ok_or_else(|| {
                Error::new(ErrorCode::NOT_ENOUGH_MEMORY, TRIED)
                    .because(format!("no file has {} bytes", new.size))
            })?;
            let attributes = if reserved {
                SectionAttributes::RESERVE
            } else {
                SectionAttributes::COMMIT
            };
            (Body::Own, layout.data, attributes, layout, BodyKind::Own)
        };
        record.size = size;
        record.protection = new.protection as u32;
        record.attributes = attributes.bits();
        record.body = kind as u32;
        let mut path = Vec::new();
        if let Body::File(fd) | Body::LargePages(fd) = &body {
            path = body::describe(&mut record, fd).map_err(|errno| refused(errno, TRIED))?;
        }
        let info = SectionInfo {
            size,
            attributes,
            protection: new.protection,
        };
        Ok(Self {
            info,
            body,
            layout,
            record,
            path,
        })
    }

    /// Makes the object's file in the namespace's file system, where there must be space for it.
    fn prepare(&mut self, place: &Place, new: &NewSection<'_>) -> Result<Object, Errno> {
        let wanted = self.layout.before_control_page();
        // What is touched at once anyway is not worth asking for; of a full file system its control page tells.
        let is_large = wanted > ALLOCATION_GRANULARITY as u64;
        let asks = is_large && !new.attributes.contains(SectionAttributes::RESERVE);
        if asks && place.directory.free_space()? <= wanted {
            return Err(Errno::NOSPC);
        }
        let object = Object::prepare(place, &mut self.record, wanted, &self.path, new.everyone)?;
        self.allocate(&object, new)?;
        Ok(object)
    }

    fn check_executable(&self, directory: &Directory) -> Result<()> {
        let needs_to_be = matches!(self.body, Body::Own) && self.info.protection.is_executable();
        if !needs_to_be || !directory.is_noexec() {
            return Ok(());
        }
        Err(Error::new(ErrorCode::ACCESS_DENIED, TRIED).at(directory.path()).because(
            "the namespace is on a file system that is mounted noexec; use an unnamed section, or one over a file",
        ))
    }

    /// Takes the memory, if that is wanted.
    fn allocate(&self, object: &Object, new: &NewSection<'_>) -> Result<(), Errno> {
        if !new.allocate || !matches!(self.body, Body::Own) {
            return Ok(());
        }
        allocate_space(object, 0, self.layout.data)
    }

    /// Makes the handle, with the rights of a creator.
    fn finish(self, mut object: Object) -> Result<SectionHandle> {
        let rights = Rights::of_creator(self.info.protection);
        if !rights.contains(Rights::MAP_WRITE) {
            // Whoever is handed this section must not be able to write by its descriptor.
            object = object
                .reopen(OFlags::RDONLY)
                .map_err(|errno| refused(errno, TRIED))?;
        }
        Ok(SectionHandle {
            object,
            body: self.body,
            info: self.info,
            rights,
        })
    }
}

/// Refuses what cannot fit even with all the memory that the machine has.
fn check_memory(draft: &Draft, new: &NewSection<'_>) -> Result<()> {
    if new.attributes.contains(SectionAttributes::RESERVE) {
        return Ok(());
    }
    let system = rustix::system::sysinfo();
    let unit = u64::from(system.mem_unit);
    let (ram, swap) = (system.totalram * unit, system.totalswap * unit);
    if draft.layout.data <= ram.saturating_add(swap) {
        return Ok(());
    }
    Err(
        Error::new(ErrorCode::COMMITMENT_LIMIT, TRIED).because(format!(
            "the machine has {} of memory and swap, the section needs {}",
            mebibytes(ram.saturating_add(swap)),
            mebibytes(draft.layout.data)
        )),
    )
}

#[cold]
fn no_space(errno: Errno, bytes: u64, directory: Option<&Directory>) -> Error {
    let needed = mebibytes(bytes);
    let error = refused(errno, TRIED);
    match (errno, directory) {
        (Errno::NOSPC | Errno::DQUOT, Some(directory)) => {
            let free = directory.free_space().map_or_else(|_| "too little".into(), mebibytes);
            Error::new(ErrorCode::COMMITMENT_LIMIT, TRIED).at(directory.path()).because(format!(
                "only {free} free there, the section needs {needed}; remount it larger (`mount -o remount,size=...`, Docker: \
                 `--shm-size`), or set COMMONHOLD_ROOT to a larger tmpfs"
            ))
        }
        (Errno::NOSPC | Errno::DQUOT | Errno::NOMEM, _) => Error::new(ErrorCode::COMMITMENT_LIMIT, TRIED)
            .because(format!("there is no memory for {needed}")),
        (Errno::FBIG | Errno::INVAL | Errno::OVERFLOW, _) => {
            Error::new(ErrorCode::NOT_ENOUGH_MEMORY, TRIED)
                .because(format!("no file has {bytes} bytes"))
        }
        (Errno::OPNOTSUPP | Errno::ISDIR, Some(directory)) => {
            Error::new(ErrorCode::NOT_SUPPORTED, TRIED).at(directory.path()).because(
                "the file system of the namespace cannot make files without a name (O_TMPFILE); set COMMONHOLD_ROOT to a tmpfs",
            )
        }
        (_, Some(directory)) => error.at(directory.path()),
        _ => error,
    }
}

fn mebibytes(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    if bytes < MIB {
        format!("{} KiB", bytes.div_ceil(1024))
    } else {
        format!("{} MiB", bytes.div_ceil(MIB))
    }
}
