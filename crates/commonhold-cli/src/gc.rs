//! `commonhold gc`: removes what killed processes left, and says what that was.
//!
//! With `--json` it is an object with the fields `leftovers`, an array of what [`crate::leftover`] documents, and
//! `memory`, the bytes of all that were removed (or would be, with `--dry-run`).

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use commonhold::Scope;
use commonhold::os::linux::inspect::Namespace;
use commonhold::os::linux::reclaim::{Leftover, Outcome, leftovers, reclaim};
use serde::Serialize;

use crate::exit::Status;
use crate::leftover::{self, Told};
use crate::units::Size;

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    namespaces: Namespaces,
    /// Only tell what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Namespaces {
    /// Those of the machine's namespace
    #[arg(long)]
    global: bool,
    /// Those of both namespaces
    #[arg(long, conflicts_with = "global")]
    all: bool,
}

#[derive(Serialize)]
struct Report {
    leftovers: Vec<Told>,
    memory: u64,
}

impl Namespaces {
    fn scopes(&self) -> &[Scope] {
        match (self.global, self.all) {
            (_, true) => &[Scope::Local, Scope::Global],
            (true, _) => &[Scope::Global],
            _ => &[Scope::Local],
        }
    }
}

pub fn run(options: &Options) -> Result<Status> {
    let mut out = io::stdout().lock();
    let mut found = Vec::new();
    for &scope in options.namespaces.scopes() {
        let Some(namespace) = Namespace::open(scope)? else {
            continue;
        };
        found.extend(if options.dry_run {
            leftovers(&namespace)?
        } else {
            reclaim(&namespace)?
        });
    }
    found.sort_by(|one, other| one.object.path.cmp(&other.object.path));
    if options.json {
        let report = Report {
            memory: memory(&found),
            leftovers: found.iter().map(Told::of).collect(),
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write(&mut out, &found, options.dry_run)?;
    }
    Ok(Status::DONE)
}

fn write(out: &mut impl Write, found: &[Leftover], dry_run: bool) -> io::Result<()> {
    for leftover in found {
        writeln!(out, "{}", leftover::line(leftover))?;
    }
    let count = found.iter().filter(|leftover| is_gone(leftover)).count();
    let would = if dry_run { "would be " } else { "" };
    let objects = if count == 1 { "object" } else { "objects" };
    let memory = Size(memory(found));
    writeln!(out, "{count} {objects} {would}removed, {memory}")
}

/// Whether it is removed by this, or would be.
fn is_gone(leftover: &Leftover) -> bool {
    matches!(leftover.outcome, Outcome::Removed | Outcome::Removable)
}

fn memory(found: &[Leftover]) -> u64 {
    let gone = found.iter().filter(|leftover| is_gone(leftover));
    gone.map(|leftover| leftover.object.memory).sum()
}
