//! `commonhold ls`: the objects of a namespace.

use std::io::{IsTerminal as _, Write};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use clap::Args;

use crate::catalog::{Choice, Entry};
use crate::exit::Status;
use crate::table::{Align, Table};
use crate::units::{Size, Time};
use crate::{json, shown};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    choice: Choice,
    /// Print JSON: an array with an object for each
    #[arg(long)]
    json: bool,
    /// Look again and again, this often, until interrupted
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "1s", conflicts_with = "json")]
    watch: Option<Time>,
}

pub fn run(options: &Options) -> Result<Status> {
    let mut out = anstream::stdout().lock();
    let Some(Time(interval)) = options.watch else {
        let entries = options.choice.look()?;
        if options.json {
            json::write(&mut out, &json::entries(&entries))?;
        } else {
            write(&mut out, &entries)?;
        }
        return Ok(Status::DONE);
    };
    let is_terminal = std::io::stdout().is_terminal();
    loop {
        let entries = options.choice.look()?;
        if is_terminal {
            // Home, and everything below is cleared.
            write!(out, "\x1b[H\x1b[J")?;
        }
        write(&mut out, &entries)?;
        if !is_terminal {
            writeln!(out)?;
        }
        out.flush()?;
        std::thread::sleep(interval.max(Duration::from_millis(50)));
    }
}

fn write(out: &mut impl Write, entries: &[Entry]) -> Result<()> {
    let mut table = Table::new([
        ("NAME", Align::Left),
        ("TYPE", Align::Left),
        ("STATE", Align::Left),
        ("HOLDERS", Align::Right),
        ("MEMORY", Align::Right),
        ("AGE", Align::Right),
        ("OPEN TO", Align::Left),
    ]);
    for entry in entries {
        let object = &entry.object;
        table.push([
            shown::name(object),
            object.kind.type_name().into(),
            shown::state(&object.kind),
            holders(entry),
            Size(object.memory).to_string(),
            age(object.made).unwrap_or_else(|| "?".into()),
            shown::openers(object.mode).into(),
        ]);
    }
    table.write(out)?;
    Ok(())
}

/// How many processes hold it; of what is held by none that this user can see, a question mark.
pub fn holders(entry: &Entry) -> String {
    match entry.holders() {
        0 if entry.object.is_held => "?".into(),
        0 => "none".into(),
        holders => holders.to_string(),
    }
}

pub fn age(made: Option<SystemTime>) -> Option<String> {
    Some(Time(made?.elapsed().unwrap_or_default()).to_string())
}
