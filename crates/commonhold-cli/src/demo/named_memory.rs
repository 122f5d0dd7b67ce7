//! Step 1: memory that has a name.

use std::sync::atomic::Ordering;

use anyhow::Result;
use commonhold::Section;

use super::slots::{self, Slot};
use super::{Demo, SIZE, check, namespace};

/// How often each of the two processes adds 1, at the same time.
const TIMES: u32 = 100_000;

pub fn tell(demo: &mut Demo) -> Result<()> {
    demo.story
        .step("Memory with a name: whoever opens the name shares the memory.")?;
    let (pid, name) = (demo.pid, demo.name("hello"));

    let question = format!("hello from {pid}");
    let section = Section::options().size(SIZE).create_new(&name)?;
    let view = section.map()?;
    Slot::FIRST.write(&view, &question)?;
    check(
        "the new name is in the namespace",
        &namespace::names(&namespace::directory()?, &name)?,
        &[name.as_str()],
    )?;
    demo.story.line(
        pid,
        &format!("creates \"{name}\" and writes"),
        &format!("{question:?}"),
    )?;

    let mut other = demo.crew.start()?;
    other.open(&name)?;
    let seen = other.read(Slot::FIRST)?;
    check("the other process reads what was written", &seen, &question)?;
    demo.story.line(
        other.pid(),
        "opens that name and reads",
        &format!("{seen:?}"),
    )?;

    let answer = format!("hello back from {}", other.pid());
    other.write(Slot::SECOND, &answer)?;
    let seen = Slot::SECOND.read(&view)?;
    check("the answer is seen", &seen, &answer)?;
    demo.story.line(
        pid,
        &format!("reads what {} wrote as its answer", other.pid()),
        &format!("{seen:?}"),
    )?;

    let counter = slots::counter(&view)?;
    other.start_adding(TIMES)?;
    for _ in 0..TIMES {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    other.finish_adding()?;
    let sum = counter.load(Ordering::Relaxed);
    check("no addition is lost", &sum, &u64::from(2 * TIMES))?;
    demo.story.line(
        pid,
        &format!("and {} each add 1 to a counter {TIMES} times", other.pid()),
        &sum.to_string(),
    )?;
    other.finish()
}
