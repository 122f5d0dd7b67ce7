//! Processes that use a few names at random, and are killed at random.
//!
//! What must hold: at no time two live objects under one name, nobody's bytes vanish while it holds them, and
//! at the end nothing is left.

#![allow(missing_docs)]

mod support;

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use commonhold::{ErrorCode, MapAccess, Rights, Section, View};
use support::{MAIN, Role, isolated, say};

const WORKERS: usize = 8;
const NAMES: usize = 3;
const KILLS: usize = 500;
const SIZE: u64 = 64 * 1024;

/// What the workers tell of themselves, in a section that the main process holds.
struct Board(View);

impl Board {
    fn cell(&self, index: usize) -> &AtomicU64 {
        self.0.atomic(index * 8).expect("the board has room")
    }

    /// Cycles that all workers went through.
    fn cycles(&self) -> &AtomicU64 {
        self.cell(0)
    }

    /// How often the worker was killed.
    fn deaths(&self, worker: usize) -> &AtomicU64 {
        self.cell(1 + worker)
    }

    /// Which worker this one thinks to hold another object under a name that it holds: 0 for none, else one
    /// more than the worker.
    fn suspect(&self, worker: usize) -> &AtomicU64 {
        self.cell(1 + WORKERS + worker)
    }

    /// How often the suspect had been killed when it was seen to hold.
    fn suspect_deaths(&self, worker: usize) -> &AtomicU64 {
        self.cell(1 + 2 * WORKERS + worker)
    }

    /// The identity of the object that the worker holds under the name, 0 for none.
    fn held(&self, name: usize, worker: usize) -> &AtomicU64 {
        self.cell(1 + 3 * WORKERS + name * WORKERS + worker)
    }
}

/// A small generator of numbers that need not be good.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn random_kills_break_nothing() {
    isolated(|role| {
        if role == MAIN {
            preside();
        } else {
            work(role.parse().unwrap());
        }
    });
}

fn preside() {
    let section = Section::options().size(SIZE).create("board").unwrap();
    let board = Board(section.map().unwrap());
    let start = |worker: usize| {
        let mut process = Role::start(&worker.to_string());
        process.expect("working");
        process
    };
    let mut workers: Vec<Role> = (0..WORKERS).map(start).collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..KILLS {
        let until = board.cycles().load(SeqCst) + random.below(60);
        while board.cycles().load(SeqCst) < until {
            judge(&board);
            thread::yield_now();
        }
        judge(&board);
        let victim = usize::try_from(random.below(WORKERS as u64)).unwrap();
        workers.swap_remove(victim).kill();
        for name in 0..NAMES {
            board.held(name, victim).store(0, SeqCst);
        }
        board.suspect(victim).store(0, SeqCst);
        board.deaths(victim).fetch_add(1, SeqCst);
        let last = workers.len();
        workers.push(start(victim));
        workers.swap(victim, last);
    }
    workers.into_iter().for_each(Role::kill);
    drop(section);
    for name in 0..NAMES {
        // The one toucher, after which nothing may be left.
        let refused = Section::open(format!("storm-{name}")).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::FILE_NOT_FOUND);
    }
}

/// Decides on suspicions. Only this process kills, and not now: a suspect that has not died since it was seen
/// is alive, and was when it was seen.
fn judge(board: &Board) {
    for worker in 0..WORKERS {
        let suspect = board.suspect(worker).load(SeqCst);
        if suspect != 0 {
            let deaths = board
                .deaths(usize::try_from(suspect - 1).unwrap())
                .load(SeqCst);
            let seen = board.suspect_deaths(worker).load(SeqCst);
            assert_ne!(deaths, seen, "two live objects under one name");
            board.suspect(worker).store(0, SeqCst);
        }
    }
}

fn work(me: usize) {
    let board = Board(Section::open("board").unwrap().map().unwrap());
    let mut random = Random(u64::from(std::process::id()) << 20 | 1);
    say("working");
    loop {
        board.cycles().fetch_add(1, SeqCst);
        let number = usize::try_from(random.below(NAMES as u64)).unwrap();
        let name = format!("storm-{number}");
        let options = Section::options().size(SIZE);
        let section = match random.below(8) {
            0 => Section::open(name),
            1 => Section::open_with(name, Rights::MAP_READ | Rights::MAP_WRITE),
            2 => options.create_new(name),
            3 => options.open_or_create(name),
            _ => options.create(name),
        };
        let section = match section {
            Ok(section) => section,
            Err(error) => {
                let expected = [ErrorCode::FILE_NOT_FOUND, ErrorCode::ALREADY_EXISTS];
                assert!(expected.contains(&error.code()), "{error}");
                continue;
            }
        };
        if random.below(8) == 0 {
            // A handle that goes unmapped.
            continue;
        }
        let view = section.map().unwrap();
        // The first to come by gives the new object an identity that no other has.
        let identity: &AtomicU64 = view.atomic(0).unwrap();
        let mine = u64::from(std::process::id()) << 32 | board.cycles().load(SeqCst) & 0xffff_ffff;
        let identity = identity
            .compare_exchange(0, mine, SeqCst, SeqCst)
            .err()
            .unwrap_or(mine);
        hold(&board, &view, number, me, identity);
        let reader = (random.below(4) == 0).then(|| section.duplicate(Rights::MAP_READ).unwrap());
        let clone = (random.below(4) == 0).then(|| section.try_clone().unwrap());
        // Closed in different orders, and with the view before or after.
        if random.below(2) == 0 {
            drop(section);
            let reader = reader.map(|reader| reader.map_options().access(MapAccess::READ).map());
            assert!(reader.is_none_or(|view| view.unwrap().get::<u64>(0).unwrap() == identity));
        } else {
            drop(view);
            drop((reader, section));
        }
        drop(clone);
    }
}

/// Tells that the object is held, and looks whether anybody holds another under the same name.
fn hold(board: &Board, view: &View, name: usize, me: usize, identity: u64) {
    board.held(name, me).store(identity, SeqCst);
    let own: &AtomicU64 = view.atomic(64 + me * 8).unwrap();
    own.store(identity ^ me as u64, SeqCst);
    for other in (0..WORKERS).filter(|&other| other != me) {
        let deaths = board.deaths(other).load(SeqCst);
        let theirs = board.held(name, other).load(SeqCst);
        if theirs != 0 && theirs != identity {
            board.suspect_deaths(me).store(deaths, SeqCst);
            board.suspect(me).store(other as u64 + 1, SeqCst);
            while board.suspect(me).load(SeqCst) != 0 {
                thread::yield_now();
            }
        }
    }
    assert_eq!(
        own.load(SeqCst),
        identity ^ me as u64,
        "bytes vanished while they were held"
    );
    assert_eq!(
        view.get::<u64>(0).unwrap(),
        identity,
        "bytes vanished while they were held"
    );
    board.held(name, me).store(0, SeqCst);
}
