//! Step 3: memory without a name, which reaches others as a handle.

use std::os::fd::{AsFd as _, AsRawFd as _};

use anyhow::Result;
use commonhold::Section;

use super::slots::Slot;
use super::{Demo, SIZE, check};

const SECRET: &str = "for invited guests";

pub fn tell(demo: &mut Demo) -> Result<()> {
    demo.story
        .step("Memory without a name: only processes that get a handle can use it.")?;
    let pid = demo.pid;

    let options = Section::options().size(SIZE).inheritable(true);
    let section = options.create_unnamed()?;
    let view = section.map()?;
    Slot::FIRST.write(&view, SECRET)?;
    let descriptor = section.as_fd().as_raw_fd();
    demo.story.line(
        pid,
        &format!("makes it, has it as descriptor {descriptor}, and writes"),
        &format!("{SECRET:?}"),
    )?;

    let mut heir = demo.crew.start()?;
    section.set_inheritable(false)?;
    heir.take(heir.pid(), descriptor)?;
    let seen = heir.read(Slot::FIRST)?;
    check("the child that inherited it reads it", &seen, SECRET)?;
    demo.story.line(
        heir.pid(),
        &format!("inherited descriptor {descriptor} from {pid} and reads"),
        &format!("{seen:?}"),
    )?;

    let mut stranger = demo.crew.start()?;
    check(
        "the other child inherited nothing",
        &stranger.holds(descriptor)?,
        &false,
    )?;
    stranger.take(pid, descriptor)?;
    let seen = stranger.read(Slot::FIRST)?;
    check("the process that duplicated it reads it", &seen, SECRET)?;
    demo.story.line(
        stranger.pid(),
        &format!("inherited nothing, duplicates {pid}'s handle, and reads"),
        &format!("{seen:?}"),
    )?;

    heir.write(Slot::SECOND, "thanks")?;
    stranger.write(Slot::THIRD, "me too")?;
    let seen = [Slot::SECOND.read(&view)?, Slot::THIRD.read(&view)?];
    check("what both wrote is seen", &seen, &["thanks", "me too"])?;
    demo.story.line(
        pid,
        &format!("reads what {} and {} wrote", heir.pid(), stranger.pid()),
        &format!("{:?}, {:?}", seen[0], seen[1]),
    )?;
    heir.finish()?;
    stranger.finish()
}
