//! Processes that do at random what can be done to waitable objects, and are killed and stopped at random.
//!
//! What must hold: who lives gets what is there; nothing is taken twice, or lost but with the dead; a mutex guards;
//! and the next owner is told when its owner died.

#![allow(missing_docs)]

#[path = "wait_storm/board.rs"]
mod board;
#[path = "support/forked.rs"]
mod forked;
mod support;
#[path = "wait_storm/worker.rs"]
mod worker;

use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use board::{Board, Token, WORKERS};
use commonhold::{Section, Timeout, Wait};
use forked::{Forked, Random, storm_end};
use support::{MAIN, Role, isolated, say};
use worker::{MUTEXES, Objects, PAIR_SLOTS, SLOTS, Worker, enter, note};

const SECONDS: u64 = 20;
/// How long a round lasts, after which it is counted.
const ROUND: Duration = Duration::from_millis(100);
/// How long a worker may take to come to the end of an operation. None takes a tenth of it.
const WATCHDOG: Duration = Duration::from_secs(20);
/// What the objects begin with, and have again after each round.
const THERE: [(Token, u32); 3] = [
    (Token::Slots, SLOTS),
    (Token::PairEvent, 1),
    (Token::PairSlots, PAIR_SLOTS),
];

#[test]
fn whoever_dies_the_others_go_on() {
    isolated(|role| match role {
        MAIN => Storm::new().blow(),
        _ => inspect(),
    });
}

fn board() -> Board {
    let section = Section::options().size(4096).open_or_create("board");
    Board::of(section.unwrap())
}

struct Storm {
    board: Board,
    objects: Objects,
    workers: Vec<Option<Forked>>,
    stopped: [bool; WORKERS],
    random: Random,
    /// How many of each the dead may have taken with them, in this round.
    unknown: [u32; THERE.len()],
    /// How many died that owned a mutex, or may have.
    dead_owners: u64,
    kills: u64,
    stops: u64,
}

impl Storm {
    fn new() -> Self {
        Self {
            board: board(),
            objects: Objects::open_or_create(),
            workers: (0..WORKERS).map(|_| None).collect(),
            stopped: [false; WORKERS],
            random: Random(u64::from(std::process::id()) << 20 | 1),
            unknown: [0; THERE.len()],
            dead_owners: 0,
            kills: 0,
            stops: 0,
        }
    }

    fn blow(mut self) {
        let end = storm_end(SECONDS, 1);
        let mut rounds = 0_u64;
        while Instant::now() < end {
            let round_end = Instant::now() + ROUND;
            self.unknown = [0; THERE.len()];
            self.board.stop().store(0, SeqCst);
            for number in 0..WORKERS {
                self.start(number);
            }
            while Instant::now() < round_end {
                std::thread::sleep(Duration::from_micros(self.random.below(1500)));
                self.strike();
            }
            self.calm_down();
            self.count();
            rounds += 1;
        }
        let operations = self.board.operations().load(SeqCst);
        let abandonments = self.board.abandonments().load(SeqCst);
        eprintln!(
            "{rounds} rounds, {} kills, {} stops, {operations} operations, {abandonments} abandonments; none stuck",
            self.kills, self.stops
        );
    }

    fn start(&mut self, number: usize) {
        let random = Random(self.random.below(u64::MAX) | 1);
        let (objects, board) = (&self.objects, &self.board);
        let worker = Worker {
            objects,
            board,
            number,
            random,
        };
        self.workers[number] = Some(Forked::start(|| worker.run()));
    }

    /// Stops a worker, lets it go on, or kills it, stopped or not.
    fn strike(&mut self) {
        let number = self.random.index(WORKERS);
        let worker = self.workers[number].as_mut().expect("all run");
        assert!(!worker.has_ended(), "a worker went home early");
        match self.random.below(3) {
            0 => self.kill(number),
            _ if self.stopped[number] => {
                worker.resume();
                self.stopped[number] = false;
            }
            _ => {
                worker.stop();
                self.stopped[number] = true;
                self.stops += 1;
            }
        }
    }

    fn kill(&mut self, number: usize) {
        self.workers[number].take().expect("it runs").kill();
        self.stopped[number] = false;
        self.kills += 1;
        let journal = self.board.journal(number);
        let may_own = |&&mutex: &&Token| journal.bounds(mutex).1 > 0;
        self.dead_owners += MUTEXES.iter().filter(may_own).count() as u64;
        let [pair_holder, ..] = self.board.guarded(2);
        let _ = pair_holder.compare_exchange(number as u64 + 1, 0, SeqCst, SeqCst);
        for (index, (token, _)) in THERE.into_iter().enumerate() {
            let (least, most) = journal.bounds(token);
            self.unknown[index] += most - least;
            self.give(token, least);
        }
        for token in Token::ALL {
            journal.put(token, 0, 0);
        }
        self.start(number);
    }

    fn give(&self, token: Token, units: u32) {
        match token {
            _ if units == 0 => {}
            Token::Slots => drop(self.objects.slots.release(units).unwrap()),
            Token::PairSlots => drop(self.objects.pair_slots.release(units).unwrap()),
            Token::PairEvent => self.objects.pair_event.set().unwrap(),
            Token::FirstMutex | Token::SecondMutex => unreachable!("owned by threads"),
        }
    }

    /// Has all workers come to an end: some by force.
    fn calm_down(&mut self) {
        for (worker, stopped) in self.workers.iter().flatten().zip(&mut self.stopped) {
            worker.resume();
            *stopped = false;
        }
        self.board.stop().store(1, SeqCst);
        let end = Instant::now() + WATCHDOG;
        while self.workers.iter().any(Option::is_some) {
            for worker in &mut self.workers {
                if worker.as_mut().is_some_and(Forked::has_ended) {
                    *worker = None;
                }
            }
            let in_time = Instant::now() < end;
            assert!(in_time, "stuck:\n{}", self.board.describe(&self.workers));
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Has a fresh process take all there is, which must be what the living left, and puts it back.
    fn count(&mut self) {
        let mut inspector = Role::start("inspector");
        let found = inspector.hear();
        inspector.finish();
        let found: Vec<u32> = found
            .split(' ')
            .map(|count| count.parse().unwrap())
            .collect();
        for (index, (token, there)) in THERE.into_iter().enumerate() {
            let (found, unknown) = (found[index], self.unknown[index]);
            let least = there.saturating_sub(unknown);
            assert!(
                (least..=there).contains(&found),
                "{token:?}: {found} of {there}, though the dead can have taken {unknown} at most"
            );
            self.give(token, there);
        }
        let told = self.board.abandonments().load(SeqCst);
        assert!(
            told <= self.dead_owners,
            "abandoned {told} times by {}",
            self.dead_owners
        );
    }
}

/// A fresh process, while no other uses the objects: it can take everything at once.
fn inspect() {
    let (objects, board) = (Objects::open_or_create(), board());
    for (number, mutex) in objects.mutexes.iter().enumerate() {
        let wait = mutex.acquire(Timeout::ZERO).unwrap();
        assert_ne!(
            wait,
            Wait::TimedOut,
            "mutex {number} belongs to nobody alive"
        );
        note(&board, wait);
        enter(&board, number, WORKERS, wait);
        board.guarded(number)[0].store(0, SeqCst);
        mutex.release().unwrap();
    }
    let count = |take: &dyn Fn() -> bool| (0..100).take_while(|_| take()).count();
    let slots = count(&|| objects.slots.acquire(Timeout::ZERO).unwrap());
    let pair_event = count(&|| objects.pair_event.wait(Timeout::ZERO).unwrap());
    let pair_slots = count(&|| objects.pair_slots.acquire(Timeout::ZERO).unwrap());
    for event in [&objects.auto_reset, &objects.manual_reset] {
        event.set().unwrap();
        assert!(event.wait(Timeout::ZERO).unwrap());
        event.reset().unwrap();
        assert!(!event.wait(Timeout::ZERO).unwrap());
    }
    for timer in &objects.timers {
        timer.set(Duration::ZERO, Duration::ZERO).unwrap();
        assert!(timer.wait(Timeout::ZERO).unwrap());
        timer.cancel().unwrap();
    }
    say(&format!("{slots} {pair_event} {pair_slots}"));
}
