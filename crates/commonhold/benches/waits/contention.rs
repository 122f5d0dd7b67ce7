//! Four processes that want one mutex all the time.

use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use commonhold::Mutex;

use crate::measure::{Goal, Row, Table};
use crate::peer::Peer;
use crate::worker::{self, Worker};

const PROCESSES: usize = 4;
const BATCH: Duration = Duration::from_millis(30);
/// Within which all processes are told to begin.
const AHEAD: Duration = Duration::from_millis(2);

pub fn measure(table: &mut Table, root: &Path, peer: &Peer) {
    let row = Row {
        operation: "4 processes, one mutex, 100 ns inside",
        peer: "glibc robust mutex",
        goal: Goal::AtLeast(1.0),
        batch: BATCH,
    };
    if !table.wants(row.operation) {
        return;
    }
    let _mutex = Mutex::options().create("wanted").unwrap();
    let start = |_| Worker::start(root, "contend", None, &[]);
    let mut workers: Vec<_> = (0..PROCESSES).map(start).collect();
    // Each answers once it is ready, without a turn.
    peer.stop.store(1, Ordering::Relaxed);
    for worker in &mut workers {
        worker.tell("ours 0");
        assert_eq!(worker.hear(), 0);
    }
    let workers = RefCell::new(workers);
    let batch = |what| batch(&mut workers.borrow_mut(), peer, what);
    table.compare_batches(&row, || batch("robust"), || batch("ours"));
}

/// All contend for a while; how many nanoseconds there are for each time that one of them had the mutex.
fn batch(workers: &mut [Worker], peer: &Peer, what: &str) -> f64 {
    peer.stop.store(0, Ordering::Relaxed);
    peer.counted.store(0, Ordering::Relaxed);
    let at = worker::now() + AHEAD;
    for worker in &mut *workers {
        worker.tell(&format!("{what} {}", at.as_nanos()));
    }
    thread::sleep(at.saturating_sub(worker::now()));
    let start = Instant::now();
    thread::sleep(BATCH);
    peer.stop.store(1, Ordering::Relaxed);
    let took = start.elapsed();
    let count: u64 = workers.iter_mut().map(Worker::hear).sum();
    let counted = peer.counted.load(Ordering::Relaxed);
    assert_eq!(count, counted, "two were inside at once");
    took.as_secs_f64() * 1e9 / count as f64
}

/// A process that contends as it is told to.
pub fn work(peer: &Peer) {
    let mutex = Mutex::open("wanted").unwrap();
    let multiplications = multiplications();
    worker::serve(|what, at| {
        thread::sleep(Duration::from_nanos(at).saturating_sub(worker::now()));
        if what == "ours" {
            contend(peer, || {
                let _guard = mutex.lock().unwrap();
                inside(peer, multiplications);
            })
        } else {
            contend(peer, || {
                peer.mutex.lock();
                inside(peer, multiplications);
                peer.mutex.unlock();
            })
        }
    });
}

fn contend(peer: &Peer, once: impl Fn()) -> u64 {
    let mut count = 0;
    while peer.stop.load(Ordering::Relaxed) == 0 {
        once();
        count += 1;
    }
    count
}

/// What the mutex guards, and multiplications, each of which needs the one before.
fn inside(peer: &Peer, multiplications: u32) {
    let counted = peer.counted.load(Ordering::Relaxed);
    black_box(multiply(counted | 1, multiplications));
    peer.counted.store(counted + 1, Ordering::Relaxed);
}

fn multiply(mut product: u64, multiplications: u32) -> u64 {
    for _ in 0..multiplications {
        product = black_box(product.wrapping_mul(3));
    }
    product
}

/// How many multiplications take 100 ns, when nothing disturbs them.
fn multiplications() -> u32 {
    const MANY: u32 = 10_000;
    let time = |_| {
        let start = Instant::now();
        black_box(multiply(1, black_box(MANY)));
        start.elapsed().as_nanos()
    };
    let least = (0..50).map(time).min().unwrap().max(1);
    u32::try_from(u128::from(MANY) * 100 / least).unwrap()
}
