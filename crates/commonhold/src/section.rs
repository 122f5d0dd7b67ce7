//! Sections: memory and files that processes share.

use std::fmt;

use crate::platform::SectionHandle;
use crate::{
    Error, ErrorCode, MapOptions, Name, Result, Rights, SectionInfo, SectionOptions, View,
};

/// A handle to a section: memory, or a file, that processes share.
///
/// The section, and its name, exist as long as any process has a handle to it, and no longer: not by an
/// instant, whether the last holder closed its handle, exited, or was killed. A [`View`] keeps the memory,
/// not the name.
///
/// A handle comes from [`SectionOptions`], which creates, from [`open`](Self::open), or from another process:
/// see [`os::linux`](crate::os::linux). It carries [`Rights`], which every operation is checked against.
#[doc(alias = "CreateFileMapping")]
pub struct Section {
    handle: SectionHandle,
    existed: bool,
}

impl Section {
    /// Starts the description of a section to create: `Section::options().size(4096).create("name")`.
    pub fn options<'a>() -> SectionOptions<'a> {
        SectionOptions::new()
    }

    /// Opens the section of that name, with all the rights that it gives.
    ///
    /// # Errors
    ///
    /// `FILE_NOT_FOUND` if nobody holds an object of the name, `INVALID_HANDLE` if it is of another type,
    /// `BUSY` if a process was stopped while it removed what had the name, `ACCESS_DENIED` if it or its file
    /// may not be opened, `FILE_INVALID` if its file was renamed or removed and no process can be asked for
    /// it, `FILE_CORRUPT` and `REVISION_MISMATCH` if it is not an object that this build understands, and
    /// what [`Name`] says for names that are none.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::{ErrorCode, Section};
    /// assert_eq!(Section::open("nobody").unwrap_err().code(), ErrorCode::FILE_NOT_FOUND);
    /// ```
    #[doc(alias = "OpenFileMappingW")]
    pub fn open<N>(name: N) -> Result<Self>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Self::open_with(name, Rights::MAXIMUM_ALLOWED)
    }

    /// Opens the section of that name, with exactly these rights.
    ///
    /// Without [`Rights::MAP_WRITE`] the descriptor is open for reading only, so that the kernel refuses
    /// writing to whoever is handed it.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open); `ACCESS_DENIED` also where no right is asked for, or one that
    /// sections do not have. Rights beyond the section's protection are granted, and fail when it is mapped.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::{Rights, Section};
    /// let _held = Section::options().size(4096).create("frames")?;
    /// let reader = Section::open_with("frames", Rights::MAP_READ)?;
    /// assert_eq!(reader.rights(), Rights::MAP_READ);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "OpenFileMappingW")]
    pub fn open_with<N>(name: N, rights: Rights) -> Result<Self>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = name.try_into()?;
        if name.is_empty() {
            return Err(Error::new(ErrorCode::INVALID_HANDLE, "open section")
                .because("the empty name is the namespace itself"));
        }
        SectionHandle::open(&name, rights).map(Self::found)
    }

    pub(crate) fn found(handle: SectionHandle) -> Self {
        Self {
            handle,
            existed: true,
        }
    }

    pub(crate) fn created(handle: SectionHandle, existed: bool) -> Self {
        Self { handle, existed }
    }

    /// Whether the section was there before this handle to it was made: `true` for all but a new one.
    ///
    /// ```
    /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
    /// use commonhold::Section;
    /// let first = Section::options().size(4096).create("frames")?;
    /// let second = Section::options().size(4096).create("frames")?;
    /// assert_eq!((first.existed(), second.existed()), (false, true));
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "ERROR_ALREADY_EXISTS")]
    pub fn existed(&self) -> bool {
        self.existed
    }

    /// What the section is: its size, attributes and protection.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` without [`Rights::QUERY`].
    ///
    /// ```
    /// # use commonhold::{Protection, Section};
    /// let info = Section::options().size(100).create_unnamed()?.info()?;
    /// assert!(info.size >= 4096 && info.protection == Protection::ReadWrite);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "NtQuerySection")]
    pub fn info(&self) -> Result<SectionInfo> {
        self.handle.info()
    }

    /// What this handle may do.
    pub fn rights(&self) -> Rights {
        self.handle.rights()
    }

    /// Maps the whole section: for reading and writing if the handle may write, else for reading.
    ///
    /// # Errors
    ///
    /// Those of [`MapOptions::map`].
    ///
    /// ```
    /// # use commonhold::Section;
    /// let view = Section::options().size(4096).create_unnamed()?.map()?;
    /// view.write(0, b"the handle is closed, the view goes on")?;
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "MapViewOfFile")]
    pub fn map(&self) -> Result<View> {
        self.map_options().map()
    }

    /// Starts the description of a view: `section.map_options().access(MapAccess::READ).map()`.
    pub fn map_options(&self) -> MapOptions<'_> {
        MapOptions::new(self)
    }

    /// Another handle to the section, with the same rights, and not inheritable.
    ///
    /// # Errors
    ///
    /// `TOO_MANY_OPEN_FILES` if the process has no descriptor left.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let section = Section::options().size(4096).create_unnamed()?;
    /// assert_eq!(section.try_clone()?.rights(), section.rights());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "DuplicateHandle")]
    pub fn try_clone(&self) -> Result<Self> {
        self.handle.try_clone().map(Self::found)
    }

    /// Another handle to the section, with these rights, which may be none at all.
    ///
    /// Fewer rights than this handle has are always granted to the user whose section it is; more are, if the
    /// kernel lets the process open the section so.
    ///
    /// # Errors
    ///
    /// `ACCESS_DENIED` for rights that sections do not have, or that the kernel refuses; `TOO_MANY_OPEN_FILES`.
    ///
    /// ```
    /// use commonhold::{Rights, Section};
    /// let section = Section::options().size(4096).create_unnamed()?;
    /// let reader = section.duplicate(Rights::MAP_READ)?;
    /// assert!(reader.map()?.write(0, b"no").is_err());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "DuplicateHandle")]
    pub fn duplicate(&self, rights: Rights) -> Result<Self> {
        self.handle.duplicate(rights).map(Self::found)
    }

    /// Says whether programs that this process starts inherit the handle. New handles are not inherited, unless
    /// [`SectionOptions::inheritable`] said so.
    ///
    /// # Errors
    ///
    /// None is known; if the kernel refuses, `GEN_FAILURE`.
    ///
    /// ```
    /// # use commonhold::Section;
    /// let section = Section::options().size(4096).create_unnamed()?;
    /// assert!(!section.is_inheritable());
    /// section.set_inheritable(true)?;
    /// assert!(section.is_inheritable());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[doc(alias = "SetHandleInformation")]
    #[doc(alias = "HANDLE_FLAG_INHERIT")]
    pub fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        self.handle.set_inheritable(inheritable)
    }

    /// Whether programs that this process starts inherit the handle.
    #[doc(alias = "GetHandleInformation")]
    pub fn is_inheritable(&self) -> bool {
        self.handle.is_inheritable()
    }

    pub(crate) fn handle(&self) -> &SectionHandle {
        &self.handle
    }

    pub(crate) fn into_handle(self) -> SectionHandle {
        self.handle
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section")
            .field("rights", &self.rights())
            .finish_non_exhaustive()
    }
}
