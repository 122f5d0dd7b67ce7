//! Creating and opening by name, for objects of every type.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;

use super::entry;
use super::held_name::Place;
use super::object::Object;
use crate::platform::Disposition;
use crate::{Error, ErrorCode, Name, Result};

/// Opens the object of the name with `find`.
pub(super) fn open<H>(
    name: &Name,
    tried: &'static str,
    mut find: impl FnMut(&Place) -> Result<Option<H>>,
) -> Result<H> {
    let mut place = Place::of(name)?;
    loop {
        match find(&place)? {
            Some(handle) => return Ok(handle),
            None => match place.directory.successor()? {
                Some(directory) => place.directory = directory,
                None => {
                    return Err(Error::new(ErrorCode::FILE_NOT_FOUND, tried)
                        .named(name)
                        .because("no object has this name, which is case-sensitive"));
                }
            },
        }
    }
}

/// Opens the object of the name with `find`, or makes it with `make` where the name is free; whether it was there
/// already.
///
/// To make it first is cheaper where the name is free, and to look first where it is not. What came last is taken to come
/// next, unless `looks_first`.
pub(super) fn create<H>(
    name: &Name,
    disposition: Disposition,
    looks_first: bool,
    tried: &'static str,
    find: impl Fn(&Place) -> Result<Option<H>>,
    mut make: impl FnMut(&mut Place) -> Result<Option<H>>,
) -> Result<(H, bool)> {
    /// Whether the last name that this process created an object of was taken.
    static WAS_TAKEN: AtomicBool = AtomicBool::new(false);
    let mut looks_first = looks_first || WAS_TAKEN.load(Ordering::Relaxed);
    let mut place = Place::of(name)?;
    loop {
        if looks_first {
            match find(&place)? {
                Some(_) if disposition == Disposition::CreateNew => {
                    return Err(Error::new(ErrorCode::ALREADY_EXISTS, tried).named(name));
                }
                Some(handle) => {
                    WAS_TAKEN.store(true, Ordering::Relaxed);
                    return Ok((handle, true));
                }
                None => {}
            }
        }
        match make(&mut place) {
            Ok(Some(handle)) => {
                WAS_TAKEN.store(false, Ordering::Relaxed);
                return Ok((handle, false));
            }
            // Somebody has the name.
            Ok(None) => {}
            // Whether there could be another one does not matter where the name is taken.
            Err(_) if !looks_first => {}
            Err(error) => return Err(error.named(name)),
        }
        looks_first = true;
    }
}

/// Prepares an object and gives it the name, in the namespace's directory as it is now; `None` if the name is taken.
pub(super) fn publish<T>(
    place: &mut Place,
    failed: impl Fn(Errno, &Place) -> Error,
    mut prepare: impl FnMut(&Place) -> Result<(Object, T), Errno>,
) -> Result<Option<(Object, T)>> {
    let mut has_swept = false;
    loop {
        let published =
            prepare(place).and_then(|(object, more)| Ok((object.publish(place)?, more)));
        match published {
            Ok((Ok(object), more)) => return Ok(Some((object, more))),
            Ok((Err(_), _)) => return Ok(None),
            Err(Errno::NOSPC) if !has_swept => {
                entry::sweep(place.directory, usize::MAX);
                has_swept = true;
            }
            Err(Errno::NOENT) => match place.directory.successor()? {
                Some(directory) => place.directory = directory,
                None => return Err(failed(Errno::NOENT, place)),
            },
            Err(errno) => return Err(failed(errno, place)),
        }
    }
}
