//! Waiting for processes, alone and among other objects. win32-facts 5.6.

#![allow(missing_docs)]

mod support;
#[path = "support/waits.rs"]
mod waits;

use commonhold::{
    ErrorCode, Event, Mutex, Process, Timeout, Wait, Waitable, wait_all, wait_any, wait_one,
};
use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Command, Stdio};
use std::thread;
use support::{MAIN, Role, isolated, say, until_told};
use waits::{asleep, code, take, times_out};

fn start() -> (Role, Process) {
    let mut role = Role::start("other");
    role.expect("here");
    let process = Process::open(role.pid()).unwrap();
    (role, process)
}

/// What all the others do.
fn be_there() {
    say("here");
    until_told();
}

#[test]
fn a_process_is_signaled_once_it_has_ended_and_stays_so() {
    isolated(|role| {
        if role != MAIN {
            return be_there();
        }
        let (role, process) = start();
        assert!(times_out(|moment| wait_one(&process, moment).unwrap()));
        assert!(!process.wait(Timeout::ZERO).unwrap());
        thread::scope(|scope| {
            let waiters = [(); 3].map(|()| asleep(scope, || process.wait(Timeout::INFINITE)));
            role.kill();
            for waiter in waiters {
                assert!(waiter.join().unwrap().unwrap());
            }
        });
        // It was reaped, too.
        assert!(take(&process) && take(&process));
        assert!(process.wait(Timeout::INFINITE).unwrap());
    });
}

#[test]
fn the_end_of_a_process_ends_a_wait_for_any() {
    isolated(|role| {
        if role != MAIN {
            return be_there();
        }
        let event = Event::options().create_unnamed().unwrap();
        let (first, one) = start();
        let (second, two) = start();
        let objects: [&dyn Waitable; 3] = [&event, &one, &two];
        assert!(times_out(|moment| wait_any(&objects, moment).unwrap()));
        thread::scope(|scope| {
            let wait = || wait_any(&[&event, &one, &two], Timeout::INFINITE).unwrap();
            let waiter = asleep(scope, wait);
            event.set().unwrap();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
            let waiter = asleep(scope, wait);
            second.kill();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(2));
            // Only processes: there is no word to sleep on but one's own.
            let waiter = asleep(scope, || wait_any(&[&one], Timeout::INFINITE).unwrap());
            first.finish();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
        });
        event.set().unwrap();
        assert_eq!(
            wait_any(&objects, Timeout::ZERO).unwrap(),
            Wait::Signaled(0)
        );
        assert_eq!(
            wait_any(&objects, Timeout::ZERO).unwrap(),
            Wait::Signaled(1)
        );
    });
}

#[test]
fn the_end_of_processes_ends_a_wait_for_all() {
    isolated(|role| {
        if role != MAIN {
            return be_there();
        }
        let event = Event::options().signaled(true).create_unnamed().unwrap();
        let (first, one) = start();
        let (second, two) = start();
        thread::scope(|scope| {
            let wait = || wait_all(&[&one, &event, &two], Timeout::INFINITE).unwrap();
            let waiter = asleep(scope, wait);
            first.kill();
            assert!(event.is_signaled().unwrap() && !waiter.is_finished());
            second.kill();
            assert_eq!(waiter.join().unwrap(), Wait::Signaled(0));
        });
        assert!(!event.is_signaled().unwrap());
        let waited = wait_all(&[&one, &event, &two], waits::MOMENT).unwrap();
        assert_eq!(waited, Wait::TimedOut);
        event.set().unwrap();
        // One of them twice, which is refused for objects that a wait changes.
        let waited = wait_all(&[&one, &event, &two, &one], Timeout::INFINITE).unwrap();
        assert_eq!(waited, Wait::Signaled(0));
    });
}

/// Its mutex is abandoned no later than it is signaled.
#[test]
fn what_a_process_owned_is_abandoned_when_it_has_ended() {
    isolated(|role| {
        let mutex = Mutex::options().create("table").unwrap();
        if role != MAIN {
            assert!(take(&mutex));
            return be_there();
        }
        for _ in 0..20 {
            let (role, process) = start();
            thread::scope(|scope| {
                let waiter = asleep(scope, || process.wait(Timeout::INFINITE).unwrap());
                role.kill();
                assert!(waiter.join().unwrap());
                assert_eq!(wait_one(&mutex, Timeout::ZERO).unwrap(), Wait::Abandoned(0));
            });
            mutex.release().unwrap();
        }
    });
}

#[test]
fn a_child_and_a_pidfd_are_processes() {
    isolated(|_| {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let process = Process::of(&child).unwrap();
        let copy = process.as_fd().try_clone_to_owned().unwrap();
        let copy = Process::try_from(copy).unwrap();
        let moved = Process::try_from(OwnedFd::from(process)).unwrap();
        assert!(!take(&moved) && !take(&copy));
        drop(child.stdin.take());
        assert!(moved.wait(Timeout::INFINITE).unwrap());
        // It is there still, until it is reaped.
        assert!(Process::of(&child).unwrap().wait(Timeout::ZERO).unwrap());
        assert!(child.wait().unwrap().success());
        assert!(copy.wait(Timeout::ZERO).unwrap());
        assert_eq!(code(Process::of(&child)), ErrorCode::INVALID_PARAMETER);
    });
}

#[test]
fn what_is_no_process_is_refused() {
    isolated(|_| {
        for id in [0, u32::MAX, 1 << 31, u32::MAX >> 1] {
            assert_eq!(
                code(Process::open(id)),
                ErrorCode::INVALID_PARAMETER,
                "{id}"
            );
        }
        // The id of a thread that is not its process's first.
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                assert_eq!(
                    code(Process::open(waits::tid())),
                    ErrorCode::INVALID_PARAMETER
                );
            });
            thread.join().unwrap();
        });
        let event = Event::options().create_unnamed().unwrap();
        let others: [OwnedFd; 2] = [event.into(), File::open("/dev/null").unwrap().into()];
        for other in others {
            assert_eq!(code(Process::try_from(other)), ErrorCode::INVALID_HANDLE);
        }
        let this = OwnedFd::from(Process::open(std::process::id()).unwrap());
        assert_eq!(code(Event::try_from(this)), ErrorCode::INVALID_HANDLE);
    });
}

/// The kernel takes a directory of `/proc` for a process in some calls, and it is always readable.
#[test]
fn a_directory_is_no_process() {
    isolated(|_| {
        let directory = OwnedFd::from(File::open("/proc/self").unwrap());
        let refused = Process::try_from(directory).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::INVALID_HANDLE);
    });
}
