//! Signals that end programs, caught: whoever waits or holds something ends it properly first.

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use anyhow::{Context as _, Result};
use commonhold::{Alert, Wait, Waitable, wait_all_unless, wait_any};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::exit::Status;
use crate::units::Time;

const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// The signals that came since they were first caught. They have no other effect.
pub struct Signals {
    caught: Receiver<i32>,
    alert: Arc<Alert>,
}

/// How a wait ended.
pub enum Waited {
    /// The object at this place was taken, or all were.
    Taken { place: usize, is_abandoned: bool },
    /// Nothing was taken, and the command ends with this.
    InVain(Status),
}

impl Signals {
    /// Catches, until the process ends, what would end it, and what says that a child has ended.
    pub fn catch() -> Result<Self> {
        const TRIED: &str = "cannot catch signals";
        // Whoever is started by nohup, or by a script in its background, goes on ignoring what it ignores.
        let ignored = ignored().unwrap_or(0);
        let is_ignored = |signal: &i32| ignored >> (signal - 1) & 1 == 1;
        let ending = ENDING.into_iter().filter(|signal| !is_ignored(signal));
        let mut signals =
            signal_hook::iterator::Signals::new(ending.chain([SIGCHLD])).context(TRIED)?;

        let alert = Arc::new(Alert::new()?);
        let (tell, caught) = mpsc::channel();
        let raised = Arc::clone(&alert);
        let forward = move || {
            for signal in signals.forever() {
                // The waiter that is alerted finds the signal there.
                let is_heard = tell.send(signal).is_ok();
                if !is_heard || (signal != SIGCHLD && raised.raise().is_err()) {
                    break;
                }
            }
        };
        thread::Builder::new().spawn(forward).context(TRIED)?;
        Ok(Self { caught, alert })
    }

    /// The next signal, once there is one.
    pub fn next(&self) -> Result<i32> {
        self.caught.recv().context("signals are caught no more")
    }

    /// Sleeps until a signal comes that ends programs, and gives the status to end with.
    pub fn until_ended(&self) -> Result<Status> {
        loop {
            let signal = self.next()?;
            if signal != SIGCHLD {
                return Ok(Status::of_signal(signal));
            }
        }
    }

    /// The status to end with, if a signal came that ends programs.
    pub fn ended(&self) -> Option<Status> {
        let signal = self.caught.try_iter().find(|&signal| signal != SIGCHLD);
        signal.map(Status::of_signal)
    }

    /// Waits for any of the objects, of which there may be one less than the library waits for.
    pub fn wait_any(&self, objects: &[&dyn Waitable], timeout: Option<Time>) -> Result<Waited> {
        let alert: &dyn Waitable = &*self.alert;
        let with_alert = [objects, &[alert]].concat();
        let wait = wait_any(&with_alert, timeout.map(|time| time.0))?;
        let taken = wait.index().filter(|&place| place < objects.len());
        Ok(self.waited(wait, taken))
    }

    /// Waits for all of the objects.
    pub fn wait_all(&self, objects: &[&dyn Waitable], timeout: Option<Time>) -> Result<Waited> {
        let wait = wait_all_unless(objects, &self.alert, timeout.map(|time| time.0))?;
        Ok(self.waited(wait, wait.index()))
    }

    fn waited(&self, wait: Wait, taken: Option<usize>) -> Waited {
        match taken {
            Some(place) => Waited::Taken {
                place,
                is_abandoned: matches!(wait, Wait::Abandoned(_)),
            },
            None => Waited::InVain(self.ended().unwrap_or(Status::TIMED_OUT)),
        }
    }
}

/// The signals that this process was started to ignore: bit 0 is signal 1.
fn ignored() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}
