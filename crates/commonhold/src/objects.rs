//! What handles to all waitable types have in common: they are created, opened, duplicated and inherited alike.

/// Defines a waitable type's handle and options, with all that is the same for each of them.
///
/// The type's own file has its options, how they are checked, and what its objects do.
macro_rules! waitable_object {
    (
        $(#[$doc:meta])* $Type:ident, $(#[$options_doc:meta])* $Options:ident,
        { $($field:ident: $field_type:ty = $default:expr,)* },
        type: $object_type:ident, new: $new:literal,
        create: $create:literal as $create_alias:literal, open: $open:literal as $open_alias:literal,
    ) => {
        $(#[$doc])*
        pub struct $Type {
            handle: $crate::platform::WaitableHandle,
            existed: bool,
        }

        $(#[$options_doc])*
        #[derive(Clone, Debug)]
        #[must_use = "nothing is created before one of the create methods is called"]
        pub struct $Options {
            $($field: $field_type,)*
            everyone: bool,
            inheritable: bool,
        }

        impl Default for $Options {
            fn default() -> Self {
                Self { $($field: $default,)* everyone: false, inheritable: false }
            }
        }

        impl $Type {
            #[doc = concat!("Starts the description of one to create: `", $new, ".create(\"name\")`.")]
            pub fn options() -> $Options {
                $Options::default()
            }

            /// Opens the object of that name, with all rights.
            ///
            /// # Errors
            ///
            /// `FILE_NOT_FOUND` if nobody holds an object of the name, `INVALID_HANDLE` if it is of another type,
            /// `BUSY` if a process was stopped while it removed what had the name, `ACCESS_DENIED` if it may not be
            /// opened for writing, `FILE_CORRUPT` and `REVISION_MISMATCH` if it is not an object that this build
            /// understands, `TOO_MANY_OPEN_FILES`, and what [`Name`](crate::Name) says for names that are none.
            ///
            /// ```
            /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
            #[doc = concat!("use commonhold::{ErrorCode, ", stringify!($Type), "};")]
            #[doc = concat!("let _held = ", $new, ".create(\"mine\")?;")]
            #[doc = concat!("let opened = ", stringify!($Type), "::open(\"mine\")?;")]
            #[doc = concat!("let missing = ", stringify!($Type), "::open(\"nobody\").unwrap_err();")]
            /// assert_eq!(missing.code(), ErrorCode::FILE_NOT_FOUND);
            /// # Ok::<(), commonhold::Error>(())
            /// ```
            #[doc(alias = $open_alias)]
            pub fn open<N>(name: N) -> $crate::Result<Self>
            where
                N: TryInto<$crate::Name>,
                $crate::Error: From<N::Error>,
            {
                Self::open_with(name, $crate::Rights::MAXIMUM_ALLOWED)
            }

            /// Opens the object of that name, with exactly these rights.
            ///
            /// Waiting needs [`Rights::SYNCHRONIZE`](crate::Rights::SYNCHRONIZE).
            ///
            /// # Errors
            ///
            /// Those of [`open`](Self::open); `ACCESS_DENIED` also where no right is asked for, or one that the
            /// type does not have.
            ///
            /// ```
            /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
            #[doc = concat!("use commonhold::{Rights, ", stringify!($Type), "};")]
            #[doc = concat!("let _held = ", $new, ".create(\"mine\")?;")]
            #[doc = concat!("let waiter = ", stringify!($Type), "::open_with(\"mine\", Rights::SYNCHRONIZE)?;")]
            /// assert_eq!(waiter.rights(), Rights::SYNCHRONIZE);
            /// # Ok::<(), commonhold::Error>(())
            /// ```
            #[doc(alias = $open_alias)]
            pub fn open_with<N>(name: N, rights: $crate::Rights) -> $crate::Result<Self>
            where
                N: TryInto<$crate::Name>,
                $crate::Error: From<N::Error>,
            {
                let name = name.try_into()?;
                if name.is_empty() {
                    let error = $crate::Error::new($crate::ErrorCode::INVALID_HANDLE, $open);
                    return Err(error.because("the empty name is the namespace itself"));
                }
                let object_type = $crate::platform::ObjectType::$object_type;
                $crate::platform::WaitableHandle::open(&name, object_type, rights, $open).map(Self::found)
            }

            pub(crate) fn found(handle: $crate::platform::WaitableHandle) -> Self {
                Self { handle, existed: true }
            }

            /// Whether the object was there before this handle to it was made: `true` for all but a new one.
            #[doc(alias = "ERROR_ALREADY_EXISTS")]
            pub fn existed(&self) -> bool {
                self.existed
            }

            /// What this handle may do.
            pub fn rights(&self) -> $crate::Rights {
                self.handle.rights()
            }

            /// Another handle to the object, with the same rights, and not inheritable.
            ///
            /// # Errors
            ///
            /// `TOO_MANY_OPEN_FILES` if the process has no descriptor left.
            #[doc(alias = "DuplicateHandle")]
            pub fn try_clone(&self) -> $crate::Result<Self> {
                self.handle.try_clone().map(Self::found)
            }

            /// Another handle to the object, with these rights, which may be none at all.
            ///
            /// # Errors
            ///
            /// `ACCESS_DENIED` for rights that the type does not have; `TOO_MANY_OPEN_FILES`.
            ///
            /// ```
            #[doc = concat!("use commonhold::{Rights, Timeout, ", stringify!($Type), ", wait_one};")]
            #[doc = concat!("let object = ", $new, ".create_unnamed()?;")]
            /// let cannot_wait = object.duplicate(Rights::QUERY_STATE)?;
            /// assert!(wait_one(&cannot_wait, Timeout::ZERO).is_err());
            /// # Ok::<(), commonhold::Error>(())
            /// ```
            #[doc(alias = "DuplicateHandle")]
            pub fn duplicate(&self, rights: $crate::Rights) -> $crate::Result<Self> {
                self.handle.duplicate(rights).map(Self::found)
            }

            /// Says whether programs that this process starts inherit the handle. New handles are not inherited,
            /// unless the options said so.
            ///
            /// # Errors
            ///
            /// None is known; if the kernel refuses, `GEN_FAILURE`.
            #[doc(alias = "SetHandleInformation")]
            #[doc(alias = "HANDLE_FLAG_INHERIT")]
            pub fn set_inheritable(&self, inheritable: bool) -> $crate::Result<()> {
                self.handle.set_inheritable(inheritable)
            }

            /// Whether programs that this process starts inherit the handle.
            #[doc(alias = "GetHandleInformation")]
            pub fn is_inheritable(&self) -> bool {
                self.handle.is_inheritable()
            }

            /// What a wait for the object needs, beyond the life of this handle.
            #[doc(alias = "WaitForSingleObject")]
            pub fn wait_reference(&self) -> $crate::WaitReference {
                $crate::WaitReference::of(&self.handle)
            }

            pub(crate) fn handle(&self) -> &$crate::platform::WaitableHandle {
                &self.handle
            }

            pub(crate) fn into_handle(self) -> $crate::platform::WaitableHandle {
                self.handle
            }
        }

        impl std::fmt::Debug for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Type)).field("rights", &self.rights()).finish_non_exhaustive()
            }
        }

        impl $Options {
            /// Lets every user of the machine open it, and change it. For `Global\` names, the only ones that
            /// other users can see.
            #[doc(alias = "SetSecurityDescriptorDacl")]
            pub fn for_everyone(mut self, everyone: bool) -> Self {
                self.everyone = everyone;
                self
            }

            /// Has programs that this process starts inherit the handle.
            #[doc(alias = "bInheritHandle")]
            pub fn inheritable(mut self, inheritable: bool) -> Self {
                self.inheritable = inheritable;
                self
            }

            /// Creates the object under the name, or opens the one that has it, with all rights.
            #[doc = concat!("[`", stringify!($Type), "::existed`] tells which. What exists stays as it is.")]
            ///
            /// The empty name, as Windows has it, is no name.
            ///
            /// # Errors
            ///
            /// `INVALID_PARAMETER` for options that make no sense; `INVALID_HANDLE` if the name is of another type
            /// of object; `COMMITMENT_LIMIT` or `DISK_FULL` if there is no memory for it; `TOO_MANY_OPEN_FILES`;
            /// `PATH_NOT_FOUND` if the namespace does not exist; about what has the name already, those of
            #[doc = concat!("[`", stringify!($Type), "::open`]; and what [`Name`](crate::Name) says for names")]
            /// that are none.
            ///
            /// ```
            /// # let _root = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_root.rs"));
            #[doc = concat!("use commonhold::", stringify!($Type), ";")]
            #[doc = concat!("let options = ", $new, ";")]
            /// let first = options.create("mine")?;
            /// let second = options.create("mine")?;
            /// assert_eq!((first.existed(), second.existed()), (false, true));
            /// # Ok::<(), commonhold::Error>(())
            /// ```
            #[doc(alias = $create_alias)]
            pub fn create<N>(&self, name: N) -> $crate::Result<$Type>
            where
                N: TryInto<$crate::Name>,
                $crate::Error: From<N::Error>,
            {
                self.create_as(name, $crate::platform::Disposition::Create)
            }

            /// Creates the object under the name, which must be free.
            ///
            /// # Errors
            ///
            /// `ALREADY_EXISTS` if it is not, and those of [`create`](Self::create).
            #[doc(alias = $create_alias)]
            pub fn create_new<N>(&self, name: N) -> $crate::Result<$Type>
            where
                N: TryInto<$crate::Name>,
                $crate::Error: From<N::Error>,
            {
                self.create_as(name, $crate::platform::Disposition::CreateNew)
            }

            /// Opens the object that has the name, or else creates it: as [`create`](Self::create), but what is
            /// there is looked for first.
            ///
            /// # Errors
            ///
            /// Those of [`create`](Self::create).
            #[doc(alias = $create_alias)]
            pub fn open_or_create<N>(&self, name: N) -> $crate::Result<$Type>
            where
                N: TryInto<$crate::Name>,
                $crate::Error: From<N::Error>,
            {
                self.create_as(name, $crate::platform::Disposition::OpenOrCreate)
            }

            /// Creates an object without a name, for threads, and for processes that are given its handle.
            ///
            /// # Errors
            ///
            /// Those of [`create`](Self::create), but for those about names.
            #[doc(alias = $create_alias)]
            pub fn create_unnamed(&self) -> $crate::Result<$Type> {
                let new = self.check()?;
                if new.everyone {
                    let error = $crate::Error::new($crate::ErrorCode::INVALID_PARAMETER, $create);
                    return Err(error.because("an object without a name is for those who are given it"));
                }
                let handle = $crate::platform::WaitableHandle::create_unnamed(new, $create)?;
                self.finish(handle, false)
            }

            fn create_as<N>(
                &self,
                name: N,
                disposition: $crate::platform::Disposition,
            ) -> $crate::Result<$Type>
            where
                N: TryInto<$crate::Name>,
                $crate::Error: From<N::Error>,
            {
                let new = self.check()?;
                let name = name.try_into()?;
                if name.is_empty() {
                    return self.create_unnamed();
                }
                if new.everyone && name.scope() == $crate::Scope::Local {
                    let error = $crate::Error::new($crate::ErrorCode::INVALID_PARAMETER, $create);
                    return Err(error
                        .named(&name)
                        .because("only names in Global\\ can be seen by everyone"));
                }
                let (handle, existed) =
                    $crate::platform::WaitableHandle::create(&name, new, disposition, $create)?;
                self.finish(handle, existed)
            }

            fn finish(
                &self,
                handle: $crate::platform::WaitableHandle,
                existed: bool,
            ) -> $crate::Result<$Type> {
                if self.inheritable {
                    handle.set_inheritable(true)?;
                }
                Ok($Type { handle, existed })
            }
        }

        impl $crate::wait::Sealed for $Type {
            #[inline]
            fn target(&self) -> $crate::wait::Target<'_> {
                $crate::wait::Target($crate::platform::AnyTarget::Object(&self.handle))
            }
        }

        impl $crate::Waitable for $Type {}

        $crate::os::linux::descriptors!($Type, $crate::platform::ObjectType::$object_type);
    };
}
pub(crate) use waitable_object;
