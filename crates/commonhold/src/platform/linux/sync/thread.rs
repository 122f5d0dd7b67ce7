//! Threads of this process that can be waited for: a word that the thread owns until it ends.

use super::handle::this_thread;
use super::pages::Pages;
use super::primitive::{Me, Ordering};
use super::registry;
use super::state::{Kind, State};
use super::waitable::Waitable;
use crate::platform::linux::errno::refused;
use crate::{Error, ErrorCode, Result};

/// A thread, for as long as anybody may wait for it.
pub(crate) struct Thread {
    waitable: Waitable,
    pages: Option<Pages>,
}

impl Thread {
    /// The calling thread.
    pub(crate) fn current() -> Result<Self> {
        const TRIED: &str = "refer to this thread";
        let me = this_thread(TRIED)?;
        registry::sweep_threads();
        let pages = Pages::map(None).map_err(|errno| refused(errno, TRIED))?;
        let waitable = pages.waitable(Kind::Thread);
        if !waitable.tie_to(&me) {
            return Err(Error::new(ErrorCode::GEN_FAILURE, TRIED));
        }
        Ok(Self {
            waitable,
            pages: Some(pages),
        })
    }

    pub(super) fn waitable(&self) -> &Waitable {
        &self.waitable
    }
}

impl Drop for Thread {
    /// Where the thread still runs, its list still has the word, which only it can take out.
    fn drop(&mut self) {
        let is_untied = Me::current().is_some_and(|me| self.waitable.untie_from(&me));
        if let Some(pages) = self.pages.take().filter(|_| !is_untied) {
            registry::keep_thread(pages);
        }
    }
}

impl Waitable {
    /// Has the word be the thread's until it ends.
    fn tie_to(&self, me: &Me) -> bool {
        me.intend(self);
        let is_tied = self.change(State(0), State::new(0, me.tid())).is_ok();
        if is_tied {
            me.link(self);
            self.private().owner.store(me.id(), Ordering::Relaxed);
        }
        me.done();
        is_tied
    }

    /// Ends that, in the thread itself.
    fn untie_from(&self, me: &Me) -> bool {
        let is_mine = self.is_mine(me);
        if is_mine {
            self.private().owner.store(0, Ordering::Relaxed);
            me.unlink(self);
        }
        is_mine
    }
}
