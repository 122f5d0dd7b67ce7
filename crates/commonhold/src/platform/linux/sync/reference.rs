//! A reference to a waitable object that holds neither the object nor its name: what a wait needs, and no more.

use super::handle::{WaitableHandle, not_allowed};
use super::registry::Attached;
use super::waitable::Waitable;
use crate::platform::linux::held_name::Inode;
use crate::{Result, Rights};

/// The object as this process has it mapped, and what the handle that it came from might do with it.
#[derive(Clone)]
pub(crate) struct WaitReference {
    attached: Attached,
    rights: Rights,
}

impl WaitReference {
    /// Refuses unless the handle had the right.
    pub(super) fn require(&self, right: Rights, tried: &'static str) -> Result<()> {
        if self.rights.contains(right) {
            Ok(())
        } else {
            Err(not_allowed(tried))
        }
    }

    pub(super) fn waitable(&self) -> &Waitable {
        &self.attached
    }

    pub(super) fn order(&self) -> Inode {
        self.attached.inode
    }
}

impl WaitableHandle {
    pub(crate) fn wait_reference(&self) -> WaitReference {
        WaitReference {
            attached: self.attached.clone(),
            rights: self.rights,
        }
    }
}
