//! Processes in several pid namespaces, where thread ids are equal that are not the same thread's. Only root can
//! make such.

#![allow(missing_docs)]
#![allow(unsafe_code)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, Mutex, Semaphore, Timeout, Wait, Waitable, wait_all, wait_any, wait_one,
};
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::thread;
use support::{MAIN, Role, hear, is_root, isolated, say};
use waits::{asleep, take, until_asleep};

const LEFT_OUT: &str = "making pid namespaces";

/// Starts a process that is the first of a pid namespace of its own: its id, and its thread's, is 1.
fn start_first(role: &str) -> Role {
    let own = File::open("/proc/self/ns/pid").unwrap();
    // SAFETY: says in which namespace children start, and changes nothing in memory.
    let new = unsafe { libc::unshare(libc::CLONE_NEWPID) };
    let mut started = Role::start(role);
    // SAFETY: says that they start in this one again.
    let old = unsafe { libc::setns(own.as_raw_fd(), libc::CLONE_NEWPID) };
    assert_eq!((new, old), (0, 0));
    started.expect("1 1");
    started
}

/// Does what the parent says, and says what came of it.
fn obey() {
    say(&format!("{} {}", std::process::id(), waits::tid()));
    let mutex = Mutex::open("table").unwrap();
    let units = Semaphore::open("units").unwrap();
    let event = Event::open("ready").unwrap();
    let both: [&dyn Waitable; 2] = [&units, &event];
    let said = |result: commonhold::Result<Wait>| match result {
        Ok(wait) => format!("{wait:?}"),
        Err(error) => format!("error {}", error.code().get()),
    };
    while let Some(line) = hear() {
        say(&match line.as_str() {
            "try" => said(mutex.acquire(Timeout::ZERO)),
            "lock" => said(mutex.acquire(Timeout::INFINITE)),
            "release" => said(mutex.release().map(|()| Wait::Signaled(0))),
            "acquire" => said(wait_one(&units, Timeout::INFINITE)),
            "any" => said(wait_any(&both, Timeout::INFINITE)),
            "all" => said(wait_all(&both, Timeout::INFINITE)),
            other => panic!("{other}"),
        });
    }
}

/// Says something after which the process sleeps, and returns once it does.
fn say_and_let_sleep(role: &mut Role, line: &str) {
    role.say(line);
    until_asleep(role.pid(), role.pid());
}

fn order(role: &mut Role, line: &str, expected: &str) {
    role.say(line);
    role.expect(expected);
}

/// Runs the test with the objects that it is about, and does what others do in their roles.
fn with_objects(test: impl Fn(&Mutex, &Semaphore, &Event)) {
    isolated(|role| {
        if role != MAIN {
            return obey();
        }
        if !is_root(LEFT_OUT) {
            return;
        }
        let mutex = Mutex::options().create("table").unwrap();
        let units = Semaphore::options().create("units").unwrap();
        let event = Event::options().create("ready").unwrap();
        test(&mutex, &units, &event);
    });
}

#[test]
fn an_equal_id_is_not_taken_for_the_owners() {
    with_objects(|mutex, _, _| {
        let (mut owner, mut other) = (start_first("owner"), start_first("other"));
        order(&mut owner, "try", "Signaled(0)");
        order(&mut other, "try", "TimedOut");
        let not_owner = format!("error {}", ErrorCode::NOT_OWNER.get());
        order(&mut other, "release", &not_owner);
        say_and_let_sleep(&mut other, "lock");
        order(&mut owner, "try", "Signaled(0)");
        order(&mut owner, "release", "Signaled(0)");
        order(&mut owner, "release", "Signaled(0)");
        order(&mut owner, "release", &not_owner);
        other.expect("Signaled(0)");
        order(&mut owner, "try", "TimedOut");
        order(&mut other, "release", "Signaled(0)");
        assert_eq!(wait_one(mutex, Timeout::ZERO).unwrap(), Wait::Signaled(0));
        order(&mut owner, "try", "TimedOut");
        owner.finish();
        other.finish();
    });
}

#[test]
fn a_sleeper_that_is_killed_does_not_abandon_what_its_namesake_owns() {
    with_objects(|mutex, _, _| {
        let mut owner = start_first("owner");
        order(&mut owner, "try", "Signaled(0)");
        for _ in 0..3 {
            let mut sleeper = start_first("sleeper");
            say_and_let_sleep(&mut sleeper, "lock");
            sleeper.kill();
            assert_eq!(wait_one(mutex, Timeout::ZERO).unwrap(), Wait::TimedOut);
        }
        // One that slept through it does not find it abandoned either.
        let mut sleeper = start_first("sleeper");
        say_and_let_sleep(&mut sleeper, "lock");
        order(&mut owner, "release", "Signaled(0)");
        sleeper.expect("Signaled(0)");
        sleeper.finish();
        assert_eq!(wait_one(mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
        mutex.release().unwrap();
        owner.finish();
    });
}

#[test]
fn an_owner_that_is_killed_is_noticed_in_other_namespaces() {
    with_objects(|mutex, _, _| {
        for _ in 0..3 {
            let (mut owner, mut other) = (start_first("owner"), start_first("other"));
            order(&mut owner, "try", "Signaled(0)");
            say_and_let_sleep(&mut other, "lock");
            owner.kill();
            other.expect("Abandoned(0)");
            thread::scope(|scope| {
                let waiter = asleep(scope, || {
                    let waited = mutex.acquire(Timeout::INFINITE).unwrap();
                    mutex.release().unwrap();
                    waited
                });
                other.kill();
                assert_eq!(waiter.join().unwrap(), Wait::Abandoned(0));
            });
        }
    });
}

#[test]
fn signals_reach_those_in_other_namespaces() {
    with_objects(|_, units, event| {
        let (mut first, mut second) = (start_first("first"), start_first("second"));
        say_and_let_sleep(&mut first, "any");
        say_and_let_sleep(&mut second, "acquire");
        event.set().unwrap();
        first.expect("Signaled(1)");
        units.release(1).unwrap();
        second.expect("Signaled(0)");
        say_and_let_sleep(&mut first, "all");
        say_and_let_sleep(&mut second, "any");
        units.release(2).unwrap();
        second.expect("Signaled(0)");
        event.set().unwrap();
        first.expect("Signaled(0)");
        // One of them is killed in its sleep: what comes then is for the other, though they have one id.
        say_and_let_sleep(&mut first, "any");
        say_and_let_sleep(&mut second, "any");
        first.kill();
        event.set().unwrap();
        second.expect("Signaled(1)");
        second.finish();
        assert!(!take(event) && !take(units));
    });
}
