//! What a creator says about an object beside what it is: who may have it, and whether it is inherited.

use crate::failure::{Failure, Result};

/// What `SECURITY_ATTRIBUTES` say.
#[derive(Clone, Copy, Default)]
pub(crate) struct Attributes {
    pub(crate) inheritable: bool,
    /// The descriptor has a NULL discretionary list: everybody gets everything.
    pub(crate) everyone: bool,
}

/// `SECURITY_ATTRIBUTES`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawAttributes {
    pub(crate) length: u32,
    pub(crate) descriptor: *const Descriptor,
    pub(crate) inheritable: i32,
}

/// `SECURITY_DESCRIPTOR`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Descriptor {
    revision: u8,
    zero: u8,
    control: u16,
    owner: usize,
    group: usize,
    system_list: usize,
    discretionary_list: usize,
}

const REVISION: u8 = 1;
const DACL_PRESENT: u16 = 0x4;
const DACL_DEFAULTED: u16 = 0x8;

impl Descriptor {
    /// One that says nothing.
    pub(crate) fn new(revision: u32) -> Result<Self> {
        if revision != u32::from(REVISION) {
            return Err(Failure::UNKNOWN_REVISION);
        }
        Ok(Self {
            revision: REVISION,
            zero: 0,
            control: 0,
            owner: 0,
            group: 0,
            system_list: 0,
            discretionary_list: 0,
        })
    }

    /// Says who may have the object: NULL is everybody. Lists of users are not supported.
    pub(crate) fn set_list(
        &mut self,
        is_present: bool,
        list: usize,
        is_default: bool,
    ) -> Result<()> {
        self.check()?;
        if is_present && list != 0 {
            return Err(Failure::NOT_SUPPORTED);
        }
        self.control &= !(DACL_PRESENT | DACL_DEFAULTED);
        if is_present {
            self.control |= DACL_PRESENT;
        }
        if is_default {
            self.control |= DACL_DEFAULTED;
        }
        self.discretionary_list = 0;
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.revision == REVISION {
            Ok(())
        } else {
            Err(Failure::UNKNOWN_REVISION)
        }
    }

    /// Whether it gives everything to everybody; what else it could say is refused.
    pub(crate) fn is_for_everyone(&self) -> Result<bool> {
        self.check()?;
        let others = [
            self.owner,
            self.group,
            self.system_list,
            self.discretionary_list,
        ];
        if others != [0; 4] {
            return Err(Failure::NOT_SUPPORTED);
        }
        Ok(self.control & DACL_PRESENT != 0)
    }
}
