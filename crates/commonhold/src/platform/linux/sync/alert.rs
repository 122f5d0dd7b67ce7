//! Alerts: a word of this process alone, by which its threads have each other leave a wait.

use super::handle::this_thread;
use super::pages::Pages;
use super::state::{Kind, State};
use super::waitable::Waitable;
use crate::Result;
use crate::platform::linux::errno::refused;

/// A manual-reset event in private memory, which needs no descriptor.
pub(crate) struct Alert {
    waitable: Waitable,
    _pages: Pages,
}

const KIND: Kind = Kind::Event { manual: true };

impl Alert {
    pub(crate) fn new() -> Result<Self> {
        const TRIED: &str = "make an alert";
        // Whoever waits for it may sleep only where forks are noticed.
        this_thread(TRIED)?;
        let pages = Pages::map(None).map_err(|errno| refused(errno, TRIED))?;
        let waitable = pages.waitable(KIND);
        let initial = waitable.change(State(0), State::initial(KIND, 0));
        debug_assert!(initial.is_ok(), "new memory is zero");
        Ok(Self {
            waitable,
            _pages: pages,
        })
    }

    pub(crate) fn raise(&self) -> Result<()> {
        self.waitable.set(&this_thread("raise the alert")?);
        Ok(())
    }

    pub(crate) fn lower(&self) {
        self.waitable.reset();
    }

    pub(crate) fn is_raised(&self) -> bool {
        KIND.is_available(self.waitable.load())
    }

    pub(super) fn waitable(&self) -> &Waitable {
        &self.waitable
    }
}
