//! Processes that are killed at named points of the protocols of waitable objects, while others wait.
//!
//! Nobody looks again by itself here (`COMMONHOLD_NO_RECHECK`): who lives has been woken.

use std::time::{Duration, Instant};

mod reservations;
mod signals;

use super::forked::{FUTEX, FUTEX_WAITV, Forked};
use super::support::isolated;
use crate::{Event, Mutex, Semaphore, Timeout, Wait, Waitable};

/// How long what must come may take. Nothing takes a tenth of it.
const WATCHDOG: Duration = Duration::from_secs(10);

fn set(name: &str, value: &str) {
    // SAFETY: the processes of these tests have no other thread that looks at its environment.
    unsafe { std::env::set_var(name, value) };
}

fn no_recheck() {
    set("COMMONHOLD_NO_RECHECK", "1");
}

/// A process that stops at these points, one after the other.
fn victim(points: &str, run: impl FnOnce()) -> Forked {
    let victim = Forked::start(|| {
        set("COMMONHOLD_STOP_AT", points);
        run();
    });
    victim.await_stop();
    victim
}

/// A process that ends once it has waited; it sleeps when this returns.
fn sleeper(wait: impl FnOnce() -> Wait) -> Forked {
    let sleeper = Forked::start(|| assert_ne!(wait(), Wait::TimedOut));
    until("does not sleep", || {
        sleeper
            .call()
            .is_some_and(|(call, _)| [FUTEX, FUTEX_WAITV].contains(&call))
    });
    sleeper
}

fn until(otherwise: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + WATCHDOG;
    while !is_so() {
        assert!(Instant::now() < end, "{otherwise}");
        std::thread::sleep(Duration::from_micros(50));
    }
}

/// How many have not ended yet.
fn left(sleepers: &mut Vec<Forked>) -> usize {
    sleepers.retain_mut(|sleeper| !sleeper.has_ended());
    sleepers.len()
}

fn all_end(what: &str, sleepers: &mut [Forked]) {
    for sleeper in sleepers {
        until(what, || sleeper.has_ended());
    }
}

const EVER: Timeout = Timeout::INFINITE;

fn semaphore(count: u32) -> Semaphore {
    Semaphore::options().count(count).create_unnamed().unwrap()
}

fn event(manual: bool, signaled: bool) -> Event {
    let options = Event::options().manual_reset(manual).signaled(signaled);
    options.create_unnamed().unwrap()
}

fn lock_and_unlock(mutex: &Mutex) -> Wait {
    let wait = mutex.acquire(EVER).unwrap();
    mutex.release().unwrap();
    wait
}
