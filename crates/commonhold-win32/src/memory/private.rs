//! Private memory: what is reserved, and which of its pages are committed.
//!
//! The table says what the kernel was asked for; both are changed while it is locked.

use std::collections::BTreeMap;
use std::ops::Range;

use commonhold::Protection;
use rustix::io::Errno;

use super::page_runs::{PageRuns, State};
use super::{GRANULARITY, large_page, page_size};
use crate::failure::{Failure, Result};
use crate::platform::private_memory::PrivateMemory;
use commonhold::os::linux::ForkMutex;

/// By where they start.
static RESERVATIONS: ForkMutex<BTreeMap<usize, Reservation>> = ForkMutex::new(BTreeMap::new());

struct Reservation {
    memory: PrivateMemory,
    /// What was asked for when it was reserved.
    protection: Protection,
    pages: PageRuns,
    /// Whether it is in large pages, which cannot be taken apart.
    is_large: bool,
}

/// A run of pages that are alike.
pub(super) struct Run {
    pub(super) allocation: usize,
    pub(super) allocation_protection: Protection,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) state: State,
}

impl Reservation {
    /// The offsets of the addresses, which must all be in it.
    fn offsets(&self, range: &Range<usize>) -> Result<Range<usize>> {
        let start = range.start - self.memory.base();
        let end = range.end - self.memory.base();
        (end <= self.memory.len())
            .then_some(start..end)
            .ok_or(Failure::INVALID_ADDRESS)
    }

    /// Pages that can be changed apart from those beside them.
    fn separable(&self, offsets: &Range<usize>) -> Result<()> {
        let large = if self.is_large {
            large_page().unwrap_or(1)
        } else {
            1
        };
        let is_whole = offsets.start % large == 0 && offsets.end % large == 0;
        is_whole.then_some(()).ok_or(Failure::INVALID_ADDRESS)
    }
}

/// Does something with the reservation that the address is in; `None` if it is in none.
fn with<T>(
    address: usize,
    action: impl FnOnce(&mut Reservation) -> Result<T>,
) -> Option<Result<T>> {
    let mut reservations = RESERVATIONS.lock();
    let (&base, reservation) = reservations.range_mut(..=address).next_back()?;
    (address - base < reservation.memory.len()).then(|| action(reservation))
}

/// Reserves whole pages, at these addresses or anywhere, and commits them if that is wanted. Tells where.
pub(super) fn reserve(
    at: Option<usize>,
    length: usize,
    protection: Protection,
    commits: bool,
) -> Result<usize> {
    let mut reservations = RESERVATIONS.lock();
    let memory = match at {
        None => PrivateMemory::reserve(length, GRANULARITY),
        Some(base) => PrivateMemory::reserve_at(base, length),
    };
    let memory = memory.map_err(|errno| refused(errno, at.is_some()))?;
    let mut state = None;
    if commits {
        memory
            .protect(&(0..length), protection)
            .map_err(no_commitment)?;
        state = Some(protection);
    }
    Ok(put(&mut reservations, memory, protection, state, false))
}

/// Reserves and commits large pages.
pub(super) fn reserve_large(
    at: Option<usize>,
    length: usize,
    protection: Protection,
) -> Result<usize> {
    let mut reservations = RESERVATIONS.lock();
    let memory =
        PrivateMemory::in_large_pages(at.unwrap_or(0), length).map_err(|errno| match errno {
            Errno::NOMEM => Failure::NO_SYSTEM_RESOURCES,
            errno => refused(errno, at.is_some()),
        })?;
    memory
        .protect(&(0..length), protection)
        .map_err(no_commitment)?;
    Ok(put(
        &mut reservations,
        memory,
        protection,
        Some(protection),
        true,
    ))
}

fn put(
    reservations: &mut BTreeMap<usize, Reservation>,
    memory: PrivateMemory,
    protection: Protection,
    state: State,
    is_large: bool,
) -> usize {
    let base = memory.base();
    let pages = PageRuns::new(memory.len(), state);
    let reservation = Reservation {
        memory,
        protection,
        pages,
        is_large,
    };
    reservations.insert(base, reservation);
    base
}

fn refused(errno: Errno, was_told_where: bool) -> Failure {
    match errno {
        Errno::EXIST => Failure::INVALID_ADDRESS,
        // Too low, for instance.
        Errno::PERM | Errno::INVAL if was_told_where => Failure::INVALID_ADDRESS,
        errno => errno.into(),
    }
}

fn no_commitment(errno: Errno) -> Failure {
    match errno {
        Errno::NOMEM => Failure::COMMITMENT_LIMIT,
        errno => errno.into(),
    }
}

/// Commits whole pages, which may be committed already. `None` if they are not private memory.
pub(super) fn commit(range: &Range<usize>, protection: Protection) -> Option<Result<()>> {
    with(range.start, |reservation| {
        let offsets = reservation.offsets(range)?;
        reservation.separable(&offsets)?;
        reservation
            .memory
            .protect(&offsets, protection)
            .map_err(no_commitment)?;
        reservation.pages.set(&offsets, Some(protection));
        Ok(())
    })
}

/// Protects whole pages, all of which must be committed, and tells what the first had.
pub(super) fn protect(range: &Range<usize>, protection: Protection) -> Option<Result<Protection>> {
    with(range.start, |reservation| {
        let offsets = reservation.offsets(range)?;
        reservation.separable(&offsets)?;
        let old = reservation
            .pages
            .at(offsets.start)
            .0
            .ok_or(Failure::INVALID_ADDRESS)?;
        if !reservation.pages.all(&offsets, |state| state.is_some()) {
            return Err(Failure::INVALID_ADDRESS);
        }
        reservation.memory.protect(&offsets, protection)?;
        reservation.pages.set(&offsets, Some(protection));
        Ok(old)
    })
}

/// Says that what is in the whole pages within the range is of no interest.
pub(super) fn reset(range: &Range<usize>) -> Option<Result<()>> {
    with(range.start, |reservation| {
        let offsets = reservation.offsets(range)?;
        if !reservation.pages.all(&offsets, |state| state.is_some()) {
            return Err(Failure::INVALID_ADDRESS);
        }
        // A hint, which large pages do not take.
        let _ = reservation.memory.reset(&offsets);
        Ok(())
    })
}

/// Decommits whole pages, which may be decommitted already; all there are if the range is empty, and the start.
pub(super) fn decommit(range: &Range<usize>) -> Option<Result<()>> {
    with(range.start, |reservation| {
        let offsets = if range.is_empty() {
            if range.start != reservation.memory.base() {
                return Err(Failure::INVALID_ADDRESS);
            }
            0..reservation.memory.len()
        } else {
            reservation
                .offsets(range)
                .map_err(|_| Failure::INVALID_PARAMETER)?
        };
        if reservation.is_large {
            return Err(Failure::INVALID_PARAMETER);
        }
        reservation.memory.decommit(&offsets)?;
        reservation.pages.set(&offsets, None);
        Ok(())
    })
}

/// Frees the reservation that starts there.
pub(super) fn release(base: usize) -> Option<Result<()>> {
    let mut reservations = RESERVATIONS.lock();
    let (&start, reservation) = reservations.range(..=base).next_back()?;
    if base - start >= reservation.memory.len() {
        return None;
    }
    if base != start {
        return Some(Err(Failure::INVALID_ADDRESS));
    }
    reservations.remove(&base);
    Some(Ok(()))
}

/// The run of pages from the one that holds the address on.
pub(super) fn query(address: usize) -> Option<Run> {
    let run = with(address, |reservation| {
        let base = reservation.memory.base();
        let offset = (address - base) / page_size() * page_size();
        let (state, end) = reservation.pages.at(offset);
        Ok(Run {
            allocation: base,
            allocation_protection: reservation.protection,
            start: base + offset,
            end: base + end,
            state,
        })
    });
    run?.ok()
}

/// Where the private memory before the address ends, and the next one begins.
pub(super) fn neighbours(address: usize) -> (Option<usize>, Option<usize>) {
    let reservations = RESERVATIONS.lock();
    let before = reservations.range(..=address).next_back();
    let after = reservations.range(address..).next();
    (
        before.map(|(&base, reservation)| base + reservation.memory.len()),
        after.map(|(&base, _)| base),
    )
}
