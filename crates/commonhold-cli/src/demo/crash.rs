//! Step 4: the only holder of a name is killed.

use anyhow::Result;
use commonhold::{ErrorCode, Section};

use super::slots::Slot;
use super::{Demo, SIZE, check};

const WORK: &str = "half-done work";

pub fn tell(demo: &mut Demo) -> Result<()> {
    demo.story.step(
        "A crash: the name is free at once, and whoever still has a view keeps the memory.",
    )?;
    let (pid, name) = (demo.pid, demo.name("crash"));

    let mut holder = demo.crew.start()?;
    holder.create(&name)?;
    holder.write(Slot::FIRST, WORK)?;
    demo.story.line(
        holder.pid(),
        &format!("creates \"{name}\" and writes"),
        &format!("{WORK:?}"),
    )?;

    let mut viewer = demo.crew.start()?;
    viewer.open(&name)?;
    viewer.close()?;
    demo.story
        .line(viewer.pid(), "maps a view of it, and closes its handle", "")?;

    let taken = Section::options().size(SIZE).create_new(&name);
    check_refused("the name is taken", taken, ErrorCode::ALREADY_EXISTS)?;
    let killed = holder.pid();
    holder.kill()?;
    demo.story.line(
        pid,
        &format!("kills {killed}, the only holder, with SIGKILL"),
        "",
    )?;

    let seen = check_refused(
        "the name is free",
        Section::open(&name),
        ErrorCode::FILE_NOT_FOUND,
    )?;
    demo.story.line(pid, "opens the name", &seen)?;

    let section = Section::options().size(SIZE).create_new(&name)?;
    let view = section.map()?;
    let mut bytes = vec![0xff; view.len()];
    view.read(0, &mut bytes)?;
    check("the size is as asked for", &(bytes.len() as u64), &SIZE)?;
    let other_than_zero = bytes.iter().find(|&&byte| byte != 0);
    check(
        "every byte of the new memory is zero",
        &other_than_zero,
        &None,
    )?;
    demo.story.line(
        pid,
        "creates the name anew, and reads",
        &format!("{SIZE} bytes, all zero"),
    )?;

    let seen = viewer.read(Slot::FIRST)?;
    check("the view still shows the old memory", &seen, WORK)?;
    demo.story.line(
        viewer.pid(),
        "still reads in its view of the old memory",
        &format!("{seen:?}"),
    )?;
    viewer.finish()
}

/// Checks that it was refused with this code, and gives the code's name.
fn check_refused(
    what: &str,
    result: commonhold::Result<Section>,
    expected: ErrorCode,
) -> Result<String> {
    let seen = match result {
        Ok(_) => "a section".into(),
        Err(error) => format!("{:?}", error.code()),
    };
    check(what, &seen, &format!("{expected:?}"))?;
    Ok(seen)
}
