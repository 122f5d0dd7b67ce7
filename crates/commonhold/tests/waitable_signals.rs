//! Signals, of the Unix kind, that come while a thread waits: the wait goes on, and so does its time.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    Event, Mutex, Process, Semaphore, Thread, Timeout, Timer, Wait, Waitable, signal_and_wait,
    wait_all, wait_any, wait_one,
};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;
use support::{MAIN, Role, isolated, say, until_told};
use waits::{MOMENT, asleep_with_id, take, tid, times_out, until_asleep};

static HANDLED: AtomicU32 = AtomicU32::new(0);

extern "C" fn handle(_: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::SeqCst);
}

/// Has the signal run a handler, with or without `SA_RESTART`.
fn install(restart: bool) {
    let handler: extern "C" fn(libc::c_int) = handle;
    // SAFETY: all its fields may be zero.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = if restart { libc::SA_RESTART } else { 0 };
    // SAFETY: the handler does nothing but add to an atomic.
    let installed =
        unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) };
    assert_eq!(installed, 0);
}

/// Signals a thread of this process, and returns once its handler has run.
fn interrupt(tid: u32) {
    let before = HANDLED.load(Ordering::SeqCst);
    let (process, thread) = (std::process::id(), tid);
    // SAFETY: the signal has a handler.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGUSR1) };
    assert_eq!(sent, 0);
    while HANDLED.load(Ordering::SeqCst) == before {
        thread::yield_now();
    }
}

/// A wait that is interrupted in its sleep again and again, and ends only by what it waits for.
fn check(wait: impl FnOnce() -> Wait + Send, end: impl FnOnce()) -> Wait {
    thread::scope(|scope| {
        let (waiter, tid) = asleep_with_id(scope, wait);
        for _ in 0..20 {
            interrupt(tid);
            until_asleep(std::process::id(), tid);
            assert!(!waiter.is_finished());
        }
        end();
        waiter.join().unwrap()
    })
}

fn event() -> Event {
    Event::options().create_unnamed().unwrap()
}

/// Runs this for both kinds of handlers.
fn with_both(test: impl Fn()) {
    for restart in [true, false] {
        install(restart);
        test();
    }
}

#[test]
fn a_wait_for_one_goes_on() {
    isolated(|_| {
        with_both(|| {
            let event = event();
            let wait = || wait_one(&event, Timeout::INFINITE).unwrap();
            assert_eq!(check(wait, || event.set().unwrap()), Wait::Signaled(0));
            let wait = || wait_one(&event, Duration::from_secs(100)).unwrap();
            assert_eq!(check(wait, || event.set().unwrap()), Wait::Signaled(0));
            let units = Semaphore::options().create_unnamed().unwrap();
            let wait = || wait_one(&units, Timeout::INFINITE).unwrap();
            let release = || assert_eq!(units.release(1).unwrap(), 0);
            assert_eq!(check(wait, release), Wait::Signaled(0));
            let mutex = Mutex::options().owned(true).create_unnamed().unwrap();
            let wait = || {
                drop(mutex.lock().unwrap());
                Wait::Signaled(0)
            };
            assert_eq!(check(wait, || mutex.release().unwrap()), Wait::Signaled(0));
            let timer = Timer::options().create_unnamed().unwrap();
            timer.set(Duration::from_secs(100), MOMENT).unwrap();
            let wait = || wait_one(&timer, Timeout::INFINITE).unwrap();
            let due = || timer.set(Duration::ZERO, Duration::ZERO).unwrap();
            assert_eq!(check(wait, due), Wait::Signaled(0));
            let request = self::event();
            let wait = || signal_and_wait(&request, &event, Timeout::INFINITE).unwrap();
            assert_eq!(check(wait, || event.set().unwrap()), Wait::Signaled(0));
            // The signal was made, and once.
            assert!(take(&request) && !take(&request));
        });
    });
}

#[test]
fn a_wait_for_several_goes_on() {
    isolated(|role| {
        if role != MAIN {
            say("here");
            return until_told();
        }
        with_both(|| {
            let (first, second) = (event(), event());
            let wait = || wait_any(&[&first, &second], Timeout::INFINITE).unwrap();
            assert_eq!(check(wait, || second.set().unwrap()), Wait::Signaled(1));
            second.set().unwrap();
            let wait = || wait_all(&[&first, &second], Timeout::INFINITE).unwrap();
            assert_eq!(check(wait, || first.set().unwrap()), Wait::Signaled(0));
            let mut other = Role::start("other");
            other.expect("here");
            let process = Process::open(other.pid()).unwrap();
            let wait = || wait_any(&[&first, &process], Timeout::INFINITE).unwrap();
            assert_eq!(check(wait, || first.set().unwrap()), Wait::Signaled(0));
            let wait = || wait_any(&[&first, &process], Timeout::INFINITE).unwrap();
            assert_eq!(check(wait, || other.kill()), Wait::Signaled(1));
        });
    });
}

#[test]
fn a_wait_for_a_process_or_a_thread_goes_on() {
    isolated(|role| {
        if role != MAIN {
            say("here");
            return until_told();
        }
        with_both(|| {
            let mut other = Role::start("other");
            other.expect("here");
            let process = Process::open(other.pid()).unwrap();
            let wait = || wait_one(&process, Timeout::INFINITE).unwrap();
            assert_eq!(check(wait, || other.kill()), Wait::Signaled(0));
            let end = event();
            let (send, receive) = std::sync::mpsc::channel();
            thread::scope(|scope| {
                scope.spawn(|| {
                    send.send(Thread::current().unwrap()).unwrap();
                    end.wait(Timeout::INFINITE).unwrap();
                });
                let thread = receive.recv().unwrap();
                let wait = || wait_one(&thread, Timeout::INFINITE).unwrap();
                assert_eq!(check(wait, || end.set().unwrap()), Wait::Signaled(0));
            });
        });
    });
}

#[test]
fn time_goes_on_while_signals_come() {
    isolated(|_| {
        with_both(|| {
            let (first, second) = (event(), event());
            let this = Process::open(std::process::id()).unwrap();
            let objects: [&dyn Waitable; 3] = [&first, &second, &this];
            let waits: [&dyn Fn(Duration) -> Wait; 5] = [
                &|moment| wait_one(&first, moment).unwrap(),
                &|moment| wait_any(&objects[..2], moment).unwrap(),
                &|moment| wait_any(&objects, moment).unwrap(),
                &|moment| wait_all(&objects, moment).unwrap(),
                &|moment| wait_one(&this, moment).unwrap(),
            ];
            for wait in waits {
                let (stop, waiter) = (AtomicBool::new(false), tid());
                let before = HANDLED.load(Ordering::SeqCst);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        while !stop.load(Ordering::Relaxed) {
                            interrupt(waiter);
                        }
                    });
                    assert!(times_out(wait));
                    stop.store(true, Ordering::Relaxed);
                });
                assert_ne!(HANDLED.load(Ordering::SeqCst), before);
            }
        });
    });
}
