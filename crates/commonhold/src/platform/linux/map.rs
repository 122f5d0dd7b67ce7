//! Which views a handle may map, and what is mapped for them.

use std::os::fd::AsFd as _;

use rustix::io::Errno;
use rustix::param::page_size;

use super::commit_map::CommitMap;
use super::errno::refused;
use super::large_pages;
use super::layout::Layout;
use super::mapping::Mapping;
use super::placement::Plan;
use super::section::{Body, SectionHandle, open_mode};
use crate::platform::{ALLOCATION_GRANULARITY, MapRequest};
use crate::protection::check_map;
use crate::section_info::SectionAttributes;
use crate::{Error, ErrorCode, Result, Rights};

const TRIED: &str = "map a view";

impl SectionHandle {
    /// Maps a view.
    pub(crate) fn map(&self, request: &MapRequest) -> Result<Mapping> {
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
