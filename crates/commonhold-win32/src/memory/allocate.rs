//! `VirtualAlloc` and `VirtualFree`.

use super::private;
use super::{END, GRANULARITY, large_page, pages, protection, with_view};
use crate::failure::{Failure, Result};

const COMMIT: u32 = 0x1000;
const RESERVE: u32 = 0x2000;
const RESET: u32 = 0x8_0000;
const RESET_UNDO: u32 = 0x100_0000;
/// Where the kernel looks first anyway.
const TOP_DOWN: u32 = 0x10_0000;
const LARGE_PAGES: u32 = 0x2000_0000;
/// `MEM_WRITE_WATCH`, `MEM_PHYSICAL`.
const NOT_SUPPORTED: u32 = 0x20_0000 | 0x40_0000;

const DECOMMIT: u32 = 0x4000;
const RELEASE: u32 = 0x8000;

/// Reserves or commits memory, or both, and tells where it begins.
pub(crate) fn allocate(address: usize, length: usize, kind: u32, protection: u32) -> Result<usize> {
    const KNOWN: u32 =
        COMMIT | RESERVE | RESET | RESET_UNDO | TOP_DOWN | LARGE_PAGES | NOT_SUPPORTED;
    let what = kind & (COMMIT | RESERVE | RESET | RESET_UNDO);
    let is_alone = matches!(what, RESET | RESET_UNDO);
    let is_sound = what != 0 && (is_alone || what & (RESET | RESET_UNDO) == 0);
    let is_low = address != 0 && address < GRANULARITY;
    if kind & !KNOWN != 0 || !is_sound || length == 0 || length > END || address > END || is_low {
        return Err(Failure::INVALID_PARAMETER);
    }
    if kind & NOT_SUPPORTED != 0 || what == RESET_UNDO {
        // What is validated first is so on Windows, too.
        protection::of(protection)?;
        return Err(Failure::NOT_SUPPORTED);
    }
    match what {
        RESET => reset(address, length, protection),
        COMMIT if address != 0 && kind & LARGE_PAGES == 0 => commit(address, length, protection),
        _ => reserve(address, length, kind, protection),
    }
}

fn reserve(address: usize, length: usize, kind: u32, protection: u32) -> Result<usize> {
    let protection = protection::of_private(protection)?;
    let at = (address != 0).then_some(address / GRANULARITY * GRANULARITY);
    // What is asked for lies within, also where its start is rounded down.
    let range = pages(at.unwrap_or(0), length + address % GRANULARITY)?;
    if kind & LARGE_PAGES != 0 {
        let large = large_page().ok_or(Failure::NO_SYSTEM_RESOURCES)?;
        let is_whole = length % large == 0 && address % large == 0;
        if kind & (COMMIT | RESERVE) != COMMIT | RESERVE || !is_whole {
            return Err(Failure::INVALID_PARAMETER);
        }
        return private::reserve_large(at, length, protection);
    }
    // To commit at no address is to reserve as well.
    private::reserve(at, range.len(), protection, kind & COMMIT != 0)
}

fn commit(address: usize, length: usize, constant: u32) -> Result<usize> {
    let wanted = protection::of(constant)?;
    let range = pages(address, length)?;
    let start = range.start;
    let in_view = with_view(start, |view, offset| {
        view.commit(offset..offset + range.len(), wanted)
    });
    if let Some(committed) = in_view {
        return Ok(committed.map(|()| start)?);
    }
    let wanted = protection::of_private(constant)?;
    let committed = private::commit(&range, wanted).ok_or(Failure::INVALID_ADDRESS)?;
    committed.map(|()| start)
}

/// The pages that lie wholly in the range may lose what they hold. What a section has is kept.
fn reset(address: usize, length: usize, constant: u32) -> Result<usize> {
    protection::of(constant)?;
    let holding = pages(address, length)?;
    let start = holding.start;
    let in_view = with_view(start, |view, offset| {
        view.query(offset + holding.len() - 1).map(drop)
    });
    if let Some(known) = in_view {
        return Ok(known.map(|()| start)?);
    }
    let page = super::page_size();
    let within = address.next_multiple_of(page)..(address + length) / page * page;
    let affected = if within.is_empty() {
        start..start
    } else {
        within
    };
    let reset = private::reset(&affected).ok_or(Failure::INVALID_ADDRESS)?;
    reset.map(|()| start)
}

/// Decommits pages, or frees a reservation.
pub(crate) fn free(address: usize, length: usize, kind: u32) -> Result<()> {
    let is_sound = match kind {
        DECOMMIT => true,
        RELEASE => length == 0,
        _ => false,
    };
    if !is_sound || address == 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    let freed = if kind == RELEASE {
        private::release(address)
    } else {
        private::decommit(&match length {
            0 => address..address,
            _ => pages(address, length)?,
        })
    };
    match freed {
        Some(freed) => freed,
        // What is committed in a section stays so, and views are unmapped otherwise.
        None if with_view(address, |_, _| ()).is_some() => Err(Failure::INVALID_PARAMETER),
        None => Err(Failure::INVALID_ADDRESS),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{page_size, query};
    use super::*;

    const READWRITE: u32 = 4;

    fn state(address: usize) -> (u32, u32, usize) {
        let region = query::query(address).unwrap();
        (region.state, region.protection, region.size)
    }

    #[test]
    fn pages_are_committed_and_decommitted_by_themselves() {
        let page = page_size();
        let base = allocate(0, 4 * page, RESERVE, READWRITE).unwrap();
        assert_eq!(base % GRANULARITY, 0);
        assert_eq!(state(base), (RESERVE, 0, 4 * page));
        assert_eq!(
            allocate(base + page + 1, page, COMMIT, READWRITE),
            Ok(base + page)
        );
        assert_eq!(state(base), (RESERVE, 0, page));
        assert_eq!(state(base + page), (COMMIT, READWRITE, 2 * page));
        free(base + 2 * page, 1, DECOMMIT).unwrap();
        assert_eq!(state(base + page), (COMMIT, READWRITE, page));
        assert_eq!(free(base + page, 0, RELEASE), Err(Failure::INVALID_ADDRESS));
        free(base, 0, RELEASE).unwrap();
        assert_eq!(free(base, 0, RELEASE), Err(Failure::INVALID_ADDRESS));
    }

    #[test]
    fn what_no_process_has_is_refused() {
        let refused =
            |address, length, kind| allocate(address, length, kind, READWRITE).unwrap_err();
        assert_eq!(refused(0, 1 << 47, RESERVE), Failure::INVALID_PARAMETER);
        assert_eq!(refused(0, END, RESERVE), Failure::NOT_ENOUGH_MEMORY);
        assert_eq!(refused(usize::MAX, 1, COMMIT), Failure::INVALID_PARAMETER);
        assert_eq!(refused(1 << 47, 1, RESERVE), Failure::INVALID_PARAMETER);
        assert_eq!(refused(1, 1, RESERVE), Failure::INVALID_PARAMETER);
        assert_eq!(refused(0, 1, RESERVE | 1), Failure::INVALID_PARAMETER);
        assert_eq!(refused(0, 1, COMMIT | RESET), Failure::INVALID_PARAMETER);
        assert_eq!(refused(0, 1, RESERVE | 0x20_0000), Failure::NOT_SUPPORTED);
    }
}
