//! Signaling one object and waiting for another. win32-facts 5.7.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, Mutex, Process, Rights, Semaphore, Signal, Timeout, Timer, Wait,
    signal_and_wait,
};
use std::time::Duration;
use support::{MAIN, Role, isolated};
use waits::{code, take, times_out};

fn event() -> Event {
    Event::options().create_unnamed().unwrap()
}

#[test]
fn what_can_be_signaled_is_signaled() {
    isolated(|_| {
        let signaled = Event::options().manual_reset(true).signaled(true);
        let signaled = signaled.create_unnamed().unwrap();
        let signal = |object: &dyn Signal| signal_and_wait(object, &signaled, Timeout::INFINITE);
        let event = event();
        assert_eq!(signal(&event).unwrap(), Wait::Signaled(0));
        assert!(take(&event));
        let semaphore = Semaphore::options().count(1).create_unnamed().unwrap();
        assert_eq!(signal(&semaphore).unwrap(), Wait::Signaled(0));
        assert_eq!(semaphore.count().unwrap(), 2, "one unit is released");
        let mutex = Mutex::options().owned(true).create_unnamed().unwrap();
        assert_eq!(signal(&mutex).unwrap(), Wait::Signaled(0));
        assert_eq!(code(mutex.release()), ErrorCode::NOT_OWNER);
    });
}

#[test]
fn one_object_may_be_both() {
    isolated(|_| {
        let event = event();
        let waited = signal_and_wait(&event, &event, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
        assert!(!event.is_signaled().unwrap());
        let semaphore = Semaphore::options().maximum(1).create_unnamed().unwrap();
        let waited = signal_and_wait(&semaphore, &semaphore, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
        assert_eq!(semaphore.count().unwrap(), 0);
        let mutex = Mutex::options().owned(true).create_unnamed().unwrap();
        let waited = signal_and_wait(&mutex, &mutex, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
        mutex.release().unwrap();
    });
}

#[test]
fn when_time_is_up_the_signal_was_made() {
    isolated(|_| {
        let (request, reply) = (event(), event());
        assert!(times_out(|moment| {
            signal_and_wait(&request, &reply, moment).unwrap()
        }));
        assert!(take(&request));
        let waited = signal_and_wait(&request, &reply, Timeout::ZERO).unwrap();
        assert_eq!(waited, Wait::TimedOut);
        assert!(take(&request));
    });
}

#[test]
fn what_cannot_be_signaled_is_not_waited_for() {
    isolated(|_| {
        let ready = Event::options().signaled(true).create_unnamed().unwrap();
        let full = Semaphore::options().count(1).maximum(1);
        let full = full.create_unnamed().unwrap();
        let free = Mutex::options().create_unnamed().unwrap();
        let cannot_set = event().duplicate(Rights::SYNCHRONIZE).unwrap();
        let cannot_release = full.duplicate(Rights::SYNCHRONIZE).unwrap();
        let refused: [(&dyn Signal, _); 4] = [
            (&full, ErrorCode::TOO_MANY_POSTS),
            (&free, ErrorCode::NOT_OWNER),
            (&cannot_set, ErrorCode::ACCESS_DENIED),
            (&cannot_release, ErrorCode::ACCESS_DENIED),
        ];
        for (object, expected) in refused {
            let result = signal_and_wait(object, &ready, Timeout::ZERO);
            assert_eq!(code(result), expected);
            assert!(ready.is_signaled().unwrap());
        }
        assert_eq!(full.count().unwrap(), 1);
    });
}

#[test]
fn what_may_not_be_waited_for_is_no_reason_to_signal() {
    isolated(|_| {
        let request = event();
        let cannot_wait = event().duplicate(Rights::MODIFY_STATE).unwrap();
        let refused = signal_and_wait(&request, &cannot_wait, Timeout::INFINITE);
        assert_eq!(code(refused), ErrorCode::ACCESS_DENIED);
        assert!(!request.is_signaled().unwrap());
        // To signal needs no right to wait, and a mutex none at all.
        let signaler = request.duplicate(Rights::MODIFY_STATE).unwrap();
        let waited = signal_and_wait(&signaler, &request, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
        let mutex = Mutex::options().owned(true).create_unnamed().unwrap();
        let nothing = mutex.duplicate(Rights::empty()).unwrap();
        let waited = signal_and_wait(&nothing, &mutex, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
    });
}

#[test]
fn timers_and_processes_are_waited_for() {
    isolated(|role| {
        let stop = Event::options().create("stop").unwrap();
        if role != MAIN {
            assert!(stop.wait(Timeout::INFINITE).unwrap());
            return;
        }
        let request = event();
        let timer = Timer::options().create_unnamed().unwrap();
        timer.set(Duration::from_millis(5), Duration::ZERO).unwrap();
        let waited = signal_and_wait(&request, &timer, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
        let other = Role::start("other");
        let process = Process::open(other.pid()).unwrap();
        let waited = signal_and_wait(&stop, &process, Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
        other.finish();
    });
}

#[test]
fn two_processes_hand_it_to_and_fro() {
    isolated(|role| {
        let there = Event::options().create("ping").unwrap();
        let back = Event::options().create("pong").unwrap();
        if role != MAIN {
            assert!(there.wait(Timeout::INFINITE).unwrap());
            for _ in 1..3000 {
                let waited = signal_and_wait(&back, &there, Timeout::INFINITE).unwrap();
                assert_eq!(waited, Wait::Signaled(0));
            }
            return back.set().unwrap();
        }
        let other = Role::start("other");
        for _ in 0..3000 {
            let waited = signal_and_wait(&there, &back, Timeout::INFINITE).unwrap();
            assert_eq!(waited, Wait::Signaled(0));
        }
        other.finish();
        assert!(!take(&there) && !take(&back));
    });
}
