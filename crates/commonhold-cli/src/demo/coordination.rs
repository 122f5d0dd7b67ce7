//! Step 5: processes that take turns, and wait for each other.

use std::time::Duration;

use anyhow::{Context as _, Result};
use commonhold::{Event, LockError, Mutex, Section, Timer};

use super::slots::{self, Pair};
use super::{Demo, SIZE, check};

/// How often each process updates the pair.
const TIMES: u32 = 100_000;
/// When the timer is due.
const SOON: Duration = Duration::from_millis(20);

pub fn tell(demo: &mut Demo) -> Result<()> {
    demo.story.step(
        "Taking turns: a mutex, an event and a timer; a killed owner of the mutex is reported.",
    )?;
    let (pid, name) = (demo.pid, demo.name("turns"));

    let section = Section::options().size(SIZE).create_new(&name)?;
    let view = section.map()?;
    let lock = Mutex::options().create_new(slots::lock_name(&name))?;
    let go = Event::options()
        .manual_reset(true)
        .create_new(slots::event_name(&name))?;
    let tick = Timer::options().create_new(slots::timer_name(&name))?;
    demo.story.line(
        pid,
        &format!("creates \"{name}\", and a mutex, an event, a timer"),
        "",
    )?;

    let mut crew = [demo.crew.start()?, demo.crew.start()?];
    for worker in &mut crew {
        worker.open(&name)?;
        worker.coordinate(&name)?;
    }
    for worker in &mut crew {
        worker.start_updating(TIMES)?;
    }
    for worker in &mut crew {
        worker.finish_updating()?;
        demo.story.line(
            worker.pid(),
            &format!("adds 1 to both of two numbers {TIMES} times, locked"),
            "",
        )?;
    }
    let expected = Pair::both(2 * u64::from(TIMES));
    check("no update was lost", &Pair::read(&view)?, &expected)?;
    demo.story
        .line(pid, "reads the two numbers", &expected.to_string())?;

    let [mut first, mut second] = crew;
    first.break_off()?;
    demo.story
        .line(first.pid(), "locks the mutex, adds to the first number", "")?;
    let killed = first.pid();
    first.kill()?;
    demo.story
        .line(pid, &format!("kills {killed} with SIGKILL"), "")?;

    match lock.lock() {
        Err(LockError::Abandoned(_guard)) => {
            let half = Pair::read(&view)?;
            check("one number is ahead", &half.difference(), &1)?;
            demo.story.line(pid, "locks the mutex", "ABANDONED")?;
            demo.story
                .line(pid, "reads the two numbers", &half.to_string())?;
            expected.write(&view)?;
            demo.story.line(pid, "puts them in order, unlocks", "")?;
        }
        other => check("the mutex is abandoned", &other.is_ok(), &false)?,
    }
    let again = lock.lock().map_err(commonhold::Error::from);
    drop(again.context("the next owner is told nothing")?);
    demo.story.line(pid, "locks it again", "as usual")?;

    second.start_waiting("event")?;
    go.set()?;
    second.finish_waiting()?;
    demo.story
        .line(pid, "sets the event", &format!("wakes {}", second.pid()))?;
    second.start_waiting("timer")?;
    tick.set(SOON, Duration::ZERO)?;
    second.finish_waiting()?;
    demo.story.line(
        pid,
        &format!("sets the timer, due in {} ms", SOON.as_millis()),
        &format!("wakes {}", second.pid()),
    )?;
    second.finish()
}
