//! Views of sections, which the program knows by their address.

use std::num::NonZeroUsize;

use commonhold::os::linux::AnyObject;
use commonhold::{MapAccess, Protection, SectionAttributes, View};

use crate::failure::{Failure, Result};
use crate::handles::object::refers_to;
use crate::handles::{self, Handle, Object};
use crate::platform::starting;

/// What `MapViewOfFile` and its relatives are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) section: Handle,
    /// `FILE_MAP_` bits.
    pub(crate) access: u32,
    pub(crate) offset: u64,
    /// Zero for all from the offset on.
    pub(crate) length: usize,
    /// Zero for anywhere.
    pub(crate) address: usize,
    pub(crate) node: Option<u32>,
}

/// Large pages are asked for with the section; this bit only has to fit.
const FILE_MAP_LARGE_PAGES: u32 = 0x2000_0000;
/// Guarded calls, which are Windows' own.
const FILE_MAP_TARGETS_INVALID: u32 = 0x4000_0000;
/// A view that is reserved, of a section that is not.
const FILE_MAP_RESERVE: u32 = 0x8000_0000;

/// Maps a view: its address.
pub(crate) fn map(request: &Request) -> Result<usize> {
    let entry = handles::get(request.section)?;
    refers_to!(entry, Object::Shared(AnyObject::Section(section)) => {
        if request.access & (FILE_MAP_TARGETS_INVALID | FILE_MAP_RESERVE) != 0 {
            return Err(Failure::NOT_SUPPORTED);
        }
        if request.node.is_some_and(|node| node >= 64 && node != u32::MAX) {
            return Err(Failure::INVALID_PARAMETER);
        }
        let wants_large = request.access & FILE_MAP_LARGE_PAGES != 0;
        if wants_large && !section.info()?.attributes.contains(SectionAttributes::LARGE_PAGES) {
            return Err(Failure::INVALID_PARAMETER);
        }
        let access = MapAccess::from_bits_retain(request.access & !FILE_MAP_LARGE_PAGES);
        let options = section.map_options().access(access).offset(request.offset).len(request.length);
        let view = match NonZeroUsize::new(request.address) {
            None => options.map()?,
            Some(address) => options.at(address).map()?,
        };
        Ok(view.into_address().addr().get())
    })
}

/// The `FILE_MAP_` bits of a view with this `PAGE_` value.
pub(crate) fn access_for(page: u32) -> Result<u32> {
    let access = match Protection::from_page_constant(page) {
        Some(Protection::NoAccess) => MapAccess::empty(),
        Some(Protection::ReadOnly) => MapAccess::READ,
        Some(Protection::ReadWrite) => MapAccess::WRITE,
        Some(Protection::WriteCopy) => MapAccess::COPY,
        Some(Protection::ExecuteRead) => MapAccess::READ | MapAccess::EXECUTE,
        Some(Protection::ExecuteReadWrite) => MapAccess::WRITE | MapAccess::EXECUTE,
        Some(Protection::ExecuteWriteCopy) => MapAccess::COPY | MapAccess::EXECUTE,
        Some(Protection::Execute) | None => return Err(Failure::INVALID_PARAMETER),
    };
    Ok(access.bits())
}

pub(crate) fn unmap(address: usize, flags: u32) -> Result<()> {
    /// A hint for the scheduler.
    const TRANSIENT_BOOST: u32 = 1;
    const PRESERVE_PLACEHOLDER: u32 = 2;
    let address = std::ptr::without_provenance(address);
    let _closing = starting::close();
    match flags & !TRANSIENT_BOOST {
        0 => Ok(View::unmap(address)?),
        // No view here took the place of a placeholder.
        PRESERVE_PLACEHOLDER => View::with_address(address, |_| Err(Failure::INVALID_ADDRESS))?,
        _ => Err(Failure::INVALID_PARAMETER),
    }
}

/// Writes what was changed to the file: so many bytes, or all to the end of the view for zero.
pub(crate) fn flush(address: usize, length: usize) -> Result<()> {
    let length = (length != 0).then_some(length);
    View::flush_address(std::ptr::without_provenance(address), length)?;
    Ok(())
}
