//! Step 2: a file that has a name among the objects.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use commonhold::Section;

use super::slots::Slot;
use super::{Demo, check};

const BEFORE: &str = "report: draft";
const AFTER: &str = "report: final";

/// Tells the step, and where the file was.
pub fn tell(demo: &mut Demo) -> Result<PathBuf> {
    demo.story.step(
        "A file with a name: others open it without its path, and have it in their memory.",
    )?;
    let (pid, name) = (demo.pid, demo.name("report"));

    let (temporary, mut file) = Temporary::create(pid)?;
    let path = temporary.0.clone();
    file.write_all(BEFORE.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    let section = Section::options().file(&file).create_new(&name)?;
    demo.story.line(
        pid,
        &format!("shares a file as \"{name}\""),
        &path.display().to_string(),
    )?;

    let mut other = demo.crew.start()?;
    other.open(&name)?;
    let seen = other.read(Slot::FIRST)?;
    check("the other process sees the file", &seen, BEFORE)?;
    demo.story.line(
        other.pid(),
        "opens that name and sees",
        &format!("{seen:?}"),
    )?;

    other.write(Slot::FIRST, AFTER)?;
    let seen = other.read(Slot::FIRST)?;
    check("the other process sees its change", &seen, AFTER)?;
    demo.story.line(
        other.pid(),
        "changes it, in its own memory, to",
        &format!("{seen:?}"),
    )?;
    other.finish()?;
    drop(section);
    let read =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    check("the change is in the file", &read, AFTER)?;
    demo.story.line(
        pid,
        "reads the file, as any program would",
        &format!("{read:?}"),
    )?;
    temporary.remove()?;
    Ok(path)
}

/// A file of the demo's own, which goes with this value.
struct Temporary(PathBuf);

impl Temporary {
    fn create(pid: u32) -> Result<(Self, File)> {
        let directory = env::temp_dir();
        let mut path = directory.join(format!("commonhold-demo-{pid}"));
        let mut attempt = 1;
        loop {
            let created = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path);
            match created {
                // A demo that was killed left it, and had the same process id.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    attempt += 1;
                    path = directory.join(format!("commonhold-demo-{pid}-{attempt}"));
                }
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("cannot create {}; set TMPDIR", path.display()));
                }
                Ok(file) => return Ok((Self(path), file)),
            }
        }
    }

    fn remove(self) -> Result<()> {
        fs::remove_file(&self.0).with_context(|| format!("cannot remove {}", self.0.display()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After `remove` there is nothing left to do; on another failure that is what is told.
        let _ = fs::remove_file(&self.0);
    }
}
