//! `commonhold doctor`: checks what the library needs of the system, and says what to do where it is amiss.
//!
//! It ends with 0 if there is no problem; warnings are none. A trial makes an object of its own for a moment, as any program
//! does; all else only looks.
//!
//! With `--json` it is an object with the fields `checks`, an array of what [`check`] documents, `problems` and `warnings`,
//! their numbers.

mod check;
mod kernel;
mod memory;
mod namespaces;
mod processes;

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::exit::Status;
use check::{Check, Level};

#[derive(Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    checks: Vec<Check>,
    problems: usize,
    warnings: usize,
}

impl Report {
    fn of(checks: Vec<Check>) -> Self {
        let count = |level| checks.iter().filter(|check| check.level == level).count();
        Self {
            problems: count(Level::Problem),
            warnings: count(Level::Warning),
            checks,
        }
    }
}

pub fn run(options: &Options) -> Result<Status> {
    let checks = [
        memory::checks(),
        namespaces::checks(),
        kernel::checks(),
        processes::checks(),
    ];
    let report = Report::of(checks.into_iter().flatten().collect());
    let mut out = io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write(&mut out, &report)?;
    }
    Ok(match report.problems {
        0 => Status::DONE,
        _ => Status::FAILED,
    })
}

fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    for check in &report.checks {
        writeln!(out, "{check}")?;
    }
    let number = |number, what| match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    let problems = number(report.problems, "problem");
    let warnings = number(report.warnings, "warning");
    writeln!(out, "{problems}, {warnings}")
}
