//! Views of which the program keeps only the address.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use crate::platform::ForkMutex;
use crate::{Error, ErrorCode, Result, View};

/// The detached views, by where they start.
static DETACHED: ForkMutex<BTreeMap<usize, View>> = ForkMutex::new(BTreeMap::new());

/// For programs that keep only addresses, as programs written for Windows do.
impl View {
    /// Keeps the view mapped, and gives its address for it.
    ///
    /// ```
    /// use commonhold::{ErrorCode, Section, View};
    /// let section = Section::options().size(64 * 1024).create_unnamed()?;
    /// let address = section.map()?.into_address();
    /// View::unmap(address.as_ptr().wrapping_add(5000))?;
    /// assert_eq!(View::unmap(address.as_ptr()).unwrap_err().code(), ErrorCode::INVALID_ADDRESS);
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    #[must_use = "the view stays mapped until it is unmapped by this address"]
    pub fn into_address(self) -> NonNull<u8> {
        let base = self.mapping().base();
        DETACHED.lock().insert(base.addr().get(), self);
        base
    }

    /// The view that [`into_address`](Self::into_address) kept, by any address in it.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS` if the address is in no such view.
    pub fn from_address(address: *const u8) -> Result<Self> {
        let mut views = DETACHED.lock();
        let start = start_of(&views, address, "take back the view")?;
        views
            .remove(&start)
            .ok_or_else(|| unknown(address, "take back the view"))
    }

    /// Unmaps the view that [`into_address`](Self::into_address) kept, all of it, by any address in it.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS` if the address is in no such view.
    #[doc(alias = "UnmapViewOfFile")]
    pub fn unmap(address: *const u8) -> Result<()> {
        Self::from_address(address).map(drop)
    }

    /// Writes what was changed in a view that [`into_address`](Self::into_address) kept to the file, from an address in it
    /// on, so many bytes or all to its end, as [`flush`](Self::flush) does. Other detached views do not wait meanwhile.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS` if the range is not in such a view, or it is unmapped meanwhile; those of [`flush`](Self::flush).
    ///
    /// ```
    /// use commonhold::{Section, View};
    /// # let path = std::env::temp_dir().join(format!("commonhold-flush-at-{}", std::process::id()));
    /// let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
    /// let address = Section::options().file(&file).size(4096).create_unnamed()?.map()?.into_address();
    /// View::flush_address(address.as_ptr(), None)?;
    /// View::unmap(address.as_ptr())?;
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "FlushViewOfFile")]
    pub fn flush_address(address: *const u8, len: Option<usize>) -> Result<()> {
        let pages = Self::with_address(address, |view| {
            let start = address.addr() - view.as_ptr().addr();
            match len {
                None => view.pages_to_flush(start..),
                Some(len) => view.pages_to_flush(start..start.saturating_add(len)),
            }
        })??;
        pages.flush()
    }

    /// Does something with the view that [`into_address`](Self::into_address) kept, by any address in it.
    /// Detached views wait for each other meanwhile, so that it must not use another.
    ///
    /// # Errors
    ///
    /// `INVALID_ADDRESS` if the address is in no such view.
    ///
    /// ```
    /// use commonhold::{Protection, Section, View};
    /// let section = Section::options().size(64 * 1024).create_unnamed()?;
    /// let address = section.map()?.into_address().as_ptr();
    /// View::with_address(address, |view| view.protect(.., Protection::ReadOnly))??;
    /// let view = View::from_address(address)?;
    /// assert!(view.write(0, b"no").is_err());
    /// # Ok::<(), commonhold::Error>(())
    /// ```
    pub fn with_address<T>(address: *const u8, action: impl FnOnce(&mut Self) -> T) -> Result<T> {
        const TRIED: &str = "use the view";
        let mut views = DETACHED.lock();
        let start = start_of(&views, address, TRIED)?;
        let mut view = views
            .remove(&start)
            .ok_or_else(|| unknown(address, TRIED))?;
        let result = catch_unwind(AssertUnwindSafe(|| action(&mut view)));
        // The action may have put another view in its place, which is then kept in its stead.
        views.insert(view.mapping().base().addr().get(), view);
        drop(views);
        result.map_or_else(|panic| resume_unwind(panic), Ok)
    }
}

/// Where the view starts that the address is in.
fn start_of(
    views: &BTreeMap<usize, View>,
    address: *const u8,
    tried: &'static str,
) -> Result<usize> {
    match views.range(..=address.addr()).next_back() {
        Some((&start, view)) if address.addr() - start < view.mapping().mapped_len() => Ok(start),
        _ => Err(unknown(address, tried)),
    }
}

fn unknown(address: *const u8, tried: &'static str) -> Error {
    Error::new(ErrorCode::INVALID_ADDRESS, tried).because(format!(
        "no view that was detached is mapped at {address:?}"
    ))
}
