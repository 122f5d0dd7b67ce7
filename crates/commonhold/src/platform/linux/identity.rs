//! Identities of objects: never the same twice, whoever makes them.

use std::cell::Cell;

use rustix::rand::{GetRandomFlags, getrandom};

use super::errno::refused;
use super::fork::Process;
use crate::Result;

/// The next identity: a random part that only this thread has, and a count.
pub(super) fn next() -> Result<[u8; 16]> {
    thread_local! {
        static LAST: Cell<Option<(Process, [u8; 8], u64)>> = const { Cell::new(None) };
    }
    let process = Process::current();
    let (random, count) = match LAST.get() {
        Some((owner, random, count)) if Some(owner) == process => (random, count + 1),
        // The thread's first one, or the first after a fork.
        _ => {
            let mut random = [0; 8];
            getrandom(&mut random, GetRandomFlags::empty())
                .map_err(|errno| refused(errno, "make an identity"))?;
            (random, 0)
        }
    };
    LAST.set(process.map(|process| (process, random, count)));
    let mut identity = [0; 16];
    identity[..8].copy_from_slice(&random);
    identity[8..].copy_from_slice(&count.to_ne_bytes());
    Ok(identity)
}
