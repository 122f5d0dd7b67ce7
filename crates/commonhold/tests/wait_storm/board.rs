//! What the processes of the storm tell of themselves, in memory that outlives them.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use commonhold::{Section, View};

use super::forked::Forked;

pub const WORKERS: usize = 8;
const CELLS: usize = 16;

/// What is taken and given back, and so is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token {
    Slots,
    /// Taken together only, and given back one after the other.
    PairEvent,
    PairSlots,
    FirstMutex,
    SecondMutex,
}

impl Token {
    pub const ALL: [Self; 5] = [
        Self::Slots,
        Self::PairEvent,
        Self::PairSlots,
        Self::FirstMutex,
        Self::SecondMutex,
    ];
}

pub struct Board {
    view: View,
    /// Has the name stay, by which the inspectors find it.
    _section: Section,
}

/// A worker's part of the board.
#[derive(Clone, Copy)]
pub struct Journal<'a> {
    board: &'a Board,
    worker: usize,
}

impl Board {
    pub fn of(section: Section) -> Self {
        Self {
            view: section.map().unwrap(),
            _section: section,
        }
    }

    fn cell(&self, index: usize) -> &AtomicU64 {
        self.view.atomic(index * 8).expect("the board has room")
    }

    /// Not zero once the round is to end.
    pub fn stop(&self) -> &AtomicU32 {
        self.view.atomic(0).expect("the board has room")
    }

    /// Operations that were done.
    pub fn operations(&self) -> &AtomicU64 {
        self.cell(1)
    }

    /// How often a mutex, or one of several, was said to be abandoned.
    pub fn abandonments(&self) -> &AtomicU64 {
        self.cell(2)
    }

    /// Of what a mutex guards: who is inside, and a pair that is equal whenever nobody is.
    pub fn guarded(&self, mutex: usize) -> [&AtomicU64; 3] {
        [0, 1, 2].map(|index| self.cell(8 + 4 * mutex + index))
    }

    pub fn journal(&self, worker: usize) -> Journal<'_> {
        Journal {
            board: self,
            worker,
        }
    }

    /// Who does what: for whoever has to find out why it is stuck.
    pub fn describe(&self, workers: &[Option<Forked>]) -> String {
        let mut told = String::new();
        for (number, worker) in workers.iter().enumerate() {
            let journal = self.journal(number);
            let has = Token::ALL.map(|token| journal.bounds(token));
            let call = worker.as_ref().and_then(Forked::call);
            let doing = journal.operation().load(SeqCst);
            let _ = writeln!(
                told,
                "worker {number}: operation {doing}, has {has:?}, in {call:x?}"
            );
        }
        told
    }
}

impl<'a> Journal<'a> {
    fn cell(&self, index: usize) -> &'a AtomicU64 {
        self.board.cell(32 + self.worker * CELLS + index)
    }

    /// The number of what it does.
    pub fn operation(&self) -> &'a AtomicU64 {
        self.cell(0)
    }

    fn tokens(&self, token: Token) -> &'a AtomicU64 {
        self.cell(1 + token as usize)
    }

    /// How many it has at least, and at most.
    pub fn bounds(&self, token: Token) -> (u32, u32) {
        let bounds = self.tokens(token).load(SeqCst);
        let [least, most] = [bounds, bounds >> 32].map(|bound| bound & u64::from(u32::MAX));
        (u32::try_from(least).unwrap(), u32::try_from(most).unwrap())
    }

    /// Both at once: whoever is killed had so many before, or has them after.
    pub fn put(&self, token: Token, least: u32, most: u32) {
        let bounds = u64::from(least) | u64::from(most) << 32;
        self.tokens(token).store(bounds, SeqCst);
    }

    /// Takes these, or one of them, which the operation tells.
    pub fn take(&self, tokens: &[Token], take: impl FnOnce() -> Vec<Token>) -> Vec<Token> {
        for &token in tokens {
            let (has, _) = self.bounds(token);
            self.put(token, has, has + 1);
        }
        let taken = take();
        for &token in tokens {
            let has = self.bounds(token).0 + u32::from(taken.contains(&token));
            self.put(token, has, has);
        }
        taken
    }

    /// Gives back some of what it has.
    pub fn give<T>(&self, token: Token, units: u32, give: impl FnOnce() -> T) -> T {
        let (has, _) = self.bounds(token);
        self.put(token, has - units, has);
        let given = give();
        self.put(token, has - units, has - units);
        given
    }
}
