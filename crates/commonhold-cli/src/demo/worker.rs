//! A process of the demo, as it sees itself: it does what the lines on its standard input ask for, and
//! answers each.

use std::io::{self, BufRead as _, Write as _};
use std::process;
use std::str::FromStr;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail};
use commonhold::os::linux::ObjectExt as _;
use commonhold::{Error, ErrorCode, Event, Mutex, Section, Timeout, Timer, View};

use super::SIZE;
use super::slots::{self, Pair, Slot};

/// What an answer starts with when the request was fulfilled; what was seen follows.
pub const DONE: &str = "done";
/// What an answer starts with when it was not; why follows.
pub const FAILED: &str = "failed";

/// Answers requests until there are no more, which the death of the demo is too.
pub fn work() -> Result<()> {
    let mut worker = Worker::default();
    for request in io::stdin().lock().lines() {
        let answer = match worker.fulfil(&request?) {
            Ok(seen) => format!("{DONE} {seen}"),
            Err(error) => format!("{FAILED} {error:#}"),
        };
        writeln!(io::stdout(), "{}", answer.replace('\n', " "))?;
    }
    Ok(())
}

/// What the process has.
#[derive(Default)]
struct Worker {
    section: Option<Section>,
    view: Option<View>,
    turns: Option<Turns>,
}

/// What it takes turns by.
struct Turns {
    lock: Mutex,
    go: Event,
    tick: Timer,
}

impl Worker {
    fn fulfil(&mut self, request: &str) -> Result<String> {
        let (verb, rest) = request.split_once(' ').unwrap_or((request, ""));
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        match verb {
            "create" => self.keep(Section::options().size(SIZE).create_new(rest)?),
            "open" => self.keep(Section::open(rest)?),
            "holds" => holds(number(rest)?).map(|holds| holds.to_string()),
            "take" => self.keep(Section::duplicate_from(number(first)?, number(second)?)?),
            "close" => {
                self.section = None;
                Ok(String::new())
            }
            "read" => Slot(number(rest)?).read(self.view()?),
            "write" => {
                Slot(number(first)?).write(self.view()?, second)?;
                Ok(String::new())
            }
            "add" => self.add(number(rest)?),
            "coordinate" => {
                self.turns = Some(Turns {
                    lock: Mutex::open(slots::lock_name(rest))?,
                    go: Event::open(slots::event_name(rest))?,
                    tick: Timer::open(slots::timer_name(rest))?,
                });
                Ok(String::new())
            }
            "update" => self.update(number(rest)?),
            "break" => {
                std::mem::forget(self.turns()?.lock.lock().map_err(Error::from)?);
                Pair::add(self.view()?, true)?;
                Ok(String::new())
            }
            "wait" => {
                let turns = self.turns()?;
                let came = match rest {
                    "event" => turns.go.wait(Timeout::INFINITE)?,
                    "timer" => turns.tick.wait(Timeout::INFINITE)?,
                    _ => bail!("there is no `{rest}` to wait for"),
                };
                Ok(came.to_string())
            }
            _ => bail!("there is no request `{verb}`"),
        }
    }

    fn keep(&mut self, section: Section) -> Result<String> {
        self.view = Some(section.map()?);
        self.section = Some(section);
        Ok(String::new())
    }

    fn view(&self) -> Result<&View> {
        self.view.as_ref().context("nothing is mapped yet")
    }

    fn turns(&self) -> Result<&Turns> {
        self.turns
            .as_ref()
            .context("there is nothing to take turns by yet")
    }

    fn update(&self, times: u32) -> Result<String> {
        for _ in 0..times {
            let _guard = self.turns()?.lock.lock().map_err(Error::from)?;
            Pair::add(self.view()?, false)?;
        }
        Ok(String::new())
    }

    fn add(&self, times: u32) -> Result<String> {
        let counter = slots::counter(self.view()?)?;
        for _ in 0..times {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        Ok(String::new())
    }
}

/// Whether this process has a section as this descriptor.
fn holds(descriptor: i32) -> Result<bool> {
    match Section::duplicate_from(process::id(), descriptor) {
        Ok(_) => Ok(true),
        Err(error) if error.code() == ErrorCode::INVALID_HANDLE => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn number<N>(word: &str) -> Result<N>
where
    N: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    word.parse()
        .with_context(|| format!("`{word}` is not such a number"))
}
