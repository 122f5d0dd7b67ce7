//! What can be waited for: objects with a word, and processes.

use super::primitive::Me;
use super::process::Process;
use super::state::Kind;
use super::waitable::{Taken, Waitable};

/// How many things one wait is for at most: as many words as the kernel sleeps on at once.
pub(crate) const MOST: usize = 128;

/// One of the things that a wait is for.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// A mutex, semaphore, event, timer or thread.
    Word(&'a Waitable),
    /// A process, which is available once it ended.
    Process(&'a Process),
}

impl<'a> Target<'a> {
    pub(super) fn word(self) -> Option<&'a Waitable> {
        match self {
            Self::Word(word) => Some(word),
            Self::Process(_) => None,
        }
    }

    /// Takes it if it is available now.
    pub(super) fn look(self, me: &Me) -> Option<Taken> {
        match self {
            Self::Word(word) => word.look(me).ok(),
            Self::Process(process) => process.has_ended().then_some(Taken::Normally),
        }
    }

    /// Signals a timer that is due; when it is due next.
    pub(super) fn look_due(self, me: &Me) -> Option<u64> {
        self.word()?.look_due(me)
    }

    /// Whether this thread could take it now.
    pub(super) fn is_available(self, me: &Me) -> bool {
        self.look_due(me);
        match self {
            Self::Word(word) => {
                let is_mine = word.kind() == Kind::Mutex && word.is_mine(me);
                is_mine || word.kind().is_available(word.load())
            }
            Self::Process(process) => process.has_ended(),
        }
    }
}
