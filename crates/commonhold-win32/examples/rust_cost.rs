//! The operations of `bench/win32/cost.c`, by the Rust API: what the C interface is compared with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use commonhold::{Event, Mutex, Result, Section, Timeout, Wait, Waitable, wait_any};

/// Batches of about a hundredth of a second: the median of what one operation takes in them.
fn measure(name: &str, mut operation: impl FnMut() -> Result<()>) -> Result<()> {
    const BATCHES: usize = 31;
    let mut batch = |count: u32| {
        let start = Instant::now();
        for _ in 0..count {
            operation()?;
        }
        Ok::<_, commonhold::Error>(start.elapsed())
    };
    let mut count = 1;
    while batch(count)? <= Duration::from_millis(10) && count <= 1 << 22 {
        count *= 2;
    }
    let mut nanoseconds = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        nanoseconds.push(batch(count)?.as_secs_f64() * 1e9 / f64::from(count));
    }
    nanoseconds.sort_by(f64::total_cmp);
    println!("{name} {:.1}", nanoseconds[BATCHES / 2]);
    Ok(())
}

// Called, as the functions of a library are: what the compiler makes of the loop around them is not measured.

#[inline(never)]
fn lock(mutex: &Mutex) -> Result<()> {
    mutex.acquire(Timeout::INFINITE).map(|_| ())
}

#[inline(never)]
fn unlock(mutex: &Mutex) -> Result<()> {
    mutex.release()
}

#[inline(never)]
fn set(event: &Event) -> Result<()> {
    event.set()
}

#[inline(never)]
fn wait(event: &Event) -> Result<()> {
    event.wait(Timeout::INFINITE).map(drop)
}

fn use_section(name: &str, existed: bool) -> Result<()> {
    let section = Section::options().size(65_536).create(name)?;
    assert_eq!(section.existed(), existed);
    let view = section.map()?;
    view.put(0, &1_u8)
}

fn main() -> Result<()> {
    let mutex = Mutex::options().create("commonhold-cost-mutex")?;
    let event = Event::options().create_unnamed()?;
    let events: Vec<Event> = (0..64)
        .map(|_| Event::options().create_unnamed())
        .collect::<Result<_>>()?;
    let all: Vec<&dyn Waitable> = events.iter().map(|event| event as &dyn Waitable).collect();
    let _held = Section::options()
        .size(65_536)
        .create("commonhold-cost-held")?;

    measure("lock-unlock", || {
        lock(&mutex)?;
        unlock(&mutex)
    })?;
    measure("set-wait", || {
        set(&event)?;
        wait(&event)
    })?;
    measure("set-wait-any-64", || {
        set(&events[63])?;
        assert_eq!(wait_any(&all, Timeout::INFINITE)?, Wait::Signaled(63));
        Ok(())
    })?;
    measure("create-map-close", || {
        use_section("commonhold-cost-new", false)
    })?;
    measure("open-map-close", || {
        use_section("commonhold-cost-held", true)
    })?;

    let (ping, answer) = (
        Event::options().create_unnamed()?,
        Event::options().create_unnamed()?,
    );
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while matches!(ping.wait(Timeout::INFINITE), Ok(true)) && !ends.load(Ordering::Relaxed)
            {
                let _ = answer.set();
            }
        });
        let measured = measure("ping-pong", || {
            set(&ping)?;
            wait(&answer)
        });
        ends.store(true, Ordering::Relaxed);
        ping.set()?;
        measured
    })
}
