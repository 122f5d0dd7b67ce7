//! A process of the storm: it does at random what can be done to waitable objects.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use commonhold::{
    Event, Mutex, Semaphore, Timeout, Timer, Wait, Waitable, signal_and_wait, wait_all, wait_any,
    wait_one,
};

use super::board::{Board, Journal, Token, WORKERS};
use super::forked::{Random, linger};

pub const SLOTS: u32 = 3;
pub const PAIR_SLOTS: u32 = 1;

/// The objects, by their names.
pub struct Objects {
    pub mutexes: [Mutex; 2],
    pub slots: Semaphore,
    pub pair_event: Event,
    pub pair_slots: Semaphore,
    pub auto_reset: Event,
    pub manual_reset: Event,
    pub timers: [Timer; 2],
}

impl Objects {
    pub fn open_or_create() -> Self {
        let mutex = |name| Mutex::options().open_or_create(name).unwrap();
        let event = |name, manual, signaled| {
            let options = Event::options().manual_reset(manual).signaled(signaled);
            options.open_or_create(name).unwrap()
        };
        let slots = |name, count| {
            let options = Semaphore::options().count(count).maximum(1000);
            options.open_or_create(name).unwrap()
        };
        let timer = |name, manual| {
            let options = Timer::options().manual_reset(manual);
            options.open_or_create(name).unwrap()
        };
        Self {
            mutexes: [mutex("first"), mutex("second")],
            slots: slots("slots", SLOTS),
            pair_event: event("pair-event", false, true),
            pair_slots: slots("pair-slots", PAIR_SLOTS),
            auto_reset: event("auto", false, false),
            manual_reset: event("manual", true, false),
            timers: [timer("timer", false), timer("manual-timer", true)],
        }
    }
}

pub struct Worker<'a> {
    pub objects: &'a Objects,
    pub board: &'a Board,
    pub number: usize,
    pub random: Random,
}

pub const MUTEXES: [Token; 2] = [Token::FirstMutex, Token::SecondMutex];
const PAIR: [Token; 2] = [Token::PairEvent, Token::PairSlots];

impl<'a> Worker<'a> {
    pub fn run(mut self) {
        let journal = self.journal();
        while self.board.stop().load(SeqCst) == 0 {
            let operation = self.random.below(12);
            journal.operation().store(operation + 1, SeqCst);
            match operation {
                0..=2 => self.lock(),
                3 | 4 => self.use_slots(),
                5 => self.use_event(),
                6 => self.use_timer(),
                7 | 8 => self.take_any(),
                9 | 10 => self.take_all(),
                _ => self.signal_and_wait(),
            }
            journal.operation().store(0, SeqCst);
            self.board.operations().fetch_add(1, SeqCst);
        }
    }

    fn journal(&self) -> Journal<'a> {
        self.board.journal(self.number)
    }

    /// Of a wait that may be in vain.
    fn patience(&mut self) -> Duration {
        let limits = [0, 100, 1000, 1000, 5000];
        Duration::from_micros(limits[self.random.index(limits.len())])
    }

    fn dawdle(&mut self) {
        match self.random.below(4) {
            0 => linger(self.random.below(50_000)),
            1 => std::thread::yield_now(),
            _ => {}
        }
    }

    fn lock(&mut self) {
        let number = self.random.index(2);
        let mutex = &self.objects.mutexes[number];
        let timeout = match self.random.below(3) {
            0 => Timeout::from(self.patience()),
            _ => Timeout::INFINITE,
        };
        let mut wait = Wait::TimedOut;
        self.journal().take(&[MUTEXES[number]], || {
            wait = mutex.acquire(timeout).unwrap();
            wait.index().map(|_| MUTEXES[number]).into_iter().collect()
        });
        note(self.board, wait);
        if wait.index().is_some() {
            self.be_inside(number, wait);
            self.unlock(number);
        }
    }

    /// What a mutex guards is whole, and nobody else is there; but for the traces of the dead.
    fn be_inside(&mut self, number: usize, wait: Wait) {
        enter(self.board, number, self.number, wait);
        let [_, first, second] = self.board.guarded(number);
        first.fetch_add(1, SeqCst);
        self.dawdle();
        let mutex = &self.objects.mutexes[number];
        if self.random.below(4) == 0 {
            let again = mutex.acquire(Timeout::INFINITE).unwrap();
            assert_eq!(again, Wait::Signaled(0), "it is this thread's already");
            self.dawdle();
            mutex.release().unwrap();
        }
        second.fetch_add(1, SeqCst);
    }

    fn unlock(&self, number: usize) {
        self.board.guarded(number)[0].store(0, SeqCst);
        let mutex = &self.objects.mutexes[number];
        self.journal()
            .give(MUTEXES[number], 1, || mutex.release().unwrap());
    }

    fn use_slots(&mut self) {
        let mut taken = 0;
        for _ in 0..=self.random.below(2) {
            let patience = self.patience();
            let got = self.journal().take(&[Token::Slots], || {
                let got = self.objects.slots.acquire(patience).unwrap();
                got.then_some(Token::Slots).into_iter().collect()
            });
            taken += u32::from(!got.is_empty());
            self.dawdle();
        }
        if taken > 0 {
            let slots = &self.objects.slots;
            self.journal()
                .give(Token::Slots, taken, || slots.release(taken).unwrap());
        }
    }

    fn use_event(&mut self) {
        let Objects {
            auto_reset,
            manual_reset,
            ..
        } = self.objects;
        let event = if self.random.below(2) == 0 {
            auto_reset
        } else {
            manual_reset
        };
        match self.random.below(5) {
            0 => event.set().unwrap(),
            1 => event.pulse().unwrap(),
            2 => event.reset().unwrap(),
            _ => drop(event.wait(self.patience()).unwrap()),
        }
    }

    fn use_timer(&mut self) {
        let timer = &self.objects.timers[self.random.index(2)];
        let due = self.patience();
        match self.random.below(5) {
            0 => timer.set(due, Duration::ZERO).unwrap(),
            1 => timer.set(due, Duration::from_millis(1)).unwrap(),
            2 => timer.cancel().unwrap(),
            _ => drop(timer.wait(due).unwrap()),
        }
    }

    /// Waits for one of many, and for ever only because a mutex is one of them.
    fn take_any(&mut self) {
        let number = self.random.index(2);
        let Objects {
            auto_reset,
            slots,
            timers,
            ..
        } = self.objects;
        let mutex = &self.objects.mutexes[number];
        let objects: [&dyn Waitable; 4] = [auto_reset, &timers[0], slots, mutex];
        let tokens = [None, None, Some(Token::Slots), Some(MUTEXES[number])];
        let first = self.random.index(4);
        let mut wait = Wait::TimedOut;
        let taken = self.journal().take(&[Token::Slots, MUTEXES[number]], || {
            wait = wait_any(&objects[first..], Timeout::INFINITE).unwrap();
            tokens[first + wait.index().expect("no limit")]
                .into_iter()
                .collect()
        });
        note(self.board, wait);
        self.dawdle();
        match taken.first() {
            Some(Token::Slots) => {
                self.journal()
                    .give(Token::Slots, 1, || slots.release(1).unwrap());
            }
            Some(_) => {
                self.be_inside(number, wait);
                self.unlock(number);
            }
            None => {}
        }
    }

    fn take_all(&mut self) {
        let Objects {
            mutexes,
            pair_event,
            pair_slots,
            ..
        } = self.objects;
        let (objects, tokens, timeout): (Vec<&dyn Waitable>, _, _) = match self.random.below(4) {
            0 => (
                vec![&mutexes[1], &mutexes[0]],
                MUTEXES.to_vec(),
                Timeout::INFINITE,
            ),
            1 => {
                let tokens = [&PAIR[..], &MUTEXES[..1]].concat();
                (
                    vec![pair_event, &mutexes[0], pair_slots],
                    tokens,
                    self.patience().into(),
                )
            }
            _ => (
                vec![pair_slots, pair_event],
                PAIR.to_vec(),
                self.patience().into(),
            ),
        };
        let mut wait = Wait::TimedOut;
        let taken = self.journal().take(&tokens, || {
            wait = wait_all(&objects, timeout).unwrap();
            wait.index().map_or(Vec::new(), |_| tokens.clone())
        });
        note(self.board, wait);
        for (number, mutex) in MUTEXES.iter().enumerate() {
            if taken.contains(mutex) {
                self.be_inside(number, wait);
            }
        }
        if taken.contains(&Token::PairEvent) {
            // The one pair there is.
            let [who, ..] = self.board.guarded(2);
            let other = who.swap(self.number as u64 + 1, SeqCst);
            assert_eq!(other, 0, "two have what there is once");
            self.dawdle();
            who.store(0, SeqCst);
            self.journal()
                .give(Token::PairEvent, 1, || pair_event.set().unwrap());
            self.dawdle();
            self.journal()
                .give(Token::PairSlots, 1, || pair_slots.release(1).unwrap());
        }
        for (number, mutex) in MUTEXES.iter().enumerate() {
            if taken.contains(mutex) {
                self.unlock(number);
            }
        }
    }

    fn signal_and_wait(&mut self) {
        let Objects {
            slots,
            auto_reset,
            manual_reset,
            ..
        } = self.objects;
        let patience = self.patience();
        let got = self.journal().take(&[Token::Slots], || {
            let got = wait_one(slots, patience).unwrap().index();
            got.map(|_| Token::Slots).into_iter().collect()
        });
        let events = [auto_reset, manual_reset];
        let event = events[self.random.index(2)];
        let wait = if got.is_empty() {
            signal_and_wait(events[0], event, patience)
        } else {
            let wait = || signal_and_wait(slots, event, patience);
            self.journal().give(Token::Slots, 1, wait)
        };
        let _ = wait.unwrap();
    }
}

/// Counts how often somebody was told of a death.
pub fn note(board: &Board, wait: Wait) {
    if let Wait::Abandoned(_) = wait {
        board.abandonments().fetch_add(1, SeqCst);
    }
}

/// Takes over what a mutex guards.
pub fn enter(board: &Board, mutex: usize, worker: usize, wait: Wait) {
    let [who, first, second] = board.guarded(mutex);
    let before = who.swap(worker as u64 + 1, SeqCst);
    if let Wait::Abandoned(_) = wait {
        second.store(first.load(SeqCst), SeqCst);
    } else {
        assert_eq!(
            before,
            0,
            "two are inside of mutex {mutex}, or one died unnoticed: worker {worker} came by {wait:?}\n{}",
            board.describe(&[const { None }; WORKERS])
        );
        let (first, second) = (first.load(SeqCst), second.load(SeqCst));
        assert_eq!(first, second, "half done, and nobody was told");
    }
}
