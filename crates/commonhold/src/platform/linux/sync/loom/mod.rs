//! The protocols under `loom`: small scenes, in every order that the memory model allows with few preemptions, and
//! with one thread killed before each of its steps.
//!
//! ```text
//! RUSTFLAGS='--cfg loom' cargo test -p commonhold --release --target-dir target/loom loom
//! ```

mod calm;
mod event;
mod mutex;
mod semaphore;
mod timer;
mod wait_all;
mod wait_any;

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use ::loom::model::Builder;
use ::loom::thread::JoinHandle;

use super::primitive::{Me, god};
use super::shared::{Private, Shared};
use super::state::{Kind, State};
use super::target::Target;
use super::wait::Deadline;
use super::wait_all::All;
use super::waitable::{Taken, Waitable};
use crate::platform::linux::held_name::Inode;

/// The ids of the threads.
const A: u32 = 11;
const B: u32 = 12;
const C: u32 = 13;
/// The one that comes when all is over.
const FRESH: u32 = 19;

const FOREVER: Option<Duration> = None;

/// An object, as one process has it.
struct Mapped {
    waitable: Waitable,
    shared: Arc<Shared>,
    _private: Box<Private>,
}

impl Mapped {
    fn new(kind: Kind, state: State) -> Arc<Self> {
        Arc::new(Self::map(kind, Arc::new(Shared::new(state.0))))
    }

    fn map(kind: Kind, shared: Arc<Shared>) -> Self {
        let private = Box::new(Private::new());
        // SAFETY: both live for as long as the value; where the links are is the model's matter.
        let waitable =
            unsafe { Waitable::new(NonNull::from(&*shared), NonNull::from(&*private), kind) };
        Self {
            waitable,
            shared,
            _private: private,
        }
    }

    /// The same object, as another process has it.
    fn elsewhere(&self) -> Arc<Self> {
        Arc::new(Self::map(self.kind(), Arc::clone(&self.shared)))
    }

    /// How many waits would succeed.
    fn units(&self) -> u32 {
        self.kind().units(self.load())
    }

    fn wait_forever(&self, me: &Me) -> Taken {
        let taken = self.wait(me, Deadline::after(FOREVER));
        taken.expect("without a time, waits succeed")
    }

    /// Takes a mutex as its users do: by the short way, or else by the long one.
    fn own_forever(&self, me: &Me) -> Taken {
        if self.own_quickly(me) {
            return Taken::Normally;
        }
        self.wait_forever(me)
    }

    /// Takes the object as a thread that has just come does, and without sleeping.
    fn take_now(&self) -> Option<Taken> {
        god::live(FRESH, None, |me| {
            let taken = self.wait(me, Deadline::after(Some(Duration::ZERO)));
            if self.kind() == Kind::Mutex && taken.is_some() {
                assert!(self.release(me));
            }
            taken
        })
        .expect("it has no fuse")
    }
}

impl Deref for Mapped {
    type Target = Waitable;

    fn deref(&self) -> &Waitable {
        &self.waitable
    }
}

fn mutex() -> Arc<Mapped> {
    Mapped::new(Kind::Mutex, State::initial(Kind::Mutex, 0))
}

fn semaphore(units: u32, maximum: u32) -> Arc<Mapped> {
    let kind = Kind::Semaphore { maximum };
    Mapped::new(kind, State::initial(kind, units))
}

fn event(manual: bool, units: u32) -> Arc<Mapped> {
    let kind = Kind::Event { manual };
    Mapped::new(kind, State::initial(kind, units))
}

fn words<'a, const N: usize>(objects: [&'a Mapped; N]) -> [Target<'a>; N] {
    objects.map(|object| Target::Word(object))
}

fn wait_any<const N: usize>(
    objects: [&Mapped; N],
    me: &Me,
    timeout: Option<Duration>,
) -> Option<usize> {
    let taken = super::wait_any::wait_any(&words(objects), me, || Deadline::after(timeout));
    taken.map(|(index, _)| index)
}

fn wait_all<const N: usize>(
    objects: [&Mapped; N],
    me: &Me,
    timeout: Option<Duration>,
) -> Option<Taken> {
    let mut all = All::default();
    for (number, object) in (0..).zip(objects) {
        all.add_object(Inode::numbered(number), &object.waitable);
    }
    all.wait(me, || Deadline::after(timeout), None)
}

/// A thread that is of a process of its own, or not, as its body has it; `None` if it was killed.
fn spawn<T: 'static>(
    tid: u32,
    fuse: Option<u32>,
    body: impl FnOnce(&Me) -> T + 'static,
) -> JoinHandle<Option<T>> {
    ::loom::thread::spawn(move || {
        let result = god::live(tid, fuse, body);
        god::count_end();
        result
    })
}

/// Lets the calling thread be that one for a while.
fn be<T>(tid: u32, fuse: Option<u32>, body: impl FnOnce(&Me) -> T) -> Option<T> {
    god::live(tid, fuse, body)
}

fn explore(preemptions: usize, scene: impl Fn() + Send + Sync + 'static) -> u32 {
    let runs = Arc::new(AtomicU32::new(0));
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 5_000;
    let count = Arc::clone(&runs);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        scene();
    });
    runs.load(Ordering::Relaxed)
}

/// Runs the scene with nobody killed, then with the fuse one longer each time, until nobody dies of it.
///
/// The scene is given the fuse of its victim, and tells whether that was killed.
fn with_deaths(
    preemptions: usize,
    scene: impl Fn(Option<u32>) -> bool + Copy + Send + Sync + 'static,
) {
    let start = std::time::Instant::now();
    let alive = explore(preemptions + 1, move || assert!(!scene(None)));
    let (mut runs, mut fuse) = (0, 0);
    loop {
        let has_died = Arc::new(AtomicBool::new(false));
        let died = Arc::clone(&has_died);
        runs += explore(preemptions, move || {
            if scene(Some(fuse)) {
                died.store(true, Ordering::Relaxed);
            }
        });
        if !has_died.load(Ordering::Relaxed) {
            break;
        }
        fuse += 1;
    }
    eprintln!(
        "{alive} runs, and {runs} with a death before each of {fuse} steps: {:?}",
        start.elapsed()
    );
}
