//! Making sections.

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::body;
use super::control::{ObjectType, Record};
use super::directory::Directory;
use super::entry;
use super::errno::refused;
use super::held_name::Place;
use super::large_pages;
use super::layout::{BodyKind, Layout};
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
        let object = object.map_err(|errno| no_space(errno, &draft, None))?;
        draft
            .allocate(&object, new)
            .map_err(|errno| no_space(errno, &draft, None))?;
        draft.finish(object)
    }

    /// Makes a section of the name, or opens the one that has it; whether it was there already.
    pub(crate) fn create(
        name: &Name,
        new: &NewSection<'_>,
        disposition: Disposition,
    ) -> Result<(Self, bool)> {
        let mut place = Place::of(name)?;
        // Making a section over a file may change the file, which must not happen for a name that is taken.
        let mut looks_first = disposition == Disposition::OpenOrCreate || new.file.is_some();
        let mut draft = None;
        loop {
            if looks_first {
                let wanted = match disposition {
                    Disposition::Create => Wanted::Exactly(Rights::of_creator(new.protection)),
                    Disposition::CreateNew | Disposition::OpenOrCreate => {
                        Wanted::Maximum(Rights::empty())
                    }
                };
                if let Some(handle) = Self::find(&place, wanted, name, TRIED)? {
                    if disposition == Disposition::CreateNew {
                        return Err(Error::new(ErrorCode::ALREADY_EXISTS, TRIED).named(name));
                    }
                    return Ok((handle, true));
                }
            }
            match Self::make(name, &mut place, &mut draft, new) {
                Ok(Some(handle)) => return Ok((handle, false)),
                // Somebody has the name.
                Ok(None) => {}
                // Whether there could be another one does not matter where the name is taken.
                Err(_) if !looks_first => {}
                Err(error) => return Err(error.named(name)),
            }
            looks_first = true;
        }
    }

    /// Makes the section if the name is free. What was made up for it is kept in `draft` for another attempt.
    fn make(
        name: &Name,
        place: &mut Place,
        draft: &mut Option<Draft>,
        new: &NewSection<'_>,
    ) -> Result<Option<Self>> {
        let mut made = match draft.take() {
            Some(draft) => draft,
            None => Draft::new(new)?,
        };
        made.record.set_name(name, &place.file);
        loop {
            let object = made.prepare(place, new)?;
            match object.publish(place) {
                Ok(Ok(object)) => return made.finish(object).map(Some),
                Ok(Err(_)) => {
                    *draft = Some(made);
                    return Ok(None);
                }
                Err(Errno::NOENT) => match place.directory.successor()? {
                    Some(directory) => place.directory = directory,
                    None => return Err(no_space(Errno::NOENT, &made, Some(place.directory))),
                },
                Err(errno) => return Err(no_space(errno, &made, Some(place.directory))),
            }
        }
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
    fn prepare(&mut self, place: &mut Place, new: &NewSection<'_>) -> Result<Object> {
        let wanted = self.layout.before_control_page();
        // What is touched at once anyway is not worth asking for; of a full file system its control page tells.
        let is_large = wanted > ALLOCATION_GRANULARITY as u64;
        let asks = is_large && !new.attributes.contains(SectionAttributes::RESERVE);
        if matches!(self.body, Body::Own) && new.protection.is_executable() {
            Self::check_executable(place.directory)?;
        }
        let mut has_swept = false;
        loop {
            let fits = !asks || self.free_space(place.directory)? > wanted;
            let made = if fits {
                Object::prepare(place, &mut self.record, wanted, &self.path, new.everyone)
                    .and_then(|object| self.allocate(&object, new).map(|()| object))
            } else {
                Err(Errno::NOSPC)
            };
            match made {
                Ok(object) => return Ok(object),
                Err(Errno::NOSPC) if !has_swept => {
                    entry::sweep(place.directory, usize::MAX);
                    has_swept = true;
                }
                Err(Errno::NOENT) => match place.directory.successor()? {
                    Some(directory) => place.directory = directory,
                    None => return Err(no_space(Errno::NOENT, self, Some(place.directory))),
                },
                Err(errno) => return Err(no_space(errno, self, Some(place.directory))),
            }
        }
    }

    fn free_space(&self, directory: &Directory) -> Result<u64> {
        directory
            .free_space()
            .map_err(|errno| no_space(errno, self, Some(directory)))
    }

    fn check_executable(directory: &Directory) -> Result<()> {
        if !directory.is_noexec() {
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
fn no_space(errno: Errno, draft: &Draft, directory: Option<&Directory>) -> Error {
    let needed = mebibytes(draft.layout.before_control_page());
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
                .because(format!("no file has {} bytes", draft.layout.before_control_page()))
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
