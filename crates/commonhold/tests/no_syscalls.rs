//! What nobody contends for is done without a system call, but for the first time that a thread does anything.

#![allow(missing_docs)]
#![allow(unsafe_code)]

#[path = "support/silence.rs"]
mod silence;
mod support;

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use commonhold::{
    Event, Mutex, Semaphore, Timeout, Timer, Wait, Waitable, signal_and_wait, wait_all, wait_any,
    wait_one,
};
use support::{MAIN, Role, isolated};

const TIMES: usize = 1000;

type Operations = Box<dyn Fn()>;
/// What a process does, and how it gets ready for that.
type Case = (&'static str, fn() -> Operations);

/// Each in a process of its own, so that its name says whose system call it was.
const ALL: [Case; 10] = [
    ("mutex", || on_mutex(Mutex::options().create_unnamed())),
    ("named mutex", || on_mutex(Mutex::options().create("mutex"))),
    ("semaphore", || {
        on_semaphore(Semaphore::options().count(2).create_unnamed())
    }),
    ("named semaphore", || {
        on_semaphore(Semaphore::options().count(2).create("semaphore"))
    }),
    ("auto-reset event", || {
        on_auto_event(Event::options().create_unnamed())
    }),
    ("named auto-reset event", || {
        on_auto_event(Event::options().create("event"))
    }),
    ("manual-reset event", manual_event),
    ("timer", timer),
    ("waits for many", many),
    ("signal and wait", signal),
];

fn on_mutex(mutex: commonhold::Result<Mutex>) -> Operations {
    let mutex = mutex.unwrap();
    Box::new(move || {
        let guard = mutex.lock().unwrap();
        drop(mutex.lock().unwrap());
        assert!(mutex.try_lock().unwrap().is_some());
        drop(guard);
        let guard = mutex.lock_timeout(Duration::from_secs(1)).unwrap();
        drop(guard.unwrap());
        assert_eq!(mutex.acquire(Timeout::INFINITE).unwrap(), Wait::Signaled(0));
        mutex.release().unwrap();
    })
}

/// With two units.
fn on_semaphore(semaphore: commonhold::Result<Semaphore>) -> Operations {
    let semaphore = semaphore.unwrap();
    Box::new(move || {
        assert!(semaphore.acquire(Timeout::INFINITE).unwrap());
        assert!(semaphore.acquire(Timeout::ZERO).unwrap());
        assert!(!semaphore.acquire(Timeout::ZERO).unwrap());
        assert_eq!(semaphore.release(2).unwrap(), 0);
        assert_eq!(semaphore.count().unwrap(), 2);
    })
}

fn on_auto_event(event: commonhold::Result<Event>) -> Operations {
    let event = event.unwrap();
    Box::new(move || {
        event.set().unwrap();
        event.set().unwrap();
        assert!(event.wait(Timeout::INFINITE).unwrap());
        assert!(!event.wait(Timeout::ZERO).unwrap());
        event.set().unwrap();
        event.reset().unwrap();
        event.pulse().unwrap();
        assert!(!event.is_signaled().unwrap());
    })
}

fn manual_event() -> Operations {
    let event = Event::options()
        .manual_reset(true)
        .create_unnamed()
        .unwrap();
    Box::new(move || {
        event.set().unwrap();
        assert!(event.wait(Timeout::INFINITE).unwrap());
        assert!(event.wait(Duration::from_secs(1)).unwrap());
        event.reset().unwrap();
        assert!(!event.wait(Timeout::ZERO).unwrap());
        event.pulse().unwrap();
    })
}

fn timer() -> Operations {
    let timer = Timer::options()
        .manual_reset(true)
        .create_unnamed()
        .unwrap();
    timer.set(Duration::ZERO, Duration::ZERO).unwrap();
    assert!(timer.wait(Timeout::INFINITE).unwrap());
    Box::new(move || {
        assert!(timer.wait(Timeout::INFINITE).unwrap());
        assert!(timer.is_signaled().unwrap());
    })
}

fn many() -> Operations {
    let events: Vec<_> = (0..64)
        .map(|_| Event::options().create_unnamed().unwrap())
        .collect();
    let slots = Semaphore::options().count(1).create_unnamed().unwrap();
    let mutex = Mutex::options().create_unnamed().unwrap();
    Box::new(move || {
        let each: [&dyn Waitable; 64] = std::array::from_fn(|index| &events[index] as _);
        events[63].set().unwrap();
        assert_eq!(
            wait_any(&each, Timeout::INFINITE).unwrap(),
            Wait::Signaled(63)
        );
        assert_eq!(wait_any(&each, Timeout::ZERO).unwrap(), Wait::TimedOut);
        let three: [&dyn Waitable; 3] = [&events[0], &slots, &mutex];
        assert_eq!(wait_all(&three, Timeout::ZERO).unwrap(), Wait::TimedOut);
        events[0].set().unwrap();
        assert_eq!(
            wait_all(&three, Timeout::INFINITE).unwrap(),
            Wait::Signaled(0)
        );
        slots.release(1).unwrap();
        mutex.release().unwrap();
    })
}

fn signal() -> Operations {
    let event = Event::options().create_unnamed().unwrap();
    let slots = Semaphore::options().create_unnamed().unwrap();
    Box::new(move || {
        let wait = signal_and_wait(&event, &event, Timeout::INFINITE).unwrap();
        assert_eq!(wait, Wait::Signaled(0));
        let wait = signal_and_wait(&slots, &slots, Timeout::INFINITE).unwrap();
        assert_eq!(wait, Wait::Signaled(0));
        assert_eq!(wait_one(&slots, Timeout::ZERO).unwrap(), Wait::TimedOut);
    })
}

#[test]
fn what_nobody_contends_for_takes_no_system_call() {
    isolated(|role| {
        if role == MAIN {
            // Who ends without a system call leaves its names to others.
            let _mutex = Mutex::options().create("mutex").unwrap();
            let _semaphore = Semaphore::options().count(2).create("semaphore").unwrap();
            let _event = Event::options().create("event").unwrap();
            for (name, _) in ALL {
                let status = Role::start(name).end();
                assert!(status.success(), "{name}: {status}");
            }
            // The filter is there, and what goes unpunished was no system call.
            assert_eq!(Role::start("guilty").end().signal(), Some(libc::SIGSYS));
            return;
        }
        let found = ALL.iter().find(|(name, _)| *name == role);
        let operations = found.map(|(_, make)| make());
        let run = || operations.as_ref().map(|run| run());
        run();
        silence::forbid_system_calls();
        for _ in 0..TIMES {
            run();
        }
        if operations.is_none() {
            std::thread::yield_now();
        }
        silence::end();
    });
}
