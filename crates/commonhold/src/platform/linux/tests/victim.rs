//! Processes that stop at a named point of a protocol, for a test to kill there or to let go on.

use std::env;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, waitid};

/// A process that stops at a point, if it comes by. It is killed when this is dropped.
pub(super) struct Victim(Child);

/// How a process came to rest.
#[derive(Debug, PartialEq)]
pub(super) enum Settled {
    Stopped,
    Exited,
    /// For another process to finish.
    Waiting,
}

impl Victim {
    pub(super) fn start(point: &str) -> Self {
        Self::start_as("victim", point)
    }

    /// `late` is who comes when nobody holds the name.
    pub(super) fn start_as(role: &str, point: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        let test = env::var("COMMONHOLD_TEST").unwrap();
        command.args(["--exact", &test, "--nocapture", "--test-threads=1"]);
        command
            .env("COMMONHOLD_TEST_ROLE", role)
            .env("COMMONHOLD_STOP_AT", point);
        command.stdout(Stdio::null());
        Self(command.spawn().unwrap())
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// Waits until the process stops at its point, ends, or waits for another.
    pub(super) fn settle(&self) -> Settled {
        loop {
            match self.state(WaitIdOptions::NOHANG) {
                Some(settled) => return settled,
                None if self.waits() => return Settled::Waiting,
                None => thread::yield_now(),
            }
        }
    }

    /// Waits until the process stops at its point or ends.
    pub(super) fn settle_for_good(&self) -> Settled {
        self.state(WaitIdOptions::empty()).unwrap()
    }

    fn state(&self, wait: WaitIdOptions) -> Option<Settled> {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | wait;
        let status: WaitIdStatus = waitid(WaitId::Pid(self.pid()), options).unwrap()?;
        Some(if status.stopped() {
            Settled::Stopped
        } else {
            Settled::Exited
        })
    }

    /// Whether it sleeps for a while, as who waits for another's removal does.
    fn waits(&self) -> bool {
        let sleeping = libc::SYS_clock_nanosleep.to_string();
        let threads = fs::read_dir(format!("/proc/{}/task", self.0.id()));
        threads.into_iter().flatten().flatten().any(|thread| {
            let call = fs::read_to_string(thread.path().join("syscall")).unwrap_or_default();
            call.split(' ').next() == Some(&sleeping)
        })
    }

    pub(super) fn resume(&self) {
        let _ = kill_process(self.pid(), Signal::CONT);
    }

    /// Lets the process go on to its end, past its point, and expects it to succeed.
    pub(super) fn finish(mut self) {
        while self.settle_for_good() == Settled::Stopped {
            self.resume();
            while self.state(WaitIdOptions::NOHANG) == Some(Settled::Stopped) {
                thread::yield_now();
            }
        }
        let status = self.0.wait().unwrap();
        assert!(
            status.success(),
            "a process was harmed by the end of another: {status}"
        );
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
