//! `VirtualQuery`.

use commonhold::{PageState, Protection};

use super::foreign::{self, Backing, Found};
use super::{END, page_size, private, with_view};
use crate::failure::{Failure, Result};

const COMMITTED: u32 = 0x1000;
const RESERVED: u32 = 0x2000;
const FREE: u32 = 0x1_0000;

const PRIVATE: u32 = 0x2_0000;
const MAPPED: u32 = 0x4_0000;
const IMAGE: u32 = 0x100_0000;

/// `MEMORY_BASIC_INFORMATION`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Region {
    pub(super) base: usize,
    allocation_base: usize,
    allocation_protection: u32,
    partition: u16,
    pub(super) size: usize,
    pub(super) state: u32,
    pub(super) protection: u32,
    kind: u32,
}

impl Region {
    /// Whether all its pages are there, and something may be done with them.
    pub(super) fn is_accessible(&self) -> bool {
        self.state == COMMITTED && self.protection != Protection::NoAccess as u32
    }
}

/// What the page at the address is like, and how many after it are the same.
pub(crate) fn query(address: usize) -> Result<Region> {
    if address >= END {
        return Err(Failure::INVALID_PARAMETER);
    }
    if let Some(region) = of_view(address).or_else(|| of_private(address)) {
        return Ok(region);
    }
    let base = address / page_size() * page_size();
    Ok(match foreign::query(address) {
        Found::Free { end } => Region {
            base,
            size: end - base,
            state: FREE,
            protection: Protection::NoAccess as u32,
            ..nothing()
        },
        Found::Mapped(area) => {
            // The kernel joins mappings that are alike, which may be private memory and what is not.
            let (before, after) = private::neighbours(address);
            let not_before = before.unwrap_or(0);
            let end = area.end.min(after.unwrap_or(END));
            let (kind, allocation_protection) = match area.backing {
                Backing::Image => (IMAGE, Protection::ExecuteWriteCopy),
                Backing::File => (MAPPED, area.protection.unwrap_or(Protection::NoAccess)),
                Backing::Nothing => (PRIVATE, area.protection.unwrap_or(Protection::NoAccess)),
            };
            // What may not be touched is kept for later, as the C library does for its heaps.
            let is_reserved = area.protection.is_none() && kind == PRIVATE;
            Region {
                base,
                allocation_base: area.allocation.max(not_before),
                allocation_protection: allocation_protection as u32,
                size: end - base,
                state: if is_reserved { RESERVED } else { COMMITTED },
                protection: match area.protection {
                    None if is_reserved => 0,
                    protection => protection.unwrap_or(Protection::NoAccess) as u32,
                },
                kind,
                ..nothing()
            }
        }
    })
}

fn nothing() -> Region {
    Region {
        base: 0,
        allocation_base: 0,
        allocation_protection: 0,
        partition: 0,
        size: 0,
        state: 0,
        protection: 0,
        kind: 0,
    }
}

fn of_view(address: usize) -> Option<Region> {
    let (start, allocation_protection, region) = with_view(address, |view, offset| {
        let region = view.query(offset);
        region.map(|region| (view.as_ptr().addr(), view.protection(), region))
    })?
    .ok()?;
    Some(Region {
        base: start + region.offset,
        allocation_base: start,
        allocation_protection: allocation_protection as u32,
        size: region.len,
        state: match region.state {
            PageState::Committed => COMMITTED,
            PageState::Reserved => RESERVED,
        },
        protection: region.protection.map_or(0, |protection| protection as u32),
        kind: MAPPED,
        ..nothing()
    })
}

fn of_private(address: usize) -> Option<Region> {
    let run = private::query(address)?;
    Some(Region {
        base: run.start,
        allocation_base: run.allocation,
        allocation_protection: run.allocation_protection as u32,
        size: run.end - run.start,
        state: run.state.map_or(RESERVED, |_| COMMITTED),
        protection: run.state.map_or(0, |protection| protection as u32),
        kind: PRIVATE,
        ..nothing()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_in_a_region_and_regions_follow_each_other() {
        let mut address = 0;
        let (mut images, mut free) = (0, 0);
        while address < END {
            let region = query(address).unwrap();
            assert_eq!(region.base, address);
            assert!(region.size > 0 && region.size % page_size() == 0);
            images += u32::from(region.kind == IMAGE);
            free += u32::from(region.state == FREE);
            address += region.size;
        }
        assert_eq!(address, END);
        assert!(images > 0 && free > 0);
        assert_eq!(query(END).err(), Some(Failure::INVALID_PARAMETER));
    }

    #[test]
    fn the_structure_is_as_c_has_it() {
        assert_eq!(size_of::<Region>(), 48);
        assert_eq!(std::mem::offset_of!(Region, size), 24);
        assert_eq!(std::mem::offset_of!(Region, kind), 40);
    }
}
