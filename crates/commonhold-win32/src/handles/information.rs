//! What can be asked of, and said about, any handle (`GetHandleInformation`, `SetHandleInformation`,
//! `CompareObjectHandles`).

use super::{Handle, get, look};
use crate::failure::{Failure, Result};

const INHERIT: u32 = 1;
const PROTECT_FROM_CLOSE: u32 = 2;

pub(crate) fn flags(handle: Handle) -> Result<u32> {
    look(handle, |entry| {
        let inherit = if entry.is_inheritable() { INHERIT } else { 0 };
        let protect = if entry.is_protected() {
            PROTECT_FROM_CLOSE
        } else {
            0
        };
        Ok(inherit | protect)
    })
}

/// Changes the flags that `mask` has to what they are in `flags`.
pub(crate) fn set_flags(handle: Handle, mask: u32, flags: u32) -> Result<()> {
    if mask & !(INHERIT | PROTECT_FROM_CLOSE) != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    let entry = get(handle)?;
    if mask & INHERIT != 0 {
        entry.set_inheritable(flags & INHERIT != 0)?;
    }
    if mask & PROTECT_FROM_CLOSE != 0 {
        entry.set_protected(flags & PROTECT_FROM_CLOSE != 0);
    }
    Ok(())
}

/// Whether both are handles to one object, whatever their rights.
pub(crate) fn compare(one: Handle, other: Handle) -> Result<()> {
    let (one, other) = (
        super::duplicate::resolve(one)?,
        super::duplicate::resolve(other)?,
    );
    if one.object.is_same(&other.object)? {
        Ok(())
    } else {
        Err(Failure::NOT_SAME_OBJECT)
    }
}
