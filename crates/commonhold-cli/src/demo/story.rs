//! The demo's output: steps with headlines, and lines that say which process did or saw what.

use std::fmt;
use std::io::{self, Stdout, Write as _};

use anyhow::{Context as _, Result};

/// Where the column starts that says what was seen.
const SEEN_AT: usize = 58;

/// Standard output, written in lines.
pub struct Story {
    out: Stdout,
    steps: u32,
}

impl Story {
    pub fn new() -> Self {
        Self {
            out: io::stdout(),
            steps: 0,
        }
    }

    /// The first line.
    pub fn open(&mut self, line: &str) -> Result<()> {
        self.say(format_args!("{line}"))
    }

    /// The headline of the next step.
    pub fn step(&mut self, headline: &str) -> Result<()> {
        self.steps += 1;
        let step = self.steps;
        self.say(format_args!("\n{step}. {headline}"))
    }

    /// Where in the story it is.
    pub fn place(&self) -> String {
        match self.steps {
            0 => "at the start".into(),
            step => format!("in step {step}"),
        }
    }

    /// What a process did, and what it saw, if it saw something.
    pub fn line(&mut self, pid: u32, did: &str, saw: &str) -> Result<()> {
        let line = format!("{pid:>8}  {did:SEEN_AT$}  {saw}");
        self.say(format_args!("{}", line.trim_end()))
    }

    /// The last line.
    pub fn close(&mut self, line: &str) -> Result<()> {
        self.say(format_args!("\n{line}"))
    }

    fn say(&mut self, line: fmt::Arguments<'_>) -> Result<()> {
        writeln!(self.out, "{line}").context("cannot write the output")
    }
}
