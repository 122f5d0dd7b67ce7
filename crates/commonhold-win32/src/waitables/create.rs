//! Making and opening waitable objects, with the access that is asked for.

use commonhold::{ErrorCode, Name, Rights, Scope};

use super::{Options, Waitable};
use crate::failure::{Failure, Result};
use crate::handles::{self, Handle};
use crate::security::Attributes;

/// A handle to what was made, or found.
pub(crate) struct Created {
    pub(crate) handle: Handle,
    pub(crate) existed: bool,
}

/// Makes the object, or opens the one that has the name.
pub(crate) fn create<O: Options>(
    options: O,
    name: Option<&Name>,
    rights: u32,
    attributes: Attributes,
) -> Result<Created> {
    // Without a name, and in `Local\`, nobody else could have it anyway.
    let is_global = name.is_some_and(|name| name.scope() == Scope::Global);
    let options = options.for_everyone(attributes.everyone && is_global);
    let (object, existed) = match name {
        None => (restrict(options.create_unnamed()?, rights)?, false),
        Some(name) if rights == O::Object::ALL_ACCESS => {
            let object = options.create(name)?;
            let existed = object.existed();
            (object, existed)
        }
        Some(name) => create_with(&options, name, rights)?,
    };
    let handle = handles::insert(object.into(), attributes.inheritable)?;
    Ok(Created { handle, existed })
}

/// Who creates an object has every right to it, and asks for fewer; who finds one is given what he asks for, or nothing.
/// Also whether it was found.
fn create_with<O: Options>(options: &O, name: &Name, rights: u32) -> Result<(O::Object, bool)> {
    loop {
        match O::Object::open_with(name, Rights::from_bits_retain(rights)) {
            Ok(object) => return Ok((object, true)),
            Err(error) if error.code() == ErrorCode::FILE_NOT_FOUND => {}
            Err(error) => return Err(Failure::from(error).of_rights(rights)),
        }
        match options.create_new(name) {
            Ok(object) => return Ok((restrict(object, rights)?, false)),
            // Somebody was faster.
            Err(error) if error.code() == ErrorCode::ALREADY_EXISTS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A new object's handle with these rights and no others.
fn restrict<T: Waitable>(object: T, rights: u32) -> Result<T> {
    if rights == T::ALL_ACCESS {
        return Ok(object);
    }
    let restricted = object.duplicate(Rights::from_bits_retain(rights));
    restricted.map_err(|error| Failure::from(error).of_rights(rights))
}

/// Opens the object of the name.
pub(crate) fn open<T: Waitable>(name: &Name, rights: u32, inheritable: bool) -> Result<Handle> {
    let object = T::open_with(name, Rights::from_bits_retain(rights));
    let object = object.map_err(|error| Failure::from(error).of_rights(rights))?;
    handles::insert(object.into(), inheritable)
}
