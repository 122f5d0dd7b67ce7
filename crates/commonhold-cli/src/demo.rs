//! `commonhold demo`: what the library does, told and checked line by line, with real processes.
//!
//! The demo is the first process of its story. The others are this program again, as [`worker`]s that do what
//! they are asked in lines over pipes. Each step is a module; what a step starts and makes ends with it,
//! however it ends.

mod coordination;
mod crash;
mod crew;
mod leftovers;
mod named_file;
mod named_memory;
mod namespace;
mod slots;
mod story;
mod unnamed_memory;
mod worker;

use std::fmt::Debug;
use std::process;

use anyhow::{Context as _, Result, bail};

use crew::Crew;
use story::Story;

pub use worker::work;

/// Bytes in each of the demo's sections.
const SIZE: u64 = 64 * 1024;

/// What the steps share.
struct Demo {
    story: Story,
    crew: Crew,
    pid: u32,
}

impl Demo {
    /// A name that no other demo uses at the same time.
    fn name(&self, what: &str) -> String {
        format!("{}{what}", self.prefix())
    }

    /// What all names of this demo start with.
    fn prefix(&self) -> String {
        format!("demo-{}-", self.pid)
    }
}

/// Runs the demo. All of it held if this is `Ok`.
pub fn run() -> Result<()> {
    let mut demo = Demo {
        story: Story::new(),
        crew: Crew::new()?,
        pid: process::id(),
    };
    let told = tell(&mut demo);
    if told.is_err() {
        leftovers::reap(&demo);
    }
    told.with_context(|| format!("the demo failed {}", demo.story.place()))
}

fn tell(demo: &mut Demo) -> Result<()> {
    demo.story.open(&format!(
        "Commonhold demo. Process {} tells; every other number on the left is a process that it starts.",
        demo.pid
    ))?;
    named_memory::tell(demo)?;
    let file = named_file::tell(demo)?;
    unnamed_memory::tell(demo)?;
    crash::tell(demo)?;
    coordination::tell(demo)?;
    leftovers::tell(demo, &file)?;
    demo.story.close(
        "Every line was checked, and held. No daemon had a part in it, and nobody had to clean up.",
    )
}

/// Fails, with both, unless what was seen is what was expected.
fn check<S, E>(what: &str, seen: &S, expected: &E) -> Result<()>
where
    S: Debug + PartialEq<E> + ?Sized,
    E: Debug + ?Sized,
{
    if seen != expected {
        bail!("{what}\n  expected  {expected:?}\n  seen      {seen:?}");
    }
    Ok(())
}
