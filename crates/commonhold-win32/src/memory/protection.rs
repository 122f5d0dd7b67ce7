//! `PAGE_` constants, as the functions for memory take them.

use commonhold::Protection;

use crate::failure::{Failure, Result};

const NOACCESS: u32 = 0x1;
/// `PAGE_GUARD`, `PAGE_NOCACHE`, `PAGE_WRITECOMBINE`: what Linux gives no program.
const KINDS: u32 = 0x700;
/// Which calls may go where, and pages that become the file's again: for programs that are built for it.
const TARGETS: u32 = 0xc000_0000;

/// One protection; `INVALID_PARAMETER` for none, several, and bits that mean nothing.
pub(crate) fn of(constant: u32) -> Result<Protection> {
    let protection = Protection::from_page_constant(constant & !(KINDS | TARGETS));
    let protection = protection.ok_or(Failure::INVALID_PARAMETER)?;
    if constant & KINDS != 0 && constant & NOACCESS != 0 {
        return Err(Failure::INVALID_PARAMETER);
    }
    if constant & (KINDS | TARGETS) != 0 {
        return Err(Failure::NOT_SUPPORTED);
    }
    Ok(protection)
}

/// One that memory without a section can have: there is nothing that a copy could be of.
pub(crate) fn of_private(constant: u32) -> Result<Protection> {
    let protection = of(constant)?;
    if protection.is_copy_on_write() {
        return Err(Failure::INVALID_PARAMETER);
    }
    Ok(protection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_protection_and_nothing_else() {
        assert_eq!(of(4), Ok(Protection::ReadWrite));
        assert_eq!(of(8), Ok(Protection::WriteCopy));
        assert_eq!(of_private(8), Err(Failure::INVALID_PARAMETER));
        for constant in [0, 6, 0x24, 0x100, 0x101, 0x800 | 4] {
            assert_eq!(
                of(constant),
                Err(Failure::INVALID_PARAMETER),
                "{constant:#x}"
            );
        }
        for constant in [0x104, 0x204, 0x404, 0x4000_0040] {
            assert_eq!(of(constant), Err(Failure::NOT_SUPPORTED), "{constant:#x}");
        }
    }
}
