//! Rounds in which one signal is given, one process is killed a moment later, and then nothing happens any more:
//! only there a lost wake stays lost. Under traffic the next signal would hide it.
//!
//! Sleepers do not look again by themselves here (`COMMONHOLD_NO_RECHECK`), but where said otherwise.

use std::fmt::{self, Display, Formatter};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use super::forked::{Forked, Random, change, linger, sleep_while, storm_end};
use super::support::isolated;
use crate::{Event, Mutex, Section, Semaphore, Timeout, View, Wait, Waitable, wait_all, wait_any};

/// For how long it has to be quiet before what has not happened counts as lost. Nothing takes a tenth of it.
const WATCHDOG: Duration = Duration::from_secs(10);
/// Until when after a signal a process is killed, in nanoseconds.
const LATEST: u64 = 150_000;
const SECONDS: u64 = 6;

/// What happens once in a round.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Signal {
    Units(u32),
    AutoReset,
    ManualReset,
    Unlock,
    OwnerDeath,
}

/// How a process sleeps.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sleep {
    Alone,
    /// For this or another one, which never comes.
    First,
    /// The same, with the other one before.
    Second,
    /// For this and another one, which is there.
    Both,
    /// For this and another one, which is not: whoever is woken has no use for it.
    InVain,
}

use Signal::{AutoReset, ManualReset, OwnerDeath, Units, Unlock};
use Sleep::{Alone, Both, First, InVain, Second};

const MIXED: [Sleep; 6] = [First, Alone, InVain, Second, Both, Alone];
/// Those that the kernel can pass on a wake for.
const ONE_BY_ONE: [Sleep; 5] = [Alone, InVain, Both, Alone, Alone];

#[test]
fn no_unit_of_a_semaphore_is_lost() {
    isolated(|_| rounds(&[Units(1), Units(2)], &ONE_BY_ONE));
}

#[test]
fn no_unit_is_lost_where_some_wait_for_several() {
    isolated(|_| rounds(&[Units(1), Units(2)], &MIXED));
}

#[test]
fn no_event_is_lost() {
    isolated(|_| rounds(&[AutoReset, ManualReset], &ONE_BY_ONE));
}

#[test]
fn no_event_is_lost_where_some_wait_for_several() {
    isolated(|_| rounds(&[AutoReset, ManualReset], &MIXED));
}

#[test]
fn no_mutex_is_lost() {
    isolated(|_| rounds(&[Unlock, OwnerDeath], &ONE_BY_ONE));
}

#[test]
fn no_mutex_is_lost_where_some_wait_for_several() {
    isolated(|_| rounds(&[Unlock], &MIXED));
}

/// The kernel wakes one when an owner dies: where that one waits for several and dies too, only looking again
/// helps the others.
#[test]
fn no_abandoned_mutex_is_lost_to_those_who_look_again() {
    isolated(|_| {
        // SAFETY: the process has no other thread that looks at its environment.
        unsafe { std::env::remove_var(NO_RECHECK) };
        Round::new(&MIXED).run(&[OwnerDeath]);
    });
}

const NO_RECHECK: &str = "COMMONHOLD_NO_RECHECK";

fn rounds(signals: &[Signal], sleeps: &'static [Sleep]) {
    // SAFETY: the process has no other thread that looks at its environment.
    unsafe { std::env::set_var(NO_RECHECK, "1") };
    Round::new(sleeps).run(signals);
}

struct Objects {
    semaphore: Semaphore,
    auto_reset: Event,
    manual_reset: Event,
    mutex: Mutex,
    never: Event,
    always: Event,
}

impl Objects {
    fn new() -> Self {
        let event = Event::options;
        Self {
            semaphore: Semaphore::options().count(0).create("units").unwrap(),
            auto_reset: event().create("auto").unwrap(),
            manual_reset: event().manual_reset(true).create("manual").unwrap(),
            mutex: Mutex::options().create("mutex").unwrap(),
            never: event().create("never").unwrap(),
            always: event()
                .manual_reset(true)
                .signaled(true)
                .create("always")
                .unwrap(),
        }
    }

    fn sleep(&self, signal: Signal, sleep: Sleep) {
        let object: &dyn Waitable = match signal {
            Units(_) => &self.semaphore,
            AutoReset => &self.auto_reset,
            ManualReset => &self.manual_reset,
            Unlock | OwnerDeath => &self.mutex,
        };
        let (never, always, ever) = (&self.never, &self.always, Timeout::INFINITE);
        let wait = match sleep {
            Alone => crate::wait_one(object, ever),
            First => wait_any(&[object, never], ever),
            Second => wait_any(&[never, object], ever),
            Both => wait_all(&[object, always], ever),
            InVain => wait_all(&[object, never], ever),
        };
        assert_ne!(wait.unwrap(), Wait::TimedOut);
        assert_ne!(sleep, InVain, "it took what is not there");
    }

    /// By the process that has the mutex, if it is one.
    fn signal(&self, signal: Signal) {
        match signal {
            Units(units) => drop(self.semaphore.release(units).unwrap()),
            AutoReset => self.auto_reset.set().unwrap(),
            ManualReset => self.manual_reset.set().unwrap(),
            Unlock => self.mutex.release().unwrap(),
            OwnerDeath => unreachable!("it does not signal"),
        }
    }
}

impl Display for Objects {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "units {:?}, auto-reset {:?}, manual-reset {:?}",
            self.semaphore.count(),
            self.auto_reset.is_signaled(),
            self.manual_reset.is_signaled()
        )
    }
}

/// What goes on for round after round, with the survivors of the one before.
struct Round {
    objects: Objects,
    view: View,
    sleeps: &'static [Sleep],
    sleepers: Vec<Option<Forked>>,
    number: u32,
    random: Random,
}

impl Round {
    fn new(sleeps: &'static [Sleep]) -> Self {
        Self {
            objects: Objects::new(),
            view: Section::options()
                .size(4096)
                .create("board")
                .unwrap()
                .map()
                .unwrap(),
            sleeps,
            sleepers: sleeps.iter().map(|_| None).collect(),
            number: 0,
            random: Random(u64::from(std::process::id()) << 20 | 1),
        }
    }

    /// The number of the round: whoever had its share sleeps until it changes.
    fn gate(&self) -> &AtomicU32 {
        self.view.atomic(0).unwrap()
    }

    /// Tells who signals to do so; that it may be killed.
    fn stage(&self) -> &AtomicU32 {
        self.view.atomic(4).unwrap()
    }

    /// How often the sleeper has got it.
    fn taken(&self, sleeper: usize) -> &AtomicU64 {
        self.view.atomic(64 + 8 * sleeper).unwrap()
    }

    fn run(mut self, signals: &[Signal]) {
        let (mut signalers, mut sleepers) = (0_u64, 0_u64);
        for &signal in signals {
            let end = storm_end(SECONDS, u32::try_from(signals.len()).unwrap());
            while Instant::now() < end {
                let signaler = self.begin(signal);
                // An owner is killed anyway.
                if self.random.below(2) == 0 {
                    self.kill_signaler(signal, signaler);
                    signalers += 1;
                } else {
                    self.kill_sleeper(signal, signaler);
                    sleepers += 1;
                }
                self.end(signal);
            }
            // The next ones sleep on something else.
            self.sleepers.iter_mut().for_each(|sleeper| *sleeper = None);
        }
        let rounds = signalers + sleepers;
        eprintln!(
            "{signals:?} to {:?}: {rounds} rounds, {signalers} signalers and {sleepers} sleepers killed, none lost",
            self.sleeps
        );
    }

    /// Has everybody sleep, and somebody ready to signal, who owns the mutex if it is for one.
    fn begin(&mut self, signal: Signal) -> Forked {
        change(self.stage(), READYING);
        let signaler = Forked::start(|| self.signal(signal));
        self.until(signal, "no owner", |round| {
            round.stage().load(SeqCst) == READY
        });
        self.number += 1;
        change(self.gate(), self.number);
        for (number, &sleep) in self.sleeps.iter().enumerate() {
            // Who waits in vain now does so for the other object.
            if sleep == InVain || self.sleepers[number].is_none() {
                self.sleepers[number] = None;
                let new = Forked::start(|| self.sleep(signal, sleep, number));
                self.sleepers[number] = Some(new);
            }
        }
        self.until(signal, "somebody does not sleep", |round| {
            let mut sleepers = round.sleepers.iter().flatten();
            sleepers.all(|sleeper| sleeper.sleeps(round.gate()))
        });
        for (number, _) in self.sleeps.iter().enumerate() {
            self.taken(number).store(0, SeqCst);
        }
        signaler
    }

    /// The process that signals.
    fn signal(&self, signal: Signal) {
        if matches!(signal, Unlock | OwnerDeath) {
            let owned = self.objects.mutex.acquire(WATCHDOG).unwrap();
            assert_ne!(owned, Wait::TimedOut, "{signal:?}: nobody can have it");
        }
        change(self.stage(), READY);
        sleep_while(self.stage(), READY);
        self.stage().store(SIGNALING, SeqCst);
        // Who kills it needs some time for that.
        let mut random = Random(u64::from(self.number) << 20 | 1);
        random.below(1);
        linger(random.below(LATEST / 5));
        if signal != OwnerDeath {
            self.objects.signal(signal);
        }
        self.stage().store(SIGNALED, SeqCst);
        sleep_while(self.stage(), SIGNALED);
    }

    /// A process that sleeps until the signal, in this round and the next ones.
    fn sleep(&self, signal: Signal, sleep: Sleep, number: usize) {
        loop {
            let round = self.gate().load(SeqCst);
            self.objects.sleep(signal, sleep);
            self.taken(number).store(1, SeqCst);
            if matches!(signal, Unlock | OwnerDeath) {
                self.objects.mutex.release().unwrap();
            }
            sleep_while(self.gate(), round);
        }
    }

    fn kill_signaler(&mut self, signal: Signal, signaler: Forked) {
        self.start_signal();
        linger(self.random.below(LATEST / 5));
        signaler.kill();
        if signal == OwnerDeath {
            self.kill_one();
        }
    }

    fn kill_sleeper(&mut self, signal: Signal, signaler: Forked) {
        self.start_signal();
        if signal == OwnerDeath {
            signaler.kill();
            return self.kill_one();
        }
        self.kill_one();
        self.until(signal, "the signal was not given", |round| {
            round.stage().load(SeqCst) == SIGNALED
        });
        signaler.kill();
    }

    fn start_signal(&self) {
        change(self.stage(), GO);
        while self.stage().load(SeqCst) == GO {
            std::hint::spin_loop();
        }
    }

    fn kill_one(&mut self) {
        linger(self.random.below(LATEST));
        let victim = self.random.index(self.sleeps.len());
        self.sleepers[victim].take().unwrap().kill();
    }

    /// What was signaled comes to the survivors, or has come to the dead.
    fn end(&mut self, signal: Signal) {
        let objects = &self.objects;
        let for_all = match signal {
            Units(_) | AutoReset => false,
            // The signaler may have died before it set it.
            ManualReset => objects.manual_reset.is_signaled().unwrap(),
            Unlock | OwnerDeath => true,
        };
        self.until(signal, "LOST", |round| match signal {
            Units(_) => round.objects.semaphore.count().unwrap() == 0,
            AutoReset => !round.objects.auto_reset.is_signaled().unwrap(),
            _ => !for_all || round.have_all_taken(),
        });
        self.objects.manual_reset.reset().unwrap();
    }

    fn have_all_taken(&self) -> bool {
        let mut survivors = (0..self.sleeps.len())
            .filter(|&number| self.sleepers[number].is_some() && self.sleeps[number] != InVain);
        survivors.all(|number| self.taken(number).load(SeqCst) == 1)
    }

    /// Waits for what must come by itself.
    fn until(&self, signal: Signal, otherwise: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + WATCHDOG;
        while !is_so(self) {
            if Instant::now() > end {
                let sleepers = self.sleepers.iter().enumerate().map(|(number, sleeper)| {
                    let call = sleeper.as_ref().and_then(Forked::call);
                    let taken = self.taken(number).load(SeqCst);
                    format!("{:?}: taken {taken}, in {call:x?}\n", self.sleeps[number])
                });
                let sleepers: String = sleepers.collect();
                panic!(
                    "round {}, {signal:?}: {otherwise}\n{sleepers}{}",
                    self.number, self.objects
                );
            }
            std::thread::sleep(Duration::from_micros(20));
        }
    }
}

/// What the one who signals does.
const READYING: u32 = 0;
const READY: u32 = 1;
const GO: u32 = 2;
const SIGNALING: u32 = 3;
const SIGNALED: u32 = 4;
