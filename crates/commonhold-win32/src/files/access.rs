//! What may be done with a file, as Windows' access masks say it.

use crate::failure::{Failure, Result};

pub(crate) const READ_DATA: u32 = 0x1;
pub(crate) const WRITE_DATA: u32 = 0x2;
pub(crate) const APPEND_DATA: u32 = 0x4;
pub(crate) const EXECUTE: u32 = 0x20;
pub(crate) const READ_ATTRIBUTES: u32 = 0x80;
pub(crate) const DELETE: u32 = 0x1_0000;
pub(crate) const SYNCHRONIZE: u32 = 0x10_0000;

pub(crate) const GENERIC_READ: u32 = 0x12_0089;
pub(crate) const GENERIC_WRITE: u32 = 0x12_0116;
pub(crate) const GENERIC_EXECUTE: u32 = 0x12_00a0;
pub(crate) const ALL_ACCESS: u32 = 0x1f_01ff;

const ACCESS_SYSTEM_SECURITY: u32 = 1 << 24;
pub(crate) const MAXIMUM_ALLOWED: u32 = 1 << 25;

/// The generic bits of a mask, and what they stand for.
const GENERIC: [(u32, u32); 4] = [
    (1 << 31, GENERIC_READ),
    (1 << 30, GENERIC_WRITE),
    (1 << 29, GENERIC_EXECUTE),
    (1 << 28, ALL_ACCESS),
];

/// The mask with its generic bits as files have them; `MAXIMUM_ALLOWED` stays in it.
pub(crate) fn mapped(mask: u32) -> Result<u32> {
    let mut rights = mask & 0x0fff_ffff;
    for (generic, means) in GENERIC {
        if mask & generic != 0 {
            rights |= means;
        }
    }
    if rights & ACCESS_SYSTEM_SECURITY != 0 {
        return Err(Failure::PRIVILEGE_NOT_HELD);
    }
    if rights & !(ALL_ACCESS | MAXIMUM_ALLOWED) != 0 {
        return Err(Failure::ACCESS_DENIED);
    }
    Ok(rights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_bits_are_mapped_and_unknown_ones_refused() {
        assert_eq!(mapped(0), Ok(0));
        assert_eq!(mapped(0xc000_0000), Ok(GENERIC_READ | GENERIC_WRITE));
        assert_eq!(mapped(0x1000_0000), Ok(ALL_ACCESS));
        assert_eq!(mapped(DELETE | READ_DATA), Ok(DELETE | READ_DATA));
        assert_eq!(mapped(0x200), Err(Failure::ACCESS_DENIED));
        assert_eq!(mapped(1 << 24), Err(Failure::PRIVILEGE_NOT_HELD));
    }
}
