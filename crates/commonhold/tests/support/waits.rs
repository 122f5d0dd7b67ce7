//! Who waits for what, and whether it sleeps yet.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::fs;
use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use commonhold::{ErrorCode, Result, Timeout, Wait, Waitable, wait_one};

use super::support::{Role, say};

/// Long enough for whatever does not come, and not so long that tests are slow.
pub const MOMENT: Duration = Duration::from_millis(20);

pub fn tid() -> u32 {
    rustix::thread::gettid().as_raw_pid().unsigned_abs()
}

/// Returns once that thread sleeps in a wait, for objects or for processes, and tells what it sleeps on.
pub fn until_asleep(pid: u32, tid: u32) -> String {
    const SYS_FUTEX_WAITV: libc::c_long = 449;
    let waits = [libc::SYS_futex, SYS_FUTEX_WAITV, libc::SYS_ppoll];
    let path = format!("/proc/{pid}/task/{tid}/syscall");
    loop {
        let call = fs::read_to_string(&path).expect("the thread is there");
        let mut words = call.split(' ');
        let number = words.next().and_then(|it| it.trim().parse().ok());
        if number.is_some_and(|number| waits.contains(&number)) {
            return words.next().unwrap_or_default().into();
        }
        thread::yield_now();
    }
}

/// Says that this thread is about to wait, for [`until_waiting`].
pub fn say_waiting() {
    say(&format!("waiting {}", tid()));
}

/// Returns once the thread sleeps that says, in that role, that it is about to.
pub fn until_waiting(role: &mut Role) {
    let line = role.hear();
    let tid = line.strip_prefix("waiting ").expect(&line);
    until_asleep(role.pid(), tid.parse().expect("a thread's id"));
}

/// Starts a thread that waits, and returns once it sleeps.
pub fn asleep<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    wait: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    asleep_with_id(scope, wait).0
}

/// The same, and tells the thread's id.
pub fn asleep_with_id<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    wait: impl FnOnce() -> T + Send + 'scope,
) -> (ScopedJoinHandle<'scope, T>, u32) {
    let (send, receive) = mpsc::channel();
    let thread = scope.spawn(move || {
        send.send(tid()).expect("heard");
        wait()
    });
    let tid = receive.recv().expect("a thread's id");
    until_asleep(std::process::id(), tid);
    (thread, tid)
}

/// Takes the object if it is available now, in this thread.
pub fn take(object: &dyn Waitable) -> bool {
    wait_one(object, Timeout::ZERO).unwrap().index().is_some()
}

/// The same, in a thread of its own, which ends afterwards.
pub fn wait_elsewhere(object: &(dyn Waitable + Sync), timeout: impl Into<Timeout>) -> Wait {
    let timeout = timeout.into();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| wait_one(object, timeout).unwrap());
        waiter.join().unwrap()
    })
}

/// Whether nothing came of a wait that takes at least as long as it is told to.
pub fn times_out(wait: impl FnOnce(Duration) -> Wait) -> bool {
    let start = Instant::now();
    let waited = wait(MOMENT);
    waited == Wait::TimedOut && start.elapsed() >= MOMENT
}

pub fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code()
}
