//! `commonhold completions` and `commonhold man`: what shells and readers of manuals get, made from the commands
//! themselves.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::exit::Status;

#[derive(Args)]
pub struct Completions {
    /// Whose
    shell: Shell,
}

#[derive(Args)]
pub struct Man {
    /// Write a page for each command into this directory, instead of the first page to standard output
    #[arg(long, value_name = "DIRECTORY")]
    to: Option<PathBuf>,
}

/// Prints what a shell completes the command with.
pub fn completions<C: CommandFactory>(options: &Completions) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut C::command(), "commonhold", &mut script);
    io::stdout().write_all(&script)?;
    Ok(Status::DONE)
}

/// Prints or writes manual pages.
pub fn man<C: CommandFactory>(options: &Man) -> Result<Status> {
    let command = C::command();
    let Some(directory) = &options.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        io::stdout().write_all(&page)?;
        return Ok(Status::DONE);
    };
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(command, directory))
        .with_context(|| format!("cannot write the pages to {}", directory.display()))?;
    Ok(Status::DONE)
}
