//! Step 6: what is left of it all.

use std::path::Path;

use anyhow::Result;

use commonhold::Section;

use super::{Demo, check, namespace};

/// Tells the step; `file` is the one that step 2 shared.
pub fn tell(demo: &mut Demo, file: &Path) -> Result<()> {
    demo.story.step("Nothing is left behind.")?;
    let pid = demo.pid;

    let directory = namespace::directory()?;
    let left = namespace::names(&directory, &demo.prefix())?;
    check("no name is left", left.as_slice(), &[] as &[&str])?;
    demo.story.line(
        pid,
        &format!("looks for its names in {}", directory.display()),
        "none",
    )?;

    check("the temporary file is gone", &file.try_exists()?, &false)?;
    demo.story
        .line(pid, &format!("looks for {}", file.display()), "gone")?;

    let left = demo.crew.left();
    check("no process is left", left.as_slice(), &[] as &[u32])?;
    demo.story.line(
        pid,
        &format!("looks for the {} processes it started", demo.crew.started()),
        "all ended",
    )
}

/// Frees the memory of what a failed demo's processes held when they were killed: touching a leftover does.
pub fn reap(demo: &Demo) {
    let names =
        namespace::directory().and_then(|directory| namespace::names(&directory, &demo.prefix()));
    for name in names.unwrap_or_default() {
        // That nobody has the name is what is hoped for; the failure to tell of is another one.
        let _ = Section::open(&name);
    }
}
