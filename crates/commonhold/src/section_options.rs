//! What a section is created as.

use std::fs::File;

use crate::platform::{Disposition, NewSection, SectionHandle};
use crate::section_info::SectionAttributes;
use crate::{Error, ErrorCode, Name, Protection, Result, Scope, Section};

const TRIED: &str = "create section";

/// Describes a section to create.
///
/// ```
/// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
/// use commonhold::{Protection, Section};
/// # let path = std::env::temp_dir().join(format!("commonhold-doc-{}", std::process::id()));
/// let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
/// let section = Section::options().file(&file).size(1 << 20).create("table")?;
/// assert!(!section.existed());
/// assert_eq!(section.info()?.size, 1 << 20);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is created before one of the create methods is called"]
pub struct SectionOptions<'a> {
    size: u64,
    protection: Protection,
    attributes: SectionAttributes,
    file: Option<&'a File>,
    everyone: bool,
    allocate: bool,
    inheritable: bool,
}

impl Default for SectionOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> SectionOptions<'a> {
    /// Committed memory, readable and writable, still without a size.
    pub fn new() -> Self {
        Self {
            size: 0,
            protection: Protection::ReadWrite,
            attributes: SectionAttributes::empty(),
            file: None,
            everyone: false,
            allocate: false,
            inheritable: false,
        }
    }

    /// How many bytes. Memory is rounded up to whole pages; over a file the size is exact, and 0, which is
    /// the default, means the file's own.
    #[doc(alias = "dwMaximumSizeLow")]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = bytes;
        self
    }

    /// The most that any view may do; [`Protection::ReadWrite`] unless it is said. Not `NoAccess` or `Execute`.
    ///
    /// ```
    /// use commonhold::{ErrorCode, MapAccess, Protection, Section};
    /// let section = Section::options().size(4096).protection(Protection::ReadOnly).create_unnamed()?;
    /// let refused = section.map_options().access(MapAccess::WRITE).map().unwrap_err();
    /// assert_eq!(refused.code(), ErrorCode::ACCESS_DENIED);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "flProtect")]
    pub fn protection(mut self, protection: Protection) -> Self {
        self.protection = protection;
        self
    }

    /// Reserved instead of committed, or in large pages.
    ///
    /// On Linux, `NOCACHE` and `WRITECOMBINE` and images are not supported.
    #[doc(alias = "SEC_RESERVE")]
    pub fn attributes(mut self, attributes: SectionAttributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Over a file instead of memory. The section keeps the file open: it must be open for reading, and for a
    /// writable section for writing too. A writable section that is larger than the file extends it, at once.
    #[doc(alias = "hFile")]
    pub fn file(mut self, file: &'a File) -> Self {
        self.file = Some(file);
        self
    }

    /// Lets every user of the machine open it, and write to it. For `Global\` names, the only ones that other
    /// users can see.
    #[doc(alias = "SetSecurityDescriptorDacl")]
    pub fn for_everyone(mut self, everyone: bool) -> Self {
        self.everyone = everyone;
        self
    }

    /// Takes the memory now, instead of page by page as it is touched, so that touching never fails.
    /// For committed memory.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let section = Section::options().size(1 << 20).allocate(true).create_unnamed()?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn allocate(mut self, allocate: bool) -> Self {
        self.allocate = allocate;
        self
    }

    /// Whether programs that this process starts inherit the handle.
    #[doc(alias = "bInheritHandle")]
    pub fn inheritable(mut self, inheritable: bool) -> Self {
        self.inheritable = inheritable;
        self
    }

    /// Creates the section under the name, or opens the one that has it, with the rights that creating with
    /// this [`protection`](Self::protection) gives. [`Section::existed`] tells which. What exists keeps its
    /// own size, protection and attributes.
    ///
    /// The empty name, as Windows has it, is no name.
    ///
    /// # Errors
    ///
    /// `INVALID_PARAMETER` for memory of size 0, for a protection that sections do not have, and for
    /// attributes that exclude each other; `INVALID_HANDLE` if the name is of another type of object;
    /// `ACCESS_DENIED` if the file, or what exists, does not give the rights needed; `FILE_INVALID` for an
    /// empty file without a size; `BAD_EXE_FORMAT` for a directory, a pipe or a device; `NOT_ENOUGH_MEMORY`
    /// for a read-only section larger than its file, and for sizes that no file has (more than 8 PiB);
    /// `DISK_FULL` if the file cannot grow; `COMMITMENT_LIMIT` if memory for the section is not there;
    /// `NO_SYSTEM_RESOURCES` if large pages are not; `NOT_SUPPORTED` for what Linux cannot do; `TOO_MANY_OPEN_FILES`; `PATH_NOT_FOUND` if
    /// the namespace does not exist; about what has the name already, those of [`Section::open`]; and what
    /// [`Name`] says for names that are none.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::{Protection, Section};
    /// let options = Section::options().size(4096);
    /// let first = options.create("table")?;
    /// // Its own size and protection win.
    /// let second = options.size(1 << 20).protection(Protection::ReadOnly).create("table")?;
    /// assert!(second.existed());
    /// assert_eq!(second.info()?.size, 4096);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateFileMappingW")]
    pub fn create<N>(&self, name: N) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        self.create_as(name, Disposition::Create)
    }

    /// Creates the section under the name, which must be free.
    ///
    /// # Errors
    ///
    /// `ALREADY_EXISTS` if it is not, and those of [`create`](Self::create).
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::{ErrorCode, Section};
    /// let options = Section::options().size(4096);
    /// let _table = options.create_new("table")?;
    /// assert_eq!(options.create_new("table").unwrap_err().code(), ErrorCode::ALREADY_EXISTS);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateFileMappingW")]
    pub fn create_new<N>(&self, name: N) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        self.create_as(name, Disposition::CreateNew)
    }

    /// Opens the section that has the name, with all the rights that it gives, or else creates it.
    ///
    /// # Errors
    ///
    /// Those of [`Section::open`] but for its absence, and those of [`create`](Self::create).
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::Section;
    /// let options = Section::options().size(4096);
    /// let mine = options.open_or_create("table")?;
    /// assert!(!mine.existed() && options.open_or_create("table")?.existed());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateFileMappingW")]
    pub fn open_or_create<N>(&self, name: N) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        self.create_as(name, Disposition::OpenOrCreate)
    }

    /// Creates a section without a name, for processes that are given its handle.
    ///
    /// # Errors
    ///
    /// Those of [`create`](Self::create), but for those about names.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let section = Section::options().size(4096).create_unnamed()?;
    /// section.map()?.write(0, b"for those who are given it")?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "CreateFileMappingW")]
    pub fn create_unnamed(&self) -> Result<Section> {
        let new = self.check()?;
        if new.everyone {
            return Err(wrong(
                "a section without a name is for those who are given it",
            ));
        }
        let handle = SectionHandle::create_unnamed(&new)?;
        self.finish(handle, false)
    }

    fn create_as<N>(&self, name: N, disposition: Disposition) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        // The size is refused before the name is looked at.
        let new = self.check()?;
        let name = name.try_into()?;
        if name.is_empty() {
            return self.create_unnamed();
        }
        if new.everyone && name.scope() == Scope::Local {
            return Err(wrong("only names in Global\\ can be seen by everyone").named(&name));
        }
        let (handle, existed) = SectionHandle::create(&name, &new, disposition)?;
        self.finish(handle, existed)
    }

    fn finish(&self, handle: SectionHandle, existed: bool) -> Result<Section> {
        if self.inheritable {
            handle.set_inheritable(true)?;
        }
        Ok(Section::created(handle, existed))
    }

    /// Refuses what makes no sense, before anything is done.
    fn check(&self) -> Result<NewSection<'a>> {
        if !self.protection.is_for_sections() {
            return Err(wrong(format!("no section is {:?}", self.protection)));
        }
        if self.file.is_none() && self.size == 0 {
            return Err(wrong("a section in memory needs a size"));
        }
        self.check_attributes()?;
        let is_plain = self.file.is_none()
            && !self
                .attributes
                .intersects(SectionAttributes::RESERVE | SectionAttributes::LARGE_PAGES);
        if self.allocate && !is_plain {
            return Err(wrong(
                "only committed memory in ordinary pages is allocated ahead",
            ));
        }
        Ok(NewSection {
            size: self.size,
            protection: self.protection,
            attributes: self.attributes,
            file: self.file,
            everyone: self.everyone,
            allocate: self.allocate,
        })
    }

    fn check_attributes(&self) -> Result<()> {
        use SectionAttributes as Sec;
        let (attributes, has) = (self.attributes, |bits| self.attributes.intersects(bits));
        let is_known = Sec::all().contains(attributes) && !has(Sec::FILE);
        let makes_sense = if has(Sec::IMAGE) {
            (Sec::IMAGE | Sec::NOCACHE).contains(attributes)
                && !self.protection.is_shared_writable()
        } else {
            let backed = attributes & (Sec::COMMIT | Sec::RESERVE);
            let large = has(Sec::LARGE_PAGES);
            backed != Sec::COMMIT | Sec::RESERVE
                && (!backed.is_empty() || attributes.is_empty())
                && !(large && (backed == Sec::RESERVE || self.file.is_some()))
        };
        if !is_known || !makes_sense {
            return Err(wrong(format!(
                "the attributes {attributes:?} do not go together, or not with this"
            )));
        }
        if has(Sec::IMAGE) && self.file.is_none() {
            return Err(
                Error::new(ErrorCode::BAD_EXE_FORMAT, TRIED).because("an image is of a file")
            );
        }
        if has(Sec::NOCACHE | Sec::WRITECOMBINE) && !has(Sec::IMAGE) {
            return Err(Error::new(ErrorCode::NOT_SUPPORTED, TRIED)
                .because("Linux gives programs no uncached or write-combined memory"));
        }
        Ok(())
    }
}

fn wrong(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::INVALID_PARAMETER, TRIED).because(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(attributes: u32, file: Option<&File>) -> Option<u32> {
        let mut options = SectionOptions::new()
            .size(4096)
            .protection(Protection::ReadOnly)
            .attributes(SectionAttributes::from_bits_retain(attributes));
        options.file = file;
        options.check().err().map(|error| error.code().get())
    }

    /// win32-facts 1.4, but for what is refused only when the file is looked at.
    #[test]
    fn attributes_combine_as_windows_has_it() {
        const COMMIT: u32 = 0x0800_0000;
        const RESERVE: u32 = 0x0400_0000;
        const NOCACHE: u32 = 0x1000_0000;
        const COMBINE: u32 = 0x4000_0000;
        const LARGE: u32 = 0x8000_0000;
        const IMAGE: u32 = 0x0100_0000;
        const FILE: u32 = 0x0080_0000;
        let file = File::open("/proc/self/exe").unwrap();
        let rows = [
            (0, None, None),
            (COMMIT, None, None),
            (RESERVE, None, None),
            (COMMIT | NOCACHE, Some(50), Some(50)),
            (RESERVE | NOCACHE, Some(50), Some(50)),
            (COMMIT | COMBINE, Some(50), Some(50)),
            (RESERVE | COMMIT, Some(87), Some(87)),
            (RESERVE | LARGE, Some(87), Some(87)),
            (COMMIT | LARGE, None, Some(87)),
            (NOCACHE, Some(87), Some(87)),
            (LARGE, Some(87), Some(87)),
            (COMBINE, Some(87), Some(87)),
            (FILE, Some(87), Some(87)),
            (FILE | COMMIT, Some(87), Some(87)),
            (IMAGE, Some(193), None),
            (IMAGE | NOCACHE, Some(193), None),
            (IMAGE | RESERVE, Some(87), Some(87)),
            (IMAGE | COMMIT, Some(87), Some(87)),
            (IMAGE | LARGE, Some(87), Some(87)),
            (IMAGE | COMBINE, Some(87), Some(87)),
            (1, Some(87), Some(87)),
        ];
        for (attributes, in_memory, over_file) in rows {
            assert_eq!(
                code(attributes, None),
                in_memory,
                "{attributes:#x} in memory"
            );
            assert_eq!(
                code(attributes, Some(&file)),
                over_file,
                "{attributes:#x} over a file"
            );
        }
    }
}
