//! Waits and signals, side by side in one run with what others use for the same, and what they cost.
//!
//! `cargo bench -p commonhold --bench waits` measures in less than two minutes, and prints one table at the end.
//! `cargo bench -p commonhold --bench waits -- "one CPU" mutex` measures the rows whose operations have one of
//! these in them.
//!
//! Batches of the peer's and of ours alternate; the ratio is the median of those of the pairs, so that what slows
//! the machine for a while slows both. (That is why it is not criterion that measures: it does one and then the
//! other.) Other processes are this file in the roles of `main`.

#![allow(missing_docs, unsafe_code)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are rounded anyway"
)]

#[path = "waits/alone.rs"]
mod alone;
#[path = "waits/contention.rs"]
mod contention;
#[path = "waits/exchange.rs"]
mod exchange;
#[path = "waits/measure.rs"]
mod measure;
#[path = "waits/peer.rs"]
mod peer;
#[path = "../tests/support/silence.rs"]
mod silence;
#[path = "waits/worker.rs"]
mod worker;

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use commonhold::{Event, Mutex, Semaphore, Timeout};

use crate::measure::Table;
use crate::peer::Peer;

fn main() {
    if let Ok(role) = env::var(worker::ROLE) {
        worker::settle();
        let peer =
            || Peer::open(&PathBuf::from(env::var_os("COMMONHOLD_ROOT").unwrap()).join("peer"));
        return match role.as_str() {
            "contend" => contention::work(peer()),
            "silent" => silent(),
            role => exchange::work(role == "ask", peer()),
        };
    }
    let root = Root::new();
    // SAFETY: nothing else runs in this process yet.
    unsafe { env::set_var("COMMONHOLD_ROOT", &root.0) };
    let peer = Peer::create(&root.0.join("peer"));
    let mut table = Table::from_arguments();
    alone::measure(&mut table, peer);
    exchange::measure(&mut table, &root.0);
    contention::measure(&mut table, &root.0, peer);
    system_calls(&mut table);
    table.print();
}

/// What is uncontended takes no system call: `tests/no_syscalls.rs` has all of it, this what is measured above.
fn system_calls(table: &mut Table) {
    let operation = "1000 x set, wait, reset, acquire, lock, ...";
    if table.wants(operation) {
        let mut command = Command::new(env::current_exe().unwrap());
        let ended = command.env(worker::ROLE, "silent").status().unwrap();
        let what = if ended.success() {
            "no system call".into()
        } else {
            format!("MISSED: a system call, {ended}")
        };
        table.say(operation, "seccomp, kills for any call", &what);
    }
}

fn silent() {
    let event = Event::options().create_unnamed().unwrap();
    let semaphore = Semaphore::options().count(1).create_unnamed().unwrap();
    let mutex = Mutex::options().create_unnamed().unwrap();
    let run = || {
        event.set().unwrap();
        assert!(event.wait(Timeout::INFINITE).unwrap());
        event.set().unwrap();
        event.reset().unwrap();
        assert!(semaphore.acquire(Timeout::INFINITE).unwrap());
        semaphore.release(1).unwrap();
        drop(mutex.lock().unwrap());
    };
    run();
    silence::forbid_system_calls();
    for _ in 0..1000 {
        run();
    }
    silence::end();
}

/// A directory for a namespace, in memory.
struct Root(PathBuf);

impl Root {
    fn new() -> Self {
        let root = PathBuf::from(format!("/dev/shm/commonhold-bench-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        Self(root)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
