//! The boundary to the operating system, and the only `unsafe` code of the crate.
//!
//! Each system implements the same few operations, and the public types are written in terms of them alone:
//!
//! * [`SectionHandle`]: create, open, map, query, duplicate, inherit;
//! * [`Mapping`]: protect, commit, query, flush, prefetch, and which of its bytes may be touched; dropping it
//!   unmaps;
//! * [`WaitableHandle`]: create, open, signal, query, duplicate, inherit; [`Process`] and [`Thread`]; and waiting for
//!   one, any or all of them.
//!
//! What both need is beside them: [`memory`] touches bytes that other processes change, [`slices`] has the
//! `unsafe` part of the public API, [`page_protections`] remembers what each page of a view allows.

#![allow(unsafe_code)]

pub(crate) mod memory;
mod page_protections;
mod slices;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::ForkMutex;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    Alert, AnyTarget, Contents, FilePages, Found, Glance, Kind, MAXIMUM_COUNT, MOST, Mapping,
    Namespace, NewWaitable, ObjectType, Outcome, Process, SectionHandle, Setting, Taken, Thread,
    WaitReference, WaitableHandle, fetch_descriptor, root, type_of, wait_for_all, wait_for_any,
    wait_for_one,
};

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
compile_error!("Commonhold runs on 64-bit Linux");

use std::fs::File;
use std::num::NonZeroUsize;

use crate::section_info::SectionAttributes;
use crate::{Error, ErrorCode, Protection, Result, Rights};

/// Offsets and addresses of views are multiples of this, on every machine, as Windows has it.
pub(crate) const ALLOCATION_GRANULARITY: usize = 64 * 1024;

/// What a section is created as; checked by [`crate::SectionOptions`].
pub(crate) struct NewSection<'a> {
    /// Bytes, as asked for: zero for a file's own size.
    pub(crate) size: u64,
    pub(crate) protection: Protection,
    /// `COMMIT` or `RESERVE`, and `LARGE_PAGES`.
    pub(crate) attributes: SectionAttributes,
    pub(crate) file: Option<&'a File>,
    /// Whether other users may open it.
    pub(crate) everyone: bool,
    /// Whether its memory is to be had before anyone touches it.
    pub(crate) allocate: bool,
}

/// What happens when a section of the name is there already, or is not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// Open it with the rights of a creator.
    Create,
    /// Refuse.
    CreateNew,
    /// Open it with all the rights that it gives.
    OpenOrCreate,
}

/// Where and how a view is mapped.
pub(crate) struct MapRequest {
    pub(crate) protection: Protection,
    pub(crate) offset: u64,
    /// Bytes; zero for all from the offset on.
    pub(crate) len: usize,
    pub(crate) address: Option<NonZeroUsize>,
    pub(crate) populate: bool,
}

/// The rights asked for, as they are to be granted: generic ones mapped, unknown and empty ones refused.
fn grantable(
    rights: Rights,
    mapped: impl Fn(Rights) -> Option<Rights>,
    tried: &'static str,
) -> Result<Rights> {
    match mapped(rights) {
        Some(rights) if !rights.is_empty() => Ok(rights),
        Some(_) => Err(Error::new(ErrorCode::ACCESS_DENIED, tried)
            .because("a handle is opened for at least one right")),
        None => Err(unknown_rights(tried)),
    }
}

fn unknown_rights(tried: &'static str) -> Error {
    Error::new(ErrorCode::ACCESS_DENIED, tried)
        .because("the rights asked for have bits that this type does not know")
}
