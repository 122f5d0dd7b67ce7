//! What one thread does with nobody to wait for.

use std::time::{Duration, Instant};

use commonhold::{Event, Mutex, Semaphore, Timeout, Wait, Waitable, wait_all, wait_any};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsRawFd as _, OwnedFd};

use crate::measure::{Goal, Row, Table};
use crate::peer::Peer;

const MILLISECOND: Duration = Duration::from_millis(1);

fn time(iterations: u64, operation: impl Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..iterations {
        operation();
    }
    start.elapsed()
}

pub fn measure(table: &mut Table, peer: &Peer) {
    mutexes(table, peer);
    semaphores(table, peer);
    any_of_64(table);
    all_of_8(table);
}

fn mutexes(table: &mut Table, peer: &Peer) {
    let unnamed = Mutex::options().create_unnamed().unwrap();
    let named = Mutex::options().create("free mutex").unwrap();
    for (operation, mutex) in [
        ("lock and unlock, unnamed mutex", unnamed),
        ("lock and unlock, named mutex", named),
    ] {
        let row = Row {
            operation,
            peer: "glibc robust mutex",
            goal: Goal::AtMost(0.85),
            batch: MILLISECOND,
        };
        let theirs = || {
            peer.mutex.lock();
            peer.mutex.unlock();
        };
        table.compare(
            &row,
            |iterations| time(iterations, theirs),
            |iterations| time(iterations, || drop(mutex.lock().unwrap())),
        );
    }
}

fn semaphores(table: &mut Table, peer: &Peer) {
    let theirs = || {
        peer.semaphores[0].post();
        peer.semaphores[0].wait();
    };
    let semaphore = Semaphore::options().count(1).create_unnamed().unwrap();
    let ours = || {
        assert!(semaphore.acquire(Timeout::INFINITE).unwrap());
        semaphore.release(1).unwrap();
    };
    let row = Row {
        operation: "acquire and release, semaphore",
        peer: "sem_t",
        goal: Goal::AtMost(1.0),
        batch: MILLISECOND,
    };
    // One unit for theirs, too, to wait before it posts.
    peer.semaphores[1].post();
    let theirs_acquired = || {
        peer.semaphores[1].wait();
        peer.semaphores[1].post();
    };
    table.compare(
        &row,
        |iterations| time(iterations, theirs_acquired),
        |iterations| time(iterations, ours),
    );
    peer.semaphores[1].wait();

    let event = Event::options().create_unnamed().unwrap();
    let ours = || {
        event.set().unwrap();
        assert!(event.wait(Timeout::INFINITE).unwrap());
    };
    let row = Row {
        operation: "set and wait, auto-reset event",
        peer: "sem_t",
        goal: Goal::AtMost(1.0),
        batch: MILLISECOND,
    };
    table.compare(
        &row,
        |iterations| time(iterations, theirs),
        |iterations| time(iterations, ours),
    );
}

/// Nothing is consumed on either side: the last event is a manual-reset one, and an eventfd is readable until it
/// is read.
fn any_of_64(table: &mut Table) {
    let fds: Vec<_> = (0..64)
        .map(|number| eventfd(u32::from(number == 63), EventfdFlags::CLOEXEC).unwrap())
        .collect();
    let mut polled = Polled::new(&fds);
    let events: Vec<_> = (0..64)
        .map(|number| {
            let last = number == 63;
            let options = Event::options().manual_reset(last).signaled(last);
            options.create_unnamed().unwrap()
        })
        .collect();
    let each: Vec<&dyn Waitable> = events.iter().map(|event| event as _).collect();
    let row = Row {
        operation: "wait for any of 64, last is signaled",
        peer: "poll of 64 eventfds",
        goal: Goal::AtMost(0.3),
        batch: MILLISECOND,
    };
    table.compare(
        &row,
        |iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                assert_eq!(polled.poll(), 63);
            }
            start.elapsed()
        },
        |iterations| {
            time(iterations, || {
                let wait = wait_any(&each, Timeout::INFINITE).unwrap();
                assert_eq!(wait, Wait::Signaled(63));
            })
        },
    );
}

/// The events of several groups are set beforehand, outside of the time, and are the same ones on both sides. The
/// clock is read once for all groups, on both sides alike.
fn all_of_8(table: &mut Table) {
    const GROUPS: usize = 8;
    let groups: Vec<Vec<_>> = (0..GROUPS)
        .map(|_| {
            let events = (0..8).map(|_| Event::options().create_unnamed().unwrap());
            events.collect()
        })
        .collect();
    let each: Vec<Vec<&dyn Waitable>> = groups
        .iter()
        .map(|events| events.iter().map(|event| event as _).collect())
        .collect();
    let timed = |iterations: u64, take: &dyn Fn(usize)| {
        let mut took = Duration::ZERO;
        let mut left = usize::try_from(iterations).unwrap();
        while left > 0 {
            let now = left.min(GROUPS);
            left -= now;
            for event in groups[..now].iter().flatten() {
                event.set().unwrap();
            }
            let start = Instant::now();
            (0..now).for_each(take);
            took += start.elapsed();
        }
        took
    };
    let row = Row {
        operation: "wait for all of 8, signaled",
        peer: "8 waits for one, ours",
        goal: Goal::AtMost(2.5),
        batch: MILLISECOND,
    };
    table.compare(
        &row,
        |iterations| {
            timed(iterations, &|group| {
                for event in &groups[group] {
                    assert!(event.wait(Timeout::INFINITE).unwrap());
                }
            })
        },
        |iterations| {
            timed(iterations, &|group| {
                let wait = wait_all(&each[group], Timeout::INFINITE).unwrap();
                assert_eq!(wait, Wait::Signaled(0));
            })
        },
    );
}

/// Eventfds to poll.
pub struct Polled(Vec<libc::pollfd>);

impl Polled {
    pub fn new(fds: &[OwnedFd]) -> Self {
        let each = fds.iter().map(|fd| libc::pollfd {
            fd: fd.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        });
        Self(each.collect())
    }

    /// Waits, and tells which the first readable one is.
    pub fn poll(&mut self) -> usize {
        let count = libc::nfds_t::try_from(self.0.len()).unwrap();
        // SAFETY: so many that live.
        while unsafe { libc::poll(self.0.as_mut_ptr(), count, -1) } < 1 {}
        let mut each = self.0.iter();
        each.position(|polled| polled.revents != 0).unwrap()
    }
}
