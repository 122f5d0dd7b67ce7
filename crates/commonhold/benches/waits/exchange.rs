//! Two processes that take turns: one asks, the other answers.

use std::env;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use commonhold::{Event, Timeout, Waitable, wait_any};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::AsRawFd as _;

use crate::alone::Polled;
use crate::measure::{Goal, Row, Table};
use crate::peer::Peer;
use crate::worker::{self, Worker};

/// Long enough for the lines that start it to cost nothing.
const BATCH: Duration = Duration::from_millis(10);
/// How long a process has something else to do before it goes on, where it has.
const WORK: Duration = Duration::from_micros(50);
const FDS: &str = "COMMONHOLD_BENCH_FDS";
const MANY: usize = 64;

pub fn measure(table: &mut Table, root: &Path) {
    use Goal::{AtMost, None};
    let cpus = worker::cpus();
    let one = [cpus[0]; 2];
    let two = cpus.get(1).map(|second| [cpus[0], *second]);
    // Operation, what the processes run on, what they do, the peer and its name, the goal.
    let rows = [
        (
            "ping-pong on one CPU",
            Some(one),
            "",
            "futex",
            "raw futexes",
            AtMost(1.1),
        ),
        (
            "ping-pong on two CPUs",
            two,
            "",
            "futex",
            "raw futexes",
            None,
        ),
        (
            "ping-pong on two CPUs",
            two,
            "",
            "semaphore",
            "sem_t",
            AtMost(0.5),
        ),
        (
            "ping-pong on two CPUs, 50 us each",
            two,
            " working",
            "futex",
            "raw futexes",
            AtMost(1.1),
        ),
        (
            "asleep on any of 64, one CPU",
            Some(one),
            " any",
            "eventfd",
            "poll of 64 eventfds",
            AtMost(1.2),
        ),
        (
            "asleep on any of 64, two CPUs",
            two,
            " any",
            "eventfd",
            "poll of 64 eventfds",
            AtMost(1.2),
        ),
    ];
    for (operation, cpus, what, peer, peer_name, goal) in rows {
        if !table.wants(operation) {
            continue;
        }
        let Some(cpus) = cpus else {
            table.say(operation, peer_name, "left out: there is one CPU");
            continue;
        };
        let row = Row {
            operation,
            peer: peer_name,
            goal,
            batch: BATCH,
        };
        let fds = Fds::new();
        let mut pair = Pair::start(root, cpus, &fds);
        let theirs = format!("{peer}{what}");
        let ours = format!("ours{what}");
        if what == " working" {
            // What is left without the work is far less than a batch takes.
            const TURNS: u64 = 100;
            let pair = std::cell::RefCell::new(pair);
            let time = |what: &str| pair.borrow_mut().time(what, TURNS).as_secs_f64() * 1e7;
            table.compare_batches(&row, || time(&theirs), || time(&ours));
        } else {
            let pair = std::cell::RefCell::new(&mut pair);
            table.compare(
                &row,
                |turns| pair.borrow_mut().time(&theirs, turns),
                |turns| pair.borrow_mut().time(&ours, turns),
            );
        }
    }
}

/// Eventfds that workers inherit: those to poll, and one that asks.
struct Fds(Vec<OwnedFd>);

impl Fds {
    fn new() -> Self {
        let make = |_| eventfd(0, EventfdFlags::empty()).unwrap();
        Self((0..=MANY).map(make).collect())
    }

    fn numbers(&self) -> String {
        let numbers: Vec<_> = self.0.iter().map(|fd| fd.as_raw_fd().to_string()).collect();
        numbers.join(" ")
    }

    fn inherited() -> Self {
        let numbers = env::var(FDS).unwrap();
        let each = numbers.split(' ').map(|number| {
            // SAFETY: it was inherited for this, and is made only once.
            unsafe { OwnedFd::from_raw_fd(number.parse().unwrap()) }
        });
        Self(each.collect())
    }
}

/// Who asks, and who answers.
struct Pair(Worker, Worker);

impl Pair {
    fn start(root: &Path, cpus: [usize; 2], fds: &Fds) -> Self {
        let numbers = fds.numbers();
        let start = |role, cpu| Worker::start(root, role, Some(cpu), &[(FDS, &numbers)]);
        // The events are those of who answers, which is there first.
        let mut answers = start("answer", cpus[1]);
        answers.tell("ready 0");
        answers.hear();
        Self(start("ask", cpus[0]), answers)
    }

    /// How long it took to ask and be answered so often, but for the work.
    fn time(&mut self, what: &str, turns: u64) -> Duration {
        self.1.tell(&format!("{what} {turns}"));
        self.0.tell(&format!("{what} {turns}"));
        let (took, worked) = (self.0.hear(), self.1.hear());
        Duration::from_nanos(took.saturating_sub(worked))
    }
}

/// A process that asks, or answers, as it is told to.
pub fn work(asks: bool, peer: &Peer) {
    let event = |name: String| Event::options().create(name).unwrap();
    // What the other is told by, and what this one is told by.
    let both = [event("ask".into()), event("answer".into())];
    let (tell, hear) = (usize::from(!asks), usize::from(asks));
    let many: Vec<_> = (0..MANY).map(|at| event(format!("one-{at}"))).collect();
    let any: Vec<&dyn Waitable> = many.iter().map(|event| event as _).collect();
    let fds = Fds::inherited().0;
    let mut polled = Polled::new(&fds[..MANY]);
    // Not always the same, and far apart.
    let which = |turn: u64| usize::try_from(turn * 29 % MANY as u64).unwrap();
    let heard = |event: &Event| assert!(event.wait(Timeout::INFINITE).unwrap());
    let write = |fd: &OwnedFd| assert_eq!(rustix::io::write(fd, &1_u64.to_ne_bytes()), Ok(8));
    let read = |fd: &OwnedFd| assert_eq!(rustix::io::read(fd, &mut [0; 8]), Ok(8));
    worker::serve(|what, turns| {
        let took = match (what, asks) {
            ("ours" | "ours working", _) => {
                let works = what != "ours";
                let told = |_| both[tell].set().unwrap();
                exchange(asks, turns, works, told, |_| heard(&both[hear]))
            }
            ("futex" | "futex working", _) => {
                let (told, heard) = (&peer.words[tell], &peer.words[hear]);
                let works = what != "futex";
                exchange(asks, turns, works, |_| told.set(), |_| heard.wait())
            }
            ("semaphore", _) => {
                let (told, heard) = (&peer.semaphores[tell], &peer.semaphores[hear]);
                exchange(asks, turns, false, |_| told.post(), |_| heard.wait())
            }
            ("ours any", true) => {
                let heard = |turn| {
                    let wait = wait_any(&any, Timeout::INFINITE).unwrap();
                    assert_eq!(wait.index(), Some(which(turn)));
                };
                exchange(asks, turns, false, |_| both[tell].set().unwrap(), heard)
            }
            ("ours any", false) => {
                let told = |turn| many[which(turn)].set().unwrap();
                exchange(asks, turns, false, told, |_| heard(&both[hear]))
            }
            ("eventfd any", true) => {
                let heard = |turn| {
                    let at = polled.poll();
                    assert_eq!(at, which(turn));
                    read(&fds[at]);
                };
                exchange(asks, turns, false, |_| write(&fds[MANY]), heard)
            }
            ("eventfd any", false) => {
                let told = |turn| write(&fds[which(turn)]);
                exchange(asks, turns, false, told, |_| read(&fds[MANY]))
            }
            _ => Duration::ZERO,
        };
        u64::try_from(took.as_nanos()).unwrap()
    });
}

/// How long it took to ask so often, without this side's work; or the work of who answers.
///
/// There is one turn more than is timed, at the end of which both are there.
fn exchange(
    asks: bool,
    turns: u64,
    works: bool,
    tell: impl Fn(u64),
    mut hear: impl FnMut(u64),
) -> Duration {
    let mut worked = Duration::ZERO;
    let mut start = Instant::now();
    for turn in 0..=turns {
        if !asks {
            hear(turn);
        }
        if works {
            let begun = Instant::now();
            while begun.elapsed() < WORK {}
            worked += begun.elapsed();
        }
        if asks {
            tell(turn);
            hear(turn);
        } else {
            tell(turn);
        }
        if turn == 0 {
            start = Instant::now();
            worked = Duration::ZERO;
        }
    }
    if asks {
        start.elapsed().saturating_sub(worked)
    } else {
        worked
    }
}
